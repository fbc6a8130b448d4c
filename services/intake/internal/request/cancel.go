package request

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Cancel ends the request before work starts.
type Cancel struct {
	Reason sealed.Data `json:"reason,omitzero"`
	At     time.Time   `json:"at"`
}

// Decide cancels at no cost as long as nobody has worked. Afterwards the
// seconds stand, also when a next appointment is still to come.
func (c Cancel) Decide(r Request) ([]Event, error) {
	switch {
	case r.State == StateNone:
		return nil, Unknown
	case r.State == StateSuspended:
		return nil, errConsult
	case r.State != StateSubmitted && r.State != StateAccepted && r.State != StateScheduled, len(r.Sessions) > 0:
		return nil, illegal(r, "cancel", "7", "R-06")
	}
	return []Event{Cancelled{CancelledAt: c.At, Reason: c.Reason}}, nil
}
