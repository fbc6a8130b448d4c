package agreement

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/kernel/withdrawal"
	"aanvraag.internal/services/platform/decider"
)

// Outcome is what a consumer's withdrawal from the contract does. The
// zero value is that it was not confirmed.
type Outcome string

// The outcomes.
const (
	Effective   Outcome = "effective"    // the contract ends
	Done        Outcome = "performed"    // the right had ended: performed at his request
	PeriodOver  Outcome = "period_over"  // the right had ended with day fourteen
	EndedBefore Outcome = "ended_before" // there was nothing to withdraw from any more
)

// Contract is a consumer's withdrawal from the contract, in its two steps.
type Contract struct {
	WithdrawalID  string // of the newest declaration
	Name          sealed.Data
	DeclaredAt    time.Time
	ConfirmBefore time.Time
	Outcome       Outcome // of the newest confirmation
	Over          bool    // one of the confirmations was effective
	ConfirmedID   string  // which declaration it confirmed
	ConfirmedAt   time.Time
	// StartRequested: what was worked before the newest confirmation is owed.
	StartRequested bool
}

// Declare is the first step of the withdrawal: who he is, which contract, and how the
// answer reaches him; nothing more may be asked.
type Declare struct {
	WithdrawalID     string      `json:"withdrawalId"`
	SupportRequestID string      `json:"supportRequestId"`
	Name             sealed.Data `json:"name,omitzero"`
	// ConfirmWithin is how long after the declaration it can be confirmed, in seconds:
	// a figure of the consent policy.
	ConfirmWithin int64     `json:"confirmWithinSeconds"`
	At            time.Time `json:"at"`
}

// Decide takes every declaration of a consumer, also where his right has ended: that
// is said by the answer, and confirmed in writing. Whoever is not surely a
// business is a consumer.
func (c Declare) Decide(s Consent) ([]Event, error) {
	switch {
	case !s.Submitted:
		return nil, errContract
	case s.PartyKind == Business:
		return nil, errBusiness
	}
	return []Event{WithdrawalDeclared{
		WithdrawalID: c.WithdrawalID, SupportRequestID: c.SupportRequestID, Name: c.Name,
		DeclaredAt: c.At, ConfirmBefore: c.At.Add(time.Duration(c.ConfirmWithin) * time.Second),
	}}, nil
}

// Confirm is the second step.
type Confirm struct {
	WithdrawalID     string    `json:"withdrawalId"`
	SupportRequestID string    `json:"supportRequestId"`
	At               time.Time `json:"at"`
}

// Decide acknowledges at once, whatever the outcome. Whether the declaration
// was in time is decided by its own instant; whether the service was performed before,
// by the state now. The same confirmation again changes nothing.
func (c Confirm) Decide(s Consent) ([]Event, error) {
	w := s.Contract
	switch {
	case w.ConfirmedID != "" && w.ConfirmedID == c.WithdrawalID:
		return nil, nil
	case w.WithdrawalID == "" || w.WithdrawalID != c.WithdrawalID:
		return nil, errUndeclared
	case !c.At.Before(w.ConfirmBefore):
		return nil, errOverdue
	}
	return []Event{WithdrawalAcknowledged{
		WithdrawalID: c.WithdrawalID, SupportRequestID: c.SupportRequestID, Name: w.Name,
		DeclaredAt: w.DeclaredAt, AcknowledgedAt: c.At, ConcludedAt: s.ConcludedAt,
		Outcome: s.WithdrawalOutcome(w.DeclaredAt), StartRequested: s.startRequested(),
	}}, nil
}

// WithdrawalOutcome is what a withdrawal declared at an instant does. The last second
// of the fourteenth day counts. Full performance ends the right only of who
// asked to start at once and acknowledged that.
func (c Consent) WithdrawalOutcome(declared time.Time) Outcome {
	switch {
	case c.over(), c.Ended == Refused, c.Ended == Cancelled:
		return EndedBefore
	case !withdrawal.Open(c.ConcludedAt, declared):
		return PeriodOver
	case c.Ended == Performed && c.startRequested():
		return Done
	}
	return Effective
}

// startRequested: he asked to start within the period, and knows what that costs him.
func (c Consent) startRequested() bool {
	return c.Agreement.StartImmediately && c.Agreement.WithdrawalLossAcknowledged
}

// WithdrawalDeclared: the first step was taken; nothing has changed yet.
type WithdrawalDeclared struct {
	WithdrawalID     string      `json:"withdrawalId"`
	SupportRequestID string      `json:"supportRequestId"`
	Name             sealed.Data `json:"name"`
	DeclaredAt       time.Time   `json:"declaredAt"`
	ConfirmBefore    time.Time   `json:"confirmBefore"`
}

// EventType is the recorded name.
func (WithdrawalDeclared) EventType() string { return "withdrawal.declared.v1" }

// Evolve waits for the confirmation.
func (e WithdrawalDeclared) Evolve(c Consent) Consent {
	c.Contract.WithdrawalID, c.Contract.Name = e.WithdrawalID, e.Name
	c.Contract.DeclaredAt, c.Contract.ConfirmBefore = e.DeclaredAt, e.ConfirmBefore
	return c
}

// WithdrawalAcknowledged: the second step was taken and answered.
type WithdrawalAcknowledged struct {
	WithdrawalID     string      `json:"withdrawalId"`
	SupportRequestID string      `json:"supportRequestId"`
	Name             sealed.Data `json:"name"`
	DeclaredAt       time.Time   `json:"declaredAt"`
	AcknowledgedAt   time.Time   `json:"acknowledgedAt"`
	ConcludedAt      time.Time   `json:"concludedAt,omitzero"`
	Outcome          Outcome     `json:"outcome"`
	StartRequested   bool        `json:"startRequested"` // what was worked is owed
}

// EventType is the recorded name.
func (WithdrawalAcknowledged) EventType() string { return "withdrawal.acknowledged.v1" }

// Evolve ends the contract where that is the outcome. One that ended stays ended.
func (e WithdrawalAcknowledged) Evolve(c Consent) Consent {
	c.Contract.ConfirmedID, c.Contract.ConfirmedAt = e.WithdrawalID, e.AcknowledgedAt
	c.Contract.StartRequested = e.StartRequested
	c.Contract.Outcome, c.Contract.Over = e.Outcome, c.Contract.Over || e.Outcome == Effective
	return c
}

var (
	errContract = &decider.Rejection{
		Kind: decider.Missing, Code: "CONTRACT_UNKNOWN", Rule: "X-05",
		Reason: "there is no such request to withdraw from",
	}
	errBusiness = &decider.Rejection{
		Kind: decider.Precondition, Code: "WITHDRAWAL_NOT_AVAILABLE", Rule: "X-05",
		Reason: "the right of withdrawal is a consumer's; a business cancels before the work starts",
	}
	errUndeclared = &decider.Rejection{
		Kind: decider.Precondition, Code: "WITHDRAWAL_NOT_DECLARED", Rule: "X-05",
		Reason: "the withdrawal is declared first, and this is not its newest declaration",
	}
	errOverdue = &decider.Rejection{
		Kind: decider.Precondition, Code: "WITHDRAWAL_OVERDUE", Rule: "X-05",
		Reason: "the declaration was not confirmed in time; declare it again",
	}
)
