package technician

import (
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of a technician stream.
func Events() []Event {
	return []Event{TechnicianRegistered{}, TechnicianUpdated{}, TechnicianRetired{}}
}

// TechnicianRegistered: all that is said of the technician, from now on. His
// absences stay as they were.
type TechnicianRegistered struct {
	TechnicianID string         `json:"technicianId"`
	Name         sealed.Data    `json:"name"`
	RegisteredAt time.Time      `json:"registeredAt"`
	Skills       []string       `json:"skills,omitzero"`
	Working      []hours.Weekly `json:"working,omitzero"` // none: the desk's hours
}

// EventType is the recorded name.
func (TechnicianRegistered) EventType() string { return "technician.registered.v1" }

// Evolve takes it over; one who had retired works again.
func (e TechnicianRegistered) Evolve(t Technician) Technician {
	return Technician{
		TechnicianID: e.TechnicianID, Name: e.Name, Skills: e.Skills, Working: e.Working, Absences: t.Absences,
	}
}

// TechnicianUpdated: what changed, and only that.
type TechnicianUpdated struct {
	TechnicianID string          `json:"technicianId"`
	Name         *sealed.Data    `json:"name,omitzero"`
	Skills       *[]string       `json:"skills,omitzero"`
	Working      *[]hours.Weekly `json:"working,omitzero"` // an empty list: the desk's hours
	Absences     *[]Absence      `json:"absences,omitzero"`
	UpdatedAt    time.Time       `json:"updatedAt"`
}

// EventType is the recorded name.
func (TechnicianUpdated) EventType() string { return "technician.updated.v1" }

// Evolve changes what changed.
func (e TechnicianUpdated) Evolve(t Technician) Technician {
	if e.Name != nil {
		t.Name = *e.Name
	}
	if e.Skills != nil {
		t.Skills = *e.Skills
	}
	if e.Working != nil {
		t.Working = *e.Working
	}
	if e.Absences != nil {
		t.Absences = *e.Absences
	}
	return t
}

// TechnicianRetired: nobody books him any more. What is booked stays, for the desk
// to move.
type TechnicianRetired struct {
	TechnicianID string    `json:"technicianId"`
	RetiredAt    time.Time `json:"retiredAt"`
}

// EventType is the recorded name.
func (TechnicianRetired) EventType() string { return "technician.retired.v1" }

// Evolve retires.
func (TechnicianRetired) Evolve(t Technician) Technician {
	t.Retired = true
	return t
}
