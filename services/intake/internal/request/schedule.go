package request

import (
	"slices"
	"time"
)

// Schedule takes in that an appointment was booked.
type Schedule struct {
	AppointmentID string    `json:"appointmentId"`
	At            time.Time `json:"at"`
}

// Decide plans the request. An appointment whose session is already known began
// before its booking arrived here, and changes nothing any more.
func (c Schedule) Decide(r Request) ([]Event, error) {
	if !r.agreed() || slices.Contains(r.Appointments, c.AppointmentID) || r.began(c.AppointmentID) {
		return nil, nil
	}
	return []Event{Scheduled{AppointmentID: c.AppointmentID, ScheduledAt: c.At}}, nil
}

// Unschedule takes in that an appointment was cancelled.
type Unschedule struct {
	AppointmentID string    `json:"appointmentId"`
	At            time.Time `json:"at"`
}

// Decide frees the request of that appointment; another one that stands stays.
func (c Unschedule) Decide(r Request) ([]Event, error) {
	if !slices.Contains(r.Appointments, c.AppointmentID) {
		return nil, nil
	}
	return []Event{Unscheduled{AppointmentID: c.AppointmentID, UnscheduledAt: c.At}}, nil
}
