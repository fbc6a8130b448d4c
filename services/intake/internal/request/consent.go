package request

import "time"

// AttachConsent takes in the customer's agreement.
type AttachConsent struct {
	Consent Consent   `json:"consent"`
	At      time.Time `json:"at"`
}

// Decide attaches a new agreement while the request is an offer. Once accepted,
// the agreement stands as it was then, and a later one changes nothing here (T-01).
func (c AttachConsent) Decide(r Request) ([]Event, error) {
	if r.State != StateSubmitted || r.Consent.equal(c.Consent) {
		return nil, nil
	}
	return []Event{ConsentAttached{Consent: c.Consent, AttachedAt: c.At}}, nil
}
