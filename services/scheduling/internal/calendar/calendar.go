// Package calendar is the chamber of a technician's week: which stretches of his
// time are held. Check and reservation are one decision on one stream, so a slot
// is never given twice (rules, section 4).
package calendar

import (
	"fmt"
	"slices"
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

// Reservation is a slot as the calendar gives it away. An appointment has one
// from its booking, whose MoveID is empty, and one from each move; of these it
// holds two while it moves.
type Reservation struct {
	Slot
	MoveID   string `json:"moveId,omitzero"`   // of the move that took it
	Sequence int64  `json:"sequence,omitzero"` // that the appointment gets by the move; 0 at its booking
}

// Hold keeps a slot for a customer's choice until it is confirmed by a booking
// under the same appointment id. It counts in [placed, ExpiresAt).
type Hold struct {
	Slot
	ExpiresAt time.Time `json:"expiresAt"` // the first instant at which the slot is free again
}

// Week is one technician's week. Released reservations stay known, so that an
// appointment's id is used up for ever.
type Week struct {
	Held     []Reservation
	Released []Reservation
	Holds    []Hold // also expired ones, until somebody noted it
}

// Has tells whether an appointment has its booked slot or one it moved to here.
func (w Week) Has(appointmentID, moveID string) bool {
	_, held := find(w.Held, appointmentID, moveID)
	return held
}

// Free tells whether a slot could be given to an appointment that has none, at an
// instant: what [Reserve] and [PlaceHold] decide by.
func (w Week) Free(s Slot, at time.Time) bool { return w.give(s, "", at) == nil }

// taken refuses a slot of which another appointment has or holds a part. An
// expired hold counts no more, noted or not.
func (w Week) taken(s Slot, at time.Time) error {
	for _, r := range w.Held {
		if r.AppointmentID != s.AppointmentID && r.overlaps(s) {
			return errTaken
		}
	}
	for _, h := range w.Holds {
		own := h.AppointmentID == s.AppointmentID && h.SupportRequestID == s.SupportRequestID
		if !own && at.Before(h.ExpiresAt) && h.overlaps(s) {
			return errTaken
		}
	}
	return nil
}

// Hold finds what is held under an appointment's id, expired or not.
func (w Week) Hold(appointmentID string) (Hold, bool) {
	i := slices.IndexFunc(w.Holds, func(h Hold) bool { return h.AppointmentID == appointmentID })
	if i < 0 {
		return Hold{}, false
	}
	return w.Holds[i], true
}

// without is the holds but that of an appointment. Earlier states keep their own.
func without(holds []Hold, appointmentID string) []Hold {
	return slices.DeleteFunc(slices.Clone(holds), func(h Hold) bool { return h.AppointmentID == appointmentID })
}

func find(all []Reservation, appointmentID, moveID string) (int, bool) {
	i := slices.IndexFunc(all, func(r Reservation) bool { return r.AppointmentID == appointmentID && r.MoveID == moveID })
	return i, i >= 0
}

// ID names the stream of a technician's week, such as "tess-2026W48". Weeks are
// those of ISO 8601 in UTC: the name of a stream must not depend on the rules of
// a time zone, which change.
func ID(technicianID string, start time.Time) string {
	year, week := start.UTC().ISOWeek()
	return fmt.Sprintf("%s-%04dW%02d", technicianID, year, week)
}
