package assignment

import (
	"slices"
	"time"
)

// Plan follows from a booked appointment.
type Plan struct {
	SupportRequestID string    `json:"supportRequestId"`
	AppointmentID    string    `json:"appointmentId"`
	At               time.Time `json:"at"`
}

// Decide gives the request its appointment, unless the request ended meanwhile
// was suspended (F-03) or another appointment was faster: then this
// one is void. Of two bookings at the same moment exactly one stays.
func (c Plan) Decide(a Assignment) ([]Event, error) {
	switch {
	case a.Appointment == c.AppointmentID, slices.Contains(a.Past, c.AppointmentID):
		return nil, nil
	case a.State() == Ended, a.State() == Suspended, a.Appointment != "":
		return []Event{AppointmentVoided{SupportRequestID: c.SupportRequestID, AppointmentID: c.AppointmentID}}, nil
	}
	return []Event{AppointmentPlanned{SupportRequestID: c.SupportRequestID, AppointmentID: c.AppointmentID}}, nil
}
