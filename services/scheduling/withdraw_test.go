package scheduling

import (
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
)

// consumers is an accepted request of a consumer, who asked to start at once or not.
func (d *desk) consumers(express bool) string {
	d.t.Helper()
	r := uuid.NewString()
	d.Tell("consent", "consent-"+r, r, &consentv1.ConsentGiven{
		SupportRequestId: r, Backup: consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE, RecordingNoticeSeen: true,
		StartImmediately: express, WithdrawalLossAcknowledged: express,
	})
	d.Tell("intake", "request-"+r, r, &intakev1.SupportRequestAccepted{
		SupportRequestId: r, AcceptedAt: timestamppb.New(d.Frozen.Now()), PartyKind: commonv1.PartyKind_PARTY_KIND_CONSUMER,
	})
	d.has("assignment-"+r, "assignment.opened.v1", "assignment.consent_recorded.v1")
	return r
}

func (d *desk) withdrawConsent(r string, p consentv1.ConsentPurpose) {
	d.t.Helper()
	d.Tell("consent", "consent-"+r, r, &consentv1.ConsentWithdrawn{SupportRequestId: r, Purpose: p})
}

// The clock of the house stands still but for the test's own minutes, so the recording
// stops within no time at all of the session's.
func TestO09ARecordingStopsMidSessionAndTheSessionGoesOn(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	started, err := d.technician().StartSession(t.Context(), starting(d.booked(r, nine), true))
	check(t, err)
	id := started.GetSession().GetSessionId()
	d.has("assignment-"+r, "assignment.recording_kept.v1")
	_, err = d.Frozen.Advance(10 * time.Minute)
	check(t, err)
	takenBack := d.Frozen.Now()
	d.withdrawConsent(r, consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING)
	d.has("recording-"+id, "recording.stopped.v1")
	d.has("session-"+id, "session.recording_stopped.v1")
	got := d.session(id)
	if stopped := got.GetRecordingStoppedAt().AsTime(); got.GetState() != schedulingv1.SessionState_SESSION_STATE_RUNNING ||
		stopped.Before(takenBack) || stopped.Sub(takenBack) > 5*time.Second {
		t.Errorf("taken back at %s: %v", takenBack, got)
	}
	_, err = d.Frozen.Advance(27 * time.Minute)
	check(t, err)
	ended, err := d.technician().EndSession(t.Context(), &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	check(t, err)
	if s := ended.GetSession(); s.GetWorkedSeconds() != 2220 {
		t.Errorf("measured %v", s)
	}
	// The next session of this request is not recorded, unless he agrees anew.
	d.has("assignment-"+r, "assignment.appointment_dropped.v1")
	next := d.booked(r, nine.Add(6*time.Hour))
	_, err = d.technician().StartSession(t.Context(), starting(next, true))
	refused(t, err, connect.CodeFailedPrecondition, "RECORDING_NOTICE_MISSING")
	_, err = d.technician().StartSession(t.Context(), starting(next, false))
	check(t, err)
}

func TestX04AConsumersSessionWaitsForHisExpressRequest(t *testing.T) {
	d := newDesk(t)
	waiting := d.booked(d.consumers(false), nine)
	_, err := d.technician().StartSession(t.Context(), starting(waiting, false))
	refused(t, err, connect.CodeFailedPrecondition, "EXPRESS_START_MISSING")
	r := d.consumers(true)
	appointment := d.booked(r, nine.Add(6*time.Hour))
	d.withdrawConsent(r, consentv1.ConsentPurpose_CONSENT_PURPOSE_IMMEDIATE_START)
	d.has("assignment-"+r, "assignment.consent_withdrawn.v1")
	_, err = d.technician().StartSession(t.Context(), starting(appointment, false))
	refused(t, err, connect.CodeFailedPrecondition, "EXPRESS_START_MISSING")
	_, err = d.technician().StartSession(t.Context(), starting(d.booked(d.consumers(true), nine.Add(8*time.Hour)), false))
	check(t, err)
	_, err = d.Frozen.Advance(15 * 24 * time.Hour)
	check(t, err)
	_, err = d.technician().StartSession(t.Context(), starting(waiting, false))
	check(t, err)
}

func TestX05AWithdrawalEndsTheSessionAndNothingStartsAnyMore(t *testing.T) {
	d := newDesk(t)
	r := d.consumers(true)
	started, err := d.technician().StartSession(t.Context(), starting(d.booked(r, nine), false))
	check(t, err)
	id := started.GetSession().GetSessionId()
	_, err = d.Frozen.Advance(5 * time.Minute)
	check(t, err)
	withdrawn := func(r string, outcome consentv1.WithdrawalOutcome) {
		d.Tell("consent", "consent-"+r, r, &consentv1.WithdrawalAcknowledged{SupportRequestId: r, Outcome: outcome})
	}
	withdrawn(r, consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_PERIOD_OVER)
	withdrawn(r, consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE)
	d.has("session-"+id, "session.ended.v1")
	if s := d.session(id); s.GetWorkedSeconds() != 300 {
		t.Errorf("measured %v", s)
	}
	other := d.consumers(true)
	appointment := d.booked(other, nine.Add(6*time.Hour))
	withdrawn(other, consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE)
	d.has("appointment-"+appointment, "appointment.cancelled.v1")
	_, err = d.technician().StartSession(t.Context(), starting(appointment, false))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	if got := d.Types("session-"+id, 2); slices.Contains(got, "session.paused.v1") {
		t.Errorf("recorded %v", got)
	}
}

// The clock stood still through the force majeure, so what was worked before counts.
func TestX05AWithdrawalEndsASessionThatForceMajeureSuspended(t *testing.T) {
	d := newDesk(t)
	r := d.consumers(true)
	started, err := d.technician().StartSession(t.Context(), starting(d.booked(r, nine), true))
	check(t, err)
	id := started.GetSession().GetSessionId()
	d.has("assignment-"+r, "assignment.recording_kept.v1")
	_, err = d.Frozen.Advance(5 * time.Minute)
	check(t, err)
	_, err = d.technician().DeclareForceMajeure(t.Context(), declaring(r, d.Frozen.Now()))
	check(t, err)
	d.has("session-"+id, "session.suspended.v1")
	_, err = d.Frozen.Advance(time.Hour)
	check(t, err)
	d.withdrawConsent(r, consentv1.ConsentPurpose_CONSENT_PURPOSE_RECORDING)
	d.has("session-"+id, "session.recording_stopped.v1")
	d.Tell("consent", "consent-"+r, r, &consentv1.WithdrawalAcknowledged{
		SupportRequestId: r, Outcome: consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE,
	})
	d.has("session-"+id, "session.ended.v1")
	if s := d.session(id); s.GetWorkedSeconds() != 300 {
		t.Errorf("measured %v", s)
	}
	d.has("recording-"+id, "recording.stopped.v1", "recording.ended.v1")
	// Intake finds no work to bill, so the recording goes after its term (S-06).
	d.Tell("intake", "request-"+r, r, &intakev1.SupportRequestCancelled{SupportRequestId: r, CancelledAt: timestamppb.New(d.Frozen.Now())})
	d.has("assignment-"+r, "assignment.not_invoiced.v1")
	d.has("recording-"+id, "recording.deletion_due.v1")
}
