// Package payment is the chamber of money that comes in: each payment of the bank
// counts once, by the bank's own reference (B-05).
package payment

import (
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a payment stream.
type (
	Event   = decider.Event[Payment]
	Command = decider.Command[Payment, Event]
)

// Payment is one amount that the bank reported.
type Payment struct{ Received *Received }

// Events lists every event type of a payment stream.
func Events() []Event { return []Event{Received{}} }

// Received: the bank reported money. Without an invoice it waits in suspense.
type Received struct {
	BankReference    string      `json:"bankReference"`
	PaymentReference string      `json:"paymentReference,omitzero"` // normal form, when it is one of ours
	Remittance       sealed.Data `json:"remittance,omitzero"`       // what the payer wrote, when it is not
	Amount           money.Cents `json:"amountCents"`
	ReceivedOn       string      `json:"receivedOn"` // the bank's date, YYYY-MM-DD
	InvoiceID        string      `json:"invoiceId,omitzero"`
	SupportRequestID string      `json:"supportRequestId,omitzero"`
}

// EventType is the recorded name.
func (Received) EventType() string { return "payment.received.v1" }

// Evolve remembers it.
func (e Received) Evolve(p Payment) Payment {
	p.Received = &e
	return p
}

// Receive takes in one payment.
type Receive struct{ Received }

// Decide counts a bank reference once: the same facts again change nothing, other
// facts are refused (B-05).
func (c Receive) Decide(p Payment) ([]Event, error) {
	if p.Received == nil {
		return []Event{c.Received}, nil
	}
	was := p.Received
	if was.Amount != c.Amount || was.ReceivedOn != c.ReceivedOn || was.PaymentReference != c.PaymentReference {
		return nil, errUsed
	}
	return nil, nil
}

var errUsed = &decider.Rejection{
	Kind: decider.Exists, Code: "BANK_REFERENCE_USED", Article: "2", Rule: "B-05",
	Reason: "a payment with this bank reference but another amount, date or reference was recorded before",
}
