package check

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/aanvraag/internal/desk"
	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

func TestMain(m *testing.M) { bustest.Main(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

var quiet = slog.New(slog.DiscardHandler)

// monday is a Monday morning on which the desk is open: 09:00 in Amsterdam.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// recordWorld lets the system record lives of every kind in a directory, comes to
// rest and stops. It answers the commands that were acknowledged.
func recordWorld(t *testing.T, data string, more ...func(*world)) map[uuid.UUID]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	running, stop := context.WithCancel(ctx)
	defer stop()
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		ended <- system.Run(running, system.Config{
			Listen: "127.0.0.1:0", Data: data, Sandbox: true, SandboxStart: monday,
			MailFrom: "Desk <support@desk.example>", MailDomain: "desk.example", Log: quiet,
		}, func(url string) { ready <- url })
	}()
	var url string
	select {
	case url = <-ready:
	case err := <-ended:
		t.Fatalf("the system did not start: %v", err)
	}
	keys, err := rpc.OpenKeys(system.KeysDir(data))
	must(t, err)
	d := desk.Open(url, func(role string) (string, error) {
		parsed, err := rpc.ParseRole(role)
		if err != nil {
			return "", err
		}
		return keys.Issue(rpc.Claims{
			Role: parsed, Subject: role, IssuedAt: monday.AddDate(-1, 0, 0), ExpiresAt: monday.AddDate(1, 0, 0),
		})
	})
	defer d.Close()
	w := &world{t: t, ctx: ctx, desk: d, acknowledged: map[uuid.UUID]string{}}
	w.settled()
	w.settled()
	w.flagged(data)
	w.nothingToBill()
	w.cancelled()
	w.refused()
	w.terminated()
	w.denied()
	w.lapsed()
	w.claimed()
	w.diverted()
	w.unscheduled()
	w.worked()
	w.incident()
	w.withdrawn()
	w.withdrawnAtOnce()
	w.moved()
	w.held()
	w.drafted() // after the invoices, for a day passes
	w.abandoned()
	w.corrected()
	w.waiting()
	for _, life := range more {
		life(w)
	}
	beside, err := Beside(data)
	must(t, err)
	found, err := AtRest(ctx, beside.Subject, 10*time.Second)
	must(t, err)
	for _, f := range found {
		t.Errorf("the system came to rest with %s", f)
	}
	must(t, beside.Close())
	stop()
	must(t, <-ended)
	return w.acknowledged
}

// world is what happens at the desk.
type world struct {
	t            *testing.T
	ctx          context.Context
	desk         *desk.Desk
	acknowledged map[uuid.UUID]string
	cases        int
}

func (w *world) newCase() *desk.Case {
	w.cases++
	c := w.desk.NewCase(uuid.NewString())
	c.Technician = "technician-" + c.ID
	return c
}

// ok is a step that is acknowledged.
func (w *world) ok(c *desk.Case, step string, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s of %s: %v", step, c.ID, err)
	}
	w.acknowledged[rpc.CommandID(uuid.MustParse(c.Key(step)))] = step
}

func (w *world) submitted() *desk.Case {
	c := w.newCase()
	w.ok(c, "consent", c.Consent(w.ctx))
	_, err := c.Submit(w.ctx)
	w.ok(c, "submit", err)
	return c
}

func (w *world) booked() *desk.Case {
	c := w.submitted()
	_, err := c.Accept(w.ctx)
	w.ok(c, "accept", err)
	_, err = c.Book(w.ctx)
	w.ok(c, "book", err)
	return c
}

func (w *world) client(role string) desk.Client {
	w.t.Helper()
	c, err := w.desk.As(role)
	must(w.t, err)
	return c
}

// drafted are three: one becomes a warranty claim, one is sent, and one expires.
func (w *world) drafted() {
	var codes []string
	var cases []*desk.Case
	for range 3 {
		c := w.newCase()
		got, err := w.client("technician").Intake.DraftSupportRequest(w.ctx, &intakev1.DraftSupportRequestRequest{
			IdempotencyKey: c.Key("draft"), SupportRequestId: c.ID, Channel: intakev1.Channel_CHANNEL_EMAIL,
			Name: "Wilhelmina Zwartkruis", MessageId: c.ID + "@zwartkruis.example", DeviceId: "workplace-7",
		})
		w.ok(c, "draft", err)
		cases, codes = append(cases, c), append(codes, got.GetLink().GetCode())
	}
	_, err := w.client("receptionist").Intake.RecordContact(w.ctx, &intakev1.RecordContactRequest{
		IdempotencyKey: cases[0].Key("contact"), ContactId: uuid.NewString(), Channel: intakev1.Channel_CHANNEL_PHONE, MenuChoice: 3,
	})
	w.ok(cases[0], "contact", err)
	claim, form := cases[0].Submission(), cases[1].Submission()
	claim.WarrantyClaim, claim.IntakeCode, form.IntakeCode = true, codes[0], codes[1]
	if _, err := w.client("").Intake.SubmitSupportRequest(w.ctx, claim); desk.Reason(err) != "USE_PHONE" {
		w.t.Fatalf("a warranty claim answers %v", err)
	}
	_, err = w.client("").Intake.SubmitSupportRequest(w.ctx, form)
	w.ok(cases[1], "submit", err)
	must(w.t, w.desk.Advance(w.ctx, 24*time.Hour))
	_, err = cases[2].Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_EXPIRED)
	must(w.t, err)
}

// settled is a whole life: recorded, with a pause, a note made late, and two payments.
func (w *world) settled() {
	c := w.booked()
	_, err := c.StartSession(w.ctx)
	w.ok(c, "start", err)
	must(w.t, w.desk.Advance(w.ctx, time.Minute))
	technician := w.client("technician").Scheduling
	_, err = technician.NoteWork(w.ctx, &schedulingv1.NoteWorkRequest{
		IdempotencyKey: c.Key("first note"), SessionId: c.SessionID, Note: c.Note,
	})
	w.ok(c, "first note", err)
	_, err = technician.PauseSession(w.ctx, &schedulingv1.PauseSessionRequest{IdempotencyKey: c.Key("pause"), SessionId: c.SessionID})
	w.ok(c, "pause", err)
	_, err = technician.ResumeSession(w.ctx, &schedulingv1.ResumeSessionRequest{IdempotencyKey: c.Key("resume"), SessionId: c.SessionID})
	w.ok(c, "resume", err)
	must(w.t, w.desk.Advance(w.ctx, time.Minute))
	_, err = c.EndSession(w.ctx)
	w.ok(c, "end", err)
	w.uploaded(c, 2*time.Minute)
	w.ok(c, "note", c.NoteWork(w.ctx))
	_, err = c.Close(w.ctx)
	w.ok(c, "close", err)
	_, err = c.Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED)
	must(w.t, err)
	invoice, err := c.Invoice(w.ctx)
	for err == nil && invoice == nil { // not listed yet
		invoice, err = c.Invoice(w.ctx)
	}
	must(w.t, err)
	total := invoice.GetTotalIncludingVat().GetCents()
	for n, cents := range []int64{total - 100, 100} {
		_, err = c.Pay(w.ctx, n+1, invoice.GetPaymentReference(), cents)
		w.ok(c, []string{"payment 1", "payment 2"}[n], err)
	}
	_, err = c.Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED)
	must(w.t, err)
}

// nothingToBill ends in the second in which it began.
func (w *world) nothingToBill() {
	c := w.booked()
	_, err := c.StartSession(w.ctx)
	w.ok(c, "start", err)
	w.ok(c, "note", c.NoteWork(w.ctx))
	_, err = c.EndSession(w.ctx)
	w.ok(c, "end", err)
	_, err = c.Close(w.ctx)
	w.ok(c, "close", err)
}

// unscheduled loses its appointment and waits for another.
func (w *world) unscheduled() *desk.Case {
	c := w.booked()
	_, err := w.client("dispatcher").Scheduling.CancelAppointment(w.ctx, &schedulingv1.CancelAppointmentRequest{
		IdempotencyKey: c.Key("cancel appointment"), AppointmentId: c.AppointmentID,
	})
	w.ok(c, "cancel appointment", err)
	return c
}

// worked is not closed yet; its note was made late.
func (w *world) worked() {
	c := w.booked()
	_, err := c.StartSession(w.ctx)
	w.ok(c, "start", err)
	_, err = c.EndSession(w.ctx)
	w.ok(c, "end", err)
	w.uploaded(c, 0)
	w.ok(c, "note", c.NoteWork(w.ctx))
}

// flagged has a recording that runs longer than the session; its invoice waits.
func (w *world) flagged(data string) {
	c := w.booked()
	_, err := c.StartSession(w.ctx)
	w.ok(c, "start", err)
	must(w.t, w.desk.Advance(w.ctx, time.Minute))
	_, err = c.EndSession(w.ctx)
	w.ok(c, "end", err)
	w.ok(c, "note", c.NoteWork(w.ctx))
	_, err = c.Upload(w.ctx, []byte("what was seen"), 0, 121*time.Second)
	w.ok(c, "upload", err)
	log, err := Beside(data)
	must(w.t, err)
	defer func() { must(w.t, log.Close()) }()
	clearance := "clearance-" + c.ID
	must(w.t, eventstore.Await(w.ctx, log.Store, clearance, eventstore.NoStream))
	_, err = c.Close(w.ctx)
	w.ok(c, "close", err)
	must(w.t, eventstore.Await(w.ctx, log.Store, clearance, 0)) // withheld
	_, err = w.client("billing_clerk").Scheduling.ResolveDuration(w.ctx, &schedulingv1.ResolveDurationRequest{
		IdempotencyKey: c.Key("resolve"), SessionId: c.SessionID, Note: "The recording ran on by itself.",
	})
	w.ok(c, "resolve", err)
	_, err = c.Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED)
	must(w.t, err)
}

// uploaded brings the recording of a session.
func (w *world) uploaded(c *desk.Case, recorded time.Duration) {
	w.t.Helper()
	_, err := c.Upload(w.ctx, []byte("what was seen"), 0, recorded)
	w.ok(c, "upload", err)
}

// consumers is a request of a consumer that was accepted.
func (w *world) consumers() *desk.Case {
	c := w.newCase()
	c.Kind = commonv1.PartyKind_PARTY_KIND_CONSUMER
	w.ok(c, "consent", c.Consent(w.ctx))
	_, err := c.Submit(w.ctx)
	w.ok(c, "submit", err)
	_, err = c.Accept(w.ctx)
	w.ok(c, "accept", err)
	return c
}

func (w *world) withdraw(c *desk.Case) {
	w.t.Helper()
	id, err := c.Declare(w.ctx)
	w.ok(c, "declare", err)
	done, err := c.Confirm(w.ctx, id)
	w.ok(c, "confirm", err)
	if done.GetOutcome() != consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE {
		w.t.Fatalf("withdrawing from %s answers %v", c.ID, done)
	}
}

// withdrawn: a consumer takes the recording back and then withdraws from the contract,
// both in the second in which the session began (O-09, X-04, X-05).
func (w *world) withdrawn() {
	c := w.consumers()
	_, err := c.Book(w.ctx)
	w.ok(c, "book", err)
	_, err = c.StartSession(w.ctx)
	w.ok(c, "start", err)
	_, err = c.TakeBack(w.ctx, consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING)
	w.ok(c, "take back CONSENT_PURPOSE_RECORDING", err)
	w.withdraw(c)
	_, err = c.Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CLOSED)
	must(w.t, err)
}

// withdrawnAtOnce: before the work it costs nothing.
func (w *world) withdrawnAtOnce() {
	c := w.consumers()
	w.withdraw(c)
	_, err := c.Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CANCELLED)
	must(w.t, err)
}

// cancelled loses its appointment, and is then cancelled itself.
func (w *world) cancelled() {
	c := w.unscheduled()
	_, err := w.client("dispatcher").Intake.CancelSupportRequest(w.ctx, &intakev1.CancelSupportRequestRequest{
		IdempotencyKey: c.Key("cancel"), SupportRequestId: c.ID,
	})
	w.ok(c, "cancel", err)
}

// refused loses its appointment with the request.
func (w *world) refused() {
	c := w.booked()
	_, err := c.Refuse(w.ctx)
	w.ok(c, "refuse", err)
}

// terminated is ended by the desk, with a reason.
func (w *world) terminated() {
	c := w.booked()
	_, err := w.client("dispatcher").Intake.TerminateSupportRequest(w.ctx, &intakev1.TerminateSupportRequestRequest{
		IdempotencyKey: c.Key("terminate"), SupportRequestId: c.ID, Reason: "Dit systeem kunnen wij niet veilig bereiken.",
	})
	w.ok(c, "terminate", err)
}

// denied is to be cancelled while its work begins, and goes on.
func (w *world) denied() {
	for {
		c := w.booked()
		var all sync.WaitGroup
		all.Go(func() {
			_, err := c.StartSession(w.ctx)
			if err == nil {
				_, err = c.EndSession(w.ctx)
			}
			if err != nil && desk.Reason(err) != "ILLEGAL_STATE" {
				w.t.Errorf("start: %v", err)
			}
		})
		_, err := w.client("dispatcher").Intake.CancelSupportRequest(w.ctx, &intakev1.CancelSupportRequestRequest{
			IdempotencyKey: c.Key("cancel"), SupportRequestId: c.ID,
		})
		all.Wait()
		if err != nil && strings.Contains(err.Error(), "began before") {
			return
		}
	}
}

// lapsed is answered by nobody, and then erased. Its clock is that of all, so it comes late in the world.
func (w *world) lapsed() {
	c := w.submitted()
	must(w.t, w.desk.Advance(w.ctx, 7*24*time.Hour+9*time.Hour))
	_, err := c.Await(w.ctx, intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_LAPSED)
	must(w.t, err)
	must(w.t, w.desk.Advance(w.ctx, 31*24*time.Hour))
	for r := (*intakev1.SupportRequest)(nil); r.GetErasedAt() == nil; { // its person is erased
		r, err = c.Get(w.ctx)
		must(w.t, err)
	}
}

// claimed are warranty and not, by the decision on a claim that was raised meanwhile.
func (w *world) claimed() {
	for _, granted := range []bool{true, false} {
		c := w.submitted()
		raised, err := w.client("receptionist").Intake.RaiseWarrantyClaim(w.ctx, &intakev1.RaiseWarrantyClaimRequest{
			IdempotencyKey: c.Key("raise"), SupportRequestId: c.ID, Grounds: "Vorige week nog gerepareerd.",
		})
		w.ok(c, "raise", err)
		id := raised.GetSupportRequest().GetWarrantyClaimId()
		if granted {
			_, err = w.client("dispatcher").Intake.GrantWarrantyClaim(w.ctx, &intakev1.GrantWarrantyClaimRequest{
				IdempotencyKey: c.Key("decide"), WarrantyClaimId: id, Basis: "Zelfde onderdeel.",
			})
		} else {
			_, err = w.client("dispatcher").Intake.RejectWarrantyClaim(w.ctx, &intakev1.RejectWarrantyClaimRequest{
				IdempotencyKey: c.Key("decide"), WarrantyClaimId: id, Basis: "Ander onderdeel.",
			})
		}
		w.ok(c, "decide", err)
	}
}

func (w *world) diverted() {
	c := w.newCase()
	form := c.Submission()
	form.WarrantyClaim = true
	if _, err := w.client("").Intake.SubmitSupportRequest(w.ctx, form); desk.Reason(err) != "USE_PHONE" {
		w.t.Fatalf("a warranty claim answers %v", err)
	}
}

// incident is told of to the customer, and answered.
func (w *world) incident() {
	c := w.booked()
	_, err := w.client("technician").Intake.RecordDataIncident(w.ctx, &intakev1.RecordDataIncidentRequest{
		IdempotencyKey: c.Key("incident"), IncidentId: c.SessionID, SupportRequestId: c.ID,
		WhatHappened: "The disk was wiped.", PersonalDataInvolved: true, HappenedAt: timestamppb.New(monday),
	})
	w.ok(c, "incident", err)
	_, err = w.client("administrator").Intake.AnswerDataIncident(w.ctx, &intakev1.AnswerDataIncidentRequest{
		IdempotencyKey: c.Key("answer"), IncidentId: c.SessionID, Reported: true, Explanation: "Case 1.",
	})
	w.ok(c, "answer", err)
}

// waiting is under way.
func (w *world) waiting() { w.booked() }

// moved waits at another time than it was booked for.
func (w *world) moved() {
	c := w.booked()
	_, err := w.client("dispatcher").Scheduling.RescheduleAppointment(w.ctx, &schedulingv1.RescheduleAppointmentRequest{
		IdempotencyKey: c.Key("move"), AppointmentId: c.AppointmentID, TechnicianId: c.Technician,
		Start: timestamppb.New(c.Start.AddDate(0, 0, 7)), Duration: durationpb.New(time.Hour),
	})
	w.ok(c, "move", err)
}

// held chose a time twice, and confirmed none.
func (w *world) held() {
	c := w.unscheduled()
	for n, step := range []string{"hold", "hold again"} {
		_, err := w.client("dispatcher").Scheduling.HoldSlot(w.ctx, &schedulingv1.HoldSlotRequest{
			IdempotencyKey: c.Key(step), AppointmentId: uuid.NewString(), SupportRequestId: c.ID, TechnicianId: c.Technician,
			Start: timestamppb.New(c.Start.Add(time.Duration(n) * 30 * time.Minute)), Duration: durationpb.New(time.Hour),
		})
		w.ok(c, step, err)
	}
	must(w.t, w.desk.Advance(w.ctx, 15*time.Minute))
}
