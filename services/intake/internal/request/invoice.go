package request

import "time"

// MarkInvoiced takes in that the invoice was issued.
type MarkInvoiced struct {
	InvoiceID string    `json:"invoiceId"`
	Number    string    `json:"number"`
	At        time.Time `json:"at"`
}

// Decide names the invoice of closed work, once.
func (c MarkInvoiced) Decide(r Request) ([]Event, error) {
	if r.State != StateClosed || r.NotBillable {
		return nil, nil
	}
	return []Event{Invoiced{InvoiceID: c.InvoiceID, Number: c.Number, InvoicedAt: c.At}}, nil
}

// MarkNotBillable takes in that there is nothing to pay (T-04).
type MarkNotBillable struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
}

// Decide ends closed work without an invoice, once.
func (c MarkNotBillable) Decide(r Request) ([]Event, error) {
	if r.State != StateClosed || r.NotBillable {
		return nil, nil
	}
	return []Event{NotBillable(c)}, nil
}

// Settle takes in that nothing remains to be paid.
type Settle struct {
	InvoiceID string    `json:"invoiceId"`
	At        time.Time `json:"at"`
}

// Decide ends the request when its own invoice is satisfied.
func (c Settle) Decide(r Request) ([]Event, error) {
	if r.State != StateInvoiced || r.InvoiceID != c.InvoiceID {
		return nil, nil
	}
	return []Event{Settled{InvoiceID: c.InvoiceID, SettledAt: c.At}}, nil
}
