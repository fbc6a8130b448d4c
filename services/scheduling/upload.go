package scheduling

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"connectrpc.com/connect/v2"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/blobs"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
)

type uploadStream = schedulingv1connect.SchedulingServiceUploadRecordingServerStream

// receiving is one call that brings a recording, or a part of one.
type receiving struct {
	*handler
	id    string
	known recording.Recording
	work  session.Session
	rules recordingRules
	ref   policy.Ref
}

// UploadRecording writes what arrives, sealed, and records it once it is whole.
func (h *handler) UploadRecording(ctx context.Context, stream uploadStream) (*schedulingv1.UploadRecordingResponse, error) {
	first, err := stream.Receive()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	begin := first.GetBegin()
	if begin == nil {
		return nil, outOfOrder("the first message says which recording, and from where")
	}
	r := receiving{handler: h, id: strings.ToLower(begin.GetSessionId())}
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	if r.known.Upload != nil {
		return r.again(ctx, stream)
	}
	if err := r.known.Accepts(begin.GetOffset(), r.rules.MaxBytes); err != nil {
		return nil, err
	}
	upload, err := h.blobs.Resume(ctx, r.id, r.rules.MaxBytes)
	if err != nil {
		return nil, blobFault(err)
	}
	answer, err := r.receive(ctx, stream, begin.GetOffset(), upload)
	if closing := upload.Close(); err == nil && closing != nil {
		return nil, blobFault(closing)
	}
	return answer, err
}

// look reads what is known. Right after a session its recording may not have heard
// of the end; that is waited for.
func (r *receiving) look(ctx context.Context) error {
	work, err := r.sessions.Load(ctx, r.id)
	if err != nil {
		return err
	}
	r.work = work.State
	if r.ref, err = r.policies.At(ctx, policyRecording, r.house.Clock.Now(), &r.rules); err != nil {
		return err
	}
	known, err := r.recordings.Load(ctx, r.id)
	if err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for r.work.Recorded && r.work.Stage == session.Ended &&
		slices.Contains([]recording.Stage{recording.None, recording.Recorded, recording.Stopped}, known.State.Stage) {
		if err := eventstore.Await(wait, r.house.Store, r.recordings.Stream(r.id), known.Revision); err != nil {
			if wait.Err() != nil && ctx.Err() == nil {
				return rpc.NotYet()
			}
			return err
		}
		if known, err = r.recordings.Load(ctx, r.id); err != nil {
			return err
		}
	}
	r.known = known.State
	if r.known.Stage == recording.None {
		return recording.ErrUnknown
	}
	return nil
}

// receive takes the messages behind the first.
func (r *receiving) receive(
	ctx context.Context, stream uploadStream, offset int64, upload *blobs.Upload,
) (*schedulingv1.UploadRecordingResponse, error) {
	if offset != upload.Offset() {
		return nil, rpc.Fail(connect.CodeFailedPrecondition, "UPLOAD_OFFSET", "the next byte belongs elsewhere",
			map[string]string{"offset": strconv.FormatInt(upload.Offset(), 10)})
	}
	for {
		m, err := stream.Receive()
		if errors.Is(err, io.EOF) {
			durable, err := upload.Pause()
			if err != nil {
				return nil, blobFault(err)
			}
			return &schedulingv1.UploadRecordingResponse{Offset: durable}, nil
		}
		if err != nil {
			return nil, err // what has arrived is made durable by closing
		}
		switch part := m.GetPart().(type) {
		case *schedulingv1.UploadRecordingRequest_Chunk:
			if err := r.write(ctx, upload, part.Chunk); err != nil {
				return nil, err
			}
		case *schedulingv1.UploadRecordingRequest_Finish:
			return r.finish(ctx, upload, part.Finish)
		default:
			return nil, outOfOrder("an upload begins once")
		}
	}
}

func (r *receiving) write(ctx context.Context, upload *blobs.Upload, chunk []byte) error {
	err := upload.Write(ctx, chunk)
	switch {
	case errors.Is(err, blobs.ErrTooLarge):
		// None of it can ever be completed, so none of it stays.
		return errors.Join(r.known.Accepts(upload.Offset()+int64(len(chunk)), r.rules.MaxBytes), upload.Discard())
	case errors.Is(err, blobs.ErrComplete):
		return digestDiffers(upload)
	case err != nil:
		return blobFault(err)
	}
	return nil
}

// finish makes the blob whole, and then says so in the log. In between a crash
// leaves a whole file that nothing tells of; the same finish goes on with it.
func (r *receiving) finish(
	ctx context.Context, upload *blobs.Upload, finish *schedulingv1.UploadFinish,
) (*schedulingv1.UploadRecordingResponse, error) {
	sums, err := upload.Finish(ctx)
	if err != nil {
		return nil, blobFault(err)
	}
	if !bytes.Equal(sums.Plain[:], finish.GetSha256()) {
		return nil, digestDiffers(upload)
	}
	answer, err := r.record(ctx, finish, recording.Uploaded{
		SHA256: hexed(sums.Plain), CiphertextSHA256: hexed(sums.Cipher), Bytes: sums.Bytes, Size: sums.Size,
	})
	if errors.As(err, new(*decider.Rejection)) {
		return nil, errors.Join(err, upload.Discard())
	}
	return answer, err
}

// record is the command. The answer follows from what it recorded, so a repeat gets
// the same one.
func (r *receiving) record(
	ctx context.Context, finish *schedulingv1.UploadFinish, whole recording.Uploaded,
) (*schedulingv1.UploadRecordingResponse, error) {
	if finish.GetRecordedDuration().GetNanos() != 0 {
		return nil, rpc.InvalidField("finish.recorded_duration", "duration.whole", "must be whole seconds")
	}
	env, err := r.command(ctx, finish, r.known.SupportRequestID)
	if err != nil {
		return nil, err
	}
	env.Policies = policies.Refs(r.ref)
	done, err := r.recordings.Execute(ctx, r.id, env, recording.FinishUpload{
		Uploaded: whole, RecordedSeconds: finish.GetRecordedDuration().GetSeconds(), MeasuredSeconds: r.work.RecordedSeconds(),
		ToleranceSeconds: r.rules.DurationToleranceSeconds, MaxBytes: r.rules.MaxBytes, At: env.DecidedAt,
	})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.UploadRecordingResponse{
		Offset: done.State.Upload.Bytes, Complete: true, CiphertextSha256: done.State.Upload.CiphertextSHA256,
		DurationFlagged: done.State.Flagged, ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// again is an upload of what is whole already: the same finish gets the same
// answer, and everything else is refused by the chamber.
func (r *receiving) again(ctx context.Context, stream uploadStream) (*schedulingv1.UploadRecordingResponse, error) {
	m, err := stream.Receive()
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if finish := m.GetFinish(); finish != nil {
		return r.record(ctx, finish, *r.known.Upload)
	}
	return nil, r.known.Accepts(0, r.rules.MaxBytes)
}

// GetUpload tells where an upload goes on.
func (h *handler) GetUpload(ctx context.Context, req *schedulingv1.GetUploadRequest) (*schedulingv1.GetUploadResponse, error) {
	r := receiving{handler: h, id: req.GetSessionId()}
	if err := r.look(ctx); err != nil {
		return nil, err
	}
	answer := &schedulingv1.GetUploadResponse{MaxBytes: r.rules.MaxBytes}
	if whole := r.known.Upload; whole != nil {
		answer.Offset, answer.Complete = whole.Bytes, true
		return answer, nil
	}
	offset, err := h.blobs.Offset(ctx, r.id)
	if err != nil && !errors.Is(err, vault.ErrErased) {
		return nil, blobFault(err)
	}
	answer.Offset = offset
	return answer, nil
}

func outOfOrder(message string) error {
	return rpc.Fail(connect.CodeInvalidArgument, "UPLOAD_ORDER", message, nil)
}

// digestDiffers takes all of it back: nobody knows which part is wrong.
func digestDiffers(upload *blobs.Upload) error {
	return errors.Join(rpc.Fail(connect.CodeInvalidArgument, "UPLOAD_DIGEST",
		"what arrived is not what was announced; all of it is taken back, upload it from the beginning", nil), upload.Discard())
}

// blobFault is what a caller hears of a fault of the blobs; others are internal.
func blobFault(err error) error {
	if damage, ok := errors.AsType[*blobs.Damage](err); ok {
		return rpc.Fail(connect.CodeDataLoss, "RECORDING_DAMAGED", "the recording is damaged; what came before this piece is whole",
			map[string]string{"piece": strconv.FormatInt(damage.Piece, 10)})
	}
	switch {
	case errors.Is(err, blobs.ErrBusy):
		return rpc.Fail(connect.CodeAborted, "UPLOAD_BUSY", "another call is uploading this recording", nil)
	case errors.Is(err, vault.ErrErased):
		return rpc.Fail(connect.CodeFailedPrecondition, "RECORDING_GONE", "the recording was destroyed", nil)
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return rpc.Fail(connect.CodeResourceExhausted, "BLOBS_FULL",
			"there is no room for the recording; go on at the offset of GetUpload once there is", nil)
	}
	return err
}
