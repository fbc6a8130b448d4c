// Package appointment is the chamber of one appointment: a technician's time for
// one support request, from its booking to its end.
package appointment

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of an appointment stream.
type (
	Event   = decider.Event[Appointment]
	Command = decider.Command[Appointment, Event]
)

// Slot is whose time is taken for which request. The calendar records the same
// five facts: each stream is read on its own for ever, so neither borrows the
// other's recorded names.
type Slot struct {
	AppointmentID    string    `json:"appointmentId"`
	SupportRequestID string    `json:"supportRequestId"`
	TechnicianID     string    `json:"technicianId"`
	Start            time.Time `json:"start"`
	Seconds          int64     `json:"seconds"`
}

func (s Slot) equal(o Slot) bool {
	return s.AppointmentID == o.AppointmentID && s.SupportRequestID == o.SupportRequestID &&
		s.TechnicianID == o.TechnicianID && s.Start.Equal(o.Start) && s.Seconds == o.Seconds
}

// Stage is where an appointment stands.
type Stage string

// The stages. None is an appointment that nobody booked.
const (
	None      Stage = ""
	Booked    Stage = "BOOKED"
	Started   Stage = "STARTED"
	Completed Stage = "COMPLETED"
	Cancelled Stage = "CANCELLED"
)

// Appointment is one appointment.
type Appointment struct {
	Slot
	Stage     Stage
	SessionID string // of its session, once started
	First     Slot   // as it was booked

	MoveID   string // of the move that it has its slot from; empty: of its booking
	Sequence int64  // rises with each move and with the cancellation, as calendars want it
	Moves    []Move // that took place, in order
}

// Moved finds a move that took place.
func (a Appointment) Moved(moveID string) (Move, bool) {
	i := slices.IndexFunc(a.Moves, func(m Move) bool { return m.MoveID == moveID })
	if i < 0 {
		return Move{}, false
	}
	return a.Moves[i], true
}

var errUnknown = &decider.Rejection{
	Kind: decider.Missing, Code: "APPOINTMENT_UNKNOWN", Rule: "section 4",
	Reason: "there is no such appointment",
}

func illegal(from Stage, command string) *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Rule: "section 4",
		Reason:  "the appointment is not in a state that allows this",
		Details: map[string]string{"from": string(from), "command": command},
	}
}
