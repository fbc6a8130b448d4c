package desk

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
)

// chunk is how much of a recording goes into one message.
const chunk = 128 << 10

// Upload brings the recording of the session from an offset on, in one call, and
// finishes it.
func (c *Case) Upload(
	ctx context.Context, content []byte, offset int64, recorded time.Duration,
) (*schedulingv1.UploadRecordingResponse, error) {
	sum := sha256.Sum256(content)
	return c.UploadPart(ctx, content[offset:], offset, &schedulingv1.UploadFinish{
		IdempotencyKey: c.Key("upload"), Sha256: sum[:], RecordedDuration: durationpb.New(recorded),
	})
}

// UploadPart brings a part of the recording; without finish more is to come.
func (c *Case) UploadPart(
	ctx context.Context, part []byte, offset int64, finish *schedulingv1.UploadFinish,
) (*schedulingv1.UploadRecordingResponse, error) {
	technician, err := c.desk.As("technician")
	if err != nil {
		return nil, err
	}
	stream, err := technician.Scheduling.UploadRecording(ctx)
	if err != nil {
		return nil, fmt.Errorf("begin to upload: %w", err)
	}
	err = stream.Send(&schedulingv1.UploadRecordingRequest{Part: &schedulingv1.UploadRecordingRequest_Begin{
		Begin: &schedulingv1.UploadBegin{SessionId: c.SessionID, Offset: offset},
	}})
	for ; err == nil && len(part) > 0; part = part[min(len(part), chunk):] {
		err = stream.Send(&schedulingv1.UploadRecordingRequest{Part: &schedulingv1.UploadRecordingRequest_Chunk{
			Chunk: part[:min(len(part), chunk)],
		}})
	}
	if err == nil && finish != nil {
		_ = stream.Send(&schedulingv1.UploadRecordingRequest{Part: &schedulingv1.UploadRecordingRequest_Finish{Finish: finish}})
	}
	return stream.CloseAndReceive() // tells why, also when the sending stopped
}
