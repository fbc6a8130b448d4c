package assignment

import "time"

// Release follows from a request that was refused, cancelled,
// terminated or closed.
type Release struct {
	SupportRequestID string    `json:"supportRequestId"`
	EndedAt          time.Time `json:"endedAt,omitzero"`     // as intake tells
	NotInvoiced      bool      `json:"notInvoiced,omitzero"` // refused or cancelled (S-06)
	At               time.Time `json:"at"`
}

// Decide names the appointment that has to go, if there is one. Where it ended
// by a withdrawal, intake tells later whether a bill follows (S-06).
func (c Release) Decide(a Assignment) ([]Event, error) {
	switch {
	case a.Released && c.NotInvoiced:
		return NotInvoice{SupportRequestID: c.SupportRequestID, At: c.At}.Decide(a)
	case a.Released:
		return nil, nil
	}
	e := RequestReleased{
		SupportRequestID: c.SupportRequestID, AppointmentIDs: []string{}, EndedAt: c.EndedAt, NotInvoiced: c.NotInvoiced,
	}
	if a.Appointment != "" {
		e.AppointmentIDs = []string{a.Appointment}
	}
	return []Event{e}, nil
}
