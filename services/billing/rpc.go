package billing

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	"aanvraag.internal/proto/gen/aanvraag/billing/v1/billingv1connect"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/billing/internal/payment"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// door is billing's RPCs: message to command to message. No rule lives here.
type door struct {
	billingv1connect.UnimplementedBillingServiceHandler
	s *Service
}

// PublishTariff implements the RPC.
func (d *door) PublishTariff(ctx context.Context, req *billingv1.PublishTariffRequest) (*billingv1.PublishTariffResponse, error) {
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, "policy-"+tariffPolicy)
	if err != nil {
		return nil, err
	}
	sheet := invoice.Sheet{
		HourlyRate:       money.Cents(req.GetHourlyRate().GetCents()),
		IncrementSeconds: req.GetIncrement().GetSeconds(),
		MinimumSupport:   money.Cents(req.GetMinimumSupport().GetCents()),
		MinimumInvoice:   money.Cents(req.GetMinimumInvoice().GetCents()),
	}
	if err := sheet.Check(); err != nil || req.GetIncrement().GetNanos() != 0 {
		return nil, rpc.InvalidField("hourly_rate", "tariff.sheet", "there is an hourly rate, no amount is negative, the increment is whole seconds")
	}
	version, position, err := d.s.policies.Publish(ctx, env, tariffPolicy, sheet, instant(req.GetEffectiveFrom()))
	if err != nil {
		return nil, err
	}
	return &billingv1.PublishTariffResponse{
		Tariff:           policies.Ref(version.Ref),
		EffectiveFrom:    timestamppb.New(version.EffectiveFrom),
		ConsistencyToken: rpc.Token(position),
	}, nil
}

// GetInvoice implements the RPC.
func (d *door) GetInvoice(ctx context.Context, req *billingv1.GetInvoiceRequest) (*billingv1.GetInvoiceResponse, error) {
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	// A customer's token names his request, and a request has one invoice: which
	// one may be his is known before anything is loaded.
	if caller := rpc.CallerFrom(ctx); caller.Role == commonv1.Role_ROLE_CUSTOMER && req.GetInvoiceId() != invoiceID(caller.SupportRequestID) {
		return nil, rpc.Own(ctx, "")
	}
	found, err := d.s.invoices.Load(ctx, req.GetInvoiceId())
	if err != nil {
		return nil, err
	}
	if !found.State.Live() {
		return nil, errUnknown
	}
	return &billingv1.GetInvoiceResponse{Invoice: public(req.GetInvoiceId(), found.State, found.Revision)}, nil
}

// ListInvoices implements the RPC.
func (d *door) ListInvoices(ctx context.Context, req *billingv1.ListInvoicesRequest) (*billingv1.ListInvoicesResponse, error) {
	page, err := rpc.NewPage(req)
	if err != nil {
		return nil, err
	}
	below, err := page.Position()
	if err != nil {
		return nil, err
	}
	if err := d.s.View().WaitFor(ctx, page.Seen); err != nil {
		return nil, err
	}
	rows, err := d.s.list(ctx, req, below, page.Size+1) // one more tells whether a page follows
	if err != nil {
		return nil, err
	}
	out := &billingv1.ListInvoicesResponse{}
	for i, row := range rows {
		if i == page.Size {
			out.NextPageToken = page.NextPosition(rows[i-1].position)
			break
		}
		found, err := d.s.invoices.Load(ctx, row.id)
		if err != nil {
			return nil, err
		}
		out.Invoices = append(out.Invoices, public(row.id, found.State, found.Revision))
	}
	return out, nil
}

// RecordPayment implements the RPC. The payment is recorded first; the invoice
// follows, here or, if this process stops in between, by the payment's own event.
func (d *door) RecordPayment(ctx context.Context, req *billingv1.RecordPaymentRequest) (*billingv1.RecordPaymentResponse, error) {
	out, _, err := d.record(ctx, req)
	return out, err
}

// record takes in a payment. It tells whether this very command recorded it, or one
// before did, with the same facts.
func (d *door) record(ctx context.Context, req *billingv1.RecordPaymentRequest) (out *billingv1.RecordPaymentResponse, fresh bool, err error) {
	if _, err := time.Parse(time.DateOnly, req.GetReceivedOn()); err != nil {
		return nil, false, rpc.InvalidField("received_on", "payment.date", "this day does not exist")
	}
	id := paymentID(req.GetBankReference())
	wish, err := d.receive(ctx, id, req)
	if err != nil {
		return nil, false, err
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, wish.SupportRequestID)
	if err != nil {
		return nil, false, err
	}
	if env.Correlation == "" {
		env.Correlation = "payment-" + id
	}
	recorded, err := d.s.payments.Execute(ctx, id, env, wish)
	if err != nil {
		return nil, false, err
	}
	was := recorded.State.Received
	fresh = len(recorded.Events) > 0
	out = &billingv1.RecordPaymentResponse{
		Payment: &billingv1.Payment{
			PaymentId: id, BankReference: was.BankReference, PaymentReference: was.PaymentReference,
			Amount: euro(was.Amount), ReceivedOn: was.ReceivedOn, InvoiceId: was.InvoiceID,
			State: billingv1.PaymentState_PAYMENT_STATE_SUSPENSE,
		},
		ConsistencyToken: rpc.Token(recorded.Position),
	}
	if was.InvoiceID == "" {
		return out, fresh, nil
	}
	paid, err := d.allocate(ctx, id, env, recorded)
	if err != nil {
		return nil, false, err
	}
	out.Payment.State = billingv1.PaymentState_PAYMENT_STATE_ALLOCATED
	out.Invoice = public(was.InvoiceID, paid.State, paid.Revision)
	out.ConsistencyToken = rpc.Token(max(recorded.Position, paid.Position))
	return out, fresh, nil
}

// allocate counts a recorded payment for its invoice. One that was recorded before,
// under another key, is left to the reaction to its own event.
func (d *door) allocate(
	ctx context.Context, id string, env command.Envelope, recorded command.Result[payment.Payment],
) (command.Result[invoice.Invoice], error) {
	was := recorded.State.Received
	if len(recorded.Events) == 0 {
		return d.s.invoices.Load(ctx, was.InvoiceID)
	}
	cause := recorded.Events[0].ID
	follow := command.Envelope{
		CommandID:   allocation(cause),
		Correlation: was.SupportRequestID,
		Causation:   cause,
		Actor:       env.Actor,
		DecidedAt:   env.DecidedAt,
	}
	return d.s.invoices.Execute(ctx, was.InvoiceID, follow, invoice.AllocatePayment{
		PaymentID: id, Amount: was.Amount, At: env.DecidedAt,
	})
}

// receive finds what a payment is for. What is not one of our references may be
// anything that a payer wrote, so it is sealed.
func (d *door) receive(ctx context.Context, id string, req *billingv1.RecordPaymentRequest) (payment.Receive, error) {
	wish := payment.Receive{Received: payment.Received{
		BankReference: req.GetBankReference(),
		Amount:        money.Cents(req.GetAmount().GetCents()),
		ReceivedOn:    req.GetReceivedOn(),
	}}
	reference, ok := invoice.NormalReference(req.GetPaymentReference())
	if !ok {
		if req.GetPaymentReference() == "" {
			return wish, nil
		}
		sealed, err := d.s.house.Vault.Seal(ctx, "payment-"+id, vault.Fiscal, "remittance", "payment-"+id, []byte(req.GetPaymentReference()))
		wish.Remittance = sealed
		return wish, err
	}
	wish.PaymentReference = reference
	found, has, err := d.s.byReference(ctx, reference)
	if err != nil || !has {
		return wish, err
	}
	i, err := d.s.invoices.Load(ctx, found)
	if err != nil {
		return wish, err
	}
	if i.State.PaymentReference == reference {
		wish.InvoiceID, wish.SupportRequestID = found, i.State.SupportRequestID
	}
	return wish, nil
}

var errUnknown = &decider.Rejection{
	Kind: decider.Missing, Code: "INVOICE_UNKNOWN", Article: "2", Rule: "B-08",
	Reason: "there is no such invoice",
}

// public is an invoice as callers see it.
func public(id string, i invoice.Invoice, revision eventstore.Revision) *billingv1.Invoice {
	out := &billingv1.Invoice{
		InvoiceId: id, Number: i.Number, State: states[i.State], SupportRequestId: i.SupportRequestID,
		InvoiceDate: i.InvoiceDate, DueDate: i.DueDate, ServiceDate: i.ServiceDate, Language: i.Language,
		TotalExcludingVat: euro(i.Rating.TotalExcludingVAT),
		VatBasisPoints:    int32(i.Rating.VATBasisPoints),
		Vat:               euro(i.Rating.VAT),
		TotalIncludingVat: euro(i.Rating.TotalIncludingVAT),
		Paid:              euro(i.Paid), Open: euro(i.Open()), Credit: euro(i.Credit()),
		PaymentReference: i.PaymentReference, Revision: int64(revision),
	}
	for _, l := range i.Rating.Lines {
		line := &billingv1.InvoiceLine{
			Kind: lineKinds[l.Kind], Description: l.Description, Amount: euro(l.Amount),
			WorkedSeconds: l.WorkedSeconds, BilledSeconds: l.BilledSeconds,
		}
		if l.Kind == invoice.Time {
			line.HourlyRate = euro(l.HourlyRate)
		}
		out.Lines = append(out.Lines, line)
	}
	for _, p := range i.Policies {
		out.PolicyRefs = append(out.PolicyRefs, policies.Ref(p))
	}
	return out
}

var lineKinds = map[invoice.LineKind]billingv1.InvoiceLineKind{
	invoice.Time:           billingv1.InvoiceLineKind_INVOICE_LINE_KIND_TIME,
	invoice.MinimumSupport: billingv1.InvoiceLineKind_INVOICE_LINE_KIND_MINIMUM_SUPPORT,
	invoice.MinimumInvoice: billingv1.InvoiceLineKind_INVOICE_LINE_KIND_MINIMUM_INVOICE,
}

func euro(c money.Cents) *commonv1.Money {
	return &commonv1.Money{CurrencyCode: "EUR", Cents: int64(c)}
}

func instant(t *timestamppb.Timestamp) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.AsTime()
}
