package request

import "time"

// Owed is what a consumer owes for work that his withdrawal from the contract ended.
// The zero value is that nobody withdrew.
type Owed string

// What is owed.
const (
	// Proportional: the worked part, without any minimum: he had asked to start at once.
	Proportional Owed = "proportional"
	// Nothing: the work was not started at his express request.
	Nothing Owed = "nothing"
)

// Withdraw takes in that a consumer withdrew from the contract, or that he took
// his agreement back before the work (O-09).
type Withdraw struct {
	// StartRequested: he had asked to start at once, and acknowledged what that means.
	StartRequested bool `json:"startRequested,omitzero"`
	// EraseAfterDays from a cancellation to the destruction of the personal part.
	EraseAfterDays int       `json:"eraseAfterDays,omitzero"`
	At             time.Time `json:"at"`
}

// Decide cancels before the work, at no cost. Once there was work the request is
// closed, as soon as its session has ended; the worked part is owed, or nothing.
// What is over stays as it is. The right is the law's, so force majeure does not keep
// him: what is suspended ends without consulting (F-03).
func (c Withdraw) Decide(r Request) ([]Event, error) {
	worked := len(r.Sessions) > 0
	switch {
	case r.Withdrawn != "":
		return nil, nil
	case !worked && (r.State == StateSubmitted || r.agreed()):
		return []Event{Cancelled{CancelledAt: c.At, EraseAt: eraseAt(c.At, c.EraseAfterDays)}}, nil
	case !worked || !r.agreed():
		return nil, nil
	}
	e := ContractWithdrawn{Owed: Nothing, WithdrawnAt: c.At}
	if c.StartRequested {
		e.Owed = Proportional
	}
	events := []Event{e}
	if r.OpenSession() == "" {
		events = append(events, e.Evolve(r).closedByWithdrawal(c.At))
	}
	return events, nil
}

// TakeBack takes in that the customer took his whole agreement back before the work
// (O-09). Where work began at that very moment, it stands.
type TakeBack struct {
	EraseAfterDays int       `json:"eraseAfterDays,omitzero"` // see Withdraw
	At             time.Time `json:"at"`
}

// Decide cancels as long as nobody has worked.
func (c TakeBack) Decide(r Request) ([]Event, error) {
	if len(r.Sessions) > 0 || r.State != StateSubmitted && !r.agreed() {
		return nil, nil
	}
	return []Event{Cancelled{CancelledAt: c.At, EraseAt: eraseAt(c.At, c.EraseAfterDays)}}, nil
}

// ContractWithdrawn: a consumer withdrew while there was work.
type ContractWithdrawn struct {
	Owed        Owed      `json:"owed"`
	WithdrawnAt time.Time `json:"withdrawnAt"`
}

// EventType is the recorded name.
func (ContractWithdrawn) EventType() string { return "request.contract_withdrawn.v1" }

// Evolve waits for the end of the session, if one is open.
func (e ContractWithdrawn) Evolve(r Request) Request {
	r.Withdrawn = e.Owed
	return r.changed(e.WithdrawnAt)
}

// closedByWithdrawal closes without the notes and the summary that the desk owes
// otherwise (E-02): the customer ended the work, not the technician.
func (r Request) closedByWithdrawal(at time.Time) Closed {
	worked := make([]Worked, len(r.Sessions))
	for i, s := range r.Sessions {
		worked[i] = s.Worked
	}
	return Closed{
		ClosedAt: at, Reference: r.Reference, Outcome: Aborted, Sessions: worked,
		ConsentID: r.Consent.ID, Tariff: r.Consent.Tariff, PartyKind: r.PartyKind, Language: r.Language,
		InvoiceParty: r.InvoiceParty, Withdrawn: r.Withdrawn,
		EndedByForceMajeure: r.EndedByForceMajeure,
	}
}
