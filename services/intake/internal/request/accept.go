package request

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Accept makes an agreement of the offer.
type Accept struct {
	At time.Time `json:"at"`
}

// Decide needs the customer's consent, and freezes its price (R-02, O-07, T-01). Work
// under a warranty that was granted has no price, and needs none (W-03).
func (c Accept) Decide(r Request) ([]Event, error) {
	switch {
	case r.State == StateNone:
		return nil, Unknown
	case r.State != StateSubmitted:
		return nil, illegal(r, "accept", "", "R-02")
	case r.Warranty == Claimed:
		return nil, errUndecided
	case r.Consent.IsZero() && r.Warranty != Granted:
		return nil, errConsent
	}
	return []Event{Accepted{AcceptedAt: c.At, PartyKind: r.PartyKind, Consent: r.Consent}}, nil
}

var errConsent = &decider.Rejection{
	Kind: decider.Precondition, Code: "CONSENT_MISSING", Rule: "O-07",
	Reason: "the customer has not agreed to the terms and the price of this request",
}
