package assignment

import (
	"time"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// Sheet is what the tariff that the customer agreed to says about the cost of time.
// It is the content of billing's policy "tariff".
type Sheet struct {
	HourlyRate       money.Cents `json:"hourlyRateCents"`
	IncrementSeconds int64       `json:"incrementSeconds"`
	MinimumSupport   money.Cents `json:"minimumSupportCents"`
	MinimumInvoice   money.Cents `json:"minimumInvoiceCents"`
}

// Cost is what an invoice about so many seconds is made for, exclusive of VAT: by
// the started increment, once per request, lifted to both minimums (T-02 to T-05).
func (s Sheet) Cost(seconds int64) money.Cents {
	if seconds <= 0 || s.IncrementSeconds < 1 {
		return 0
	}
	billed := (seconds + s.IncrementSeconds - 1) / s.IncrementSeconds * s.IncrementSeconds
	return max(money.Cents(money.HalfUp(billed*int64(s.HourlyRate), 3600)), s.MinimumSupport, s.MinimumInvoice)
}

// Within is the most seconds of work that cost no more than a cap (T-11); 0 when the
// minimums alone cost more.
func (s Sheet) Within(limit money.Cents) int64 {
	if s.IncrementSeconds < 1 || s.HourlyRate < 1 || limit < max(s.MinimumSupport, s.MinimumInvoice) {
		return 0
	}
	// n increments cost no more than the limit while n·increment·rate/3600 is below
	// the half cent from which it is rounded up beyond it.
	n := ((2*int64(limit)+1)*3600 - 1) / (2 * s.IncrementSeconds * int64(s.HourlyRate))
	return n * s.IncrementSeconds
}

// AgreeCap is the customer's cap, or, raised, his new OK (T-11).
type AgreeCap struct {
	SupportRequestID string      `json:"supportRequestId"`
	Cap              money.Cents `json:"capCents"` // exclusive of VAT
	Raise            bool        `json:"raise"`
	Sheet            Sheet       `json:"sheet"`
	Tariff           policy.Ref  `json:"tariff"`        // where the sheet is from
	Worked           int64       `json:"workedSeconds"` // so far, over all sessions
	At               time.Time   `json:"at"`
}

// Decide keeps one cap, which is only ever raised. It covers at least what was
// worked already and a started increment with its minimums.
func (c AgreeCap) Decide(a Assignment) ([]Event, error) {
	command := "AgreeBudgetCap"
	if c.Raise {
		command = "RaiseBudgetCap"
	}
	within := c.Sheet.Within(c.Cap)
	switch {
	case a.Consent == nil:
		return nil, ErrConsent
	case a.State() == Ended, c.Raise != (a.Cap != 0):
		refusal := illegal(a, command)
		refusal.Article, refusal.Rule = "1", "T-11"
		return nil, refusal
	case c.Cap <= a.Cap, within == 0, within < c.Worked:
		return nil, errCapLow
	}
	return []Event{BudgetCapAgreed{
		SupportRequestID: c.SupportRequestID, Cap: c.Cap, Seconds: within, Raised: c.Raise, Tariff: c.Tariff,
		AgreedAt: c.At.UTC(), AppointmentID: a.Appointment,
	}}, nil
}

var (
	// ErrConsent answers a question about the cost of a request without a consent.
	ErrConsent = &decider.Rejection{
		Kind: decider.Precondition, Code: "CONSENT_MISSING", Article: "1", Rule: "T-11",
		Reason: "a cap is agreed by the tariff of the customer's consent, and there is none",
	}
	errCapLow = &decider.Rejection{
		Kind: decider.Invalid, Code: "CAP_TOO_LOW", Article: "1", Rule: "T-11",
		Reason: "a cap is above the one that stands, and covers the minimums and what was worked already",
	}
)
