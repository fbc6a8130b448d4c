package assignment

import "time"

// NotInvoice follows from a closed request with nothing to bill (S-06).
type NotInvoice struct {
	SupportRequestID string    `json:"supportRequestId"`
	At               time.Time `json:"at"`
}

// Decide notes it once.
func (c NotInvoice) Decide(a Assignment) ([]Event, error) {
	if a.NotInvoiced {
		return nil, nil
	}
	return []Event{RequestNotInvoiced{SupportRequestID: c.SupportRequestID, NotedAt: c.At.UTC()}}, nil
}
