package appointment

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Move follows from a slot that was reserved for it.
type Move struct {
	Slot
	MoveID   string    `json:"moveId"`   // the same in the calendar
	Sequence int64     `json:"sequence"` // that it gets: one more than when the move was wished
	At       time.Time `json:"at"`
}

// Decide moves what has not started. A move that was wished before another one
// took place is refused: who wished it saw an appointment that is no longer so, and
// a reservation that was left behind must not undo what came later. Then the slot
// reserved for it has to be released again.
func (c Move) Decide(a Appointment) ([]Event, error) {
	if _, moved := a.Moved(c.MoveID); moved {
		return nil, nil
	}
	switch {
	case a.Stage == None:
		return nil, errUnknown
	case a.Stage != Booked:
		return nil, illegal(a.Stage, "RescheduleAppointment")
	case c.Sequence != a.Sequence+1:
		return nil, errMoved
	case a.equal(c.Slot):
		return nil, nil
	}
	to := c.Slot
	to.Start = to.Start.UTC()
	return []Event{AppointmentMoved{
		Slot: to, MoveID: c.MoveID, Sequence: c.Sequence,
		From: From{TechnicianID: a.TechnicianID, Start: a.Start, Seconds: a.Seconds, MoveID: a.MoveID},
	}}, nil
}

var errMoved = &decider.Rejection{
	Kind: decider.Precondition, Code: "APPOINTMENT_MOVED", Rule: "section 4",
	Reason: "the appointment was moved by somebody else at the same moment; read it again",
}
