package agreement

import "time"

// Events lists every event type of a consent stream.
func Events() []Event {
	return []Event{
		Given{},
		RequestSubmitted{},
		Attached{},
		LinkNoted{},
		RequestExpired{},
		Withheld{},
		Withdrawn{},
		ReceiptIssued{},
		Concluded{},
		RequestEnded{},
		WithdrawalDeclared{},
		WithdrawalAcknowledged{},
	}
}

// Given: the customer agreed. A later one replaces it.
type Given struct {
	Agreement
	Evidence Evidence `json:"evidence,omitzero"`
}

// EventType is the recorded name.
func (Given) EventType() string { return "consent.given.v1" }

// Evolve replaces what was agreed before.
func (e Given) Evolve(c Consent) Consent {
	c.Agreement, c.Evidence, c.Withdrawn = e.Agreement, e.Evidence, nil
	c.Attached, c.Withheld = false, false
	return c
}

// RequestSubmitted: the support request that the agreement is for exists.
type RequestSubmitted struct {
	SupportRequestID string    `json:"supportRequestId"`
	SubmittedAt      time.Time `json:"submittedAt"`
	PartyKind        PartyKind `json:"partyKind,omitzero"`
	Reference        string    `json:"reference,omitzero"`
}

// EventType is the recorded name.
func (RequestSubmitted) EventType() string { return "consent.request_submitted.v1" }

// Evolve remembers that the request exists, and whose it is.
func (e RequestSubmitted) Evolve(c Consent) Consent {
	c.Submitted, c.PartyKind, c.Reference = true, e.PartyKind, e.Reference
	return c
}

// Attached: agreement and request are both there, whichever came first. It has all
// that others need, so that they never hear of an agreement for a request that
// does not exist.
type Attached struct {
	Agreement
	AttachedAt time.Time `json:"attachedAt"`
}

// EventType is the recorded name.
func (Attached) EventType() string { return "consent.attached.v1" }

// Evolve remembers that others were told.
func (e Attached) Evolve(c Consent) Consent {
	c.Attached = true
	return c
}

// Reason why an agreement was withheld from its request.
type Reason string

// The reasons.
const (
	// ButtonInsufficient: a consumer pressed a button that does not say that he will
	// have to pay.
	ButtonInsufficient Reason = "button"
	// TakenBack: the agreement had been taken back (O-09).
	TakenBack Reason = "taken_back"
)

// Withheld: the request is there, and the agreement that came before does not bind
// the customer. He has to agree anew before anybody can accept.
type Withheld struct {
	ConsentID        string    `json:"consentId"`
	SupportRequestID string    `json:"supportRequestId"`
	Reason           Reason    `json:"reason"`
	WithheldAt       time.Time `json:"withheldAt"`
}

// EventType is the recorded name.
func (Withheld) EventType() string { return "consent.withheld.v1" }

// Evolve remembers that nothing was attached.
func (Withheld) Evolve(c Consent) Consent {
	c.Withheld = true
	return c
}
