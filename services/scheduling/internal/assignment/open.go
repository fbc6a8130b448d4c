package assignment

import "time"

// Open follows from the acceptance of the request.
type Open struct {
	SupportRequestID string    `json:"supportRequestId"`
	Consumer         bool      `json:"consumer,omitzero"`
	AcceptedAt       time.Time `json:"acceptedAt,omitzero"`
	At               time.Time `json:"at"`
}

// Decide opens once.
func (c Open) Decide(a Assignment) ([]Event, error) {
	if a.Opened {
		return nil, nil
	}
	return []Event{RequestOpened{SupportRequestID: c.SupportRequestID, Consumer: c.Consumer, AcceptedAt: c.AcceptedAt}}, nil
}
