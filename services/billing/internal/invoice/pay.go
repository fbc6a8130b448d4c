package invoice

import (
	"time"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/decider"
)

// AllocatePayment counts a received payment for this invoice (B-05).
type AllocatePayment struct {
	PaymentID string      `json:"paymentId"`
	Amount    money.Cents `json:"amountCents"`
	At        time.Time   `json:"at"`
}

// Decide counts each payment once. The invoice is settled by the payment that
// leaves nothing open; there is no tolerance. What is too much stays a credit.
func (c AllocatePayment) Decide(i Invoice) ([]Event, error) {
	if !i.Live() {
		return nil, errNotIssued
	}
	for _, p := range i.Payments {
		if p.PaymentID == c.PaymentID {
			return nil, nil
		}
	}
	paid := i.Paid + c.Amount
	allocated := PaymentAllocated{
		Payment: Payment{PaymentID: c.PaymentID, Amount: c.Amount},
		Open:    max(0, i.Rating.TotalIncludingVAT-paid),
		Credit:  max(0, paid-i.Rating.TotalIncludingVAT),
	}
	if allocated.Open > 0 || i.State == Paid {
		return []Event{allocated}, nil
	}
	return []Event{allocated, InvoiceSettled{
		SupportRequestID: i.SupportRequestID, Number: i.Number, At: c.At, Credit: allocated.Credit,
	}}, nil
}

var errNotIssued = &decider.Rejection{
	Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "2", Rule: "B-05",
	Reason: "only an issued invoice can be paid",
}
