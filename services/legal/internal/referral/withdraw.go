package referral

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Withdraw gives a referral up.
type Withdraw struct {
	Reason sealed.Data `json:"reason"`
	At     time.Time   `json:"at"`
}

// Decide withdraws what no authority has (D-05).
func (c Withdraw) Decide(r Referral) ([]Event, error) {
	if err := r.in("WithdrawReferral", Raised, Approved); err != nil {
		return nil, err
	}
	return []Event{ReferralWithdrawn{Reason: c.Reason, WithdrawnAt: c.At.UTC()}}, nil
}
