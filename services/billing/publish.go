package billing

import (
	"fmt"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	"aanvraag.internal/services/billing/internal/clearance"
	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/billing/internal/payment"
	"aanvraag.internal/services/billing/internal/series"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
)

var (
	invoiceCodec = command.NewCodec[invoice.Invoice](invoice.Events())
	paymentCodec = command.NewCodec[payment.Payment](payment.Events())
	seriesCodec  = command.NewCodec[series.Series](series.Events())

	clearanceCodec = command.NewCodec[clearance.Clearance](clearance.Events())
)

// publish gives the public form of an own event; nil for a private one. The
// customer's name and address stay behind, and so does what a payer wrote.
func publish(r eventstore.Recorded) (proto.Message, error) {
	category, id, _ := strings.Cut(r.Stream, "-")
	switch category {
	case "invoice":
		e, err := invoiceCodec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return publicInvoice(id, e), nil
	case "payment":
		e, err := paymentCodec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		return publicPayment(id, e), nil
	case "series":
		_, err := seriesCodec.Decode(r.Type, r.Data)
		return nil, err
	case "clearance":
		_, err := clearanceCodec.Decode(r.Type, r.Data)
		return nil, err
	case "policy":
		return policies.Public(r)
	}
	return nil, fmt.Errorf("stream %s is not billing's", r.Stream)
}

func publicInvoice(id string, e invoice.Event) proto.Message {
	switch e := e.(type) {
	case invoice.InvoiceIssued:
		m := &billingv1.InvoiceIssued{
			InvoiceId: id, SupportRequestId: e.SupportRequestID, Number: e.Number,
			InvoiceDate: e.InvoiceDate, DueDate: e.DueDate, PaymentReference: e.PaymentReference, Language: e.Language,
			ServiceDate:            e.ServiceDate,
			TotalExcludingVatCents: int64(e.TotalExcludingVAT), VatCents: int64(e.VAT), TotalIncludingVatCents: int64(e.TotalIncludingVAT),
			VatBasisPoints: int32(e.VATBasisPoints),
		}
		for _, l := range e.Lines {
			switch l.Kind {
			case invoice.Time:
				m.TimeCents += int64(l.Amount)
				m.WorkedSeconds += l.WorkedSeconds
				m.BilledSeconds += l.BilledSeconds
				m.HourlyRateCents = int64(l.HourlyRate) // one sheet, one rate (T-01)
			case invoice.MinimumSupport:
				m.MinimumSupportCents += int64(l.Amount)
			case invoice.MinimumInvoice:
				m.MinimumInvoiceCents += int64(l.Amount)
			}
		}
		return m
	case invoice.WorkNotBillable:
		reason := "NO_TIME"
		if e.Reason == invoice.ForceMajeure {
			reason = "FORCE_MAJEURE"
		}
		return &billingv1.RequestNotBillable{SupportRequestId: e.SupportRequestID, Reason: reason}
	case invoice.InvoiceSettled:
		return &billingv1.InvoiceSettled{
			InvoiceId: id, SupportRequestId: e.SupportRequestID, Number: e.Number,
			SettledAt: timestamppb.New(e.At), CreditCents: int64(e.Credit),
		}
	}
	return nil
}

func publicPayment(id string, e payment.Event) proto.Message {
	r, ok := e.(payment.Received)
	if !ok {
		return nil
	}
	return &billingv1.PaymentReceived{
		PaymentId: id, InvoiceId: r.InvoiceID, SupportRequestId: r.SupportRequestID,
		AmountCents: int64(r.Amount), ReceivedOn: r.ReceivedOn,
	}
}
