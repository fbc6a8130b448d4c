package audit

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	auditv1 "aanvraag.internal/proto/gen/aanvraag/audit/v1"
	"aanvraag.internal/proto/gen/aanvraag/audit/v1/auditv1connect"
	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	seal "aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
)

// door is audit's RPCs.
type door struct {
	auditv1connect.UnimplementedAuditServiceHandler
	s         *Service
	verifying chan struct{} // room for one verification: each reads the whole log
}

// ReplayEvents implements the RPC.
func (d *door) ReplayEvents(
	ctx context.Context, req *auditv1.ReplayEventsRequest, stream auditv1connect.AuditServiceReplayEventsServerStream,
) error {
	request, err := uuid.Parse(req.GetSupportRequestId())
	if err != nil {
		return rpc.InvalidField("support_request_id", "string.uuid", "must be a UUID")
	}
	streams, err := d.s.streams(ctx, request.String())
	if err != nil {
		return err
	}
	if rpc.CallerFrom(ctx).Role == commonv1.Role_ROLE_LEGAL {
		// A referral's events are about the referral, which has an id of its own.
		own := seal.LegalStreams + request.String()
		for _, err := range d.s.house.Store.ReadStream(ctx, own, eventstore.NoStream) {
			if err != nil {
				return err
			}
			streams = append(streams, own)
			break
		}
	}
	if len(streams) == 0 {
		return errUnknown
	}
	for r, err := range history(ctx, d.s.house.Store, streams, request.String()) {
		if err != nil {
			return err
		}
		if err := stream.Send(&auditv1.ReplayEventsResponse{Event: public(r)}); err != nil {
			return err
		}
	}
	return nil
}

// VerifyLog implements the RPC. One log is verified at a time.
func (d *door) VerifyLog(ctx context.Context, _ *auditv1.VerifyLogRequest) (*auditv1.VerifyLogResponse, error) {
	select {
	case d.verifying <- struct{}{}:
		defer func() { <-d.verifying }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	shown := func(stream string) bool { return !secret(stream) }
	if rpc.CallerFrom(ctx).Role == commonv1.Role_ROLE_LEGAL {
		shown = everything
	}
	report, err := verify(ctx, d.s.house.Store, shown, nil)
	if err != nil {
		return nil, err
	}
	return &auditv1.VerifyLogResponse{
		Events: report.Events, Streams: report.Streams, Position: uint64(report.Position),
	}, nil
}

// public is an event as it stands in the log, byte for byte.
func public(r eventstore.Recorded) *auditv1.RecordedEvent {
	return &auditv1.RecordedEvent{
		Position: uint64(r.Position), Stream: r.Stream, Revision: int64(r.Revision),
		EventId: r.ID.String(), Type: r.Type, Data: string(r.Data), Metadata: string(r.Metadata),
		Hash: r.Hash.String(), RecordedAt: timestamppb.New(r.RecordedAt),
	}
}
