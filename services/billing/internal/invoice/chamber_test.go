package invoice

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider/decidertest"
)

func chamber() decidertest.Chamber[Invoice, Event] {
	return decidertest.Chamber[Invoice, Event]{
		Events: Events(),
		Commands: map[string]Command{
			"bill": bill(),
			"pay":  AllocatePayment{At: noon},
		},
	}
}

func TestChamberIsPure(t *testing.T)          { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T) { chamber().Complete(t) }
func TestRecordedNamesNeverChange(t *testing.T) {
	chamber().Remembered(t)
}
func TestStories(t *testing.T) { chamber().Stories(t) }

func TestEveryCommandInEveryState(t *testing.T) {
	issued := issued(t, 2220)
	pay := func(amount int64) Event {
		return PaymentAllocated{Payment: Payment{PaymentID: "p0", Amount: cents(amount)}, Open: 77_49 - cents(amount)}
	}
	settled := InvoiceSettled{SupportRequestID: "r1", Number: "2026-000001", At: noon}
	chamber().Matrix(t,
		map[string][]Event{
			"(nothing decided)": nil,
			"notBillable":       {WorkNotBillable{SupportRequestID: "r1"}},
			"issued":            {issued},
			"partiallyPaid":     {issued, pay(10_00)},
			"paid":              {issued, pay(77_49), settled},
		},
		map[string]Command{
			"bill": bill(2220),
			"pay":  AllocatePayment{PaymentID: "p1", Amount: 10_00, At: noon},
		})
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
