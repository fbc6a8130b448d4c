package session

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// End ends the work. It carries the desk's hours in force, decoded from the
// policy version that Ref names.
type End struct {
	By       Person         `json:"by,omitzero"`
	Calendar hours.Calendar `json:"calendar"`
	Ref      policy.Ref     `json:"ref"`
	// Agreed: it follows from an agreement about this declaration of force majeure
	// (F-03); 0: somebody ends it.
	Agreed int `json:"agreed,omitzero"`
	// Withdrawn: it follows from a consumer's withdrawal from the contract, about which
	// there is nothing to consult.
	Withdrawn bool      `json:"withdrawn,omitzero"`
	At        time.Time `json:"at"`
}

// Decide measures: the sum of the intervals in whole seconds (T-02), split at the
// edges of the desk's hours (T-08). It is not rounded here: that happens once per
// request, when it is rated. What was suspended ends as agreed with the customer
// only (F-03), or by his withdrawal from the contract. Past the agreed cap
// nothing was measured (T-11).
func (c End) Decide(s Session) ([]Event, error) {
	if err := s.mayChange(c.By); err != nil {
		return nil, err
	}
	switch {
	case s.Stage == Suspended && c.Agreed != s.Suspension && !c.Withdrawn:
		return nil, errConsult
	case c.Agreed > s.Suspension && s.Stage != Ended:
		return nil, ErrNotSuspended
	case c.Agreed != 0 && s.Stage != Suspended:
		return nil, nil
	}
	if err := s.allow("EndSession", Running, Paused, Suspended); err != nil {
		return nil, err
	}
	events := s.capped(c.At)
	s = decider.Fold(s, events...)
	at := s.notBefore(c.At)
	intervals := slices.Clone(s.Intervals)
	if s.Stage == Running {
		intervals = append(intervals, Interval{From: s.Since, To: at})
	}
	return append(events, SessionEnded{
		SessionID: s.SessionID, AppointmentID: s.AppointmentID, SupportRequestID: s.SupportRequestID,
		Recorded: s.Recorded, StartedAt: s.StartedAt, EndedAt: at, Intervals: intervals,
		Measured: measure(intervals, c.Calendar), Calendar: c.Ref, Notes: len(s.Notes), Corrections: s.Corrections, Unnoted: unnoted(intervals, s.Notes),
	}), nil
}
