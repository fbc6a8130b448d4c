package recording

import "time"

// Start follows from a recorded session that started. Its key is made before.
type Start struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	KeyID            string    `json:"keyId"`
	At               time.Time `json:"at"`
}

// Decide starts once.
func (c Start) Decide(r Recording) ([]Event, error) {
	if r.Stage != None {
		return nil, nil
	}
	return []Event{RecordingStarted{
		SessionID: c.SessionID, SupportRequestID: c.SupportRequestID, KeyID: c.KeyID, StartedAt: c.At.UTC(),
	}}, nil
}
