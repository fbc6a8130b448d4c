package billing_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	"aanvraag.internal/proto/gen/aanvraag/billing/v1/billingv1connect"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/billing"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service/servicetest"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// desk is billing alone, with what a test asks of it.
type desk struct {
	*servicetest.House
	t      *testing.T
	tariff *commonv1.PolicyRef
	stop   func()
}

func open(t *testing.T) *desk {
	t.Helper()
	d := &desk{House: servicetest.New(t), t: t}
	d.start()
	for _, r := range d.Stream("policy-tariff", 1) {
		d.tariff = &commonv1.PolicyRef{Kind: "tariff", Version: 1, Sha256: field(t, r, "ref", "sha256")}
	}
	return d
}

func (d *desk) start() {
	d.t.Helper()
	s, err := billing.New(context.Background(), d.House.House)
	if err != nil {
		d.t.Fatal(err)
	}
	d.stop = d.Run(s)
}

func (d *desk) clerk() billingv1connect.BillingServiceClient {
	return billingv1connect.NewBillingServiceClient(d.As("billing_clerk"))
}

// close tells that a request was closed after some seconds of work.
func (d *desk) close(request string, seconds int64, change ...func(*intakev1.SupportRequestClosed)) {
	m := &intakev1.SupportRequestClosed{
		SupportRequestId: request, Reference: "A-7F3K-29QD", ClosedAt: timestamppb.New(d.Frozen.Now()),
		Outcome: intakev1.Outcome_OUTCOME_RESOLVED, Tariff: d.tariff, Language: "en",
		PartyKind: commonv1.PartyKind_PARTY_KIND_BUSINESS,
		Sessions: []*intakev1.WorkedSession{{
			SessionId: uuid.NewString(), WorkedSeconds: seconds, RegularSeconds: seconds,
			StartedAt: timestamppb.New(d.Frozen.Now().Add(-time.Hour)), EndedAt: timestamppb.New(d.Frozen.Now()),
		}},
		InvoiceParty: &commonv1.Sealed{Subject: "s", Purpose: "fiscal", Field: "invoiceParty", Place: "p", Cipher: []byte("sealed")},
	}
	for _, c := range change {
		c(m)
	}
	d.Tell("intake", "request-"+request, request, m)
}

// invoice waits for the invoice of a request.
func (d *desk) invoice(request string) *billingv1.Invoice {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for batch, err := range d.Store.Subscribe(ctx, 0, eventstore.Filter{Prefixes: []string{"invoice-"}}) {
		if err != nil {
			d.t.Fatal(err)
		}
		for _, e := range batch.Events {
			if e.Type != "invoice.issued.v1" || field(d.t, e, "supportRequestId") != request {
				continue
			}
			list, err := d.clerk().ListInvoices(ctx, &billingv1.ListInvoicesRequest{
				SupportRequestId: request, ConsistencyToken: rpc.Token(e.Position),
			})
			if err != nil || len(list.GetInvoices()) != 1 {
				d.t.Fatalf("list: %v (%v)", list, err)
			}
			return list.GetInvoices()[0]
		}
	}
	d.t.Fatalf("no invoice for %s", request)
	return nil
}

func (d *desk) pay(bank, reference string, cents int64) (*billingv1.RecordPaymentResponse, error) {
	return d.clerk().RecordPayment(context.Background(), payment(uuid.NewString(), bank, reference, cents))
}

func payment(key, bank, reference string, cents int64) *billingv1.RecordPaymentRequest {
	return &billingv1.RecordPaymentRequest{
		IdempotencyKey: key, BankReference: bank, PaymentReference: reference,
		Amount: &commonv1.Money{CurrencyCode: "EUR", Cents: cents}, ReceivedOn: "2026-11-24",
	}
}

func TestT01ToT06AClosedRequestIsInvoiced(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.close(request, 660)
	got := d.invoice(request)
	var lines []int64
	for _, l := range got.GetLines() {
		lines = append(lines, l.GetAmount().GetCents())
	}
	if !slices.Equal(lines, []int64{1904, 96, 1000}) || got.GetTotalIncludingVat().GetCents() != 3630 {
		t.Errorf("lines %v, total %d", lines, got.GetTotalIncludingVat().GetCents())
	}
	if got.GetNumber() != "2026-000001" || got.GetInvoiceDate() != "2026-11-23" || got.GetDueDate() != "2026-12-07" {
		t.Errorf("number %s, date %s, due %s", got.GetNumber(), got.GetInvoiceDate(), got.GetDueDate())
	}
	if len(got.GetPolicyRefs()) != 3 {
		t.Errorf("an invoice names tariff, tax and terms (P2), not %v", got.GetPolicyRefs())
	}
}

// A request that force majeure ended after four minutes has no invoice and takes no
// number; one that reaches the minimum invoice is billed by the policy it names.
func TestF04WhatForceMajeureEndedIsBilledByItsOwnPolicy(t *testing.T) {
	d := open(t)
	byForceMajeure := func(m *intakev1.SupportRequestClosed) { m.EndedByForceMajeure = true }
	short, long := uuid.NewString(), uuid.NewString()
	d.close(short, 240, byForceMajeure)
	d.close(long, 1201, byForceMajeure)
	got := d.invoice(long)
	if got.GetNumber() != "2026-000001" || got.GetTotalExcludingVat().GetCents() != 3465 || len(got.GetLines()) != 1 {
		t.Errorf("invoice %v", got)
	}
	named := slices.ContainsFunc(got.GetPolicyRefs(), func(r *commonv1.PolicyRef) bool { return r.GetKind() == "force-majeure" })
	if !named {
		t.Errorf("the policy is not named: %v (P2)", got.GetPolicyRefs())
	}
	list, err := d.clerk().ListInvoices(t.Context(), &billingv1.ListInvoicesRequest{SupportRequestId: short})
	if err != nil || len(list.GetInvoices()) != 0 {
		t.Errorf("an invoice for four minutes: %v (%v)", list, err)
	}
}

func TestT04WithoutMeasuredTimeThereIsNoInvoiceAndNoNumber(t *testing.T) {
	d := open(t)
	idle, busy := uuid.NewString(), uuid.NewString()
	d.close(idle, 0)
	d.close(busy, 60)
	if n := d.invoice(busy).GetNumber(); n != "2026-000001" {
		t.Errorf("the first invoice is %s; a request without time took a number", n)
	}
	list, err := d.clerk().ListInvoices(context.Background(), &billingv1.ListInvoicesRequest{SupportRequestId: idle})
	if err != nil || len(list.GetInvoices()) != 0 {
		t.Errorf("%v (%v)", list, err)
	}
}

func TestT01TheTariffOfTheConsentApplies(t *testing.T) {
	d := open(t)
	admin := billingv1connect.NewBillingServiceClient(d.As("administrator"))
	published, err := admin.PublishTariff(context.Background(), &billingv1.PublishTariffRequest{
		IdempotencyKey: uuid.NewString(), HourlyRate: euro(20000), Increment: durationpb.New(time.Minute),
		MinimumSupport: euro(2000), MinimumInvoice: euro(3000),
	})
	if err != nil {
		t.Fatal(err)
	}
	before, after := uuid.NewString(), uuid.NewString()
	d.close(before, 3600)
	d.close(after, 3600, func(m *intakev1.SupportRequestClosed) { m.Tariff = published.GetTariff() })
	if got := d.invoice(before).GetTotalExcludingVat().GetCents(); got != 10385 {
		t.Errorf("agreed before the rise: %d", got)
	}
	if got := d.invoice(after).GetTotalExcludingVat().GetCents(); got != 20000 {
		t.Errorf("agreed after the rise: %d", got)
	}
}

func TestE01TheOutcomeChangesNothing(t *testing.T) {
	d := open(t)
	for name, value := range intakev1.Outcome_value {
		if value == 0 {
			continue
		}
		request := uuid.NewString()
		d.close(request, 2220, func(m *intakev1.SupportRequestClosed) { m.Outcome = intakev1.Outcome(value) })
		if got := d.invoice(request).GetTotalIncludingVat().GetCents(); got != 7749 {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestB08NumbersHaveNoGapAndNoDouble(t *testing.T) {
	d := open(t)
	const n = 100
	requests := make([]string, n)
	for i := range requests {
		requests[i] = uuid.NewString()
		d.close(requests[i], 60)
	}
	seen := map[string]bool{}
	for _, r := range requests {
		seen[d.invoice(r).GetNumber()] = true
	}
	for i := 1; i <= n; i++ {
		if number := fmt.Sprintf("2026-%06d", i); !seen[number] {
			t.Errorf("%s is missing", number)
		}
	}
}

// The number is taken, the process stops, the year turns, the event comes again:
// the invoice keeps its number (B-08).
func TestB08ANumberSurvivesTheTurnOfTheYear(t *testing.T) {
	d := open(t)
	d.Frozen.Advance(time.Date(2026, 12, 31, 22, 30, 0, 0, time.UTC).Sub(d.Frozen.Now()))
	request := uuid.NewString()
	d.close(request, 60)
	first := d.invoice(request)
	d.stop()

	// The same log without the invoice's own stream is what a stop in between leaves.
	half := open(t)
	for _, r := range d.Stream("series-2026", 1) {
		_, err := half.Store.Append(context.Background(), r.Stream, eventstore.Empty, []eventstore.Proposed{{
			ID: r.ID, Type: r.Type, Data: r.Data, Metadata: r.Metadata,
		}})
		if err != nil {
			t.Fatal(err)
		}
	}
	closed := d.Frozen.Now()
	half.Frozen.Advance(time.Date(2027, 1, 1, 10, 0, 0, 0, time.UTC).Sub(half.Frozen.Now()))
	half.close(request, 60, func(m *intakev1.SupportRequestClosed) { m.ClosedAt = timestamppb.New(closed) })
	again := half.invoice(request)
	if again.GetNumber() != first.GetNumber() || again.GetInvoiceDate() != "2026-12-31" {
		t.Errorf("first %s, then %s of %s", first.GetNumber(), again.GetNumber(), again.GetInvoiceDate())
	}
}

func TestB05Payments(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.close(request, 60) // 36.30
	i := d.invoice(request)
	part, err := d.pay("bank-1", i.GetPaymentReference(), 3629)
	if err != nil || part.GetInvoice().GetState() != billingv1.InvoiceState_INVOICE_STATE_PARTIALLY_PAID || part.GetInvoice().GetOpen().GetCents() != 1 {
		t.Fatalf("one cent short: %v (%v)", part, err)
	}
	double, err := d.pay("bank-1", i.GetPaymentReference(), 3629)
	if err != nil || double.GetInvoice().GetPaid().GetCents() != 3629 {
		t.Errorf("the same bank reference counts once: %v (%v)", double, err)
	}
	if _, err = d.pay("bank-1", i.GetPaymentReference(), 1); rpc.Reason(err) != "BANK_REFERENCE_USED" {
		t.Errorf("the same bank reference with another amount: %v", err)
	}
	over, err := d.pay("bank-2", "  rf"+i.GetPaymentReference()[2:6]+" "+i.GetPaymentReference()[6:], 6371)
	if err != nil || over.GetInvoice().GetState() != billingv1.InvoiceState_INVOICE_STATE_PAID || over.GetInvoice().GetCredit().GetCents() != 6370 {
		t.Errorf("too much: %v (%v)", over, err)
	}
	if _, err = d.pay("bank-3", "RF00 nonsense", 100); err != nil {
		t.Errorf("an unknown reference waits in suspense: %v", err)
	}
	want := []string{"invoice.issued.v1", "invoice.payment_allocated.v1", "invoice.payment_allocated.v1", "invoice.settled.v1"}
	if got := d.Types("invoice-"+i.GetInvoiceId(), 4); !slices.Equal(got, want) {
		t.Errorf("recorded %v", got)
	}
}

func TestP05APaymentSentFiftyTimesAtOnceCountsOnce(t *testing.T) {
	d := open(t)
	request := uuid.NewString()
	d.close(request, 60)
	i := d.invoice(request)
	key := uuid.NewString()
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			got, err := d.clerk().RecordPayment(context.Background(), payment(key, "bank-1", i.GetPaymentReference(), 3630))
			if err != nil || got.GetInvoice().GetPaid().GetCents() != 3630 {
				t.Errorf("%v (%v)", got, err)
			}
		})
	}
	wg.Wait()
	if got := d.Types("invoice-"+i.GetInvoiceId(), 3); len(got) != 3 {
		t.Errorf("recorded %v", got)
	}
	_, err := d.clerk().RecordPayment(context.Background(), payment(key, "bank-1", i.GetPaymentReference(), 3631))
	if rpc.Reason(err) != "IDEMPOTENCY_CONFLICT" {
		t.Errorf("same key, other body: %v", err)
	}
	_, err = d.clerk().RecordPayment(context.Background(), payment(key, "bank-2", i.GetPaymentReference(), 3630))
	if rpc.Reason(err) != "IDEMPOTENCY_CONFLICT" {
		t.Errorf("same key, other bank reference: %v", err)
	}
}

func TestP07WhatAPayerWroteIsSealed(t *testing.T) {
	d := open(t)
	got, err := d.pay("bank-1", "for my aunt Wilhelmina", 100)
	if err != nil || got.GetPayment().GetState() != billingv1.PaymentState_PAYMENT_STATE_SUSPENSE {
		t.Fatalf("%v (%v)", got, err)
	}
	for r, err := range d.Store.ReadAll(context.Background(), 0, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if contains(r.Data, "Wilhelmina") || contains(r.Metadata, "Wilhelmina") {
			t.Errorf("event %d of %s tells the name", r.Revision, r.Stream)
		}
	}
}

func TestD04ACustomerSeesOnlyHisOwnInvoice(t *testing.T) {
	d := open(t)
	mine, other := uuid.NewString(), uuid.NewString()
	d.close(mine, 60)
	d.close(other, 60)
	i, o := d.invoice(mine), d.invoice(other)
	customer := billingv1connect.NewBillingServiceClient(d.Customer(mine))
	if got, err := customer.GetInvoice(context.Background(), &billingv1.GetInvoiceRequest{InvoiceId: i.GetInvoiceId()}); err != nil || got.GetInvoice().GetNumber() != i.GetNumber() {
		t.Errorf("his own: %v (%v)", got, err)
	}
	for _, id := range []string{o.GetInvoiceId(), uuid.NewString()} {
		if _, err := customer.GetInvoice(context.Background(), &billingv1.GetInvoiceRequest{InvoiceId: id}); rpc.Reason(err) != "NOT_YOURS" {
			t.Errorf("another's or none: %v", err)
		}
	}
}

func TestInvoicesAreListedPageByPage(t *testing.T) {
	d := open(t)
	want := map[string]bool{}
	for range 5 {
		request := uuid.NewString()
		d.close(request, 60)
		want[d.invoice(request).GetInvoiceId()] = true
	}
	req := &billingv1.ListInvoicesRequest{PageSize: 2}
	for pages := 1; ; pages++ {
		list, err := d.clerk().ListInvoices(context.Background(), req)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range list.GetInvoices() {
			if !want[i.GetInvoiceId()] {
				t.Errorf("%s is listed twice", i.GetInvoiceId())
			}
			delete(want, i.GetInvoiceId())
		}
		if req.PageToken = list.GetNextPageToken(); req.GetPageToken() == "" {
			if pages != 3 || len(want) != 0 {
				t.Errorf("%d pages, missing %v", pages, want)
			}
			break
		}
	}
	req.PageToken = "nonsense"
	if _, err := d.clerk().ListInvoices(context.Background(), req); rpc.Reason(err) != "PAGE_TOKEN_INVALID" {
		t.Errorf("%v", err)
	}
}
