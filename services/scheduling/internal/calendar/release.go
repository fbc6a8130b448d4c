package calendar

import "time"

// Release frees a slot of an appointment: that of one that will not take place
// the old one of one that moved, or the new one of a move that could not be.
type Release struct {
	AppointmentID string    `json:"appointmentId"`
	MoveID        string    `json:"moveId,omitzero"` // of the move that had taken it; empty: the booking had
	At            time.Time `json:"at"`
}

// Decide frees a slot that is held; any other is free already.
func (c Release) Decide(w Week) ([]Event, error) {
	if !w.Has(c.AppointmentID, c.MoveID) {
		return nil, nil
	}
	return []Event{SlotReleased{AppointmentID: c.AppointmentID, MoveID: c.MoveID}}, nil
}
