package assignment

import "time"

// RecordConsent follows from the customer's consent, which may come before or
// after the acceptance, and again.
type RecordConsent struct {
	SupportRequestID string `json:"supportRequestId"`
	Consent
	At time.Time `json:"at"`
}

// Decide records what changed (D-01, S-02).
func (c RecordConsent) Decide(a Assignment) ([]Event, error) {
	if a.Consent != nil && *a.Consent == c.Consent {
		return nil, nil
	}
	return []Event{ConsentRecorded{SupportRequestID: c.SupportRequestID, Consent: c.Consent}}, nil
}
