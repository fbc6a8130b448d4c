package esdbserver

import (
	"context"
	"iter"
	"slices"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"

	"aanvraag.internal/services/platform/eventstore"
)

// Read answers reads of a stream or of the log, forwards and backwards, and
// subscriptions to either.
func (s *Server) Read(req *streams.ReadReq, stream streams.Streams_ReadServer) error {
	return failure(s.read(stream.Context(), req, stream))
}

// sender is the receiving half of a read.
type sender interface {
	Send(m *streams.ReadResp) error
}

func (s *Server) read(ctx context.Context, req *streams.ReadReq, to sender) error {
	q, err := parse(req)
	switch {
	case err != nil:
		return err
	case q.live:
		return s.subscribe(ctx, q, to)
	case q.stream == "":
		return s.readLog(ctx, q, to)
	default:
		return s.readStream(ctx, q, to)
	}
}

func (s *Server) readStream(ctx context.Context, q query, to sender) error {
	events, err := s.ofStream(ctx, q)
	if err != nil {
		return err
	}
	some, err := q.send(events, to)
	if some || err != nil {
		return err
	}
	first, err := s.head(ctx, q.stream, 0)
	if err != nil || !blind(first) {
		return err
	}
	return to.Send(&streams.ReadResp{Content: &streams.ReadResp_StreamNotFound_{
		StreamNotFound: &streams.ReadResp_StreamNotFound{StreamIdentifier: identifier(q.stream)},
	}})
}

func (s *Server) ofStream(ctx context.Context, q query) (iter.Seq2[eventstore.Recorded, error], error) {
	switch {
	case q.backwards:
		last, err := s.last(ctx, q.stream, q.from)
		return s.streamBackwards(ctx, q.stream, last), err
	case q.from.kind == end:
		return nothing, nil
	default:
		return s.store.ReadStream(ctx, q.stream, q.from.afterRevision()), nil
	}
}

func (s *Server) readLog(ctx context.Context, q query, to sender) error {
	switch {
	case q.backwards:
		last, err := s.store.End(ctx)
		if err != nil {
			return err
		}
		// Backwards, a position is where to go on from: what stands there is not
		// read again. For a stream's revision it is.
		switch q.from.kind {
		case start:
			return nil
		case at:
			last = min(last, q.from.afterPosition())
		}
		_, err = q.send(s.logBackwards(ctx, last, q.filter.port()), to)
		return err
	case q.from.kind == end:
		return nil
	default:
		_, err := q.send(s.store.ReadAll(ctx, q.from.afterPosition(), q.filter.port()), to)
		return err
	}
}

// send sends what matches, up to the count, and tells whether there was any.
func (q query) send(events iter.Seq2[eventstore.Recorded, error], to sender) (some bool, err error) {
	left := q.count
	if left == 0 {
		return false, nil
	}
	for r, err := range events {
		if err != nil {
			return some, err
		}
		if !q.filter.match(r) {
			continue
		}
		if err := to.Send(recorded(r, q.textID)); err != nil {
			return some, err
		}
		some = true
		if left--; left == 0 {
			break
		}
	}
	return some, nil
}

func nothing(func(eventstore.Recorded, error) bool) {}

// stride is how many revisions or positions a backward read takes in one go: the
// port reads forwards, so it reads a stretch and turns it round.
const stride = 64

// last is the revision that a backward read of a stream begins with: the one it
// names, or the stream's end when that comes first; NoStream when there is none.
func (s *Server) last(ctx context.Context, stream string, from place) (eventstore.Revision, error) {
	low, high := eventstore.Revision(0), eventstore.Revision(beyond)
	switch from.kind {
	case start:
		high = 0
	case at:
		high = eventstore.Revision(from.value)
		named, err := s.head(ctx, stream, high)
		if err != nil || !blind(named) {
			return high, err
		}
	}
	// The end may have moved on from what is kept, but never back.
	if kept, ok := s.heads.Get(stream); ok && kept.Revision < high {
		low = kept.Revision
	}
	last := eventstore.Empty
	for r, err := range s.store.ReadStream(ctx, stream, low-1) {
		if err != nil {
			return 0, err
		}
		if last = r.Head(); last.Revision == high {
			break
		}
	}
	if last != eventstore.Empty {
		s.remember(stream, last)
	}
	return last.Revision, nil
}

func (s *Server) streamBackwards(ctx context.Context, stream string, last eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for ; last >= 0; last -= stride {
			part, err := stretch(s.store.ReadStream(ctx, stream, max(last-stride, eventstore.NoStream)),
				func(r eventstore.Recorded) bool { return r.Revision <= last })
			if !yieldBackwards(part, err, yield) {
				return
			}
		}
	}
}

// logBackwards goes back by position. Not every position need exist, so a stretch
// may hold fewer events than it is wide.
func (s *Server) logBackwards(ctx context.Context, last eventstore.Position, f eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for last > 0 {
			before := last - min(last, stride)
			part, err := stretch(s.store.ReadAll(ctx, before, f),
				func(r eventstore.Recorded) bool { return r.Position <= last })
			if !yieldBackwards(part, err, yield) {
				return
			}
			last = before
		}
	}
}

// stretch takes events while they are inside.
func stretch(events iter.Seq2[eventstore.Recorded, error], inside func(eventstore.Recorded) bool) ([]eventstore.Recorded, error) {
	var part []eventstore.Recorded
	for r, err := range events {
		if err != nil {
			return nil, err
		}
		if !inside(r) {
			break
		}
		part = append(part, r)
	}
	return part, nil
}

func yieldBackwards(part []eventstore.Recorded, err error, yield func(eventstore.Recorded, error) bool) bool {
	if err != nil {
		yield(eventstore.Recorded{}, err)
		return false
	}
	for _, r := range slices.Backward(part) {
		if !yield(r, nil) {
			return false
		}
	}
	return true
}
