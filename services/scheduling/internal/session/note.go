package session

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Note says what is being done (E-02).
type Note struct {
	Note sealed.Data `json:"note"`
	At   time.Time   `json:"at"`
}

// Decide takes notes from the start on. How many there were is told when the
// session ends; one that was forgotten can be made afterwards, and is told by itself.
func (c Note) Decide(s Session) ([]Event, error) {
	if err := s.allow("NoteWork", Running, Paused, Suspended, Ended); err != nil {
		return nil, err
	}
	return []Event{WorkNoted{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID,
		NotedAt: s.notBefore(c.At), Note: c.Note, Number: len(s.Notes) + 1, Afterwards: s.Stage == Ended,
	}}, nil
}
