package technician

import (
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
)

// Update changes what is not nil.
type Update struct {
	TechnicianID string          `json:"technicianId"`
	Name         *sealed.Data    `json:"name,omitzero"`
	Skills       *[]string       `json:"skills,omitzero"`
	Working      *[]hours.Weekly `json:"working,omitzero"` // an empty list: the desk's hours
	Absences     *[]Absence      `json:"absences,omitzero"`
	At           time.Time       `json:"at"`
}

// Decide updates a technician who was registered and has not retired. What is booked
// already stays, also where he no longer works.
func (c Update) Decide(t Technician) ([]Event, error) {
	switch {
	case t.TechnicianID == "":
		return nil, errUnknown
	case t.Retired:
		return nil, errRetired
	}
	e := TechnicianUpdated{TechnicianID: t.TechnicianID, Name: c.Name, Working: c.Working, UpdatedAt: c.At.UTC()}
	if c.Skills != nil {
		e.Skills = new(skills(*c.Skills))
	}
	if c.Working != nil {
		if err := working(*c.Working); err != nil {
			return nil, err
		}
	}
	if c.Absences != nil {
		ordered, err := absences(*c.Absences)
		if err != nil {
			return nil, err
		}
		e.Absences = &ordered
	}
	if e.Name == nil && e.Skills == nil && e.Working == nil && e.Absences == nil {
		return nil, nil
	}
	return []Event{e}, nil
}
