package request

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Refuse declines the request. Both texts are optional.
type Refuse struct {
	Reason       sealed.Data `json:"reason,omitzero"`       // for the customer
	InternalNote sealed.Data `json:"internalNote,omitzero"` // never leaves the staff
	At           time.Time   `json:"at"`
}

// Decide refuses an offer without asking why. An accepted request of a business
// can be refused until work begins; one of a consumer can only be terminated
// . Worked seconds cannot be refused away. Twice is once.
func (c Refuse) Decide(r Request) ([]Event, error) {
	switch {
	case r.State == StateNone:
		return nil, Unknown
	case r.State == StateRefused:
		return nil, nil
	case r.State == StateSuspended:
		return nil, errConsult
	case r.agreed() && r.PartyKind == Consumer:
		return nil, errTerminate
	case r.State != StateSubmitted && !r.agreed():
		return nil, illegal(r, "refuse", "7", "R-01")
	case len(r.Sessions) > 0:
		return nil, illegal(r, "refuse", "7", "R-05")
	}
	return []Event{Refused{RefusedAt: c.At, Reason: c.Reason, InternalNote: c.InternalNote}}, nil
}

var errTerminate = &decider.Rejection{
	Kind: decider.Precondition, Code: "USE_TERMINATE", Article: "7", Rule: "R-04",
	Reason: "an accepted request of a consumer can no longer be refused, only terminated with a reason",
}
