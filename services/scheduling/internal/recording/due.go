package recording

import (
	"slices"
	"time"
)

// MarkDue says that the recording must go: the bill is satisfied, is never made, or
// was not paid within all terms. GraceSeconds is the policy's for that cause. For a
// satisfied bill the page promises deletion after it, so it is 0 (S-07).
type MarkDue struct {
	InvoiceID     string    `json:"invoiceId,omitzero"`
	GraceSeconds  int64     `json:"graceSeconds,omitzero"`
	Cause         Cause     `json:"cause,omitzero"`
	From          time.Time `json:"from,omitzero"`          // when the cause came to be; zero: At
	WithinSeconds int64     `json:"withinSeconds,omitzero"` // how long carrying it out may take (S-05)
	At            time.Time `json:"at"`
}

// Decide makes the deletion due (S-05). A bill that is satisfied again, after a
// reversal, finds the deletion due or done already (S-07); only what makes it due
// earlier counts, so the cap wins over everything (S-06).
func (c MarkDue) Decide(r Recording) ([]Event, error) {
	if !slices.Contains([]Stage{Recorded, Stopped, Kept, Due}, r.Stage) {
		return nil, nil
	}
	from := c.From
	if from.IsZero() {
		from = c.At
	}
	due := after(from, c.GraceSeconds)
	if r.Stage == Due && !due.Before(r.DueAt) {
		return nil, nil
	}
	e := DeletionDue{
		SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, InvoiceID: c.InvoiceID, DueAt: due, Cause: c.Cause,
	}
	if c.WithinSeconds > 0 {
		e.DeadlineAt = after(due, c.WithinSeconds)
	}
	if c.Cause == RetentionCap {
		return []Event{RetentionCapReached{SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, CapAt: due}, e}, nil
	}
	return []Event{e}, nil
}
