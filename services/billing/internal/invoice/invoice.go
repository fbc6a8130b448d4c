// Package invoice is the chamber of what a customer owes: rating by article 1,
// terms of payment by article 2, and the payments that satisfy it. It is pure.
package invoice

import (
	"time"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of an invoice stream.
type (
	Event   = decider.Event[Invoice]
	Command = decider.Command[Invoice, Event]
)

// State is where an invoice stands.
type State string

// The states of an invoice. The zero state is that nothing was decided yet.
const (
	NotBillable   State = "notBillable" // there was no time to bill (T-04)
	Issued        State = "issued"
	PartiallyPaid State = "partiallyPaid"
	Paid          State = "paid" // the balance is 0 by payment
)

// Invoice is what a customer owes for one support request, and why. Once issued
// its content never changes (B-08); only payments follow.
type Invoice struct {
	State            State
	SupportRequestID string
	Number           string
	InvoiceDate      string // local date, YYYY-MM-DD
	DueDate          string
	PaymentReference string
	ServiceDate      string
	Language         string
	PartyKind        PartyKind
	Party            sealed.Data
	Policies         []policy.Ref
	Rating           Rating

	Payments  []Payment
	Paid      money.Cents
	SettledAt time.Time
}

// Payment is one amount received for the invoice.
type Payment struct {
	PaymentID string      `json:"paymentId"`
	Amount    money.Cents `json:"amountCents"`
}

// Open is what remains to be paid.
func (i Invoice) Open() money.Cents { return max(0, i.Rating.TotalIncludingVAT-i.Paid) }

// Credit is what was paid too much (B-05).
func (i Invoice) Credit() money.Cents {
	if i.State != Paid {
		return 0
	}
	return i.Paid - i.Rating.TotalIncludingVAT
}

// Live tells whether the invoice was issued.
func (i Invoice) Live() bool { return i.State == Issued || i.State == PartiallyPaid || i.State == Paid }
