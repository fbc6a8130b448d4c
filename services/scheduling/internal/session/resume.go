package session

import "time"

// Resume lets the measured time run again.
type Resume struct {
	By Person    `json:"by,omitzero"`
	At time.Time `json:"at"`
}

// Decide resumes work that is paused (T-02). After force majeure the customer is
// consulted first (F-03), and at the agreed cap he has to raise it (T-11).
func (c Resume) Decide(s Session) ([]Event, error) {
	if err := s.mayChange(c.By); err != nil {
		return nil, err
	}
	if s.Stage == Suspended {
		return nil, errConsult
	}
	if err := s.allow("ResumeSession", Paused); err != nil {
		return nil, err
	}
	if s.Limit > 0 && s.Seconds() >= s.Limit {
		return nil, errCap
	}
	at := s.notBefore(c.At)
	return []Event{SessionResumed{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, ResumedAt: at, CapAt: s.capAt(s.Limit, at),
	}}, nil
}
