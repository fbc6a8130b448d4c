package assignment

import "time"

// BeginEnding follows from the wish to end a request that may have an appointment.
type BeginEnding struct {
	SupportRequestID string    `json:"supportRequestId"`
	EndingID         string    `json:"endingId"`
	At               time.Time `json:"at"`
}

// Decide names the appointment that has to be taken back, and keeps others from
// being planned meanwhile.
func (c BeginEnding) Decide(a Assignment) ([]Event, error) {
	if a.Released || a.Ending != "" {
		return nil, nil
	}
	e := EndingBegun{SupportRequestID: c.SupportRequestID, EndingID: c.EndingID, AppointmentIDs: []string{}}
	if a.Appointment != "" {
		e.AppointmentIDs = []string{a.Appointment}
	}
	return []Event{e}, nil
}

// DecideEnding follows once the appointments of the request were asked back. Whether
// they began stands in their own streams, was decided there, and stays as it is.
type DecideEnding struct {
	SupportRequestID string    `json:"supportRequestId"`
	EndingID         string    `json:"endingId"`
	AfterWork        bool      `json:"afterWork,omitzero"` // it may end although there was work
	Worked           bool      `json:"worked,omitzero"`    // a session of the request has ended
	Open             bool      `json:"open,omitzero"`      // a session of the request is open
	At               time.Time `json:"at"`
}

// Decide denies the end of a request whose work has begun: of a cancellation and a
// start at the same instant the start was first in the appointment's stream.
func (c DecideEnding) Decide(a Assignment) ([]Event, error) {
	switch {
	case a.Ending != c.EndingID:
		return nil, nil
	case c.Open, c.Worked && !c.AfterWork:
		return []Event{EndingDenied{SupportRequestID: c.SupportRequestID, EndingID: c.EndingID}}, nil
	}
	return []Event{EndingGranted{SupportRequestID: c.SupportRequestID, EndingID: c.EndingID}}, nil
}
