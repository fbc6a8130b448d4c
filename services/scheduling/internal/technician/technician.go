// Package technician is the chamber of a technician's display name. Who is a
// technician is for the identity provider to say; nothing depends on being
// registered here.
package technician

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a technician stream.
type (
	Event   = decider.Event[Technician]
	Command = decider.Command[Technician, Event]
)

// Technician is one technician.
type Technician struct {
	TechnicianID string
	Name         sealed.Data // he is a person too (P7)
}

// Events lists every event type of a technician stream.
func Events() []Event { return []Event{TechnicianRegistered{}} }

// TechnicianRegistered: the technician has this name from now on.
type TechnicianRegistered struct {
	TechnicianID string      `json:"technicianId"`
	Name         sealed.Data `json:"name"`
	RegisteredAt time.Time   `json:"registeredAt"`
}

// EventType is the recorded name.
func (TechnicianRegistered) EventType() string { return "technician.registered.v1" }

// Evolve takes over the name.
func (e TechnicianRegistered) Evolve(Technician) Technician {
	return Technician{TechnicianID: e.TechnicianID, Name: e.Name}
}
