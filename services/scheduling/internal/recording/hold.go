package recording

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// PlaceHold makes the deletion wait (S-08).
type PlaceHold struct {
	Hold
	Reason sealed.Data `json:"reason"`
	At     time.Time   `json:"at"`
}

// Decide needs a kind, an owner, a reason and a date on which the hold is looked at
// again, today or later: no hold is for ever.
func (c PlaceHold) Decide(r Recording) ([]Event, error) {
	_, invalid := time.Parse(time.DateOnly, c.ReviewOn)
	switch {
	case r.Stage == None:
		return nil, ErrUnknown
	case c.Kind == "":
		return nil, incomplete("kind")
	case c.Owner == "":
		return nil, incomplete("owner")
	case c.Reason.IsZero():
		return nil, incomplete("reason")
	case invalid != nil || c.ReviewOn < hours.Default().Date(c.At):
		return nil, incomplete("review_on")
	case r.hold(c.HoldID) || slices.Contains(r.Released, c.HoldID):
		return nil, errHoldExists
	case r.Stage == Destroying || r.Stage == Destroyed:
		return nil, illegal(r, "S-08", "PlaceHold", "nothing brings back what is being destroyed")
	}
	return []Event{HoldPlaced{
		SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, Hold: c.Hold, Reason: c.Reason, PlacedAt: c.At.UTC(),
	}}, nil
}

// ReleaseHold lets the deletion go on. WithinSeconds is the recording policy's.
type ReleaseHold struct {
	HoldID        string    `json:"holdId"`
	WithinSeconds int64     `json:"withinSeconds,omitzero"`
	At            time.Time `json:"at"`
}

// Decide releases once. A deletion that is due has its term anew: nobody could
// carry it out before (S-08).
func (c ReleaseHold) Decide(r Recording) ([]Event, error) {
	switch {
	case r.Stage == None:
		return nil, ErrUnknown
	case slices.Contains(r.Released, c.HoldID):
		return nil, nil
	case !r.hold(c.HoldID):
		return nil, errHoldUnknown
	}
	e := HoldReleased{SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, HoldID: c.HoldID, ReleasedAt: c.At.UTC()}
	if r.Stage == Due && len(r.Holds) == 1 {
		e.DueAt = later(r.DueAt, c.At.UTC())
		e.DeadlineAt = after(e.DueAt, c.WithinSeconds)
	}
	return []Event{e}, nil
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func incomplete(field string) error {
	return &decider.Rejection{
		Kind: decider.Invalid, Code: "HOLD_INCOMPLETE", Article: "6", Rule: "S-08",
		Reason:  "a hold has a kind, an owner, a reason, and a date to come on which it is reviewed",
		Details: map[string]string{"field": field},
	}
}

var (
	errHoldExists = &decider.Rejection{
		Kind: decider.Exists, Code: "HOLD_EXISTS", Article: "6", Rule: "S-08",
		Reason: "this hold id stands for a hold already, placed or released",
	}
	errHoldUnknown = &decider.Rejection{
		Kind: decider.Missing, Code: "HOLD_UNKNOWN", Article: "6", Rule: "S-08",
		Reason: "there is no such hold of this recording",
	}
)
