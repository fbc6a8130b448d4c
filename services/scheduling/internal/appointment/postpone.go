package appointment

import "time"

// Postpone follows from force majeure that was declared for the request (F-04).
type Postpone struct {
	At time.Time `json:"at"`
}

// Decide takes an appointment that has not started off the calendar, at no cost:
// the customer hears of it with the declaration (F-02). Work that has begun is
// suspended in its session.
func (c Postpone) Decide(a Appointment) ([]Event, error) {
	if a.Stage != Booked {
		return nil, nil
	}
	return []Event{AppointmentCancelled{Slot: a.Slot, ForceMajeure: true}}, nil
}
