package calendar

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Waiting is the state of a request that may be given a time: accepted, not
// ended, and without an appointment that is still to come or under way.
const Waiting = "ACCEPTED"

// Reserve takes a technician's time for an appointment. If the same slot is held
// under the appointment's id, this confirms the hold.
//
// It has no guard on a start in the past nor outside the desk's hours: work that
// runs over is split and flagged (T-08), and the desk may agree with a customer on
// an evening. A technician's own working times and absences do count.
type Reserve struct {
	Slot
	// RequestState is [Waiting], or what stands in the way.
	RequestState string `json:"requestState"`
	// Unavailable says why the technician does not work then; empty: nothing is known.
	Unavailable string    `json:"unavailable,omitzero"`
	At          time.Time `json:"at"`
}

// Decide refuses a slot that overlaps one that is given away or held. The same
// appointment with the same facts again changes nothing.
func (c Reserve) Decide(w Week) ([]Event, error) {
	if i, held := find(w.Held, c.AppointmentID, ""); held {
		if w.Held[i].equal(c.Slot) {
			return nil, nil
		}
		return nil, errExists
	}
	if w.used(c.AppointmentID) {
		return nil, errExists
	}
	if h, held := w.Hold(c.AppointmentID); held && c.At.Before(h.ExpiresAt) && !h.equal(c.Slot) {
		return nil, errExists
	}
	if c.RequestState != Waiting {
		return nil, NotWaiting(c.RequestState, "BookAppointment")
	}
	if err := w.give(c.Slot, c.Unavailable, c.At); err != nil {
		return nil, err
	}
	return []Event{SlotReserved{Reservation{Slot: c.utc()}}}, nil
}

// used tells whether an appointment ever had a slot of this week.
func (w Week) used(appointmentID string) bool {
	for _, all := range [][]Reservation{w.Held, w.Released} {
		for _, r := range all {
			if r.AppointmentID == appointmentID {
				return true
			}
		}
	}
	return false
}

// give refuses a slot that cannot be given away: broken, not worked in, or taken.
func (w Week) give(s Slot, unavailable string, at time.Time) error {
	if err := s.fits(); err != nil {
		return err
	}
	if s.Start.Before(at.AddDate(-farthestYears, 0, 0)) || s.Start.After(at.AddDate(farthestYears, 0, 0)) {
		return errFar
	}
	if unavailable != "" {
		return notWorking(unavailable)
	}
	return w.taken(s, at)
}

// longest is how much of a technician's time one appointment may hold.
const longest = 12 * 60 * 60

// farthestYears is how far from now a slot may lie; what lies beyond is a typing error.
const farthestYears = 2

// fits refuses a slot of broken length, and one that passes the end of its week:
// within one week one append sees every slot that it could overlap.
func (s Slot) fits() error {
	if s.Seconds < 60 || s.Seconds > longest || s.Seconds%60 != 0 {
		return errLength
	}
	if ID(s.TechnicianID, s.Start) != ID(s.TechnicianID, s.End().Add(-1)) {
		return errWeekEnd
	}
	return nil
}

func (s Slot) utc() Slot {
	s.Start = s.Start.UTC()
	return s
}

var (
	errFar = &decider.Rejection{
		Kind: decider.Invalid, Code: "SLOT_INVALID", Rule: "section 4",
		Reason: "a slot lies within two years from now",
	}
	errTaken = &decider.Rejection{
		Kind: decider.Exists, Code: "SLOT_TAKEN", Rule: "section 4",
		Reason: "the technician is already booked, or held for somebody, for a part of that time",
	}
	errExists = &decider.Rejection{
		Kind: decider.Exists, Code: "APPOINTMENT_EXISTS", Rule: "P5",
		Reason: "this appointment id already stands for another booking",
	}
	errLength = &decider.Rejection{
		Kind: decider.Invalid, Code: "SLOT_INVALID", Rule: "section 4",
		Reason: "an appointment lasts whole minutes, from one minute to twelve hours",
	}
	errWeekEnd = &decider.Rejection{
		Kind: decider.Invalid, Code: "SLOT_INVALID", Rule: "section 4",
		Reason: "an appointment cannot pass the end of the week, Monday 00:00 UTC; book two",
	}
)

var errConsult = &decider.Rejection{
	Kind: decider.Precondition, Code: "CONSULT_FIRST", Article: "9", Rule: "F-03",
	Reason: "force majeure was declared; the request gets a time only as agreed with the customer",
}

// NotWaiting answers a command for a request that cannot be given a time.
func NotWaiting(from, command string) *decider.Rejection {
	if from == "SUSPENDED" {
		return errConsult
	}
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "7", Rule: "R-02",
		Reason:  "only an accepted request that waits for a time can be given one",
		Details: map[string]string{"from": from, "command": command},
	}
}

func notWorking(why string) *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "TECHNICIAN_UNAVAILABLE", Rule: "section 4",
		Reason:  "the technician does not work at that time",
		Details: map[string]string{"why": why},
	}
}
