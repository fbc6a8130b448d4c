package assignment

import "time"

// Settle follows from a bill that is satisfied (S-05).
type Settle struct {
	SupportRequestID string    `json:"supportRequestId"`
	InvoiceID        string    `json:"invoiceId"`
	At               time.Time `json:"at"`
}

// Decide settles once: a bill that is paid, reversed and paid again brings no
// recording back (S-07).
func (c Settle) Decide(a Assignment) ([]Event, error) {
	if a.SettledBy != "" {
		return nil, nil
	}
	return []Event{RequestSettled{SupportRequestID: c.SupportRequestID, InvoiceID: c.InvoiceID}}, nil
}
