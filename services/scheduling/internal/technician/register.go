package technician

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Register gives a technician his name, or a new one.
type Register struct {
	TechnicianID string      `json:"technicianId"`
	Name         sealed.Data `json:"name"`
	At           time.Time   `json:"at"`
}

// Decide always records: two ciphers of the same name cannot be told from two
// names.
func (c Register) Decide(Technician) ([]Event, error) {
	return []Event{TechnicianRegistered{TechnicianID: c.TechnicianID, Name: c.Name, RegisteredAt: c.At.UTC()}}, nil
}
