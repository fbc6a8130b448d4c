package assignment

import (
	"slices"
	"time"
)

// KeepRecording follows from a recorded session that started.
type KeepRecording struct {
	SupportRequestID string    `json:"supportRequestId"`
	SessionID        string    `json:"sessionId"`
	At               time.Time `json:"at"`
}

// Decide remembers each recording once.
func (c KeepRecording) Decide(a Assignment) ([]Event, error) {
	if slices.Contains(a.Recordings, c.SessionID) {
		return nil, nil
	}
	return []Event{RecordingKept{SupportRequestID: c.SupportRequestID, SessionID: c.SessionID}}, nil
}
