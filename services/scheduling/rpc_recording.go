package scheduling

import (
	"context"
	"encoding/hex"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/recording"
)

// DownloadRecording records the view, and then shows it (S-04).
func (h *handler) DownloadRecording(
	ctx context.Context, req *schedulingv1.DownloadRecordingRequest,
	stream schedulingv1connect.SchedulingServiceDownloadRecordingServerStream,
) error {
	id := req.GetSessionId()
	env, known, err := h.recordingCommand(ctx, req, id)
	if err != nil {
		return err
	}
	if err := rpc.Own(ctx, known.SupportRequestID); err != nil {
		return err
	}
	caller := rpc.CallerFrom(ctx)
	wish := recording.Access{
		Actor: rpc.RoleName(caller.Role) + " " + caller.Subject, Customer: caller.Role == commonv1.Role_ROLE_CUSTOMER, At: env.DecidedAt,
	}
	if wish.Reason, err = h.seal(ctx, known, env, "accessReason", req.GetReason()); err != nil {
		return err
	}
	if _, err := h.recordings.Execute(ctx, id, env, wish); err != nil {
		return err
	}
	for chunk, err := range h.blobs.Read(ctx, id, vault.Access{Actor: wish.Actor, Reason: "recording " + id}) {
		if err != nil {
			return blobFault(err)
		}
		if err := stream.Send(&schedulingv1.DownloadRecordingResponse{Chunk: chunk}); err != nil {
			return err
		}
	}
	return nil
}

// recordingCommand is the envelope of a command on a recording, and the recording
// as it is.
func (h *handler) recordingCommand(
	ctx context.Context, req rpc.Request, id string,
) (command.Envelope, recording.Recording, error) {
	known, err := h.recordings.Load(ctx, id)
	if err != nil {
		return command.Envelope{}, recording.Recording{}, err
	}
	env, err := h.command(ctx, req, known.State.SupportRequestID)
	return env, known.State, err
}

// seal seals what somebody wrote, under the customer's key: it may speak of him
// (P7). Nothing is sealed of a blank text, or for a recording that is not there.
func (h *handler) seal(
	ctx context.Context, r recording.Recording, env command.Envelope, field, text string,
) (sealed.Data, error) {
	if strings.TrimSpace(text) == "" || r.Stage == recording.None {
		return sealed.Data{}, nil
	}
	return h.house.Vault.Seal(ctx, subject(r.SupportRequestID), vault.Operational, field,
		place(h.recordings.Stream(r.SessionID), env.CommandID), []byte(text))
}

// ResolveDuration says that a person looked (S-03).
func (h *handler) ResolveDuration(
	ctx context.Context, req *schedulingv1.ResolveDurationRequest,
) (*schedulingv1.ResolveDurationResponse, error) {
	env, known, err := h.recordingCommand(ctx, req, req.GetSessionId())
	if err != nil {
		return nil, err
	}
	note, err := h.seal(ctx, known, env, "durationNote", req.GetNote())
	if err != nil {
		return nil, err
	}
	done, err := h.recordings.Execute(ctx, req.GetSessionId(), env, recording.ResolveDuration{Note: note, At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.ResolveDurationResponse{ConsistencyToken: rpc.Token(done.Position)}, nil
}

// PlaceHold makes the deletion wait (S-08).
func (h *handler) PlaceHold(ctx context.Context, req *schedulingv1.PlaceHoldRequest) (*schedulingv1.PlaceHoldResponse, error) {
	env, known, err := h.recordingCommand(ctx, req, req.GetSessionId())
	if err != nil {
		return nil, err
	}
	reason, err := h.seal(ctx, known, env, "holdReason", req.GetReason())
	if err != nil {
		return nil, err
	}
	done, err := h.recordings.Execute(ctx, req.GetSessionId(), env, recording.PlaceHold{
		Hold: recording.Hold{
			HoldID: req.GetHoldId(), Kind: holdKinds[req.GetKind()], Owner: strings.ToLower(req.GetOwner()), ReviewOn: req.GetReviewOn(),
		},
		Reason: reason, At: env.DecidedAt,
	})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.PlaceHoldResponse{ConsistencyToken: rpc.Token(done.Position)}, nil
}

// ReleaseHold lets the deletion go on (S-08).
func (h *handler) ReleaseHold(ctx context.Context, req *schedulingv1.ReleaseHoldRequest) (*schedulingv1.ReleaseHoldResponse, error) {
	env, _, err := h.recordingCommand(ctx, req, req.GetSessionId())
	if err != nil {
		return nil, err
	}
	var rules recordingRules
	ref, err := h.policies.At(ctx, policyRecording, env.DecidedAt, &rules)
	if err != nil {
		return nil, err
	}
	env.Policies = policies.Refs(ref)
	done, err := h.recordings.Execute(ctx, req.GetSessionId(), env, recording.ReleaseHold{
		HoldID: req.GetHoldId(), WithinSeconds: rules.DeleteWithinSeconds, At: env.DecidedAt,
	})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.ReleaseHoldResponse{ConsistencyToken: rpc.Token(done.Position)}, nil
}

var holdKinds = map[schedulingv1.HoldKind]string{
	schedulingv1.HoldKind_HOLD_KIND_DISPUTE:              "DISPUTE",
	schedulingv1.HoldKind_HOLD_KIND_DATA_SUBJECT_REQUEST: "DATA_SUBJECT_REQUEST",
}

var deletionCauses = map[recording.Cause]schedulingv1.DeletionCause{
	recording.Settled:      schedulingv1.DeletionCause_DELETION_CAUSE_SETTLED,
	recording.NotInvoiced:  schedulingv1.DeletionCause_DELETION_CAUSE_NOT_INVOICED,
	recording.RetentionCap: schedulingv1.DeletionCause_DELETION_CAUSE_RETENTION_CAP,
}

// GetDeletionCertificate reads the recording's stream and nothing else (S-09).
func (h *handler) GetDeletionCertificate(
	ctx context.Context, req *schedulingv1.GetDeletionCertificateRequest,
) (*schedulingv1.GetDeletionCertificateResponse, error) {
	id := req.GetSessionId()
	known, err := h.recordings.Load(ctx, id) // whose chain of hashes is checked by that
	if err != nil {
		return nil, err
	}
	r := known.State
	if err := rpc.Own(ctx, r.SupportRequestID); err != nil {
		return nil, err
	}
	if err := r.Certify(); err != nil {
		return nil, err
	}
	proof, err := h.proof(ctx, h.recordings.Stream(id))
	if err != nil {
		return nil, err
	}
	certificate := &schedulingv1.DeletionCertificate{
		SessionId: id, SupportRequestId: r.SupportRequestID,
		Cause: deletionCauses[r.Cause], InvoiceId: r.InvoiceID, DueAt: timestamppb.New(r.DueAt),
		KeyId: r.KeyID, KeyDestroyedAt: timestamppb.New(r.DestroyedAt), Actor: r.Actor,
		EventStream: h.recordings.Stream(id), Proof: proof,
	}
	if !r.DeadlineAt.IsZero() {
		certificate.Deadline = timestamppb.New(r.DeadlineAt)
	}
	if r.LateSeconds > 0 {
		certificate.Late = &durationpb.Duration{Seconds: r.LateSeconds}
	}
	if r.Upload != nil {
		certificate.CiphertextSha256, certificate.Size = r.Upload.CiphertextSHA256, r.Upload.Size
	}
	if !r.DeletedAt.IsZero() {
		certificate.FileDeletedAt = timestamppb.New(r.DeletedAt)
	}
	return &schedulingv1.GetDeletionCertificateResponse{Certificate: certificate}, nil
}

// proof names the events of a stream by their hashes.
func (h *handler) proof(ctx context.Context, stream string) ([]*schedulingv1.ProofEvent, error) {
	var out []*schedulingv1.ProofEvent
	for r, err := range h.house.Store.ReadStream(ctx, stream, eventstore.NoStream) {
		if err != nil {
			return nil, err
		}
		out = append(out, &schedulingv1.ProofEvent{
			Revision: int64(r.Revision), Type: r.Type, EventId: r.ID.String(), Hash: r.Hash.String(),
			RecordedAt: timestamppb.New(r.RecordedAt),
		})
	}
	return out, nil
}

func hexed(sum [32]byte) string { return hex.EncodeToString(sum[:]) }
