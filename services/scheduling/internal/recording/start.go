package recording

import "time"

// Start follows from a recorded session that started. Its key is made before.
// CapSeconds is the recording policy's: nothing is kept longer (S-06).
type Start struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	KeyID            string    `json:"keyId"`
	CapSeconds       int64     `json:"capSeconds,omitzero"`
	At               time.Time `json:"at"`
}

// Decide starts once.
func (c Start) Decide(r Recording) ([]Event, error) {
	if r.Stage != None {
		return nil, nil
	}
	e := RecordingStarted{
		SessionID: c.SessionID, SupportRequestID: c.SupportRequestID, KeyID: c.KeyID, StartedAt: c.At.UTC(),
	}
	if c.CapSeconds > 0 {
		e.CapAt = after(c.At, c.CapSeconds)
	}
	return []Event{e}, nil
}

// after is an instant that lies some seconds behind another.
func after(at time.Time, seconds int64) time.Time {
	return at.UTC().Add(time.Duration(seconds) * time.Second)
}
