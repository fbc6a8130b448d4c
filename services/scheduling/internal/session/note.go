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

// Decide takes notes until the session ends; how many there were is told then.
func (c Note) Decide(s Session) ([]Event, error) {
	if err := s.allow("NoteWork", Running, Paused); err != nil {
		return nil, err
	}
	return []Event{WorkNoted{NotedAt: s.notBefore(c.At), Note: c.Note}}, nil
}
