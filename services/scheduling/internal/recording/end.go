package recording

import "time"

// End follows from the end of the session.
type End struct {
	At time.Time `json:"at"`
}

// Decide ends what is being recorded, or was until it was stopped. Where the bill was faster nothing is left
// to end.
func (c End) Decide(r Recording) ([]Event, error) {
	if r.Stage != Recorded && r.Stage != Stopped {
		return nil, nil
	}
	return []Event{RecordingEnded{EndedAt: c.At.UTC()}}, nil
}
