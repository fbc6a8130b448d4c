package referral

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// HandOver says that an authority has the referral.
type HandOver struct {
	Receipt sealed.Data `json:"receipt"` // authority and its reference
	At      time.Time   `json:"at"`
}

// Decide records it of what two people agreed to (D-05).
func (c HandOver) Decide(r Referral) ([]Event, error) {
	if err := r.in("RecordHandOver", Approved); err != nil {
		return nil, err
	}
	return []Event{ReferralHandedOver{Receipt: c.Receipt, HandedOverAt: c.At.UTC()}}, nil
}
