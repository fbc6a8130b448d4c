package appointment

import "time"

// Complete follows from the end of the session.
type Complete struct {
	SessionID string    `json:"sessionId"`
	At        time.Time `json:"at"`
}

// Decide completes what that session started.
func (c Complete) Decide(a Appointment) ([]Event, error) {
	if a.Stage != Started || a.SessionID != c.SessionID {
		return nil, nil
	}
	return []Event{AppointmentCompleted{AppointmentID: a.AppointmentID}}, nil
}
