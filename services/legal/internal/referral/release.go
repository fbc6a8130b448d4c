package referral

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Release ends the hold once the authority needs nothing more.
type Release struct {
	Reason sealed.Data `json:"reason"`
	At     time.Time   `json:"at"`
}

// Decide releases what was handed over (D-06). Before that it is withdrawn.
func (c Release) Decide(r Referral) ([]Event, error) {
	if err := r.in("ReleaseReferral", HandedOver); err != nil {
		return nil, err
	}
	return []Event{ReferralReleased{Reason: c.Reason, ReleasedAt: c.At.UTC()}}, nil
}
