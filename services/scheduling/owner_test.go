package scheduling

import (
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/platform/rpc"
)

// technicianCalled is a technician with a subject of his own.
func (d *desk) technicianCalled(subject string) schedulingv1connect.SchedulingServiceClient {
	d.t.Helper()
	token, err := d.Keys.Issue(rpc.Claims{
		Role: commonv1.Role_ROLE_TECHNICIAN, Subject: subject,
		IssuedAt: d.Frozen.Now().AddDate(0, 0, -1), ExpiresAt: d.Frozen.Now().AddDate(1, 0, 0),
	})
	check(d.t, err)
	return schedulingv1connect.NewSchedulingServiceClient(connect.NewClient(connectinprocess.New(d.Server),
		rpc.Bearer(func() (string, error) { return token, nil })))
}

func TestP8AColleagueDoesNotPauseOrEndASession(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	started, err := d.technicianCalled("Tineke").StartSession(ctx, starting(d.booked(d.accepted(), nine), false))
	check(t, err)
	id := started.GetSession().GetSessionId()
	pause := func(c schedulingv1connect.SchedulingServiceClient) error {
		_, err := c.PauseSession(ctx, &schedulingv1.PauseSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
		return err
	}
	resume := func(c schedulingv1connect.SchedulingServiceClient) error {
		_, err := c.ResumeSession(ctx, &schedulingv1.ResumeSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
		return err
	}
	refused(t, pause(d.technicianCalled("tom")), connect.CodePermissionDenied, "NOT_YOUR_SESSION")
	check(t, pause(d.technicianCalled("tineke"))) // who started it
	refused(t, resume(d.technicianCalled("tom")), connect.CodePermissionDenied, "NOT_YOUR_SESSION")
	check(t, resume(d.technicianCalled("tess"))) // for whom it was booked
	_, err = d.technicianCalled("tom").EndSession(ctx, &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	refused(t, err, connect.CodePermissionDenied, "NOT_YOUR_SESSION")
	_, err = d.dispatcher().EndSession(ctx, &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	check(t, err)
}

// A second session, a second more than a day after the declaration, needs another one.
func TestD01ForALaterSessionTheBackupIsDeclaredAgain(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	r := uuid.NewString()
	d.Tell("consent", "consent-"+r, r, &consentv1.ConsentGiven{
		SupportRequestId: r, Backup: consentv1.BackupDeclaration_BACKUP_DECLARATION_MADE, GivenAt: timestamppb.New(d.Frozen.Now()),
	})
	d.accept(r)
	d.has("assignment-"+r, "assignment.opened.v1", "assignment.consent_recorded.v1")
	declared := d.Frozen.Now()
	d.worked(r, false)
	d.advance(declared.Add(24*time.Hour + time.Second).Sub(d.Frozen.Now()))
	again := starting(d.booked(r, d.Frozen.Now().Truncate(time.Minute)), false)
	_, err := d.technician().StartSession(ctx, again)
	refused(t, err, connect.CodeFailedPrecondition, "BACKUP_MISSING")
	req := &schedulingv1.DeclareBackupRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: r, Backup: consentv1.BackupDeclaration_BACKUP_DECLARATION_NONE_PROCEED,
	}
	_, err = d.customer(r).DeclareBackup(ctx, req)
	refused(t, err, connect.CodeInvalidArgument, "BACKUP_CONFIRMATION_REQUIRED")
	req.IdempotencyKey, req.ProceedWithoutBackup = uuid.NewString(), true
	_, err = d.customer(uuid.NewString()).DeclareBackup(ctx, req)
	refused(t, err, connect.CodePermissionDenied, "NOT_YOURS")
	_, err = d.customer(r).DeclareBackup(ctx, req)
	check(t, err)
	_, err = d.technician().StartSession(ctx, again)
	check(t, err)
}

func TestD02ADeviceIsNamedBeforeItIsTouched(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	started, err := d.technician().StartSession(ctx, starting(d.booked(d.accepted(), nine), false))
	check(t, err)
	id := started.GetSession().GetSessionId()
	_, err = d.technician().AddDevice(ctx, &schedulingv1.AddDeviceRequest{
		IdempotencyKey: uuid.NewString(), SessionId: id, DeviceId: "PC-1", Description: note,
	})
	check(t, err)
	for _, device := range []string{"pc-1", "pc-2"} {
		_, err = d.technician().NoteWork(ctx, &schedulingv1.NoteWorkRequest{
			IdempotencyKey: uuid.NewString(), SessionId: id, Note: note, DeviceId: device,
		})
		check(t, err)
	}
	got, err := d.technician().GetSession(ctx, &schedulingv1.GetSessionRequest{SessionId: id, IncludeNotes: true})
	check(t, err)
	notes := got.GetSession().GetNotes()
	if len(notes) != 2 || notes[0].GetUnnamedDevice() || !notes[1].GetUnnamedDevice() || got.GetSession().GetDeviceIds()[0] != "pc-1" {
		t.Fatalf("notes %v", notes)
	}
}
