package intake

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/eventstore"
)

const (
	submitted  = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUBMITTED
	accepted   = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_ACCEPTED
	scheduled  = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SCHEDULED
	inProgress = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_IN_PROGRESS
	paused     = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_PAUSED
	closed     = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CLOSED
	invoiced   = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED
	settled    = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED
	refused    = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_REFUSED
	cancelled  = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CANCELLED
	diverted   = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_DIVERTED
	lapsed     = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_LAPSED
	terminated = intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_TERMINATED
)

var tariff = &commonv1.PolicyRef{Kind: "tariff", Version: 1, Sha256: "aa"}

// consentGiven is what consent tells of a request.
func consentGiven(id string) *consentv1.ConsentGiven {
	return &consentv1.ConsentGiven{
		ConsentId: "c-" + id, SupportRequestId: id, GivenAt: timestamppb.New(monday),
		PolicyRefs: []*commonv1.PolicyRef{
			{Kind: "terms.online-support", Version: 1, Sha256: "t1"}, tariff, {Kind: "terms.general", Version: 1, Sha256: "t2"},
		},
	}
}

// submit sends a form and gives the answer.
func (d *desk) submit(f *intakev1.SubmitSupportRequestRequest) *intakev1.SubmitSupportRequestResponse {
	d.t.Helper()
	got, err := d.public().SubmitSupportRequest(d.t.Context(), f)
	check(d.t, err)
	return got
}

// agree lets the consent of a request arrive.
func (d *desk) agree(id string) {
	d.t.Helper()
	d.tell("consent", "consent-"+id, consentGiven(id))
	d.await(id, 0)
}

// await waits for an event of a request after a revision.
func (d *desk) await(id string, beyond eventstore.Revision) {
	d.t.Helper()
	check(d.t, eventstore.Await(d.t.Context(), d.store, "request-"+id, beyond))
}

// accept submits, agrees and accepts, and gives the request's id.
func (d *desk) accept(f *intakev1.SubmitSupportRequestRequest) string {
	d.t.Helper()
	id := d.submit(f).GetSupportRequest().GetSupportRequestId()
	d.agree(id)
	_, err := d.dispatcher().AcceptSupportRequest(d.t.Context(), &intakev1.AcceptSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id,
	})
	check(d.t, err)
	return id
}

func sessionEnded(id string, seconds int64, notes int32) *schedulingv1.SessionEnded {
	return &schedulingv1.SessionEnded{
		SessionId: "s-" + id, AppointmentId: "a-" + id, SupportRequestId: id,
		StartedAt: timestamppb.New(monday.Add(time.Hour)), EndedAt: timestamppb.New(monday.Add(2 * time.Hour)),
		WorkedSeconds: seconds, RegularSeconds: seconds, Notes: notes,
		Calendar: &commonv1.PolicyRef{Kind: "calendar", Version: 1, Sha256: "cc"},
	}
}

// start lets the appointment and the session of a request begin.
func (d *desk) start(id string) {
	d.t.Helper()
	d.tell("scheduling", "appointment-a-"+id, &schedulingv1.AppointmentBooked{
		AppointmentId: "a-" + id, SupportRequestId: id, Start: timestamppb.New(monday.Add(time.Hour)),
		Duration: durationpb.New(time.Hour),
	})
	if got := d.state(id, scheduled); got.GetAppointmentId() != "a-"+id {
		d.t.Fatal(got)
	}
	d.tell("scheduling", "session-s-"+id, &schedulingv1.SessionStarted{
		SessionId: "s-" + id, AppointmentId: "a-" + id, SupportRequestId: id, StartedAt: timestamppb.New(monday.Add(time.Hour)),
	})
	d.state(id, inProgress)
}

// events gives what a request's stream holds.
func (d *desk) events(id string) []eventstore.Recorded {
	d.t.Helper()
	var out []eventstore.Recorded
	for r, err := range d.store.ReadStream(d.t.Context(), "request-"+id, eventstore.NoStream) {
		check(d.t, err)
		out = append(out, r)
	}
	return out
}

func TestOneRequestLivesItsWholeLife(t *testing.T) {
	d := open(t, monday)
	id := d.accept(form())
	d.start(id)

	d.tell("scheduling", "session-s-"+id, &schedulingv1.SessionPaused{
		SessionId: "s-" + id, SupportRequestId: id, PausedAt: timestamppb.New(monday.Add(80 * time.Minute)),
	})
	d.state(id, paused)
	d.tell("scheduling", "session-s-"+id, &schedulingv1.SessionResumed{
		SessionId: "s-" + id, SupportRequestId: id, ResumedAt: timestamppb.New(monday.Add(90 * time.Minute)),
	})
	d.state(id, inProgress)
	resumed := d.events(id)
	d.tell("scheduling", "session-s-"+id, sessionEnded(id, 2220, 1))
	d.await(id, resumed[len(resumed)-1].Revision)

	got, err := d.technician().CloseSupportRequest(t.Context(), &intakev1.CloseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Outcome: intakev1.Outcome_OUTCOME_UNRESOLVED,
		Summary: "Het stuurprogramma is vervangen; de printer zelf is stuk",
	})
	check(t, err)
	if r := got.GetSupportRequest(); r.GetState() != closed || r.GetWorkedSeconds() != 2220 || r.GetAppointmentId() != "a-"+id {
		t.Fatal(r)
	}
	d.toldBilling(id)

	d.tell("billing", "invoice-i-"+id, &billingv1.InvoiceIssued{
		InvoiceId: "i-" + id, SupportRequestId: id, Number: "2026-000001",
	})
	if r := d.state(id, invoiced); r.GetInvoiceNumber() != "2026-000001" {
		t.Fatal(r)
	}
	d.tell("billing", "invoice-i-"+id, &billingv1.InvoiceSettled{
		InvoiceId: "i-" + id, SupportRequestId: id, SettledAt: timestamppb.New(monday.AddDate(0, 0, 1)),
	})
	r := d.state(id, settled)
	if r.GetInvoiceId() != "i-"+id || !r.GetChangedAt().AsTime().Equal(monday.AddDate(0, 0, 1)) {
		t.Fatal(r)
	}
}

// toldBilling checks that closing tells everything that rating needs (T-01).
func (d *desk) toldBilling(id string) {
	d.t.Helper()
	all := d.events(id)
	m, err := publish(all[len(all)-1])
	check(d.t, err)
	got, ok := m.(*intakev1.SupportRequestClosed)
	if !ok {
		d.t.Fatalf("told %T", m)
	}
	if got.GetInvoiceParty().GetPurpose() != "fiscal" || len(got.GetInvoiceParty().GetCipher()) == 0 {
		d.t.Errorf("the invoice's party: %v", got.GetInvoiceParty())
	}
	want := &intakev1.SupportRequestClosed{
		SupportRequestId: id, Reference: got.GetReference(), ClosedAt: timestamppb.New(d.clock.Now()),
		Outcome: intakev1.Outcome_OUTCOME_UNRESOLVED,
		Sessions: []*intakev1.WorkedSession{{
			SessionId: "s-" + id, WorkedSeconds: 2220, RegularSeconds: 2220,
			StartedAt: timestamppb.New(monday.Add(time.Hour)), EndedAt: timestamppb.New(monday.Add(2 * time.Hour)),
			Calendar: &commonv1.PolicyRef{Kind: "calendar", Version: 1, Sha256: "cc"},
		}},
		Tariff: tariff, ConsentId: "c-" + id, PartyKind: commonv1.PartyKind_PARTY_KIND_BUSINESS, Language: "nl",
		InvoiceParty: got.GetInvoiceParty(),
	}
	if !proto.Equal(got, want) || got.GetReference() == "" {
		d.t.Errorf("told billing\n %v, want\n %v", got, want)
	}
}

func TestT04_WhatIsNotBillableEndsClosed(t *testing.T) {
	d := open(t, monday)
	id := d.accept(consumer())
	d.start(id)
	d.tell("scheduling", "session-s-"+id, sessionEnded(id, 0, 1))
	d.await(id, 4)
	_, err := d.technician().CloseSupportRequest(t.Context(), &intakev1.CloseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Outcome: intakev1.Outcome_OUTCOME_ABORTED, Summary: "Geen verbinding",
	})
	check(t, err)
	d.tell("billing", "invoice-i-"+id, &billingv1.RequestNotBillable{SupportRequestId: id, Reason: "NO_TIME"})
	d.await(id, 6)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	watch, err := d.dispatcher().WatchSupportRequest(ctx, &intakev1.WatchSupportRequestRequest{SupportRequestId: id})
	check(t, err)
	first, err := watch.Receive()
	check(t, err)
	if first.GetSupportRequest().GetState() != closed {
		t.Fatal(first)
	}
	if more, err := watch.Receive(); !errors.Is(err, io.EOF) {
		t.Fatalf("the watch of an ended request goes on: %v, %v", more, err)
	}
	check(t, watch.Close())
}

func TestAnAppointmentThatIsOffLeadsBackToAccepted(t *testing.T) {
	d := open(t, monday)
	id := d.accept(consumer())
	d.tell("scheduling", "appointment-a", &schedulingv1.AppointmentBooked{AppointmentId: "a", SupportRequestId: id})
	d.state(id, scheduled)
	d.tell("scheduling", "appointment-a", &schedulingv1.AppointmentCancelled{AppointmentId: "a", SupportRequestId: id})
	if got := d.state(id, accepted); got.GetAppointmentId() != "" {
		t.Fatal(got)
	}
}

func TestE02_ClosingNeedsANoteAndASummary(t *testing.T) {
	d := open(t, monday)
	id := d.accept(form())
	d.start(id)
	wish := &intakev1.CloseSupportRequestRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: id, Outcome: intakev1.Outcome_OUTCOME_RESOLVED, Summary: "Klaar",
	}
	before := d.end()
	_, err := d.technician().CloseSupportRequest(t.Context(), wish)
	d.refused(before, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")

	d.tell("scheduling", "session-s-"+id, sessionEnded(id, 60, 0))
	d.await(id, 4)
	before = d.end()
	_, err = d.technician().CloseSupportRequest(t.Context(), wish)
	details := d.refused(before, err, connect.CodeFailedPrecondition, "EFFORT_NOTE_REQUIRED")
	if details["article"] != "3" || details["missing"] != "note" {
		t.Fatal(details)
	}

	other := d.accept(form())
	d.start(other)
	d.tell("scheduling", "session-s-"+other, sessionEnded(other, 60, 1))
	d.await(other, 4)
	wish.SupportRequestId, wish.Summary = other, " \u200b\n - "
	before = d.end()
	_, err = d.technician().CloseSupportRequest(t.Context(), wish)
	details = d.refused(before, err, connect.CodeFailedPrecondition, "EFFORT_NOTE_REQUIRED")
	if details["missing"] != "summary" {
		t.Fatal(details)
	}
}
