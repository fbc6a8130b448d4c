package check

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	notificationv1 "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	sandboxv1 "aanvraag.internal/proto/gen/aanvraag/sandbox/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/aanvraag/internal/desk"
)

// Force majeure in the middle of a session, through the whole house: the seconds
// after it do not count, the customer gets a letter, nothing goes on before it was
// agreed how, and the next day's work makes one invoice with what was done before
// (F-01 to F-04). The world that is recorded has such lives, and every invariant
// holds in it.
func TestF04ForceMajeureFromThePauseToOneInvoice(t *testing.T) {
	if len(recordWorld(t, t.TempDir(), (*world).majeure)) == 0 {
		t.Fatal("nothing was recorded")
	}
}

// majeure is a session of four minutes, force majeure declared five minutes late,
// and ten minutes more on the next day: fourteen minutes, 30.00.
func (w *world) majeure() {
	c := w.suspended()
	w.consultFirst(c)
	w.agree(c, schedulingv1.Handling_HANDLING_RESCHEDULE)
	must(w.t, w.desk.Advance(w.ctx, 20*time.Hour))
	again := *c
	again.AppointmentID, again.SessionID = uuid.NewString(), uuid.NewString()
	_, err := w.client("dispatcher").Scheduling.BookAppointment(w.ctx, &schedulingv1.BookAppointmentRequest{
		IdempotencyKey: c.Key("book again"), AppointmentId: again.AppointmentID, SupportRequestId: c.ID,
		TechnicianId: c.Technician, Start: timestamppb.New(w.now()), Duration: durationpb.New(time.Hour),
	})
	w.ok(c, "book again", err)
	technician := w.client("technician").Scheduling
	_, err = technician.StartSession(w.ctx, &schedulingv1.StartSessionRequest{
		IdempotencyKey: c.Key("start again"), SessionId: again.SessionID, AppointmentId: again.AppointmentID,
	})
	w.ok(c, "start again", err)
	must(w.t, w.desk.Advance(w.ctx, 10*time.Minute))
	_, err = technician.NoteWork(w.ctx, &schedulingv1.NoteWorkRequest{
		IdempotencyKey: c.Key("note again"), SessionId: again.SessionID, Note: c.Note,
	})
	w.ok(c, "note again", err)
	_, err = technician.EndSession(w.ctx, &schedulingv1.EndSessionRequest{IdempotencyKey: c.Key("end again"), SessionId: again.SessionID})
	w.ok(c, "end again", err)
	_, err = c.Close(w.ctx)
	w.ok(c, "close", err)
	_, err = c.Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED)
	must(w.t, err)
	invoice := w.invoice(c)
	if invoice.GetTotalExcludingVat().GetCents() != 3000 || invoice.GetLines()[0].GetAmount().GetCents() != 2423 {
		w.t.Fatalf("fourteen minutes cost %v", invoice)
	}
}

// abandoned ends at the force majeure, after four minutes: nothing is asked (F-04).
func (w *world) abandoned() {
	c := w.suspended()
	w.agree(c, schedulingv1.Handling_HANDLING_END)
	_, err := c.Close(w.ctx)
	w.ok(c, "close", err)
	token := w.client("billing_clerk").Billing
	list, err := token.ListInvoices(w.ctx, &billingv1.ListInvoicesRequest{SupportRequestId: c.ID})
	if err != nil || len(list.GetInvoices()) != 0 {
		w.t.Fatalf("four minutes that force majeure ended: %v (%v)", list, err)
	}
}

// corrected had ended when force majeure was declared of an instant before, and waits
// for another time.
func (w *world) corrected() {
	c := w.submitted()
	_, err := c.Accept(w.ctx)
	w.ok(c, "accept", err)
	c.Start, c.Recorded = w.now(), false
	_, err = c.Book(w.ctx)
	w.ok(c, "book", err)
	_, err = c.StartSession(w.ctx)
	w.ok(c, "start", err)
	must(w.t, w.desk.Advance(w.ctx, 5*time.Minute))
	_, err = c.EndSession(w.ctx)
	w.ok(c, "end", err)
	dispatcher := w.client("dispatcher").Scheduling
	_, err = dispatcher.DeclareForceMajeure(w.ctx, &schedulingv1.DeclareForceMajeureRequest{
		IdempotencyKey: c.Key("declare"), SupportRequestId: c.ID, At: timestamppb.New(w.now().Add(-time.Minute)),
		Cause:     schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_POWER,
		CauseSide: schedulingv1.CauseSide_CAUSE_SIDE_PROVIDER,
	})
	w.ok(c, "declare", err)
	if s, err := c.Session(w.ctx); err != nil || s.GetWorkedSeconds() != 240 {
		w.t.Fatalf("the ended session measures %v (%v)", s, err)
	}
	_, err = dispatcher.AgreeHandling(w.ctx, &schedulingv1.AgreeHandlingRequest{
		IdempotencyKey: c.Key("agree"), SupportRequestId: c.ID, Handling: schedulingv1.Handling_HANDLING_RESCHEDULE,
	})
	w.ok(c, "agree", err)
}

// suspended has four minutes of work when force majeure comes, which is declared
// five minutes later.
func (w *world) suspended() *desk.Case {
	c := w.submitted()
	_, err := c.Accept(w.ctx)
	w.ok(c, "accept", err)
	c.Start, c.Recorded = w.now(), false
	_, err = c.Book(w.ctx)
	w.ok(c, "book", err)
	_, err = c.StartSession(w.ctx)
	w.ok(c, "start", err)
	w.ok(c, "note", c.NoteWork(w.ctx))
	must(w.t, w.desk.Advance(w.ctx, 4*time.Minute))
	at := w.now()
	must(w.t, w.desk.Advance(w.ctx, 5*time.Minute))
	declared, err := w.client("technician").Scheduling.DeclareForceMajeure(w.ctx, &schedulingv1.DeclareForceMajeureRequest{
		IdempotencyKey: c.Key("declare"), SupportRequestId: c.ID, At: timestamppb.New(at),
		Cause:       schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_NETWORK,
		CauseSide:   schedulingv1.CauseSide_CAUSE_SIDE_THIRD_PARTY,
		Explanation: "The carrier's line is down.",
	})
	w.ok(c, "declare", err)
	if s := declared.GetSession(); s.GetWorkedSeconds() != 240 || s.GetState() != schedulingv1.SessionState_SESSION_STATE_SUSPENDED {
		w.t.Fatalf("after force majeure the session is %v", s)
	}
	_, err = c.Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUSPENDED)
	must(w.t, err)
	w.told(c)
	return c
}

// told waits until the customer was told at once, by letter (F-02).
func (w *world) told(c *desk.Case) {
	w.t.Helper()
	for {
		list, err := w.client("dispatcher").Notification.ListNotifications(w.ctx, &notificationv1.ListNotificationsRequest{SupportRequestId: c.ID})
		must(w.t, err)
		for _, n := range list.GetNotifications() {
			if n.GetKind() != notificationv1.NotificationKind_NOTIFICATION_KIND_FORCE_MAJEURE {
				continue
			}
			if !n.GetSentAt().AsTime().Equal(w.now()) {
				w.t.Fatalf("told at %s", n.GetSentAt().AsTime())
			}
			return
		}
	}
}

// consultFirst tries what nobody may before something was agreed (F-03).
func (w *world) consultFirst(c *desk.Case) {
	w.t.Helper()
	technician := w.client("technician")
	_, resume := technician.Scheduling.ResumeSession(w.ctx, &schedulingv1.ResumeSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: c.SessionID})
	_, end := technician.Scheduling.EndSession(w.ctx, &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: c.SessionID})
	_, closed := technician.Intake.CloseSupportRequest(w.ctx, &intakev1.CloseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: c.ID, Outcome: c.Outcome, Summary: c.Summary,
	})
	_, book := w.client("dispatcher").Scheduling.BookAppointment(w.ctx, &schedulingv1.BookAppointmentRequest{
		IdempotencyKey: uuid.NewString(), AppointmentId: uuid.NewString(), SupportRequestId: c.ID,
		TechnicianId: c.Technician, Start: timestamppb.New(w.now().Add(24 * time.Hour)), Duration: durationpb.New(time.Hour),
	})
	for wish, err := range map[string]error{"resume": resume, "end": end, "close": closed, "book": book} {
		if desk.Reason(err) != "CONSULT_FIRST" {
			w.t.Fatalf("%s answers %v", wish, err)
		}
	}
}

func (w *world) agree(c *desk.Case, handling schedulingv1.Handling) {
	w.t.Helper()
	agreed, err := w.client("dispatcher").Scheduling.AgreeHandling(w.ctx, &schedulingv1.AgreeHandlingRequest{
		IdempotencyKey: c.Key("agree"), SupportRequestId: c.ID, Handling: handling, Note: "By phone.",
	})
	w.ok(c, "agree", err)
	if s := agreed.GetSession(); s.GetState() != schedulingv1.SessionState_SESSION_STATE_ENDED || s.GetWorkedSeconds() != 240 {
		w.t.Fatalf("agreed to %s, the session is %v", handling, s)
	}
}

// invoice waits until the invoice of a request is listed.
func (w *world) invoice(c *desk.Case) *billingv1.Invoice {
	w.t.Helper()
	for {
		invoice, err := c.Invoice(w.ctx)
		must(w.t, err)
		if invoice != nil {
			return invoice
		}
	}
}

func (w *world) now() time.Time {
	w.t.Helper()
	answer, err := w.client("").Sandbox.GetClock(w.ctx, &sandboxv1.GetClockRequest{})
	must(w.t, err)
	return answer.GetNow().AsTime()
}
