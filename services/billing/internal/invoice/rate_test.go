package invoice

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/decider/decidertest"
)

type cents = money.Cents

func rules() Rules { return Rules{Sheet: FirstSheet(), Tax: FirstTax(), Terms: FirstTerms()} }

func bill(seconds ...int64) Bill {
	b := Bill{
		SupportRequestID: "r1", Rules: rules(), Language: "en", PartyKind: Business,
		ServiceDate: "2026-11-23", Number: "2026-000001", InvoiceDate: "2026-11-23",
	}
	for _, s := range seconds {
		b.Work = append(b.Work, Work{Reference: "A-1", Seconds: s})
	}
	return b
}

func issued(t *testing.T, seconds ...int64) InvoiceIssued {
	t.Helper()
	events := decidertest.Given[Invoice, Event](t).When(bill(seconds...)).Events()
	return events[0].(InvoiceIssued)
}

func line(r Rating, kind LineKind) cents {
	var sum cents
	for _, l := range r.Lines {
		if l.Kind == kind {
			sum += l.Amount
		}
	}
	return sum
}

// The money vectors of the rules, section 5: T-01 to T-06 and T-09.
func TestT01ToT06MoneyVectors(t *testing.T) {
	for _, v := range []struct {
		seconds, minutes                        int64
		raw, support, topUp, ex, vat, including cents
	}{
		{1, 1, 173, 2000, 1000, 3000, 630, 3630},
		{60, 1, 173, 2000, 1000, 3000, 630, 3630},
		{61, 2, 346, 2000, 1000, 3000, 630, 3630},
		{660, 11, 1904, 2000, 1000, 3000, 630, 3630},
		{661, 12, 2077, 2077, 923, 3000, 630, 3630},
		{1020, 17, 2942, 2942, 58, 3000, 630, 3630},
		{1021, 18, 3116, 3116, 0, 3116, 654, 3770},
		{1080, 18, 3116, 3116, 0, 3116, 654, 3770},
		{1800, 30, 5193, 5193, 0, 5193, 1091, 6284},
		{2220, 37, 6404, 6404, 0, 6404, 1345, 7749},
		{2700, 45, 7789, 7789, 0, 7789, 1636, 9425},
		{3600, 60, 10385, 10385, 0, 10385, 2181, 12566},
		{3601, 61, 10558, 10558, 0, 10558, 2217, 12775},
		{7200, 120, 20770, 20770, 0, 20770, 4362, 25132},
	} {
		t.Run(fmt.Sprintf("%d seconds", v.seconds), func(t *testing.T) {
			r, err := bill(v.seconds).Rate()
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Lines[0].BilledSeconds; got != v.minutes*60 {
				t.Errorf("billed %d seconds, want %d minutes", got, v.minutes)
			}
			raw := line(r, Time)
			support := raw + line(r, MinimumSupport)
			got := []cents{raw, support, line(r, MinimumInvoice), r.TotalExcludingVAT, r.VAT, r.TotalIncludingVAT}
			want := []cents{v.raw, v.support, v.topUp, v.ex, v.vat, v.including}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestT04NoTimeNoMinimumNoInvoice(t *testing.T) {
	decidertest.Given[Invoice, Event](t).When(bill(0)).Then(WorkNotBillable{SupportRequestID: "r1"})
}

// Requests bundled on one invoice: the minimum support counts per request, the
// minimum invoice per invoice (T-06).
func TestT06Bundles(t *testing.T) {
	for _, v := range []struct {
		minutes       []int64
		ex, including cents
	}{
		{[]int64{5}, 3000, 3630},
		{[]int64{5, 5}, 4000, 4840},
		{[]int64{5, 15}, 4596, 5561},
		{[]int64{1, 1, 1}, 6000, 7260},
		{[]int64{0, 5}, 3000, 3630},
	} {
		var seconds []int64
		for _, m := range v.minutes {
			seconds = append(seconds, m*60)
		}
		r, err := bill(seconds...).Rate()
		if err != nil || r.TotalExcludingVAT != v.ex || r.TotalIncludingVAT != v.including {
			t.Errorf("%v: %d ex, %d incl (%v), want %d and %d", v.minutes, r.TotalExcludingVAT, r.TotalIncludingVAT, err, v.ex, v.including)
		}
	}
}

func TestT02IncrementIsPolicy(t *testing.T) {
	for increment, want := range map[int64]cents{60: 1904, 300: 2596, 900: 2596, 360: 2077, 1800: 5193, 3600: 10385} {
		b := bill(601)
		b.Rules.Sheet.IncrementSeconds = increment
		r, err := b.Rate()
		if err != nil || line(r, Time) != want {
			t.Errorf("increment %d: %d (%v), want %d", increment, line(r, Time), err, want)
		}
	}
}

// Read with VAT included, thirty euro is what the customer pays in all (T-07).
func TestT07MinimumsIncludingVAT(t *testing.T) {
	b := bill(60)
	b.PartyKind = Consumer
	b.Rules.Terms.MinimumBasis = map[PartyKind]Basis{Consumer: IncludingVAT, Business: ExcludingVAT}
	r, err := b.Rate()
	if err != nil || r.TotalExcludingVAT != 2479 || r.VAT != 521 || r.TotalIncludingVAT != 3000 {
		t.Errorf("consumer: %+v (%v), want 24.79 + 5.21 = 30.00", r, err)
	}
	b.PartyKind = Business
	if r, err = b.Rate(); err != nil || r.TotalIncludingVAT != 3630 {
		t.Errorf("business: %+v (%v), want 36.30", r, err)
	}
}

func TestT09VATOnceOverTheSum(t *testing.T) {
	// Two lines of 0.03 at 21 %: over the sum 0.01, line by line 0.02.
	b := bill(60, 60)
	b.Rules.Sheet = Sheet{HourlyRate: 180, IncrementSeconds: 60}
	r, err := b.Rate()
	if err != nil || r.TotalExcludingVAT != 6 || r.VAT != 1 {
		t.Errorf("%+v (%v), want 0.06 and VAT 0.01", r, err)
	}
}

func TestT01ATariffHasAnHourlyRate(t *testing.T) {
	for _, s := range []Sheet{
		{IncrementSeconds: 60},
		{HourlyRate: 10385},
		{HourlyRate: -1, IncrementSeconds: 60},
		{HourlyRate: 10385, IncrementSeconds: 60, MinimumInvoice: -1},
	} {
		b := bill(60)
		b.Rules.Sheet = s
		decidertest.Given[Invoice, Event](t).When(b).Rejected("TARIFF_INVALID", "T-03")
	}
}

func TestB01DueDate(t *testing.T) {
	for date, due := range map[string]string{"2026-11-23": "2026-12-07", "2026-12-18": "2027-01-01", "2028-02-20": "2028-03-05"} {
		b := bill(60)
		b.InvoiceDate = date
		got := decidertest.Given[Invoice, Event](t).When(b).Events()[0].(InvoiceIssued).DueDate
		if got != due {
			t.Errorf("issued %s, due %s, want %s", date, got, due)
		}
	}
}

func TestB05Payments(t *testing.T) {
	invoice := issued(t, 60) // 36.30
	allocated := func(id string, amount, open, credit cents) PaymentAllocated {
		return PaymentAllocated{Payment: Payment{PaymentID: id, Amount: amount}, Open: open, Credit: credit}
	}
	settled := func(credit cents) InvoiceSettled {
		return InvoiceSettled{SupportRequestID: "r1", Number: "2026-000001", At: noon, Credit: credit}
	}
	given := func(events ...Event) *decidertest.Spec[Invoice, Event] {
		return decidertest.Given[Invoice](t, append([]Event{invoice}, events...)...)
	}
	pay := func(id string, amount cents) AllocatePayment {
		return AllocatePayment{PaymentID: id, Amount: amount, At: noon}
	}
	given().When(pay("a", 3630)).Then(allocated("a", 3630, 0, 0), settled(0))
	given().When(pay("a", 3629)).Then(allocated("a", 3629, 1, 0)) // no tolerance
	given().When(pay("a", 10000)).Then(allocated("a", 10000, 0, 6370), settled(6370))
	part := allocated("a", 3629, 1, 0)
	given(part).When(pay("a", 3629)).Then() // the same payment counts once
	given(part).When(pay("b", 1)).Then(allocated("b", 1, 0, 0), settled(0))
	paid := []Event{allocated("a", 3630, 0, 0), settled(0)}
	given(paid...).When(pay("b", 100)).Then(allocated("b", 100, 0, 100)) // settled once, the rest is credit
	decidertest.Given[Invoice, Event](t).When(pay("a", 1)).Rejected("ILLEGAL_STATE", "B-05")
}

// Laws of rating, against an oracle in exact fractions.
func TestRatingLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Int64Range(0, 200_000).Draw(t, "seconds")
		b := rapid.Int64Range(0, 200_000).Draw(t, "more")
		ra, _ := bill(a).Rate()
		rab, _ := bill(a + b).Rate()
		if rab.TotalIncludingVAT < ra.TotalIncludingVAT {
			t.Fatalf("%d s cost %d, %d s cost %d: more work is never cheaper", a, ra.TotalIncludingVAT, a+b, rab.TotalIncludingVAT)
		}
		var sum cents
		for _, l := range ra.Lines {
			sum += l.Amount
		}
		if sum != ra.TotalExcludingVAT || ra.TotalExcludingVAT+ra.VAT != ra.TotalIncludingVAT {
			t.Fatalf("lines %d, ex %d, VAT %d, incl %d do not add up", sum, ra.TotalExcludingVAT, ra.VAT, ra.TotalIncludingVAT)
		}
		if want := oracle(a); ra.TotalIncludingVAT != want {
			t.Fatalf("%d s: %d, the oracle says %d", a, ra.TotalIncludingVAT, want)
		}
	})
}

// oracle prices one business request in fractions of a cent.
func oracle(seconds int64) cents {
	if seconds == 0 {
		return 0
	}
	minutes := (seconds + 59) / 60
	ex := half(big.NewRat(minutes*10385, 60))
	ex = max(ex, 2000, 3000)
	return cents(ex + half(big.NewRat(ex*21, 100)))
}

func half(r *big.Rat) int64 {
	r = new(big.Rat).Add(r, big.NewRat(1, 2))
	return new(big.Int).Div(r.Num(), r.Denom()).Int64()
}

func TestCreditorReference(t *testing.T) {
	for number := range 2000 {
		ref := CreditorReference(fmt.Sprintf("2026-%06d", number))
		if got, ok := NormalReference(" " + ref[:4] + " " + ref[4:] + " "); !ok || got != ref {
			t.Fatalf("%s is not read back: %q, %v", ref, got, ok)
		}
		swapped := []byte(ref)
		if swapped[len(ref)-1] != swapped[len(ref)-2] {
			swapped[len(ref)-1], swapped[len(ref)-2] = swapped[len(ref)-2], swapped[len(ref)-1]
			if _, ok := NormalReference(string(swapped)); ok {
				t.Fatalf("two swapped digits of %s go unnoticed", ref)
			}
		}
	}
	for _, no := range []string{"", "RF", "RF00", "RF18X", "2026-000001", "RF18 0000 0000 0000 0000 0000 0000"} {
		if _, ok := NormalReference(no); ok {
			t.Errorf("%q passes as a reference", no)
		}
	}
	// The example of ISO 11649.
	if _, ok := NormalReference("RF18539007547034"); !ok {
		t.Error("the example of the standard is refused")
	}
}

// of what a consumer withdrew from, the worked part is owed, without a minimum.
func TestX04AWithdrawnPartHasNoMinimums(t *testing.T) {
	bill := Bill{
		SupportRequestID: "r1", Rules: rules(), Language: "nl", PartyKind: Consumer, Withdrawn: OwesWorked,
		Work: []Work{{Reference: "A", Seconds: 300}},
	}
	rating, err := bill.Rate()
	if err != nil || len(rating.Lines) != 1 || rating.TotalExcludingVAT != 8_65 || rating.TotalIncludingVAT != 10_47 {
		t.Errorf("%+v (%v)", rating, err)
	}
	bill.Withdrawn = OwesNothing
	if rating, err = bill.Rate(); err != nil || rating.Billable() {
		t.Errorf("not started at his express request: %+v (%v)", rating, err)
	}
	bill.Withdrawn = ""
	if rating, err = bill.Rate(); err != nil || rating.TotalExcludingVAT != 30_00 {
		t.Errorf("without a withdrawal: %+v (%v)", rating, err)
	}
}

func TestB05AReferenceIsFoundInWhatAPayerWrote(t *testing.T) {
	first, second := CreditorReference("2026-000001"), CreditorReference("2026-000002")
	for written, want := range map[string][]string{
		first:                               {first},
		"Factuur " + strings.ToLower(first): {first},
		first[:4] + " " + first[4:8] + " " + first[8:] + " dank u": {first},
		first + " en " + second + ", " + first:                     {first, second},
		"RF, RF1, " + first[:len(first)-1] + "x":                   nil,
		"no reference":                                             nil,
		"":                                                         nil,
	} {
		if got := References(written); !slices.Equal(got, want) {
			t.Errorf("%q: %v, not %v", written, got, want)
		}
	}
	// A date right behind it: the invoice's own is among the readings.
	if got := References(first + "23"); !slices.Contains(got, first) {
		t.Errorf("with digits behind it: %v", got)
	}
}

// R-05, W-04: work that the desk broke off, or that is warranty, costs nothing,
// however long it took; what the customer broke off costs what it costs.
func TestR05WhatTheDeskBrokeOffIsNotBilled(t *testing.T) {
	given := func() *decidertest.Spec[Invoice, Event] { return decidertest.Given[Invoice, Event](t) }
	b := bill(2220)
	b.AbortedByProvider, b.Number = true, ""
	given().When(b).Then(WorkNotBillable{SupportRequestID: "r1", Reason: AbortedByProvider})
	b.UnderWarranty = true
	given().When(b).Then(WorkNotBillable{SupportRequestID: "r1", Reason: Warranty})
	b.Rules = Rules{} // without an agreement there is no tariff (W-03)
	given().When(b).Then(WorkNotBillable{SupportRequestID: "r1", Reason: Warranty})

	policy := bill(2220)
	policy.AbortedByProvider, policy.Rules.Terms.BillAbortedByProvider = true, true
	if e := given().When(policy).Events()[0].(InvoiceIssued); e.TotalExcludingVAT != 64_04 {
		t.Errorf("billed by policy: %d", e.TotalExcludingVAT)
	}
}

// X-04 and F-04 together: who withdraws from work that force majeure had ended before
// owes what either leaves him, which is the less.
func TestX04AWithdrawalFromWhatForceMajeureEndedIsWaivedAsWell(t *testing.T) {
	relief := FirstRelief()
	bill := Bill{
		SupportRequestID: "r1", Rules: rules(), Language: "nl", PartyKind: Consumer, Withdrawn: OwesWorked,
		Work: []Work{{Reference: "A", Seconds: 240}}, Relief: &relief,
	}
	rating, err := bill.Rate()
	if err != nil || rating.TotalExcludingVAT != 6_92 || !bill.Waived(rating) {
		t.Errorf("%+v (%v)", rating, err)
	}
}
