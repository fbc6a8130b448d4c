package session

import "time"

// Pause stops the measured time.
type Pause struct {
	By Person    `json:"by,omitzero"`
	At time.Time `json:"at"`
}

// Decide pauses work that runs (T-02).
func (c Pause) Decide(s Session) ([]Event, error) {
	if err := s.mayChange(c.By); err != nil {
		return nil, err
	}
	if err := s.allow("PauseSession", Running); err != nil {
		return nil, err
	}
	return s.pause(c.At), nil
}

// pause is what happens to work that runs; past the agreed cap it was paused there (T-11).
func (s Session) pause(at time.Time) []Event {
	if events := s.capped(at); events != nil {
		return events
	}
	return []Event{SessionPaused{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, PausedAt: s.notBefore(at),
	}}
}
