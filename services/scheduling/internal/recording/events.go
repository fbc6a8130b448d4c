package recording

import "time"

// Events lists every event type of a recording stream.
func Events() []Event {
	return []Event{RecordingStarted{}, RecordingEnded{}, DeletionDue{}, KeyDestroyed{}, RecordingStopped{}}
}

// RecordingStarted: the session is recorded under a key of its own (S-01, S-05).
type RecordingStarted struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	KeyID            string    `json:"keyId"`
	StartedAt        time.Time `json:"startedAt"`
}

// EventType is the recorded name.
func (RecordingStarted) EventType() string { return "recording.started.v1" }

// Evolve starts.
func (e RecordingStarted) Evolve(Recording) Recording {
	return Recording{SessionID: e.SessionID, SupportRequestID: e.SupportRequestID, KeyID: e.KeyID, Stage: Recorded}
}

// RecordingEnded: nothing is added any more; it is kept until the bill is satisfied.
type RecordingEnded struct {
	EndedAt time.Time `json:"endedAt"`
}

// EventType is the recorded name.
func (RecordingEnded) EventType() string { return "recording.ended.v1" }

// Evolve ends.
func (RecordingEnded) Evolve(r Recording) Recording {
	r.Stage = Kept
	return r
}

// DeletionDue: the bill is satisfied, so the recording must go (S-05).
type DeletionDue struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	InvoiceID        string    `json:"invoiceId"` // the cause: the bill that was satisfied
	DueAt            time.Time `json:"dueAt"`
}

// EventType is the recorded name.
func (DeletionDue) EventType() string { return "recording.deletion_due.v1" }

// Evolve makes it due.
func (DeletionDue) Evolve(r Recording) Recording {
	r.Stage = Due
	return r
}

// KeyDestroyed: the key is gone, and with it the content in every copy (S-05,
// S-09). What stays tells which key, when and by whom.
type KeyDestroyed struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	KeyID            string    `json:"keyId"`
	DestroyedAt      time.Time `json:"destroyedAt"`
	Actor            string    `json:"actor"`
}

// EventType is the recorded name.
func (KeyDestroyed) EventType() string { return "recording.key_destroyed.v1" }

// Evolve destroys.
func (KeyDestroyed) Evolve(r Recording) Recording {
	r.Stage = Destroyed
	return r
}
