package operations

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	operationsv1 "aanvraag.internal/proto/gen/aanvraag/operations/v1"
	"aanvraag.internal/proto/gen/aanvraag/operations/v1/operationsv1connect"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
	"aanvraag.internal/services/platform/rpc"
)

// door is operations' RPCs: message to command to message. No rule lives here.
type door struct {
	operationsv1connect.UnimplementedOperationsServiceHandler
	s *Service
}

// ListParked implements the RPC.
func (d *door) ListParked(ctx context.Context, req *operationsv1.ListParkedRequest) (*operationsv1.ListParkedResponse, error) {
	page, err := rpc.NewPage(req)
	if err != nil {
		return nil, err
	}
	below, err := page.Position()
	if err != nil {
		return nil, err
	}
	if err := d.s.View().WaitFor(ctx, page.Seen); err != nil {
		return nil, err
	}
	rows, err := d.s.list(ctx, req, below, page.Size+1) // one more tells whether a page follows
	if err != nil {
		return nil, err
	}
	out := &operationsv1.ListParkedResponse{}
	for i, row := range rows {
		if i == page.Size {
			out.NextPageToken = page.NextPosition(rows[i-1].position)
			break
		}
		found, err := d.s.lot.Load(ctx, row.id)
		if err != nil {
			return nil, err
		}
		out.Parked = append(out.Parked, public(row.id, found.State, found.Revision))
	}
	return out, nil
}

// GetParked implements the RPC. It folds the stream itself, so it has seen whatever
// any token stands for.
func (d *door) GetParked(ctx context.Context, req *operationsv1.GetParkedRequest) (*operationsv1.GetParkedResponse, error) {
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err
	}
	id, err := parking.ParseID(req.GetParkedId())
	if err != nil || secret(id) {
		return nil, parking.ErrUnknown
	}
	steps, err := d.s.lot.History(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(steps) == 0 {
		return nil, parking.ErrUnknown
	}
	last := steps[len(steps)-1]
	out := &operationsv1.GetParkedResponse{Parked: public(id, last.Pair, last.Recorded.Revision)}
	for _, s := range steps {
		step := &operationsv1.ParkedStep{
			Type: s.Type, At: timestamppb.New(s.Metadata.DecidedAt),
			ActorKind: s.Metadata.Actor.Kind, ActorId: s.Metadata.Actor.ID, Reason: s.Reason,
		}
		if s.Revision >= 0 {
			step.EventRevision = &s.Revision
		}
		out.History = append(out.History, step)
	}
	return out, nil
}

// RetryParked implements the RPC.
func (d *door) RetryParked(ctx context.Context, req *operationsv1.RetryParkedRequest) (*operationsv1.RetryParkedResponse, error) {
	id, env, err := d.command(ctx, req)
	if err != nil {
		return nil, err
	}
	done, err := d.s.lot.Retry(ctx, id, env)
	if err != nil {
		return nil, err
	}
	return &operationsv1.RetryParkedResponse{
		Parked: public(id, done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// SkipParked implements the RPC.
func (d *door) SkipParked(ctx context.Context, req *operationsv1.SkipParkedRequest) (*operationsv1.SkipParkedResponse, error) {
	id, env, err := d.command(ctx, req)
	if err != nil {
		return nil, err
	}
	done, err := d.s.lot.Skip(ctx, id, env, eventstore.Revision(req.GetEventRevision()), req.GetReason())
	if err != nil {
		return nil, err
	}
	return &operationsv1.SkipParkedResponse{
		Parked: public(id, done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// wish is a request that changes a pair.
type wish interface {
	rpc.Request
	GetParkedId() string
}

// command is what an operator's wish is for. It is about the support request that
// the parked event is about.
func (d *door) command(ctx context.Context, req wish) (parking.ID, command.Envelope, error) {
	id, err := parking.ParseID(req.GetParkedId())
	if err != nil || secret(id) {
		return id, command.Envelope{}, parking.ErrUnknown
	}
	found, err := d.s.lot.Load(ctx, id)
	if err != nil {
		return id, command.Envelope{}, err
	}
	env, err := rpc.NewCommand(ctx, d.s.house.Clock, d.s.house.Vault.Fingerprint, req, parking.Correlation(id, found.State.Place))
	return id, env, err
}

// public is a pair as callers see it.
func public(id parking.ID, p parking.Pair, revision eventstore.Revision) *operationsv1.Parked {
	out := &operationsv1.Parked{
		ParkedId: id.String(), Listener: id.Listener, Service: id.Service, EventStream: id.Stream,
		State: states[p.State], EventId: p.Place.EventID, EventType: p.Place.Type, EventRevision: p.Place.Revision,
		Tries: int32(p.Place.Tries), Reason: p.Place.Reason, CorrelationId: p.Place.Correlation,
		ParkedAt: timestamppb.New(p.ParkedAt), Attempts: int32(p.Attempt), SkippedRevisions: p.Skipped,
		Unreadable: p.Message != nil, Revision: int64(revision),
	}
	if through := p.Through(); through >= 0 {
		out.ReleasedThrough = &through
	}
	return out
}
