package recording

import "time"

// MarkDue follows from a bill that is satisfied. GraceSeconds is the retention
// policy's; the page promises deletion after the bill, so it is 0 (S-07).
type MarkDue struct {
	InvoiceID    string    `json:"invoiceId"`
	GraceSeconds int64     `json:"graceSeconds,omitzero"`
	At           time.Time `json:"at"`
}

// Decide makes the deletion due once (S-05). A bill that is satisfied again, after
// a reversal, finds the deletion due or done already (S-07).
func (c MarkDue) Decide(r Recording) ([]Event, error) {
	if r.Stage != Recorded && r.Stage != Kept {
		return nil, nil
	}
	return []Event{DeletionDue{
		SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, InvoiceID: c.InvoiceID,
		DueAt: c.At.UTC().Add(time.Duration(c.GraceSeconds) * time.Second),
	}}, nil
}
