package esdbserver

import (
	"context"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
)

var errStopping = status.Error(codes.Unavailable, "the server is stopping")

// subscribe follows the log until the client goes or the server stops. Unlike a
// read, it begins after the place it is given. The confirmation comes first, and
// everything after it that is appended from then on.
func (s *Server) subscribe(ctx context.Context, q query, to sender) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()

	now, err := s.store.End(ctx)
	if err != nil {
		return err
	}
	if err := to.Send(&streams.ReadResp{Content: &streams.ReadResp_Confirmation{
		Confirmation: &streams.ReadResp_SubscriptionConfirmation{SubscriptionId: uuid.NewString()},
	}}); err != nil {
		return err
	}
	f := follower{store: s.store, query: q, to: to, now: now}
	if q.stream == "" {
		err = f.log(ctx)
	} else {
		err = f.stream(ctx)
	}
	switch {
	case err != nil && ctx.Err() == nil:
		return err
	case s.stopping.Err() != nil:
		return errStopping
	default:
		return context.Cause(ctx)
	}
}

// follower is one subscription.
type follower struct {
	store    eventstore.Store
	query    query
	to       sender
	now      eventstore.Position // where the log ended when it began
	caughtUp bool
	told     eventstore.Position // the client knows that it has seen up to here
}

// log follows the whole log.
func (f *follower) log(ctx context.Context) error {
	after := f.now
	switch f.query.from.kind {
	case start:
		after = 0
	case at:
		after = eventstore.Position(f.query.from.value)
	}
	f.told = after
	return f.follow(ctx, after, f.query.filter.port(), f.query.filter.match)
}

// stream follows one stream: first what is there, then what the log brings after
// the position where it ended before that read. Some events come twice; the
// revision tells.
func (f *follower) stream(ctx context.Context) error {
	last := eventstore.NoStream
	if f.query.from.kind == at {
		last = eventstore.Revision(f.query.from.value)
	}
	if f.query.from.kind != end {
		for r, err := range f.store.ReadStream(ctx, f.query.stream, last) {
			if err != nil {
				return err
			}
			if err := f.event(r); err != nil {
				return err
			}
			last = r.Revision
		}
	}
	only := eventstore.Filter{Prefixes: []string{f.query.stream}}
	return f.follow(ctx, f.now, only, func(r eventstore.Recorded) bool {
		return r.Stream == f.query.stream && r.Revision > last
	})
}

func (f *follower) follow(
	ctx context.Context, after eventstore.Position, filter eventstore.Filter, match func(eventstore.Recorded) bool,
) error {
	if err := f.reach(after); err != nil {
		return err
	}
	for batch, err := range f.store.Subscribe(ctx, after, filter) {
		if err != nil {
			return err
		}
		for _, r := range batch.Events {
			if !match(r) {
				continue
			}
			if err := f.event(r); err != nil {
				return err
			}
		}
		if err := f.checkpoint(batch.Through); err != nil {
			return err
		}
		if err := f.reach(batch.Through); err != nil {
			return err
		}
	}
	return nil
}

func (f *follower) event(r eventstore.Recorded) error {
	f.told = r.Position
	return f.to.Send(recorded(r, f.query.textID))
}

// checkpoint tells a filtered subscription how far it has seen, when it has not
// heard for the interval that it asked for.
func (f *follower) checkpoint(through eventstore.Position) error {
	if f.query.filter == nil || uint64(through-f.told) < f.query.filter.interval {
		return nil
	}
	f.told = through
	return f.to.Send(&streams.ReadResp{Content: &streams.ReadResp_Checkpoint_{
		Checkpoint: &streams.ReadResp_Checkpoint{CommitPosition: uint64(through), PreparePosition: uint64(through)},
	}})
}

// reach tells the client once that it has what was there when it began.
func (f *follower) reach(through eventstore.Position) error {
	if f.caughtUp || through < f.now {
		return nil
	}
	f.caughtUp = true
	return f.to.Send(&streams.ReadResp{Content: &streams.ReadResp_CaughtUp_{CaughtUp: &streams.ReadResp_CaughtUp{}}})
}
