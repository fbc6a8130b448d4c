package session

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
)

// End ends the work. It carries the desk's hours in force, decoded from the
// policy version that Ref names.
type End struct {
	Calendar hours.Calendar `json:"calendar"`
	Ref      policy.Ref     `json:"ref"`
	At       time.Time      `json:"at"`
}

// Decide measures: the sum of the intervals in whole seconds (T-02), split at the
// edges of the desk's hours (T-08). It is not rounded here: that happens once per
// request, when it is rated.
func (c End) Decide(s Session) ([]Event, error) {
	if err := s.allow("EndSession", Running, Paused); err != nil {
		return nil, err
	}
	at := s.notBefore(c.At)
	intervals := slices.Clone(s.Intervals)
	if s.Stage == Running {
		intervals = append(intervals, Interval{From: s.Since, To: at})
	}
	var m Measured
	for _, i := range intervals {
		regular, outside := c.Calendar.Split(i.From, i.To)
		m.RegularSeconds += regular
		m.OutsideSeconds += outside
	}
	m.WorkedSeconds = m.RegularSeconds + m.OutsideSeconds
	return []Event{SessionEnded{
		SessionID: s.SessionID, AppointmentID: s.AppointmentID, SupportRequestID: s.SupportRequestID,
		Recorded: s.Recorded, StartedAt: s.StartedAt, EndedAt: at, Intervals: intervals,
		Measured: m, Calendar: c.Ref, Notes: len(s.Notes),
	}}, nil
}
