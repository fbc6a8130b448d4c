package appointment

import "time"

// Revoke follows from the end of the request, or from a request that got
// another appointment first.
type Revoke struct {
	At time.Time `json:"at"`
}

// Decide cancels what has not started, and says that it was revoked: the customer
// hears of the request's end, not of this too. Work that has begun goes on to its
// end: whether it is billed is not decided here.
func (c Revoke) Decide(a Appointment) ([]Event, error) {
	if a.Stage != Booked {
		return nil, nil
	}
	return []Event{a.cancelled(true)}, nil
}
