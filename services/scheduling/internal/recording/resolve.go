package recording

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// ResolveDuration says that a person looked at a flagged difference (S-03).
type ResolveDuration struct {
	Note sealed.Data `json:"note"`
	At   time.Time   `json:"at"`
}

// Decide resolves once. What was measured stays as it is.
func (c ResolveDuration) Decide(r Recording) ([]Event, error) {
	switch {
	case r.Stage == None:
		return nil, ErrUnknown
	case !r.Flagged:
		return nil, illegal(r, "S-03", "ResolveDuration", "no difference of its duration is flagged")
	case r.Resolved:
		return nil, nil
	}
	return []Event{DurationResolved{
		SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, Note: c.Note, ResolvedAt: c.At.UTC(),
	}}, nil
}
