package calendar

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Waiting is the state of a request that may be given a time: accepted, not
// ended, and without an appointment that is still to come or under way.
const Waiting = "ACCEPTED"

// longest is how much of a technician's time one appointment may hold.
const longest = 12 * 60 * 60

// farthestYears is how far from now a slot may lie; what lies beyond is a typing error.
const farthestYears = 2

// Reserve takes a technician's time for an appointment.
//
// It has no guard on a start in the past nor outside the desk's hours: work that
// runs over is split and flagged (T-08), and which hours may be booked is a
// matter of the calendar of G-10 that comes with a rule of its own.
type Reserve struct {
	Slot
	// RequestState is [Waiting], or what stands in the way.
	RequestState string    `json:"requestState"`
	At           time.Time `json:"at"`
}

// Decide refuses a slot that overlaps one that is held. The same appointment with
// the same facts again changes nothing.
func (c Reserve) Decide(w Week) ([]Event, error) {
	if i, held := find(w.Held, c.AppointmentID); held {
		if w.Held[i].equal(c.Slot) {
			return nil, nil
		}
		return nil, errExists
	}
	if _, once := find(w.Released, c.AppointmentID); once {
		return nil, errExists
	}
	if c.RequestState != Waiting {
		return nil, NotWaiting(c.RequestState)
	}
	if c.Seconds < 60 || c.Seconds > longest || c.Seconds%60 != 0 {
		return nil, errLength
	}
	if c.Start.Before(c.At.AddDate(-farthestYears, 0, 0)) || c.Start.After(c.At.AddDate(farthestYears, 0, 0)) {
		return nil, errFar
	}
	if ID(c.TechnicianID, c.Start) != ID(c.TechnicianID, c.End().Add(-1)) {
		return nil, errWeekEnd
	}
	if slices.ContainsFunc(w.Held, c.overlaps) {
		return nil, errTaken
	}
	slot := c.Slot
	slot.Start = slot.Start.UTC()
	return []Event{SlotReserved{slot}}, nil
}

var (
	errFar = &decider.Rejection{
		Kind: decider.Invalid, Code: "SLOT_INVALID", Rule: "section 4",
		Reason: "a slot lies within two years from now",
	}
	errTaken = &decider.Rejection{
		Kind: decider.Exists, Code: "SLOT_TAKEN", Rule: "section 4",
		Reason: "the technician is already booked for a part of that time",
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

// NotWaiting answers a booking for a request that cannot be given a time.
func NotWaiting(from string) *decider.Rejection {
	if from == "SUSPENDED" {
		return errConsult
	}
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "7", Rule: "R-02",
		Reason:  "only an accepted request that waits for a time can be given one",
		Details: map[string]string{"from": from, "command": "BookAppointment"},
	}
}
