package appointment

import "time"

// Abandon undoes a start whose session could not be: its id went to another
// appointment's session at the same moment.
type Abandon struct {
	SessionID string    `json:"sessionId"`
	At        time.Time `json:"at"`
}

// Decide cancels, so that the time is free and the request can be booked again.
func (c Abandon) Decide(a Appointment) ([]Event, error) {
	if a.Stage != Started || a.SessionID != c.SessionID {
		return nil, nil
	}
	return []Event{a.cancelled(false)}, nil
}
