package billing

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/billing/internal/invoice"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/vault"
)

// closed bills a closed request: rate, take a number, issue. Each step recognises
// that it was done, so an interruption between any two is harmless. Nothing can
// refuse the invoice once it has its number: it was rated before (B-08).
func (s *Service) closed(ctx context.Context, in inbox.Inbound, m *intakev1.SupportRequestClosed) error {
	id := invoiceID(m.GetSupportRequestId())
	decided, err := s.invoices.Load(ctx, id)
	if err != nil || decided.State.State != "" {
		return err
	}
	bill, err := s.bill(ctx, m)
	if err != nil {
		return err
	}
	rating, err := bill.Rate()
	if err != nil {
		return fmt.Errorf("rate request %s: %w", m.GetSupportRequestId(), err)
	}
	now := s.house.Clock.Now()
	closedOn := localDate(m.GetClosedAt().AsTime())
	if rating.Billable() && !bill.Waived(rating) {
		waiting, err := s.withhold(ctx, in.Command(1, now), bill, closedOn, now)
		if err != nil || waiting {
			return err
		}
	}
	return s.issue(ctx, in.Command(0, now), id, bill, closedOn, now)
}

// issue numbers a bill that has something to bill, and makes the invoice.
func (s *Service) issue(ctx context.Context, env command.Envelope, id string, bill invoice.Bill, closedOn string, now time.Time) error {
	rating, err := bill.Rate()
	if err != nil {
		return fmt.Errorf("rate request %s: %w", bill.SupportRequestID, err)
	}
	env.Policies = policies.Refs(bill.Policies...)
	if rating.Billable() && !bill.Waived(rating) {
		if bill.Number, bill.InvoiceDate, err = s.numbers.Assign(ctx, id, closedOn, localDate(now), env); err != nil {
			return err
		}
	}
	_, err = s.invoices.Execute(ctx, id, env, bill)
	return err
}

// bill reads the policy versions that apply: the tariff that the consent named
// (T-01), the tax of the day of service (T-09), the terms of the day of closing, and
// of that day too how work is billed that force majeure ended (F-04).
func (s *Service) bill(ctx context.Context, m *intakev1.SupportRequestClosed) (invoice.Bill, error) {
	b := billFor(m)
	served := lastEnd(m)
	// Work under warranty may have no agreement, and so no tariff: it has no price (W-03).
	if m.GetTariff().GetSha256() != "" || !m.GetUnderWarranty() {
		tariff, err := s.policies.BySHA256(ctx, tariffPolicy, m.GetTariff().GetSha256(), &b.Rules.Sheet)
		if err != nil {
			return b, err
		}
		b.Policies = append(b.Policies, tariff)
	}
	tax, err := s.policies.At(ctx, taxPolicy, served, &b.Rules.Tax)
	if err != nil {
		return b, err
	}
	terms, err := s.policies.At(ctx, invoicingPolicy, m.GetClosedAt().AsTime(), &b.Rules.Terms)
	if err != nil {
		return b, err
	}
	b.Policies = append(b.Policies, tax, terms)
	if !m.GetEndedByForceMajeure() {
		return b, nil
	}
	b.Relief = new(invoice.Relief)
	relief, err := s.policies.At(ctx, reliefPolicy, m.GetClosedAt().AsTime(), b.Relief)
	if err != nil {
		return b, err
	}
	b.Policies = append(b.Policies, relief)
	return b, b.Relief.Check()
}

// billFor is the wish that follows from a closed request, before any policy.
func billFor(m *intakev1.SupportRequestClosed) invoice.Bill {
	work := invoice.Work{Reference: m.GetReference()}
	for _, w := range m.GetSessions() {
		work.Seconds += w.GetWorkedSeconds()
		work.OutsideSeconds += w.GetOutsideSeconds()
	}
	return invoice.Bill{
		SupportRequestID: m.GetSupportRequestId(),
		Work:             []invoice.Work{work},
		Language:         m.GetLanguage(),
		PartyKind:        partyKind(m.GetPartyKind()),
		Party:            vault.FromPublic(m.GetInvoiceParty()),
		ServiceDate:      localDate(lastEnd(m)),
		Withdrawn:        withdrawn[m.GetWithdrawn()],

		AbortedByProvider: m.GetAbortedBy() == intakev1.Aborter_ABORTER_PROVIDER,
		UnderWarranty:     m.GetUnderWarranty(),
	}
}

var withdrawn = map[intakev1.WithdrawnWork]invoice.Withdrawn{
	intakev1.WithdrawnWork_WITHDRAWN_WORK_PROPORTIONAL: invoice.OwesWorked,
	intakev1.WithdrawnWork_WITHDRAWN_WORK_NOTHING:      invoice.OwesNothing,
}

// lastEnd is when the work ended; without work, when the request was closed.
func lastEnd(m *intakev1.SupportRequestClosed) time.Time {
	var last time.Time
	for _, w := range m.GetSessions() {
		if end := w.GetEndedAt().AsTime(); end.After(last) {
			last = end
		}
	}
	if last.IsZero() {
		return m.GetClosedAt().AsTime()
	}
	return last
}

// received counts a payment for its invoice, also when whoever recorded the
// payment stopped in between.
func (s *Service) received(ctx context.Context, in inbox.Inbound, m *billingv1.PaymentReceived) error {
	if m.GetInvoiceId() == "" {
		return nil
	}
	env := in.Command(0, s.house.Clock.Now())
	env.CommandID = allocation(in.ID)
	_, err := s.invoices.Execute(ctx, m.GetInvoiceId(), env, invoice.AllocatePayment{
		PaymentID: m.GetPaymentId(), Amount: money.Cents(m.GetAmountCents()), At: s.house.Clock.Now(),
	})
	return err
}

// allocation is the id of the command that counts a received payment for its
// invoice, whoever gives it: the door for its caller, or the reaction.
func allocation(received uuid.UUID) uuid.UUID { return uuid.NewSHA1(ids, received[:]) }

// localDate is the date in the desk's own time zone, YYYY-MM-DD.
func localDate(at time.Time) string { return hours.Default().Date(at) }

func partyKind(k commonv1.PartyKind) invoice.PartyKind {
	if k == commonv1.PartyKind_PARTY_KIND_BUSINESS {
		return invoice.Business
	}
	return invoice.Consumer // protective when unsure
}
