// Package demo tells the lives of a few requests through the public API, line by
// line, and checks every figure and proof on the way.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	auditv1 "aanvraag.internal/proto/gen/aanvraag/audit/v1"
	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	notificationv1 "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/kernel/money"
)

// patience is how long an effect in another service may take to arrive.
const patience = 10 * time.Second

// Tell runs the demo against the system at url, which must be new and stand on a
// frozen clock. It answers an error when anything is off.
func Tell(ctx context.Context, out io.Writer, url string, token func(role string) (string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, 6*patience)
	defer cancel()
	d := desk.Open(url, token)
	defer d.Close()
	t := &teller{desk: d, out: out, told: map[string]uint64{}}
	for _, chapter := range []func(context.Context) error{
		t.resolvedAndPaid, t.unresolvedButBilled, t.refused, t.warranty, t.verified,
	} {
		if err := chapter(ctx); err != nil {
			return err
		}
	}
	if len(t.wrong) > 0 {
		return fmt.Errorf("%d figures are off: %s", len(t.wrong), strings.Join(t.wrong, "; "))
	}
	t.linef("Every cent and every proof is right.")
	return nil
}

// teller tells and checks.
type teller struct {
	desk  *desk.Desk
	out   io.Writer
	told  map[string]uint64 // last position told, by request
	wrong []string
}

func (t *teller) linef(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }

func (t *teller) chapter(title string) { t.linef("\n%s", title) }

// check remembers what is off; the demo goes on, so that all of it is seen.
func check[T comparable](t *teller, what string, got, want T) {
	if got != want {
		t.wrong = append(t.wrong, fmt.Sprintf("%s is %v, not %v", what, got, want))
		t.linef("  WRONG: %s is %v, not %v", what, got, want)
	}
}

// step tells a command and the events that have been recorded since the last one.
func (t *teller) stepf(ctx context.Context, c *desk.Case, format string, args ...any) error {
	t.linef("  "+format, args...)
	auditor, err := t.desk.As("auditor")
	if err != nil {
		return err
	}
	replay, err := auditor.Audit.ReplayEvents(ctx, &auditv1.ReplayEventsRequest{SupportRequestId: c.ID})
	if err != nil {
		return err
	}
	for {
		answer, err := replay.Receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e := answer.GetEvent()
		if e.GetPosition() <= t.told[c.ID] {
			continue
		}
		t.told[c.ID] = e.GetPosition()
		category, _, _ := strings.Cut(e.GetStream(), "-")
		t.linef("      %-12s %2d  %s", category, e.GetRevision(), e.GetType())
	}
}

// resolvedAndPaid is the whole life: 37 minutes, paid, recording destroyed.
func (t *teller) resolvedAndPaid(ctx context.Context) error {
	c := t.desk.NewCase("11111111-1111-4111-8111-111111111111")
	t.chapter("1. A request, from the terms to the destroyed recording")
	if err := t.untilWorked(ctx, c, 37*time.Minute); err != nil {
		return err
	}
	invoice, err := t.closed(ctx, c)
	if err != nil {
		return err
	}
	check(t, "37 minutes without VAT", invoice.GetTotalExcludingVat().GetCents(), 6404)
	check(t, "VAT", invoice.GetVat().GetCents(), 1345)
	check(t, "total", invoice.GetTotalIncludingVat().GetCents(), 7749)
	check(t, "number", invoice.GetNumber(), "2026-000001")
	check(t, "due date", invoice.GetDueDate(), "2026-12-07")

	again, err := c.Close(ctx)
	if err != nil {
		return err
	}
	check(t, "a second click on close", again.GetState(), intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CLOSED)
	if err := t.stepf(ctx, c, "the technician clicks close twice: the same answer, nothing is recorded"); err != nil {
		return err
	}

	part, err := c.Pay(ctx, 1, invoice.GetPaymentReference(), 7000)
	if err != nil {
		return err
	}
	check(t, "open after 70.00", part.GetInvoice().GetOpen().GetCents(), 749)
	session, err := c.Session(ctx)
	if err != nil {
		return err
	}
	check(t, "recording after a part", session.GetRecordingState(), schedulingv1.RecordingState_RECORDING_STATE_KEPT)
	if err := t.stepf(ctx, c, "the bank reports 70.00: 7.49 is open, the recording stays"); err != nil {
		return err
	}
	if _, err := c.Pay(ctx, 2, invoice.GetPaymentReference(), 749); err != nil {
		return err
	}
	if _, err := c.Await(ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED); err != nil {
		return err
	}
	err = t.until(ctx, "the recording's key is destroyed", func() (bool, error) {
		session, err := c.Session(ctx)
		return session.GetRecordingState() == schedulingv1.RecordingState_RECORDING_STATE_DESTROYED, err
	})
	if err != nil {
		return err
	}
	letters, err := t.letters(ctx, c,
		notificationv1.NotificationKind_NOTIFICATION_KIND_ACKNOWLEDGEMENT,
		notificationv1.NotificationKind_NOTIFICATION_KIND_ACCEPTANCE,
		notificationv1.NotificationKind_NOTIFICATION_KIND_APPOINTMENT,
		notificationv1.NotificationKind_NOTIFICATION_KIND_INVOICE,
		notificationv1.NotificationKind_NOTIFICATION_KIND_SETTLEMENT,
		notificationv1.NotificationKind_NOTIFICATION_KIND_CONSENT_CONFIRMATION)
	if err != nil {
		return err
	}
	return t.stepf(ctx, c, "the rest is paid: settled, the recording's key destroyed; mailed in all: %s", letters)
}

// unresolvedButBilled is article 3: effort is owed, not a result.
func (t *teller) unresolvedButBilled(ctx context.Context) error {
	c := t.desk.NewCase("22222222-2222-4222-8222-222222222222")
	c.Outcome, c.Summary, c.Recorded, c.Language = intakev1.Outcome_OUTCOME_UNRESOLVED, "De schijf is stuk.", false, "nl"
	c.Start = c.Start.Add(2 * time.Hour)
	t.chapter("2. Eleven minutes without a result are billed all the same (article 3), with both minimums (article 1)")
	if err := t.untilWorked(ctx, c, 11*time.Minute); err != nil {
		return err
	}
	invoice, err := t.closed(ctx, c)
	if err != nil {
		return err
	}
	var lines []int64
	for _, l := range invoice.GetLines() {
		lines = append(lines, l.GetAmount().GetCents())
	}
	check(t, "the lines of eleven minutes", fmt.Sprint(lines), "[1904 96 1000]")
	check(t, "total of eleven minutes", invoice.GetTotalIncludingVat().GetCents(), 3630)
	check(t, "number", invoice.GetNumber(), "2026-000002")
	return nil
}

// refused is article 7: no reason is owed, and nothing is charged.
func (t *teller) refused(ctx context.Context) error {
	c := t.desk.NewCase("33333333-3333-4333-8333-333333333333")
	t.chapter("3. A refusal needs no reason and costs nothing (article 7)")
	if _, err := c.Submit(ctx); err != nil {
		return err
	}
	done, err := c.Refuse(ctx)
	if err != nil {
		return err
	}
	check(t, "state", done.GetState(), intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_REFUSED)
	letters, err := t.letters(ctx, c,
		notificationv1.NotificationKind_NOTIFICATION_KIND_ACKNOWLEDGEMENT,
		notificationv1.NotificationKind_NOTIFICATION_KIND_REFUSAL)
	if err != nil {
		return err
	}
	invoice, err := c.Invoice(ctx)
	if err != nil {
		return err
	}
	check(t, "invoice of a refused request", invoice == nil, true)
	return t.stepf(ctx, c, "submitted and refused; mailed: %s; owed: nothing", letters)
}

// warranty is article 4: a claim goes to the phone, and is no request.
func (t *teller) warranty(ctx context.Context) error {
	c := t.desk.NewCase("44444444-4444-4444-8444-444444444444")
	t.chapter("4. Who claims warranty is asked to call (article 4)")
	public, err := t.desk.As("")
	if err != nil {
		return err
	}
	form := c.Submission()
	form.WarrantyClaim = true
	_, err = public.Intake.SubmitSupportRequest(ctx, form)
	check(t, "reason", desk.Reason(err), "USE_PHONE")
	return t.stepf(ctx, c, "refused: %v", err)
}

// verified is the auditor's last word.
func (t *teller) verified(ctx context.Context) error {
	t.chapter("5. The log is checked, event by event")
	auditor, err := t.desk.As("auditor")
	if err != nil {
		return err
	}
	report, err := auditor.Audit.VerifyLog(ctx, &auditv1.VerifyLogRequest{})
	if err != nil {
		return err
	}
	check(t, "events checked", report.GetEvents() > 0, true)
	t.linef("  %d events in %d streams agree with their hashes; none is missing", report.GetEvents(), report.GetStreams())
	return nil
}

// untilWorked takes a case from the terms to the end of its session.
func (t *teller) untilWorked(ctx context.Context, c *desk.Case, work time.Duration) error {
	public, err := t.desk.As("")
	if err != nil {
		return err
	}
	terms, err := public.Consent.GetCurrentTerms(ctx, &consentv1.GetCurrentTermsRequest{Language: c.Language})
	if err != nil {
		return err
	}
	rate := money.Cents(terms.GetTariff().GetHourlyRate().GetCents())
	t.linef("  the customer reads version %d of the terms; an hour costs %s without VAT",
		terms.GetDocuments()[0].GetVersion(), money.Format(rate, "en"))
	check(t, "hourly rate", rate, 10385)
	if err := c.Consent(ctx); err != nil {
		return err
	}
	submitted, err := c.Submit(ctx)
	if err != nil {
		return err
	}
	if err := t.stepf(ctx, c, "he agrees and asks for help: %s", submitted.GetReference()); err != nil {
		return err
	}
	if _, err := c.Accept(ctx); err != nil {
		return err
	}
	if err := t.stepf(ctx, c, "the desk accepts"); err != nil {
		return err
	}
	if _, err := c.Book(ctx); err != nil {
		return err
	}
	if err := t.stepf(ctx, c, "an hour of a technician's time is reserved"); err != nil {
		return err
	}
	if _, err := c.StartSession(ctx); err != nil {
		return err
	}
	if err := t.desk.Advance(ctx, work); err != nil {
		return err
	}
	if err := c.NoteWork(ctx); err != nil {
		return err
	}
	session, err := c.EndSession(ctx)
	if err != nil {
		return err
	}
	check(t, "measured seconds", session.GetWorkedSeconds(), int64(work/time.Second))
	return t.stepf(ctx, c, "the session lasts %d seconds", session.GetWorkedSeconds())
}

// closed closes a case and tells its invoice.
func (t *teller) closed(ctx context.Context, c *desk.Case) (*billingv1.Invoice, error) {
	if _, err := c.Close(ctx); err != nil {
		return nil, err
	}
	if _, err := c.Await(ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED); err != nil {
		return nil, err
	}
	var invoice *billingv1.Invoice
	err := t.until(ctx, "the invoice is listed", func() (found bool, err error) {
		invoice, err = c.Invoice(ctx)
		return invoice != nil, err
	})
	if err != nil {
		return nil, err
	}
	outcome := strings.ToLower(strings.TrimPrefix(c.Outcome.String(), "OUTCOME_"))
	if err := t.stepf(ctx, c, "closed as %s, and invoiced:", outcome); err != nil {
		return nil, err
	}
	for _, l := range invoice.GetLines() {
		t.linef("      %10s  %s", amount(l.GetAmount().GetCents()), l.GetDescription())
	}
	t.linef("      %10s  VAT %d %%", amount(invoice.GetVat().GetCents()), invoice.GetVatBasisPoints()/100)
	t.linef("      %10s  invoice %s, due %s, pay as %s", amount(invoice.GetTotalIncludingVat().GetCents()),
		invoice.GetNumber(), invoice.GetDueDate(), invoice.GetPaymentReference())
	return invoice, nil
}

func amount(cents int64) string { return money.Format(money.Cents(cents), "en") }

// letters waits for the letters of these kinds, exactly, and names them.
func (t *teller) letters(ctx context.Context, c *desk.Case, want ...notificationv1.NotificationKind) (string, error) {
	dispatcher, err := t.desk.As("dispatcher")
	if err != nil {
		return "", err
	}
	var got []notificationv1.NotificationKind
	err = t.until(ctx, fmt.Sprintf("%d letters", len(want)), func() (bool, error) {
		list, err := dispatcher.Notification.ListNotifications(ctx, &notificationv1.ListNotificationsRequest{SupportRequestId: c.ID})
		got = nil
		for _, n := range list.GetNotifications() {
			got = append(got, n.GetKind())
		}
		return len(got) >= len(want), err
	})
	if err != nil {
		return "", err
	}
	slices.Sort(got)
	check(t, "letters", fmt.Sprint(got), fmt.Sprint(want))
	names := make([]string, len(got))
	for i, k := range got {
		names[i] = strings.ToLower(strings.TrimPrefix(k.String(), "NOTIFICATION_KIND_"))
	}
	return strings.Join(names, ", "), nil
}

// until asks until something that crosses services has arrived, as a client polls.
func (t *teller) until(ctx context.Context, what string, arrived func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		done, err := arrived()
		if err != nil || done {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waited %s in vain until %s", patience, what)
		}
	}
}
