package request

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// RefusalClass is why a request was refused, as far as it is counted; "" for none. It
// says nothing of who asked.
type RefusalClass string

// The classes.
const (
	Capacity  RefusalClass = "capacity"
	Expertise RefusalClass = "expertise"
	Safety    RefusalClass = "safety"
	Legality  RefusalClass = "legality"
	Payment   RefusalClass = "payment"
	Abuse     RefusalClass = "abuse"
	Other     RefusalClass = "other"
)

// Refuse declines the request. Both texts and the class are optional.
type Refuse struct {
	EndingID     string       `json:"endingId,omitzero"`     // UUID; of the ending that may follow
	Reason       sealed.Data  `json:"reason,omitzero"`       // for the customer
	InternalNote sealed.Data  `json:"internalNote,omitzero"` // never leaves the staff
	Class        RefusalClass `json:"class,omitzero"`
	// EraseAfterDays is how long the personal part is kept.
	EraseAfterDays int       `json:"eraseAfterDays,omitzero"`
	At             time.Time `json:"at"`
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
	case r.Ending.ID != "":
		return nil, isEnding(r, "refuse")
	case r.agreed(): // there may be an appointment that starts at this moment
		return []Event{EndingBegun{Ending: Ending{
			ID: c.EndingID, Kind: Refusing, Reason: c.Reason, InternalNote: c.InternalNote, Class: c.Class,
			EraseAfterDays: c.EraseAfterDays,
		}, BegunAt: c.At}}, nil
	}
	return []Event{Refused{
		RefusedAt: c.At, Reason: c.Reason, InternalNote: c.InternalNote, Class: c.Class,
		EraseAt: eraseAt(c.At, c.EraseAfterDays),
	}}, nil
}

var errTerminate = &decider.Rejection{
	Kind: decider.Precondition, Code: "USE_TERMINATE", Article: "7", Rule: "R-04",
	Reason: "an accepted request of a consumer can no longer be refused, only terminated with a reason",
}
