package invoice

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of an invoice stream.
func Events() []Event {
	return []Event{InvoiceIssued{}, WorkNotBillable{}, PaymentAllocated{}, InvoiceSettled{}}
}

// InvoiceIssued is the whole invoice as the customer gets it (B-08). Its number
// was taken by the append to the series that made it legal.
type InvoiceIssued struct {
	SupportRequestID string       `json:"supportRequestId"`
	Number           string       `json:"number"`
	InvoiceDate      string       `json:"invoiceDate"`
	DueDate          string       `json:"dueDate"`
	PaymentReference string       `json:"paymentReference"`
	ServiceDate      string       `json:"serviceDate"`
	Language         string       `json:"language"`
	PartyKind        PartyKind    `json:"partyKind"`
	Party            sealed.Data  `json:"party,omitzero"`
	Policies         []policy.Ref `json:"policies,omitzero"`
	Rating
}

// EventType is the recorded name.
func (InvoiceIssued) EventType() string { return "invoice.issued.v1" }

// Evolve takes over the content.
func (e InvoiceIssued) Evolve(i Invoice) Invoice {
	i.State, i.SupportRequestID = Issued, e.SupportRequestID
	i.Number, i.InvoiceDate, i.DueDate, i.PaymentReference = e.Number, e.InvoiceDate, e.DueDate, e.PaymentReference
	i.ServiceDate, i.Language, i.PartyKind, i.Party = e.ServiceDate, e.Language, e.PartyKind, e.Party
	i.Policies, i.Rating = e.Policies, e.Rating
	return i
}

// WorkNotBillable tells that nothing is asked for a closed request: it had no time
// to bill (T-04), or force majeure ended it and too little was left (F-04).
type WorkNotBillable struct {
	SupportRequestID string `json:"supportRequestId"`
	Reason           Reason `json:"reason,omitzero"` // empty: no time
	// Of work that was rated and waived:
	Waived        money.Cents  `json:"waivedCents,omitzero"` // exclusive of VAT
	WorkedSeconds int64        `json:"workedSeconds,omitzero"`
	Policies      []policy.Ref `json:"policies,omitzero"`
}

// EventType is the recorded name.
func (WorkNotBillable) EventType() string { return "invoice.not_billable.v1" }

// Evolve remembers that there will be no invoice.
func (e WorkNotBillable) Evolve(i Invoice) Invoice {
	i.State, i.SupportRequestID = NotBillable, e.SupportRequestID
	return i
}

// PaymentAllocated: a payment counts for this invoice (B-05).
type PaymentAllocated struct {
	Payment
	Open   money.Cents `json:"openCents"`            // what remains after it
	Credit money.Cents `json:"creditCents,omitzero"` // what is too much, all payments together
}

// EventType is the recorded name.
func (PaymentAllocated) EventType() string { return "invoice.payment_allocated.v1" }

// Evolve counts the payment.
func (e PaymentAllocated) Evolve(i Invoice) Invoice {
	i.Payments = append(slices.Clip(i.Payments), e.Payment)
	i.Paid += e.Amount
	if i.State == Issued {
		i.State = PartiallyPaid
	}
	return i
}

// InvoiceSettled: nothing remains to be paid.
type InvoiceSettled struct {
	SupportRequestID string      `json:"supportRequestId"`
	Number           string      `json:"number"`
	At               time.Time   `json:"at"`
	Credit           money.Cents `json:"creditCents,omitzero"`
}

// EventType is the recorded name.
func (InvoiceSettled) EventType() string { return "invoice.settled.v1" }

// Evolve closes the balance.
func (e InvoiceSettled) Evolve(i Invoice) Invoice {
	i.State, i.SettledAt = Paid, e.At
	return i
}
