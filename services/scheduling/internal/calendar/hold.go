package calendar

import "time"

// PlaceHold keeps a slot for a customer's choice until he confirms it by a booking
// under the same appointment id.
type PlaceHold struct {
	Slot
	// RequestState is [Waiting], or what stands in the way.
	RequestState string `json:"requestState"`
	// Unavailable says why the technician does not work then; empty: nothing is known.
	Unavailable string    `json:"unavailable,omitzero"`
	HoldSeconds int64     `json:"holdSeconds"` // how long, by the booking policy
	At          time.Time `json:"at"`
}

// Decide refuses what a booking would refuse. A request holds one slot of a week:
// another choice replaces the earlier one. The same choice again changes nothing,
// and prolongs nothing, until it has expired.
func (c PlaceHold) Decide(w Week) ([]Event, error) {
	if w.used(c.AppointmentID) {
		return nil, errExists
	}
	if h, held := w.Hold(c.AppointmentID); held && c.At.Before(h.ExpiresAt) {
		if h.equal(c.Slot) {
			return nil, nil
		}
		if h.SupportRequestID != c.SupportRequestID {
			return nil, errExists
		}
	}
	if c.RequestState != Waiting {
		return nil, NotWaiting(c.RequestState, "HoldSlot")
	}
	var events []Event
	for _, h := range w.Holds {
		switch {
		case h.SupportRequestID != c.SupportRequestID && h.AppointmentID != c.AppointmentID: // another's
			continue
		case c.At.Before(h.ExpiresAt):
			events = append(events, HoldReleased{AppointmentID: h.AppointmentID, Reason: Replaced})
		default:
			events = append(events, HoldReleased{AppointmentID: h.AppointmentID, Reason: Expired})
		}
		w.Holds = without(w.Holds, h.AppointmentID)
	}
	if err := w.give(c.Slot, c.Unavailable, c.At); err != nil {
		return nil, err
	}
	// Whole microseconds, as exactly as deadlines are kept.
	until := c.At.Add(time.Duration(c.HoldSeconds) * time.Second).UTC().Truncate(time.Microsecond)
	return append(events, HoldPlaced{Hold{Slot: c.utc(), ExpiresAt: until}}), nil
}

// ExpireHold notes that a hold has expired. The slot is free without it.
type ExpireHold struct {
	AppointmentID string    `json:"appointmentId"`
	At            time.Time `json:"at"`
}

// Decide notes it from the instant on at which the hold expires, once.
func (c ExpireHold) Decide(w Week) ([]Event, error) {
	h, held := w.Hold(c.AppointmentID)
	if !held || c.At.Before(h.ExpiresAt) {
		return nil, nil
	}
	return []Event{HoldReleased{AppointmentID: c.AppointmentID, Reason: Expired}}, nil
}
