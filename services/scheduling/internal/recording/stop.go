package recording

import "time"

// Stop follows from a customer who took his consent to the recording back (O-09).
type Stop struct {
	At time.Time `json:"at"`
}

// Decide stops what is being recorded; the session goes on. What was recorded until
// then is kept until the bill is satisfied, as any other (S-05).
func (c Stop) Decide(r Recording) ([]Event, error) {
	if r.Stage != Recorded {
		return nil, nil
	}
	return []Event{RecordingStopped{
		SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, StoppedAt: c.At.UTC(),
	}}, nil
}

// RecordingStopped: nothing is recorded any more, though the session may go on (O-09).
type RecordingStopped struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	StoppedAt        time.Time `json:"stoppedAt"`
}

// EventType is the recorded name.
func (RecordingStopped) EventType() string { return "recording.stopped.v1" }

// Evolve ends the recording. It is whole, and kept, once the session has ended.
func (RecordingStopped) Evolve(r Recording) Recording {
	r.Stage = Stopped
	return r
}
