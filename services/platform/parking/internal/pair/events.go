package pair

import (
	"slices"
	"time"
)

// Events lists every event type of a parking stream.
func Events() []Event {
	return []Event{EventParked{}, QueueRetried{}, RetryFailed{}, EventSkipped{}, QueueReleased{}}
}

// EventParked: a listener could not handle an event, and sets aside its event
// stream from there on; other event streams go on.
type EventParked struct {
	Place
	Message  *Message  `json:"message,omitzero"`
	ParkedAt time.Time `json:"parkedAt"`
}

// EventType is the recorded name.
func (EventParked) EventType() string { return "parking.parked.v1" }

// Evolve parks.
func (e EventParked) Evolve(p Pair) Pair {
	p.State, p.Place, p.Message, p.ParkedAt = Parked, e.Place, e.Message, e.ParkedAt
	return p
}

// QueueRetried: an operator wants what has queued to be handled, the parked event
// first.
type QueueRetried struct {
	Attempt   int       `json:"attempt"`
	RetriedAt time.Time `json:"retriedAt"`
}

// EventType is the recorded name.
func (QueueRetried) EventType() string { return "parking.retried.v1" }

// Evolve begins an attempt.
func (e QueueRetried) Evolve(p Pair) Pair {
	p.State, p.Attempt = Retrying, e.Attempt
	return p
}

// RetryFailed: an event of the queue could not be handled; the pair stands there
// now.
type RetryFailed struct {
	Place
	Attempt  int       `json:"attempt"`
	FailedAt time.Time `json:"failedAt"`
}

// EventType is the recorded name.
func (RetryFailed) EventType() string { return "parking.failed.v1" }

// Evolve parks again.
func (e RetryFailed) Evolve(p Pair) Pair {
	p.State, p.Place = Parked, e.Place
	return p
}

// EventSkipped: an operator decided that the event with this revision is never
// handled, and why; what has queued behind it is to be handled.
type EventSkipped struct {
	Attempt   int       `json:"attempt"`
	EventID   string    `json:"eventId"`
	Revision  int64     `json:"revision"`
	Reason    string    `json:"reason"` // the operator's own words; they name no person
	SkippedAt time.Time `json:"skippedAt"`
}

// EventType is the recorded name.
func (EventSkipped) EventType() string { return "parking.skipped.v1" }

// Evolve leaves the revision out for ever and begins an attempt.
func (e EventSkipped) Evolve(p Pair) Pair {
	p.State, p.Attempt = Retrying, e.Attempt
	p.Skipped = append(slices.Clip(p.Skipped), e.Revision)
	return p
}

// QueueReleased: everything through this revision was handled or skipped, and
// events are handled as they come.
type QueueReleased struct {
	Attempt    int       `json:"attempt"`
	Through    int64     `json:"through"`
	ReleasedAt time.Time `json:"releasedAt"`
}

// EventType is the recorded name.
func (QueueReleased) EventType() string { return "parking.released.v1" }

// Evolve releases.
func (e QueueReleased) Evolve(p Pair) Pair {
	p.State = Released
	p.released = max(p.released, e.Through+1)
	return p
}
