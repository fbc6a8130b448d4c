package appointment

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Book follows from a reserved slot.
type Book struct {
	Slot
	At time.Time `json:"at"`
}

// Decide refuses an id that stands for another booking; then the slot has to be
// released again.
func (c Book) Decide(a Appointment) ([]Event, error) {
	if a.Stage == None {
		slot := c.Slot
		slot.Start = slot.Start.UTC()
		return []Event{AppointmentBooked{slot}}, nil
	}
	if a.equal(c.Slot) {
		return nil, nil
	}
	return nil, ErrExists
}

// ErrExists answers a booking under an id that stands for another one.
var ErrExists = &decider.Rejection{
	Kind: decider.Exists, Code: "APPOINTMENT_EXISTS", Rule: "P5",
	Reason: "this appointment id already stands for another booking",
}
