package recording

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Access is the wish to see a recording (S-04). The customer sees his own and need
// not say why; staff must.
type Access struct {
	Actor    string      `json:"actor"`
	Customer bool        `json:"customer,omitzero"`
	Reason   sealed.Data `json:"reason,omitzero"`
	At       time.Time   `json:"at"`
}

// Decide records the view before it is granted. What must go is shown to nobody any
// more, unless a hold keeps it.
func (c Access) Decide(r Recording) ([]Event, error) {
	switch {
	case r.Stage == Destroying || r.Stage == Destroyed || r.Stage == Due && !r.held():
		return nil, errGone
	case r.Upload == nil:
		return nil, ErrUnknown
	case !c.Customer && c.Reason.IsZero():
		return nil, errReason
	}
	return []Event{RecordingAccessed{
		SessionID: r.SessionID, SupportRequestID: r.SupportRequestID,
		Actor: c.Actor, Customer: c.Customer, Reason: c.Reason, AccessedAt: c.At.UTC(),
	}}, nil
}

var (
	errGone = &decider.Rejection{
		Kind: decider.Precondition, Code: "RECORDING_GONE", Article: "6", Rule: "S-05",
		Reason: "the recording was destroyed, or is about to be",
	}
	errReason = &decider.Rejection{
		Kind: decider.Invalid, Code: "REASON_REQUIRED", Article: "6", Rule: "S-04",
		Reason: "who looks at a recording says why",
	}
)
