package pair

import "time"

// Park sets the pair aside at an event that could not be handled.
type Park struct {
	Place
	Message *Message  `json:"message,omitzero"`
	At      time.Time `json:"at"`
}

// Decide parks once: of several replicas of a listener one is first. What was
// handled in a retry, or skipped, is not parked by a replica that comes late.
func (c Park) Decide(p Pair) ([]Event, error) {
	if p.Held() || c.Revision <= p.Through() || p.Skips(c.Revision) {
		return nil, nil
	}
	return []Event{EventParked{Place: c.Place, Message: c.Message, ParkedAt: c.At}}, nil
}

// Fail ends an attempt at an event that could not be handled.
type Fail struct {
	Place
	Attempt int       `json:"attempt"`
	At      time.Time `json:"at"`
}

// Decide parks again, unless another replica has ended the attempt.
func (c Fail) Decide(p Pair) ([]Event, error) {
	if p.State != Retrying || c.Attempt != p.Attempt {
		return nil, nil
	}
	return []Event{RetryFailed{Place: c.Place, Attempt: c.Attempt, FailedAt: c.At}}, nil
}

// Release ends an attempt that handled all that had queued.
type Release struct {
	Attempt int       `json:"attempt"`
	Through int64     `json:"through"` // the last revision that was handled or skipped
	At      time.Time `json:"at"`
}

// Decide releases, unless another replica has ended the attempt.
func (c Release) Decide(p Pair) ([]Event, error) {
	if p.State != Retrying || c.Attempt != p.Attempt {
		return nil, nil
	}
	return []Event{QueueReleased{Attempt: c.Attempt, Through: c.Through, ReleasedAt: c.At}}, nil
}
