package technician

import (
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
)

// Register says all of a technician: his name, what he can do and when he works.
type Register struct {
	TechnicianID string         `json:"technicianId"`
	Name         sealed.Data    `json:"name"`
	Skills       []string       `json:"skills,omitzero"`
	Working      []hours.Weekly `json:"working,omitzero"` // none: the desk's hours
	At           time.Time      `json:"at"`
}

// Decide records whatever is sound: two ciphers of the same name cannot be told
// from two names.
func (c Register) Decide(Technician) ([]Event, error) {
	if err := working(c.Working); err != nil {
		return nil, err
	}
	return []Event{TechnicianRegistered{
		TechnicianID: c.TechnicianID, Name: c.Name, RegisteredAt: c.At.UTC(),
		Skills: skills(c.Skills), Working: c.Working,
	}}, nil
}
