package session

import "time"

// StopRecording follows from a customer who took his consent to the recording back.
type StopRecording struct {
	At time.Time `json:"at"`
}

// Decide shows in the session's own line of events that it went on without being
// recorded (O-09, S-01).
func (c StopRecording) Decide(s Session) ([]Event, error) {
	open := s.Stage == Running || s.Stage == Paused || s.Stage == Suspended
	if !open || !s.Recorded || !s.RecordingStoppedAt.IsZero() {
		return nil, nil
	}
	return []Event{RecordingStopped{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID, StoppedAt: s.notBefore(c.At),
	}}, nil
}

// RecordingStopped: the session goes on, and is not recorded any more (O-09).
type RecordingStopped struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	StoppedAt        time.Time `json:"stoppedAt"`
}

// EventType is the recorded name.
func (RecordingStopped) EventType() string { return "session.recording_stopped.v1" }

// Evolve remembers since when.
func (e RecordingStopped) Evolve(s Session) Session {
	s.RecordingStoppedAt, s.Last = e.StoppedAt, e.StoppedAt
	return s
}
