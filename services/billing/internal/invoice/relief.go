package invoice

import (
	"errors"

	"aanvraag.internal/services/kernel/money"
)

// Reason is why nothing is asked for a closed request. The zero value is that there
// was no time to bill (T-04).
type Reason string

// ForceMajeure: it ended the work, and what was done is below what an invoice is
// made for (F-04).
const ForceMajeure Reason = "force_majeure"

// Relief is the content of the policy "force-majeure": how work is billed that ended
// by force majeure, as agreed with the customer (F-04). Work that went on later is
// billed like any other.
type Relief struct {
	// IncrementSeconds: time is billed per started increment; 1 is the exact time.
	IncrementSeconds int64 `json:"incrementSeconds"`
	// Minimums of article 1 apply.
	Minimums bool `json:"minimums"`
	// WaiveBelowMinimumInvoice: what does not reach the minimum invoice is not billed.
	WaiveBelowMinimumInvoice bool `json:"waiveBelowMinimumInvoice"`
}

// FirstRelief: exact seconds, no minimums, and nothing below the minimum invoice.
func FirstRelief() Relief { return Relief{IncrementSeconds: 1, WaiveBelowMinimumInvoice: true} }

// Check refuses a relief that cannot be rated by.
func (r Relief) Check() error {
	if r.IncrementSeconds < 1 || r.IncrementSeconds > maxIncrement {
		return errors.New("time is billed per increment of a second to a day")
	}
	return nil
}

// on is the rules that rate the work: those of any other without a relief.
func (r *Relief) on(rules Rules) Rules {
	if r == nil {
		return rules
	}
	rules.Sheet.IncrementSeconds = r.IncrementSeconds
	if !r.Minimums {
		rules.Sheet.MinimumSupport, rules.Sheet.MinimumInvoice = 0, 0
	}
	return rules
}

func (r *Relief) waives(total, minimum money.Cents) bool {
	return r != nil && r.WaiveBelowMinimumInvoice && total < minimum
}
