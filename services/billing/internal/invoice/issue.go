package invoice

import (
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Bill rates the work of a closed request. Asked for with a number, it issues the
// invoice; the number and date come from the append to the series.
type Bill struct {
	SupportRequestID string       `json:"supportRequestId"`
	Work             []Work       `json:"work"`
	Rules            Rules        `json:"rules"`
	Policies         []policy.Ref `json:"policies,omitzero"` // where the rules come from (P2)
	Language         string       `json:"language"`
	PartyKind        PartyKind    `json:"partyKind"`
	Party            sealed.Data  `json:"party,omitzero"`
	// Withdrawn: a consumer withdrew while the work went on; what he owes for it.
	Withdrawn   Withdrawn `json:"withdrawn,omitzero"`
	ServiceDate string    `json:"serviceDate"` // local date on which the work ended
	// AbortedByProvider: the desk broke the work off for a reason of its own.
	AbortedByProvider bool `json:"abortedByProvider,omitzero"`
	UnderWarranty     bool `json:"underWarranty,omitzero"` // a claim of it was granted (W-04)

	// Relief applies to work that force majeure ended (F-04); nil: nothing special.
	Relief *Relief `json:"relief,omitzero"`

	Number      string `json:"number"`
	InvoiceDate string `json:"invoiceDate"` // local date
}

// Withdrawn is what a consumer owes for work that his withdrawal from the contract
// ended. The zero value is that nobody withdrew.
type Withdrawn string

// What is owed.
const (
	OwesWorked  Withdrawn = "worked"  // the worked part, without any minimum
	OwesNothing Withdrawn = "nothing" // it was not started at his express request
)

// Rate is what the work costs. It does not depend on the outcome of the request,
// which is not even known here (E-01).
func (c Bill) Rate() (Rating, error) {
	if c.waived() != "" || c.Withdrawn == OwesNothing {
		return Rating{}, nil
	}
	rules := c.Relief.on(c.Rules)
	if c.Withdrawn == OwesWorked {
		rules.Sheet.MinimumSupport, rules.Sheet.MinimumInvoice = 0, 0 // the proportional part alone
	}
	return rules.Rate(c.Work, c.PartyKind, c.Language)
}

// waived is why nobody pays for the work, whatever its time; "" when somebody does.
// Warranty is never billed (W-03). What the desk broke off itself is not, unless its
// policy says otherwise; what the customer broke off is billed.
func (c Bill) waived() Reason {
	switch {
	case c.UnderWarranty:
		return Warranty
	case c.AbortedByProvider && !c.Rules.Terms.BillAbortedByProvider:
		return AbortedByProvider
	}
	return ""
}

// Waived tells whether nothing is asked for what was rated (F-04).
func (c Bill) Waived(r Rating) bool {
	return r.Billable() && c.Relief.waives(r.TotalExcludingVAT, c.Rules.minimum(c.Rules.Sheet.MinimumInvoice, c.PartyKind))
}

// Decide decides once: an invoice, or, without measured time or where it is not
// billed, that there is nothing to bill (T-04, R-05, W-04), or that too little is left
// of what force majeure ended (F-04). What was issued never changes (B-08).
func (c Bill) Decide(i Invoice) ([]Event, error) {
	if i.State != "" {
		return nil, errDecided
	}
	rating, err := c.Rate()
	if err != nil {
		return nil, &decider.Rejection{Kind: decider.Invalid, Code: "TARIFF_INVALID", Article: "1", Rule: "T-03", Reason: err.Error()}
	}
	if !rating.Billable() {
		return []Event{WorkNotBillable{SupportRequestID: c.SupportRequestID, Reason: c.waived()}}, nil
	}
	if c.Waived(rating) {
		return []Event{WorkNotBillable{
			SupportRequestID: c.SupportRequestID, Reason: ForceMajeure, Waived: rating.TotalExcludingVAT,
			WorkedSeconds: rating.Lines[0].WorkedSeconds, Policies: c.Policies,
		}}, nil
	}
	if c.Number == "" {
		return nil, errNumber
	}
	return []Event{InvoiceIssued{
		SupportRequestID: c.SupportRequestID,
		Number:           c.Number,
		InvoiceDate:      c.InvoiceDate,
		DueDate:          hours.AddDays(c.InvoiceDate, c.Rules.Terms.Days),
		PaymentReference: CreditorReference(c.Number),
		ServiceDate:      c.ServiceDate,
		Language:         c.Language,
		PartyKind:        c.PartyKind,
		Party:            c.Party,
		Policies:         c.Policies,
		Rating:           rating,
	}}, nil
}

var (
	errDecided = &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "2", Rule: "B-08",
		Reason: "it was decided before, and what was issued never changes",
	}
	errNumber = &decider.Rejection{
		Kind: decider.Precondition, Code: "NUMBER_MISSING", Article: "2", Rule: "B-08",
		Reason: "an invoice is issued under the number that its series gave it",
	}
)
