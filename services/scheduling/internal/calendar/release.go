package calendar

import "time"

// Release frees the slot of an appointment that will not take place.
type Release struct {
	AppointmentID string    `json:"appointmentId"`
	At            time.Time `json:"at"`
}

// Decide frees a slot that is held; any other is free already.
func (c Release) Decide(w Week) ([]Event, error) {
	if !w.Holds(c.AppointmentID) {
		return nil, nil
	}
	return []Event{SlotReleased{AppointmentID: c.AppointmentID}}, nil
}
