package agreement

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Purpose is what can be taken back on its own (O-08, O-09).
type Purpose string

// The purposes. A backup declaration is a statement of fact, so there is nothing to
// take back; it is declared anew.
const (
	WholeAgreement Purpose = "agreement"
	SessionRecord  Purpose = "recording"
	Marketing      Purpose = "marketing"
	ImmediateStart Purpose = "immediate_start"
)

// stateWithdrawn is told as the state of a request whose agreement is gone.
const stateWithdrawn RequestState = "WITHDRAWN"

// Withdraw takes one purpose of an agreement back (O-09).
type Withdraw struct {
	SupportRequestID string  `json:"supportRequestId"`
	Purpose          Purpose `json:"purpose"`
	// RequestState is a fact of intake, as in [Give].
	RequestState RequestState `json:"requestState,omitzero"`
	At           time.Time    `json:"at"`
}

// Decide takes back what stands. The agreement as a whole goes as long as nobody has
// worked, which cancels the request, and so does the wish to start at once;
// recording and marketing go at any time (O-09). What does not stand changes nothing.
func (c Withdraw) Decide(s Consent) ([]Event, error) {
	if s.Agreement.IsZero() {
		return nil, errNothingAgreed
	}
	if !s.stands(c.Purpose) {
		return nil, nil
	}
	beforeWork := c.Purpose == WholeAgreement || c.Purpose == ImmediateStart
	if beforeWork && s.Attached {
		switch {
		case c.RequestState == "":
			return nil, StateNeeded
		case !slices.Contains(unworked, c.RequestState):
			return nil, c.illegal()
		}
	}
	return []Event{Withdrawn{
		ConsentID: s.Agreement.ConsentID, SupportRequestID: c.SupportRequestID, Purpose: c.Purpose, WithdrawnAt: c.At,
	}}, nil
}

// unworked are the states before the first session.
var unworked = []RequestState{Submitted, Accepted, Scheduled}

// stands tells whether a purpose is agreed to now.
func (c Consent) stands(p Purpose) bool {
	if c.over() {
		return false
	}
	switch p {
	case WholeAgreement:
		return true
	case SessionRecord:
		return c.Agreement.RecordingNoticeSeen
	case Marketing:
		return c.Agreement.Marketing
	case ImmediateStart:
		return c.Agreement.StartImmediately
	}
	return false
}

// over tells whether nothing is agreed any more for a request that was submitted.
func (c Consent) over() bool {
	return c.Attached && c.takenBack() || c.Contract.Over
}

// Withdrawn: the customer took a purpose of his agreement back (O-09).
type Withdrawn struct {
	ConsentID        string    `json:"consentId"`
	SupportRequestID string    `json:"supportRequestId"`
	Purpose          Purpose   `json:"purpose"`
	WithdrawnAt      time.Time `json:"withdrawnAt"`
}

// EventType is the recorded name.
func (Withdrawn) EventType() string { return "consent.withdrawn.v1" }

// Evolve takes the flag down, and no other.
func (e Withdrawn) Evolve(c Consent) Consent {
	switch e.Purpose {
	case SessionRecord:
		c.Agreement.RecordingNoticeSeen = false
	case Marketing:
		c.Agreement.Marketing = false
	case ImmediateStart:
		c.Agreement.StartImmediately, c.Agreement.WithdrawalLossAcknowledged = false, false
	case WholeAgreement:
	}
	c.Withdrawn = append(slices.Clip(c.Withdrawn), Withdrawal{Purpose: e.Purpose, At: e.WithdrawnAt})
	return c
}

func (c Withdraw) illegal() *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Rule: "O-09",
		Reason:  "once there was work, the agreement to it cannot be taken back",
		Details: map[string]string{"from": string(c.RequestState), "command": "WithdrawConsent"},
	}
}

var errNothingAgreed = &decider.Rejection{
	Kind: decider.Missing, Code: "CONSENT_UNKNOWN", Rule: "O-07",
	Reason: "nothing was agreed for this support request",
}
