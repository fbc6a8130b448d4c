package scheduling

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/platform/blobs"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
)

// measured is how long a session of desk.worked takes.
const measured = 37 * 60

// picture is what a screen showed, in two pieces and a bit.
var picture = bytes.Repeat([]byte("Zwartkruis "), 2*blobs.Piece/11+100)

func (d *desk) customer(r string) schedulingv1connect.SchedulingServiceClient {
	return schedulingv1connect.NewSchedulingServiceClient(d.Customer(r))
}

func beginning(id string, offset int) *schedulingv1.UploadRecordingRequest {
	return &schedulingv1.UploadRecordingRequest{Part: &schedulingv1.UploadRecordingRequest_Begin{
		Begin: &schedulingv1.UploadBegin{SessionId: id, Offset: int64(offset)},
	}}
}

func chunk(b []byte) *schedulingv1.UploadRecordingRequest {
	return &schedulingv1.UploadRecordingRequest{Part: &schedulingv1.UploadRecordingRequest_Chunk{Chunk: b}}
}

func finishing(content []byte, recordedSeconds int64) *schedulingv1.UploadRecordingRequest {
	sum := sha256.Sum256(content)
	return &schedulingv1.UploadRecordingRequest{Part: &schedulingv1.UploadRecordingRequest_Finish{Finish: &schedulingv1.UploadFinish{
		IdempotencyKey: uuid.NewString(), Sha256: sum[:], RecordedDuration: seconds(recordedSeconds),
	}}}
}

// send makes one call of UploadRecording.
func send(
	ctx context.Context, by schedulingv1connect.SchedulingServiceClient, messages ...*schedulingv1.UploadRecordingRequest,
) (*schedulingv1.UploadRecordingResponse, error) {
	stream, err := by.UploadRecording(ctx)
	if err != nil {
		return nil, err
	}
	for _, m := range messages {
		if err := stream.Send(m); err != nil {
			break // why is in the answer
		}
	}
	return stream.CloseAndReceive()
}

// uploaded uploads the picture of a session, and answers what the log holds then.
func (d *desk) uploaded(id string, recordedSeconds int64) *schedulingv1.UploadRecordingResponse {
	d.t.Helper()
	answer, err := send(d.t.Context(), d.technician(), beginning(id, 0),
		chunk(picture[:100_000]), chunk(picture[100_000:]), finishing(picture, recordedSeconds))
	check(d.t, err)
	return answer
}

func (d *desk) see(by schedulingv1connect.SchedulingServiceClient, id, reason string) ([]byte, error) {
	stream, err := by.DownloadRecording(d.t.Context(), &schedulingv1.DownloadRecordingRequest{
		IdempotencyKey: uuid.NewString(), SessionId: id, Reason: reason,
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = stream.Close() }()
	var out []byte
	for {
		m, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, m.GetChunk()...)
	}
}

func (d *desk) hold(id, holdID string) *schedulingv1.PlaceHoldRequest {
	return &schedulingv1.PlaceHoldRequest{
		IdempotencyKey: uuid.NewString(), HoldId: holdID, SessionId: id, Kind: schedulingv1.HoldKind_HOLD_KIND_DISPUTE,
		Owner: "bea", Reason: "mevrouw Zwartkruis betwist de rekening", ReviewOn: "2026-12-20",
	}
}

func (d *desk) advance(by time.Duration) {
	d.t.Helper()
	_, err := d.Frozen.Advance(by)
	check(d.t, err)
}

// gone checks that nothing of a recording can be decrypted any more.
func (d *desk) destroyed(id string) {
	d.t.Helper()
	if exists, err := d.Vault.Exists(d.t.Context(), id, vault.Recording); err != nil || exists {
		d.t.Errorf("the key is still there (%v)", err)
	}
	if left, err := blobs.Names(d.BlobDir); err != nil || len(left) > 0 {
		d.t.Errorf("on disk are %v (%v)", left, err)
	}
}

func TestS04ARecordingIsSeenByStaffWithAReasonAndByItsCustomer(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	if answer := d.uploaded(id, measured); !answer.GetComplete() || answer.GetOffset() != int64(len(picture)) || answer.GetDurationFlagged() {
		t.Fatalf("answered %v", answer)
	}
	got, err := d.see(d.technician(), id, "the customer asked what was done")
	check(t, err)
	if !bytes.Equal(got, picture) {
		t.Fatalf("%d bytes come back of %d", len(got), len(picture))
	}
	_, err = d.see(d.technician(), id, " ")
	refused(t, err, connect.CodeInvalidArgument, "REASON_REQUIRED")
	got, err = d.see(d.customer(r), id, "")
	check(t, err)
	if !bytes.Equal(got, picture) {
		t.Fatal("the customer sees something else")
	}
	_, err = d.see(d.customer(uuid.NewString()), id, "")
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	if got, err := d.see(d.as("auditor"), id, "curious"); err == nil || len(got) > 0 {
		t.Errorf("an auditor sees %d bytes", len(got))
	}

	views := 0
	for _, e := range d.Stream("recording-"+id, 0) {
		if strings.Contains(string(e.Data), "asked what") {
			t.Errorf("%s has the reason in clear", e.Type)
		}
		if e.Type == "recording.accessed.v1" {
			views++
		}
	}
	if views != 2 {
		t.Errorf("%d views are events", views)
	}
	if seen, err := d.Vault.Openings(t.Context(), id); err != nil || len(seen) != 2 {
		t.Errorf("openings %v, %v", seen, err)
	}
}

func TestS04TheCustomerOrdersNoDeletionAndNoHold(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	d.uploaded(id, measured)
	_, err := d.customer(r).PlaceHold(t.Context(), d.hold(id, uuid.NewString()))
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
	_, err = d.customer(r).ReleaseHold(t.Context(), &schedulingv1.ReleaseHoldRequest{
		IdempotencyKey: uuid.NewString(), SessionId: id, HoldId: uuid.NewString(),
	})
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
	_, err = send(t.Context(), d.customer(r), beginning(id, 0))
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
}

func TestAnUploadGoesOnWhereItStopped(t *testing.T) {
	d := newDesk(t)
	id := d.worked(d.accepted(), true)
	ctx := t.Context()
	answer, err := send(ctx, d.technician(), beginning(id, 0), chunk(picture[:100_000]))
	check(t, err)
	at := int(answer.GetOffset())
	if answer.GetComplete() || at != blobs.Piece {
		t.Fatalf("a part is answered %v", answer)
	}
	if n := len(d.Types("recording-"+id, 0)); n != 2 {
		t.Fatalf("a part is %d events", n)
	}
	_, err = send(ctx, d.technician(), beginning(id, 0), chunk(picture))
	if details := refused(t, err, connect.CodeFailedPrecondition, "UPLOAD_OFFSET"); details["offset"] != "65536" {
		t.Errorf("details %v", details)
	}
	asked, err := d.technician().GetUpload(ctx, &schedulingv1.GetUploadRequest{SessionId: id})
	check(t, err)
	if int(asked.GetOffset()) != at || asked.GetComplete() || asked.GetMaxBytes() != 2<<30 {
		t.Fatalf("asked %v", asked)
	}
	finish := finishing(picture, measured)
	done, err := send(ctx, d.technician(), beginning(strings.ToUpper(id), at), chunk(picture[at:]), finish)
	check(t, err)
	again, err := send(ctx, d.technician(), beginning(id, 0), finish)
	check(t, err)
	if !proto.Equal(done, again) {
		t.Errorf("first %v, then %v", done, again)
	}
	_, err = send(ctx, d.technician(), beginning(id, 0), chunk(picture), finishing(picture, measured))
	refused(t, err, connect.CodeAlreadyExists, "UPLOAD_COMPLETE")
	_, err = send(ctx, d.technician(), beginning(id, 0), finishing(picture, measured))
	refused(t, err, connect.CodeAlreadyExists, "UPLOAD_COMPLETE")
	got, err := d.see(d.technician(), id, "to compare")
	check(t, err)
	if !bytes.Equal(got, picture) {
		t.Error("the refused uploads changed it")
	}
}

func TestADigestThatDiffersTakesAllOfItBack(t *testing.T) {
	d := newDesk(t)
	id := d.worked(d.accepted(), true)
	_, err := send(t.Context(), d.technician(), beginning(id, 0), chunk(picture), finishing(picture[1:], measured))
	refused(t, err, connect.CodeInvalidArgument, "UPLOAD_DIGEST")
	if left, err := blobs.Names(d.BlobDir); err != nil || len(left) > 0 || len(d.Types("recording-"+id, 0)) != 2 {
		t.Fatalf("left %v, %v", left, err)
	}
	d.uploaded(id, measured)
}

func TestAnUploadThatWasWholeButNotRecordedIsGoneOnWith(t *testing.T) {
	d := newDesk(t)
	id := d.worked(d.accepted(), true)
	d.has("recording-"+id, "recording.ended.v1")
	u, err := d.s.blobs.Resume(t.Context(), id, 1<<30) // and the process dies before it is recorded
	check(t, err)
	check(t, u.Write(t.Context(), picture))
	_, err = u.Finish(t.Context())
	check(t, err)
	check(t, u.Close())
	asked, err := d.technician().GetUpload(t.Context(), &schedulingv1.GetUploadRequest{SessionId: id})
	check(t, err)
	if asked.GetComplete() || int(asked.GetOffset()) != len(picture) {
		t.Fatalf("asked %v", asked)
	}
	done, err := send(t.Context(), d.technician(), beginning(id, len(picture)), finishing(picture, measured))
	check(t, err)
	if !done.GetComplete() {
		t.Fatalf("answered %v", done)
	}
}

func TestWhatIsNoUploadIsRefused(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	id := d.worked(d.accepted(), true)
	for name, messages := range map[string][]*schedulingv1.UploadRecordingRequest{
		"nothing":            nil,
		"a chunk first":      {chunk(picture)},
		"begun twice":        {beginning(id, 0), beginning(id, 0)},
		"the finish at once": {finishing(picture, 1)},
	} {
		_, err := send(ctx, d.technician(), messages...)
		if rpc.Reason(err) != "UPLOAD_ORDER" {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := send(ctx, d.technician(), beginning(id, 0), finishing(nil, measured))
	refused(t, err, connect.CodeInvalidArgument, "UPLOAD_EMPTY")
	_, err = send(ctx, d.technician(), beginning(uuid.NewString(), 0), chunk(picture))
	refused(t, err, connect.CodeNotFound, "RECORDING_UNKNOWN")
	unrecorded := d.booked(d.accepted(), nine.Add(3*time.Hour))
	started, err := d.technician().StartSession(ctx, starting(unrecorded, false))
	check(t, err)
	_, err = send(ctx, d.technician(), beginning(started.GetSession().GetSessionId(), 0), chunk(picture))
	refused(t, err, connect.CodeNotFound, "RECORDING_UNKNOWN")
	_, err = send(ctx, d.technician(), beginning(id, 3<<30), chunk(picture))
	refused(t, err, connect.CodeInvalidArgument, "RECORDING_TOO_LARGE")
}

func TestS03ADifferenceIsFlaggedAndResolvedByAPerson(t *testing.T) {
	for extra, flagged := range map[int64]bool{60: false, 61: true} {
		d := newDesk(t)
		id := d.worked(d.accepted(), true)
		answer, err := send(t.Context(), d.technician(), beginning(id, 0), chunk(picture), finishing(picture, measured+extra))
		check(t, err)
		if answer.GetDurationFlagged() != flagged {
			t.Errorf("a difference of %d s is flagged: %v", extra, answer.GetDurationFlagged())
		}
		if d.session(id).GetDurationFlagged() != flagged {
			t.Errorf("a difference of %d s is shown otherwise", extra)
		}
		wish := &schedulingv1.ResolveDurationRequest{IdempotencyKey: uuid.NewString(), SessionId: id, Note: "de opname liep door"}
		_, err = d.as("billing_clerk").ResolveDuration(t.Context(), wish)
		if !flagged {
			refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
			continue
		}
		check(t, err)
		if d.session(id).GetDurationFlagged() {
			t.Error("what was resolved is still flagged")
		}
		if types := d.Types("recording-"+id, 5); types[3] != "recording.duration_verified.v1" || types[4] != "recording.duration_resolved.v1" {
			t.Errorf("the log holds %v", types)
		}
		_, err = d.technician().ResolveDuration(t.Context(), wish)
		refused(t, err, connect.CodePermissionDenied, rpc.ReasonPermissionDenied)
	}
}

func TestS05TheKeyAndThenTheFileGoOnceTheBillIsSatisfied(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	answer := d.uploaded(id, measured)
	d.settle(r)
	types := d.has("recording-"+id, "recording.deleted.v1")
	want := "recording.started.v1 recording.ended.v1 recording.uploaded.v1 recording.duration_verified.v1 " +
		"recording.deletion_due.v1 recording.destruction_begun.v1 recording.key_destroyed.v1 recording.deleted.v1"
	if strings.Join(types, " ") != want {
		t.Errorf("the log holds %v", types)
	}
	d.destroyed(id)
	_, err := d.see(d.technician(), id, "too late")
	refused(t, err, connect.CodeFailedPrecondition, "RECORDING_GONE")
	_, err = send(t.Context(), d.technician(), beginning(id, 0), chunk(picture))
	refused(t, err, connect.CodeAlreadyExists, "UPLOAD_COMPLETE")

	for _, by := range []schedulingv1connect.SchedulingServiceClient{d.as("auditor"), d.customer(r)} {
		got, err := by.GetDeletionCertificate(t.Context(), &schedulingv1.GetDeletionCertificateRequest{SessionId: id})
		check(t, err)
		c := got.GetCertificate()
		log := d.Stream("recording-"+id, 8)
		if c.GetCiphertextSha256() != answer.GetCiphertextSha256() || c.GetSize() == 0 || c.GetKeyId() != vault.KeyID(id, vault.Recording) ||
			c.GetActor() != "service scheduling" || c.GetInvoiceId() != "i-"+r || c.GetLate() != nil || c.GetFileDeletedAt() == nil ||
			c.GetCause() != schedulingv1.DeletionCause_DELETION_CAUSE_SETTLED || len(c.GetProof()) != len(log) ||
			c.GetProof()[7].GetHash() != log[7].Hash.String() || c.GetDeadline().AsTime().Sub(c.GetDueAt().AsTime()) != 24*time.Hour {
			t.Errorf("certificate %v", c)
		}
	}
	_, err = d.customer(uuid.NewString()).GetDeletionCertificate(t.Context(), &schedulingv1.GetDeletionCertificateRequest{SessionId: id})
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
}

func TestS09NothingIsCertifiedBeforeItIsDestroyed(t *testing.T) {
	d := newDesk(t)
	id := d.worked(d.accepted(), true)
	d.has("recording-"+id, "recording.ended.v1")
	_, err := d.as("auditor").GetDeletionCertificate(t.Context(), &schedulingv1.GetDeletionCertificateRequest{SessionId: id})
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	_, err = d.as("auditor").GetDeletionCertificate(t.Context(), &schedulingv1.GetDeletionCertificateRequest{SessionId: uuid.NewString()})
	refused(t, err, connect.CodeNotFound, "RECORDING_UNKNOWN")
}

func TestS05AWorkerThatWasAwayDeletesAtItsStartAndSaysHowLate(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	d.uploaded(id, measured)
	d.stop()
	d.Tell("billing", "invoice-"+r, r, &billingv1.InvoiceSettled{
		InvoiceId: "i-" + r, SupportRequestId: r, SettledAt: timestamppb.New(d.Frozen.Now()),
	})
	d.advance(72 * time.Hour)
	d.start()
	d.has("recording-"+id, "recording.deleted.v1")
	d.destroyed(id)
	got, err := d.as("auditor").GetDeletionCertificate(t.Context(), &schedulingv1.GetDeletionCertificateRequest{SessionId: id})
	check(t, err)
	if late := got.GetCertificate().GetLate().AsDuration(); late != 48*time.Hour {
		t.Errorf("late by %v", late)
	}
}

func TestS06WhatIsNeverBilledGoesSevenDaysAfterItsEnd(t *testing.T) {
	for name, order := range map[string]bool{"the end is known first": true, "the other way round": false} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			r := d.accepted()
			id := d.worked(r, true)
			d.uploaded(id, measured)
			d.has("assignment-"+r, "assignment.recording_kept.v1")
			closed := func() {
				d.Tell("intake", "request-"+r, r, &intakev1.SupportRequestClosed{SupportRequestId: r, ClosedAt: timestamppb.New(d.Frozen.Now())})
				d.has("assignment-"+r, "assignment.released.v1")
			}
			nothing := func() {
				d.Tell("billing", "invoice-"+r, r, &billingv1.RequestNotBillable{SupportRequestId: r})
				d.has("assignment-"+r, "assignment.not_invoiced.v1")
			}
			if order {
				closed()
				nothing()
			} else {
				nothing()
				closed()
			}
			d.has("recording-"+id, "recording.deletion_due.v1")
			d.advance(7*24*time.Hour - 1)
			d.still(id)
			d.advance(1)
			d.has("recording-"+id, "recording.deleted.v1")
			d.destroyed(id)
		})
	}
}

// still checks that a recording is there after everything that was due was done.
func (d *desk) still(id string) {
	d.t.Helper()
	check(d.t, d.s.View().WaitFor(d.t.Context(), d.end()))
	if exists, err := d.Vault.Exists(d.t.Context(), id, vault.Recording); err != nil || !exists {
		d.t.Fatalf("the key is gone (%v)", err)
	}
	if left, err := blobs.Names(d.BlobDir); err != nil || len(left) != 1 {
		d.t.Fatalf("on disk are %v (%v)", left, err)
	}
}

func (d *desk) end() eventstore.Position {
	d.t.Helper()
	end, err := d.Store.End(d.t.Context())
	check(d.t, err)
	return end
}

func TestS06NothingIsKeptLongerThanTheCap(t *testing.T) {
	d := newDesk(t)
	id := d.worked(d.accepted(), true)
	d.uploaded(id, measured)
	longest := time.Duration(firstRecordingRules().CapSeconds) * time.Second
	d.advance(longest - measured*time.Second - 1)
	d.still(id)
	d.advance(1)
	d.has("recording-"+id, "recording.retention_cap_reached.v1", "recording.deleted.v1")
	d.destroyed(id)
	got, err := d.as("auditor").GetDeletionCertificate(t.Context(), &schedulingv1.GetDeletionCertificateRequest{SessionId: id})
	check(t, err)
	if cause := got.GetCertificate().GetCause(); cause != schedulingv1.DeletionCause_DELETION_CAUSE_RETENTION_CAP {
		t.Errorf("cause %v", cause)
	}
}

func TestS07AGraceIsADeadlineThatSurvivesARestart(t *testing.T) {
	d := newDesk(t)
	_, _, err := d.s.policies.Publish(t.Context(), d.envelope(), policyRetention, retention{RecordingGraceSeconds: 3600}, time.Time{})
	check(t, err)
	r := d.accepted()
	id := d.worked(r, true)
	d.uploaded(id, measured)
	d.settle(r)
	d.has("recording-"+id, "recording.deletion_due.v1")
	d.advance(time.Hour - 1)
	d.still(id)
	d.stop()
	d.start()
	d.still(id)
	d.advance(1)
	d.has("recording-"+id, "recording.deleted.v1")
	d.destroyed(id)
}

func TestS08AHoldMakesTheDeletionWaitAndItsReleaseLetsItGo(t *testing.T) {
	d := newDesk(t)
	ctx := t.Context()
	r := d.accepted()
	id := d.worked(r, true)
	d.uploaded(id, measured)
	clerk := d.as("billing_clerk")
	incomplete := d.hold(id, uuid.NewString())
	incomplete.ReviewOn = ""
	_, err := clerk.PlaceHold(ctx, incomplete)
	if details := refused(t, err, connect.CodeInvalidArgument, "HOLD_INCOMPLETE"); details["field"] != "review_on" {
		t.Errorf("details %v", details)
	}
	first, second := d.hold(id, uuid.NewString()), d.hold(id, uuid.NewString())
	placed, err := clerk.PlaceHold(ctx, first)
	check(t, err)
	again, err := clerk.PlaceHold(ctx, first)
	check(t, err)
	if !proto.Equal(placed, again) {
		t.Errorf("first %v, then %v", placed, again)
	}
	_, err = clerk.PlaceHold(ctx, second)
	check(t, err)
	d.settle(r)
	d.has("recording-"+id, "recording.deletion_due.v1")
	d.advance(30 * 24 * time.Hour)
	d.still(id)
	got, err := d.see(d.technician(), id, "the dispute")
	check(t, err)
	if !bytes.Equal(got, picture) {
		t.Error("what is held shows something else")
	}
	release := func(holdID string) {
		_, err := clerk.ReleaseHold(ctx, &schedulingv1.ReleaseHoldRequest{IdempotencyKey: uuid.NewString(), SessionId: id, HoldId: holdID})
		check(t, err)
	}
	release(first.GetHoldId())
	d.still(id)
	d.stop() // a restart finds the hold that stands
	d.start()
	d.still(id)
	release(second.GetHoldId())
	d.has("recording-"+id, "recording.deleted.v1")
	d.destroyed(id)
	certificate, err := d.as("auditor").GetDeletionCertificate(ctx, &schedulingv1.GetDeletionCertificateRequest{SessionId: id})
	check(t, err)
	if late := certificate.GetCertificate().GetLate(); late != nil {
		t.Errorf("late by %v, though it was held", late)
	}
	for _, e := range d.Stream("recording-"+id, 0) {
		if strings.Contains(string(e.Data), "betwist") {
			t.Errorf("%s has the reason in clear", e.Type)
		}
	}
}

func TestS05APartOfARecordingGoesToo(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	_, err := send(t.Context(), d.technician(), beginning(id, 0), chunk(picture[:100_000]))
	check(t, err)
	d.settle(r)
	d.has("recording-"+id, "recording.deleted.v1")
	d.destroyed(id)
}

func TestR3ADestructionThatStoppedAnywhereGoesOn(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	id := d.worked(r, true)
	d.uploaded(id, measured)
	d.stop()
	// The key is gone, and the process with it, before anything was recorded.
	_, err := d.Vault.Destroy(t.Context(), id, vault.Recording)
	check(t, err)
	d.settle(r)
	d.start()
	d.has("recording-"+id, "recording.key_destroyed.v1", "recording.deleted.v1")
	d.destroyed(id)
}

func TestADamagedRecordingNamesItsPiece(t *testing.T) {
	d := newDesk(t)
	id := d.worked(d.accepted(), true)
	d.uploaded(id, measured)
	path := blobs.File(d.BlobDir, id)
	file, err := os.ReadFile(path)
	check(t, err)
	file[len(file)-1] ^= 1
	check(t, os.WriteFile(path, file, 0o600))
	_, err = d.see(d.technician(), id, "to compare")
	if details := refused(t, err, connect.CodeDataLoss, "RECORDING_DAMAGED"); details["piece"] != "2" {
		t.Errorf("details %v", details)
	}
}
