package technician

import "time"

// Retire ends the bookings of a technician.
type Retire struct {
	At time.Time `json:"at"`
}

// Decide retires once.
func (c Retire) Decide(t Technician) ([]Event, error) {
	switch {
	case t.TechnicianID == "":
		return nil, errUnknown
	case t.Retired:
		return nil, nil
	}
	return []Event{TechnicianRetired{TechnicianID: t.TechnicianID, RetiredAt: c.At.UTC()}}, nil
}
