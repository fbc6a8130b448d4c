package appointment

import "time"

// Cancel is the customer's or the desk's wish that it does not take place.
type Cancel struct {
	At time.Time `json:"at"`
}

// Decide cancels before the start. Cancelling twice changes nothing.
func (c Cancel) Decide(a Appointment) ([]Event, error) {
	switch a.Stage {
	case None:
		return nil, errUnknown
	case Booked:
		return []Event{a.cancelled(false)}, nil
	case Cancelled:
		return nil, nil
	}
	return nil, illegal(a.Stage, "CancelAppointment")
}
