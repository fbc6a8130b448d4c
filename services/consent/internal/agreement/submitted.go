package agreement

import "time"

// NoteSubmission takes in that the support request exists.
type NoteSubmission struct {
	SupportRequestID string    `json:"supportRequestId"`
	SubmittedAt      time.Time `json:"submittedAt"`
	At               time.Time `json:"at"`
}

// Decide attaches an agreement that was there first.
func (c NoteSubmission) Decide(s Consent) ([]Event, error) {
	if s.Submitted {
		return nil, nil
	}
	submitted := RequestSubmitted{SupportRequestID: c.SupportRequestID, SubmittedAt: c.SubmittedAt}
	if s.Agreement.IsZero() {
		return []Event{submitted}, nil
	}
	return []Event{submitted, Attached{Agreement: s.Agreement, AttachedAt: c.At}}, nil
}
