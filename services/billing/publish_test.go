package billing

import (
	"testing"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/proto"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/eventstore"
)

// The letter is written from this alone.
func TestB01AnIssuedInvoiceIsToldWithEverythingThatItsLetterSays(t *testing.T) {
	events, err := invoice.Bill{
		SupportRequestID: "r1",
		Work:             []invoice.Work{{Reference: "A-7F3K-29QD", Seconds: 541}},
		Rules:            invoice.Rules{Sheet: invoice.FirstSheet(), Tax: invoice.FirstTax(), Terms: invoice.Terms{Days: 14}},
		Language:         "nl", PartyKind: "business", Party: sealed.Data{Subject: "p1", Cipher: []byte{7}},
		ServiceDate: "2026-11-22", Number: "2026-000001", InvoiceDate: "2026-11-23",
	}.Decide(invoice.Invoice{})
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(events[0])
	if err != nil {
		t.Fatal(err)
	}
	got, err := publish(eventstore.Recorded{Stream: "invoice-i1", Type: events[0].EventType(), Data: data})
	if err != nil {
		t.Fatal(err)
	}
	want := &billingv1.InvoiceIssued{
		InvoiceId: "i1", SupportRequestId: "r1", Number: "2026-000001", Language: "nl", PaymentReference: "RF422026000001",
		InvoiceDate: "2026-11-23", DueDate: "2026-12-07", ServiceDate: "2026-11-22", HourlyRateCents: 103_85,
		WorkedSeconds: 541, BilledSeconds: 600, TimeCents: 17_31, MinimumSupportCents: 2_69, MinimumInvoiceCents: 10_00,
		TotalExcludingVatCents: 30_00, VatBasisPoints: 21_00, VatCents: 6_30, TotalIncludingVatCents: 36_30,
	}
	if !proto.Equal(got, want) {
		t.Errorf("told %v\nwant %v", got, want)
	}
}
