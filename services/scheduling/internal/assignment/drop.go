package assignment

import (
	"slices"
	"time"
)

// Drop follows from the end of an appointment, cancelled or completed.
type Drop struct {
	SupportRequestID string    `json:"supportRequestId"`
	AppointmentID    string    `json:"appointmentId"`
	At               time.Time `json:"at"`
}

// Decide drops once. One that was never planned is dropped too: its planning may
// still be on its way, and must find that it is over.
func (c Drop) Decide(a Assignment) ([]Event, error) {
	if slices.Contains(a.Past, c.AppointmentID) {
		return nil, nil
	}
	return []Event{AppointmentDropped{SupportRequestID: c.SupportRequestID, AppointmentID: c.AppointmentID}}, nil
}
