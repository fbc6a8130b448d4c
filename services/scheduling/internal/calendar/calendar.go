// Package calendar is the chamber of a technician's week: which stretches of his
// time are held. Check and reservation are one decision on one stream, so a slot
// is never given twice (rules, section 4).
package calendar

import (
	"fmt"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a calendar stream.
type (
	Event   = decider.Event[Week]
	Command = decider.Command[Week, Event]
)

// Slot is the half-open stretch [Start, Start + Seconds) that an appointment
// holds. An appointment records the same five facts: each stream is read on its
// own for ever, so neither borrows the other's recorded names.
type Slot struct {
	AppointmentID    string    `json:"appointmentId"`
	SupportRequestID string    `json:"supportRequestId"`
	TechnicianID     string    `json:"technicianId"`
	Start            time.Time `json:"start"`
	Seconds          int64     `json:"seconds"`
}

// End is the first instant after the slot.
func (s Slot) End() time.Time { return s.Start.Add(time.Duration(s.Seconds) * time.Second) }

func (s Slot) overlaps(o Slot) bool { return s.Start.Before(o.End()) && o.Start.Before(s.End()) }

func (s Slot) equal(o Slot) bool {
	return s.AppointmentID == o.AppointmentID && s.SupportRequestID == o.SupportRequestID &&
		s.TechnicianID == o.TechnicianID && s.Start.Equal(o.Start) && s.Seconds == o.Seconds
}

// Week is one technician's week. Released slots stay known, so that an
// appointment's id is used up for ever.
type Week struct {
	Held     []Slot
	Released []Slot
}

// Holds tells whether an appointment holds a slot of this week.
func (w Week) Holds(appointmentID string) bool {
	_, held := find(w.Held, appointmentID)
	return held
}

func find(slots []Slot, appointmentID string) (int, bool) {
	for i, s := range slots {
		if s.AppointmentID == appointmentID {
			return i, true
		}
	}
	return 0, false
}

// ID names the stream of a technician's week, such as "tess-2026W48". Weeks are
// those of ISO 8601 in UTC: the name of a stream must not depend on the rules of
// a time zone, which change.
func ID(technicianID string, start time.Time) string {
	year, week := start.UTC().ISOWeek()
	return fmt.Sprintf("%s-%04dW%02d", technicianID, year, week)
}
