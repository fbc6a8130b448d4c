package assignment

import "time"

// Purpose is what a customer took back of his consent, as far as work depends on it.
type Purpose string

// The purposes.
const (
	Recording      Purpose = "recording"
	ImmediateStart Purpose = "immediate_start"
)

// WithdrawConsent follows from a purpose that the customer took back (O-09).
type WithdrawConsent struct {
	SupportRequestID string    `json:"supportRequestId"`
	Purpose          Purpose   `json:"purpose"`
	At               time.Time `json:"at"`
}

// Decide records what changed.
func (c WithdrawConsent) Decide(a Assignment) ([]Event, error) {
	e := ConsentWithdrawn{SupportRequestID: c.SupportRequestID, Purpose: c.Purpose}
	if a.Consent == nil || *e.Evolve(a).Consent == *a.Consent {
		return nil, nil
	}
	return []Event{e}, nil
}

// ConsentWithdrawn: a declaration no longer stands. Sessions that are recorded go on
// without (O-09).
type ConsentWithdrawn struct {
	SupportRequestID string  `json:"supportRequestId"`
	Purpose          Purpose `json:"purpose"`
}

// EventType is the recorded name.
func (ConsentWithdrawn) EventType() string { return "assignment.consent_withdrawn.v1" }

// Evolve takes the declaration down.
func (e ConsentWithdrawn) Evolve(a Assignment) Assignment {
	if a.Consent == nil {
		return a
	}
	consent := *a.Consent
	switch e.Purpose {
	case Recording:
		consent.RecordingNoticeSeen = false
	case ImmediateStart:
		consent.StartImmediately, consent.WithdrawalLossAcknowledged = false, false
	}
	a.Consent = &consent
	return a
}
