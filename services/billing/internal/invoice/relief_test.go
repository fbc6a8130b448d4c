package invoice

import (
	"testing"

	"aanvraag.internal/services/platform/decider/decidertest"
)

func relieved(seconds int64) Bill {
	b := bill(seconds)
	relief := FirstRelief()
	b.Relief = &relief
	return b
}

// At 1 039 seconds the exact time costs 29.97 and is waived; at 1 040 it costs 30.00
// and is billed, as it is.
func TestF04ExactSecondsWithoutMinimumsAndNothingBelowTheMinimumInvoice(t *testing.T) {
	for _, v := range []struct {
		seconds int64
		exact   cents
		waived  bool
	}{
		{1, 3, true},
		{240, 692, true},
		{660, 1904, true},
		{1039, 2997, true},
		{1040, 3000, false},
		{1041, 3003, false},
		{2221, 6407, false},
	} {
		b := relieved(v.seconds)
		r, err := b.Rate()
		if err != nil || len(r.Lines) != 1 || r.Lines[0].BilledSeconds != v.seconds || r.TotalExcludingVAT != v.exact || b.Waived(r) != v.waived {
			t.Errorf("%d seconds: %+v, waived %t (%v), want %d, %t", v.seconds, r, b.Waived(r), err, v.exact, v.waived)
		}
	}
}

func TestF04WhatIsWaivedIsOnRecordWithItsPolicies(t *testing.T) {
	b := relieved(240)
	b.Number = "" // nothing is numbered that is not issued (B-08)
	decidertest.Given[Invoice, Event](t).When(b).Then(WorkNotBillable{
		SupportRequestID: "r1", Reason: ForceMajeure, Waived: 692, WorkedSeconds: 240, Policies: b.Policies,
	})
	decidertest.Given[Invoice, Event](t).When(relieved(0)).Then(WorkNotBillable{SupportRequestID: "r1"})
}

// The figures are a policy: with another one the minimums stay, or nothing is waived.
func TestF04TheReliefIsAPolicy(t *testing.T) {
	b := relieved(240)
	b.Relief.WaiveBelowMinimumInvoice = false
	if r, err := b.Rate(); err != nil || b.Waived(r) || r.TotalExcludingVAT != 692 {
		t.Errorf("without waiving: %+v (%v)", r, err)
	}
	b.Relief.Minimums, b.Relief.IncrementSeconds = true, 60
	if r, err := b.Rate(); err != nil || r.TotalExcludingVAT != 3000 {
		t.Errorf("with minimums: %+v (%v)", r, err)
	}
	if (Relief{}).Check() == nil || (Relief{IncrementSeconds: 1}).Check() != nil {
		t.Error("an increment is at least a second")
	}
}

// Resumed the next day, it is one request like any other.
func TestF04ResumedItIsBilledLikeAnyOther(t *testing.T) {
	r, err := bill(240 + 600).Rate()
	if err != nil || line(r, Time) != 2423 || r.TotalExcludingVAT != 3000 {
		t.Fatalf("%+v (%v)", r, err)
	}
}
