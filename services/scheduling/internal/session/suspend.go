package session

import (
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// Suspend follows from force majeure that was declared for the request (F-01).
type Suspend struct {
	Number int       `json:"number"` // of the declaration
	From   time.Time `json:"from"`   // when it began; no second after it counts
	// Calendar and Ref split the seconds of a session that has ended again.
	Calendar hours.Calendar `json:"calendar,omitzero"`
	Ref      policy.Ref     `json:"ref,omitzero"`
	At       time.Time      `json:"at"`
}

// Decide suspends a session that is open. Whatever was measured after the force
// majeure began, in an open session or an ended one, is taken out by a correction,
// so that it can be seen that it was measured and does not count (F-01).
func (c Suspend) Decide(s Session) ([]Event, error) {
	if s.Stage == None {
		return nil, ErrUnknown
	}
	if s.Suspension >= c.Number {
		return nil, nil
	}
	var events []Event
	if s.Stage != Ended {
		events = append(events, SessionSuspended{
			SessionID: s.SessionID, SupportRequestID: s.SupportRequestID,
			Number: c.Number, From: c.From.UTC(), SuspendedAt: s.notBefore(c.At), Ran: s.Stage == Running,
		})
		s = decider.Fold(s, events...)
	}
	left := before(s.Intervals, c.From)
	if seconds(left) == s.Seconds() {
		return events, nil
	}
	return append(events, s.correct(left, ByForceMajeure, c.Calendar, c.Ref, c.At)), nil
}

// before is what of the intervals lies before an instant.
func before(intervals []Interval, from time.Time) []Interval {
	left := []Interval{}
	for _, i := range intervals {
		if !i.From.Before(from) {
			continue
		}
		if i.To.After(from) {
			i.To = from.UTC()
		}
		left = append(left, i)
	}
	return left
}

// Release follows from an agreement with the customer to resume (F-03).
type Release struct {
	Number int       `json:"number"` // of the declaration that it answers
	At     time.Time `json:"at"`
}

// Decide makes the session one that is paused: a technician may resume it. It
// answers [ErrNotSuspended] when the declaration itself has not come here yet.
func (c Release) Decide(s Session) ([]Event, error) {
	switch {
	case s.Stage == None:
		return nil, ErrUnknown
	case s.Stage == Ended, s.Suspension > c.Number:
		return nil, nil
	case s.Suspension < c.Number:
		return nil, ErrNotSuspended
	case s.Stage != Suspended:
		return nil, nil
	}
	return []Event{SessionReleased{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, Number: c.Number, ReleasedAt: s.notBefore(c.At),
	}}, nil
}

var (
	// ErrNotSuspended answers an agreement that came here before its declaration.
	ErrNotSuspended = &decider.Rejection{
		Kind: decider.Precondition, Code: "NOT_SUSPENDED", Article: "9", Rule: "F-03",
		Reason: "the declaration that this answers has not arrived here yet",
	}
	errConsult = &decider.Rejection{
		Kind: decider.Precondition, Code: "CONSULT_FIRST", Article: "9", Rule: "F-03",
		Reason: "force majeure was declared; the work goes on only as agreed with the customer",
	}
)
