package session

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// SetLimit follows from a budget cap that was agreed or raised (T-11).
type SetLimit struct {
	LimitSeconds int64     `json:"limitSeconds"` // as much this session may measure; 0: no cap
	At           time.Time `json:"at"`
}

// Decide takes over the limit of a session that is open. Time that ran past the one
// that stood stays unbilled.
func (c SetLimit) Decide(s Session) ([]Event, error) {
	switch {
	case s.Stage == None:
		return nil, ErrUnknown
	case s.Stage == Ended, s.Limit == c.LimitSeconds:
		return nil, nil
	}
	events := s.capped(c.At)
	s = decider.Fold(s, events...)
	e := LimitSet{SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, LimitSeconds: c.LimitSeconds, SetAt: c.At.UTC()}
	if s.Stage == Running {
		e.CapAt = s.capAt(c.LimitSeconds, s.Since)
		if !e.CapAt.IsZero() && e.CapAt.Before(c.At) {
			e.CapAt = c.At.UTC() // what was worked before it was agreed stands
		}
	}
	return append(events, e), nil
}

// ReachCap follows from the instant at which the cap is reached.
type ReachCap struct {
	At time.Time `json:"at"`
}

// Decide pauses work that runs at the cap, or past it (T-11).
func (c ReachCap) Decide(s Session) ([]Event, error) { return s.capped(c.At), nil }

// capped is what follows at an instant at or past the cap: the work paused at the
// cap itself, however late that is noticed, so no second after it is billed (T-11).
func (s Session) capped(at time.Time) []Event {
	if s.Stage != Running || s.CapAt.IsZero() || at.Before(s.CapAt) {
		return nil
	}
	return []Event{
		SessionPaused{SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, PausedAt: s.CapAt},
		CapReached{SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, LimitSeconds: s.Limit, ReachedAt: s.CapAt},
	}
}

// capAt is the instant at which work that runs since an instant reaches a limit;
// zero when there is none.
func (s Session) capAt(limit int64, since time.Time) time.Time {
	if limit == 0 {
		return time.Time{}
	}
	at := time.Unix(since.Unix()+limit-s.Seconds(), 0).UTC()
	if at.Before(since) {
		return since
	}
	return at
}

var errCap = &decider.Rejection{
	Kind: decider.Precondition, Code: "CAP_REACHED", Article: "1", Rule: "T-11",
	Reason: "the agreed cap is reached; the customer has to raise it before the work goes on",
}
