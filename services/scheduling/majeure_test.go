package scheduling

import (
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/scheduling/internal/assignment"
)

func declaring(r string, at time.Time) *schedulingv1.DeclareForceMajeureRequest {
	return &schedulingv1.DeclareForceMajeureRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: r, At: timestamppb.New(at),
		Cause:     schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_POWER,
		CauseSide: schedulingv1.CauseSide_CAUSE_SIDE_PROVIDER,
	}
}

func agreeing(r string, h schedulingv1.Handling) *schedulingv1.AgreeHandlingRequest {
	return &schedulingv1.AgreeHandlingRequest{IdempotencyKey: uuid.NewString(), SupportRequestId: r, Handling: h}
}

func TestF04BeforeItsStartAnAppointmentIsMovedAndItsTimeIsFree(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	r, other := d.accepted(), d.accepted()
	a := d.booked(r, nine)
	req := declaring(r, d.Frozen.Now())
	first, err := d.technician().DeclareForceMajeure(ctx, req)
	check(t, err)
	d.booked(other, nine) // in the same second
	again, err := d.technician().DeclareForceMajeure(ctx, req)
	check(t, err)
	if !proto.Equal(first, again) || first.GetForceMajeure().GetNumber() != 1 || first.GetSession() != nil {
		t.Fatalf("first %v, then %v", first, again)
	}
	d.has("appointment-"+a, "appointment.cancelled.v1")
	_, err = d.dispatcher().BookAppointment(ctx, booking(r, nine.Add(2*time.Hour)))
	refused(t, err, connect.CodeFailedPrecondition, "CONSULT_FIRST")
	_, err = d.dispatcher().AgreeHandling(ctx, agreeing(r, schedulingv1.Handling_HANDLING_RESUME))
	refused(t, err, connect.CodeFailedPrecondition, "NOTHING_TO_RESUME")
	_, err = d.dispatcher().AgreeHandling(ctx, agreeing(r, schedulingv1.Handling_HANDLING_RESCHEDULE))
	check(t, err)
	d.booked(r, nine.Add(2*time.Hour))
}

func TestF03ASessionIsResumedOnlyAsAgreed(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	r := d.accepted()
	started, err := d.technician().StartSession(ctx, starting(d.booked(r, nine), false))
	check(t, err)
	id := started.GetSession().GetSessionId()
	d.advance(9 * time.Minute)
	declared, err := d.technician().DeclareForceMajeure(ctx, declaring(r, d.Frozen.Now().Add(-5*time.Minute)))
	check(t, err)
	if s := declared.GetSession(); s.GetWorkedSeconds() != 240 || s.GetCorrections() != 1 {
		t.Fatalf("suspended %v", s)
	}
	resume := func() error {
		_, err := d.technician().ResumeSession(ctx, &schedulingv1.ResumeSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
		return err
	}
	refused(t, resume(), connect.CodeFailedPrecondition, "CONSULT_FIRST")
	_, err = d.technician().DeclareForceMajeure(ctx, declaring(r, d.Frozen.Now()))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	agree := agreeing(r, schedulingv1.Handling_HANDLING_RESUME)
	for range 2 {
		_, err = d.dispatcher().AgreeHandling(ctx, agree)
		check(t, err)
	}
	check(t, resume())
	d.advance(10 * time.Minute)
	ended, err := d.technician().EndSession(ctx, &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	check(t, err)
	if s := ended.GetSession(); s.GetWorkedSeconds() != 840 {
		t.Fatalf("ended %v", s)
	}
}

func TestF01WhatCannotBeDeclaredIsRefused(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	r := d.accepted()
	_, err := d.technician().DeclareForceMajeure(ctx, declaring(r, d.Frozen.Now().Add(time.Second)))
	refused(t, err, connect.CodeInvalidArgument, "INSTANT_INVALID")
	his := declaring(r, d.Frozen.Now())
	his.CauseSide = schedulingv1.CauseSide_CAUSE_SIDE_CUSTOMER
	_, err = d.technician().DeclareForceMajeure(ctx, his)
	refused(t, err, connect.CodeFailedPrecondition, "CAUSE_IS_CUSTOMERS")
	his.CauseSide = schedulingv1.CauseSide_CAUSE_SIDE_UNSPECIFIED
	_, err = d.technician().DeclareForceMajeure(ctx, his)
	refused(t, err, connect.CodeInvalidArgument, "INVALID_REQUEST")
	_, err = d.technician().DeclareForceMajeure(ctx, declaring(uuid.NewString(), d.Frozen.Now()))
	refused(t, err, connect.CodeNotFound, "SUPPORT_REQUEST_UNKNOWN")
	_, err = d.as("receptionist").DeclareForceMajeure(ctx, declaring(r, d.Frozen.Now()))
	refused(t, err, connect.CodePermissionDenied, "PERMISSION_DENIED")
	_, err = d.dispatcher().AgreeHandling(ctx, agreeing(r, schedulingv1.Handling_HANDLING_END))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

// A declaration whose process died right after its commit is carried out all the same.
func TestF01ADeclarationThatDiedAfterItsCommitHeals(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	r := d.accepted()
	started, err := d.technician().StartSession(ctx, starting(d.booked(r, nine), false))
	check(t, err)
	id := started.GetSession().GetSessionId()
	d.stop()
	env := d.envelope()
	_, err = d.s.assignments.Execute(ctx, r, env, declareFor(r, env.DecidedAt))
	check(t, err)
	d.start()
	d.has("session-"+id, "session.suspended.v1")
}

func TestT12ACorrectionNeedsASecondPersonAndCountsUntilTheRequestIsClosed(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	r := d.accepted()
	id := d.worked(r, false)
	s := d.session(id)
	from := s.GetStartedAt().AsTime()
	correct := func(seconds int) *schedulingv1.CorrectWorkRequest {
		return &schedulingv1.CorrectWorkRequest{
			IdempotencyKey: uuid.NewString(), SessionId: id, Reason: "De telefoon ging tussendoor",
			Intervals: []*schedulingv1.Interval{{Start: timestamppb.New(from), End: timestamppb.New(from.Add(time.Duration(seconds) * time.Second))}},
		}
	}
	small, err := d.dispatcher().CorrectWork(ctx, correct(2220-900))
	check(t, err)
	if got := small.GetSession(); got.GetWorkedSeconds() != 1320 || got.GetCorrections() != 1 || small.GetCorrection().GetPending() {
		t.Fatalf("at once: %v", small)
	}
	own, err := d.technician().CorrectWork(ctx, correct(1319)) // by whoever did the work
	check(t, err)
	if got := own.GetSession(); got.GetWorkedSeconds() != 1320 || !own.GetCorrection().GetPending() {
		t.Fatalf("by himself: %v", own)
	}
	approve := &schedulingv1.ApproveCorrectionRequest{
		IdempotencyKey: uuid.NewString(), SessionId: id, Number: own.GetCorrection().GetNumber(),
	}
	_, err = d.technician().ApproveCorrection(ctx, approve)
	refused(t, err, connect.CodePermissionDenied, "SECOND_PERSON_REQUIRED")
	approved, err := d.dispatcher().ApproveCorrection(ctx, approve)
	check(t, err)
	if got := approved.GetSession(); got.GetWorkedSeconds() != 1319 || got.GetCorrections() != 2 || got.GetPendingCorrection() != nil {
		t.Fatalf("approved: %v", approved)
	}
	_, err = d.dispatcher().CorrectWork(ctx, &schedulingv1.CorrectWorkRequest{
		IdempotencyKey: uuid.NewString(), SessionId: id, Reason: "x", Intervals: []*schedulingv1.Interval{{Start: timestamppb.New(from)}},
	})
	refused(t, err, connect.CodeInvalidArgument, "INVALID_REQUEST")
	d.asked.request = func() intakev1.SupportRequestState {
		return intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CLOSED
	}
	_, err = d.dispatcher().CorrectWork(ctx, correct(60))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

func declareFor(r string, at time.Time) assignment.DeclareForceMajeure {
	return assignment.DeclareForceMajeure{
		SupportRequestID: r, Cause: assignment.Power, Side: assignment.Provider, From: at, At: at,
	}
}
