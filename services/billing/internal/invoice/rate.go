package invoice

import (
	"errors"
	"fmt"

	"aanvraag.internal/services/kernel/money"
)

// Work is the measured time of one support request, over all its sessions.
type Work struct {
	Reference string `json:"reference"`
	// Seconds measured, in and outside the desk's hours together.
	Seconds int64 `json:"seconds"`
	// OutsideSeconds of them lie outside the desk's hours. There is no tariff for
	// them yet, so they are billed at the regular rate and named (T-08 a).
	OutsideSeconds int64 `json:"outsideSeconds,omitzero"`
}

// LineKind says which rule a line comes from.
type LineKind string

// The kinds of line, in the order in which they are decided (T-06).
const (
	Time           LineKind = "time"           // T-01 to T-03
	MinimumSupport LineKind = "minimumSupport" // T-04
	MinimumInvoice LineKind = "minimumInvoice" // T-05
)

// Line is one amount of an invoice, exclusive of VAT.
type Line struct {
	Kind           LineKind    `json:"kind"`
	Description    string      `json:"description"` // in the customer's language
	Amount         money.Cents `json:"amountCents"`
	WorkedSeconds  int64       `json:"workedSeconds,omitzero"`  // as measured; time lines only
	BilledSeconds  int64       `json:"billedSeconds,omitzero"`  // rounded up (T-02)
	OutsideSeconds int64       `json:"outsideSeconds,omitzero"` // outside the desk's hours (T-08)
	HourlyRate     money.Cents `json:"hourlyRateCents,omitzero"`
}

// Rating is what work costs and why: lines, their sum, and VAT once over that sum.
type Rating struct {
	Lines             []Line      `json:"lines"`
	TotalExcludingVAT money.Cents `json:"totalExcludingVatCents"`
	VATBasisPoints    int64       `json:"vatBasisPoints"`
	VAT               money.Cents `json:"vatCents"`
	TotalIncludingVAT money.Cents `json:"totalIncludingVatCents"`
}

// Rules are the policy contents that a rating follows from.
type Rules struct {
	Sheet Sheet `json:"sheet"`
	Tax   Tax   `json:"tax"`
	Terms Terms `json:"terms"`
}

// Billable tells whether there is anything to invoice: without measured time
// there is no minimum and no invoice (T-04).
func (r Rating) Billable() bool { return len(r.Lines) > 0 }

// Rate prices the requests of one invoice, each entry of work being one request.
// The order is fixed (T-06): per request the time, lifted to the minimum support;
// then the sum, lifted to the minimum invoice; then VAT over it all.
func (r Rules) Rate(work []Work, kind PartyKind, language string) (Rating, error) {
	if err := errors.Join(r.Sheet.Check(), r.Tax.Check()); err != nil {
		return Rating{}, err
	}
	out := Rating{VATBasisPoints: r.Tax.BasisPoints}
	say := wordings[language]
	for _, w := range work {
		if w.Seconds <= 0 {
			continue
		}
		if w.Seconds > maxSeconds {
			return Rating{}, fmt.Errorf("%d seconds: %w", w.Seconds, money.ErrOverflow)
		}
		billed := roundUp(w.Seconds, r.Sheet.IncrementSeconds)
		amount, err := money.MulDiv(billed, int64(r.Sheet.HourlyRate), 3600)
		if err != nil {
			return Rating{}, fmt.Errorf("%d seconds: %w", w.Seconds, err)
		}
		out.add(Line{
			Kind: Time, Description: say.time(w.Reference, billed), Amount: money.Cents(amount),
			WorkedSeconds: w.Seconds, BilledSeconds: billed, OutsideSeconds: w.OutsideSeconds,
			HourlyRate: r.Sheet.HourlyRate,
		})
		out.lift(MinimumSupport, say.minimumSupport, money.Cents(amount), r.minimum(r.Sheet.MinimumSupport, kind))
	}
	if !out.Billable() {
		return Rating{}, nil
	}
	out.lift(MinimumInvoice, say.minimumInvoice, out.TotalExcludingVAT, r.minimum(r.Sheet.MinimumInvoice, kind))
	out.VAT = money.Percent(out.TotalExcludingVAT, out.VATBasisPoints)
	out.TotalIncludingVAT = out.TotalExcludingVAT + out.VAT
	return out, nil
}

// roundUp gives the started increments of seconds, in seconds (T-02).
func roundUp(seconds, increment int64) int64 {
	return (seconds + increment - 1) / increment * increment
}

// minimum is an amount of article 1, exclusive of VAT, by the reading that
// applies to this kind of party (T-07).
func (r Rules) minimum(amount money.Cents, kind PartyKind) money.Cents {
	if r.Terms.MinimumBasis[kind] != IncludingVAT {
		return amount
	}
	return money.Cents(money.HalfUp(int64(amount)*100_00, 100_00+r.Tax.BasisPoints))
}

func (r *Rating) add(l Line) {
	r.Lines = append(r.Lines, l)
	r.TotalExcludingVAT += l.Amount
}

// lift adds what lacks to reach the minimum, as a line that everybody sees.
func (r *Rating) lift(kind LineKind, description string, reached, minimum money.Cents) {
	if reached < minimum {
		r.add(Line{Kind: kind, Description: description, Amount: minimum - reached})
	}
}
