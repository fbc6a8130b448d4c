package session

import "time"

// Resume lets the measured time run again.
type Resume struct {
	At time.Time `json:"at"`
}

// Decide resumes work that is paused (T-02). After force majeure the customer is
// consulted first (F-03).
func (c Resume) Decide(s Session) ([]Event, error) {
	if s.Stage == Suspended {
		return nil, errConsult
	}
	if err := s.allow("ResumeSession", Paused); err != nil {
		return nil, err
	}
	return []Event{SessionResumed{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, ResumedAt: s.notBefore(c.At),
	}}, nil
}
