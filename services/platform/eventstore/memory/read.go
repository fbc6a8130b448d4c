package memory

import (
	"context"
	"iter"

	"aanvraag.internal/services/platform/eventstore"
)

// page is how many events are taken under one lock.
const page = 512

// ReadStream yields the events of a stream, see [eventstore.Store].
func (s *Store) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		next := max(int(after)+1, 0)
		for {
			events, err := s.streamPage(ctx, stream, next)
			if err != nil {
				yield(eventstore.Recorded{}, err)
				return
			}
			if len(events) == 0 {
				return
			}
			for _, r := range events {
				if !yield(r, nil) {
					return
				}
			}
			next += len(events)
		}
	}
}

func (s *Store) streamPage(ctx context.Context, stream string, first int) ([]eventstore.Recorded, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, eventstore.ErrClosed
	}
	places := s.streams[stream]
	if first >= len(places) {
		return nil, nil
	}
	places = places[first:min(first+page, len(places))]
	events := make([]eventstore.Recorded, len(places))
	for i, p := range places {
		events[i] = s.at(p)
	}
	return events, nil
}

// ReadAll yields the matching events of the log, see [eventstore.Store].
func (s *Store) ReadAll(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		end, err := s.End(ctx)
		if err != nil {
			yield(eventstore.Recorded{}, err)
			return
		}
		for at := after; at < end; {
			batch, _, err := s.batch(ctx, at, filter, end)
			if err != nil {
				yield(eventstore.Recorded{}, err)
				return
			}
			for _, r := range batch.Events {
				if !yield(r, nil) {
					return
				}
			}
			at = batch.Through
		}
	}
}

// Subscribe yields history and goes on live, see [eventstore.Store].
func (s *Store) Subscribe(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) {
		at := after
		for ctx.Err() == nil {
			batch, changed, err := s.batch(ctx, at, filter, eventstore.Position(1<<63))
			switch {
			case ctx.Err() != nil:
				return
			case err != nil:
				yield(eventstore.Batch{}, err)
				return
			case batch.Through > at:
				if !yield(batch, nil) {
					return
				}
				at = batch.Through
			default:
				select {
				case <-changed:
				case <-ctx.Done():
				}
			}
		}
	}
}

// batch takes a page after a position up to end, and what is closed by the next
// append. Through equals after when there is nothing.
func (s *Store) batch(
	ctx context.Context, after eventstore.Position, filter eventstore.Filter, end eventstore.Position,
) (eventstore.Batch, <-chan struct{}, error) {
	if err := ctx.Err(); err != nil {
		return eventstore.Batch{}, nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return eventstore.Batch{}, nil, eventstore.ErrClosed
	}
	batch := eventstore.Batch{Through: after}
	end = min(end, eventstore.Position(len(s.log)))
	for batch.Through < end && len(batch.Events) < page {
		r := s.at(batch.Through + 1)
		if filter.Match(r.Stream) {
			batch.Events = append(batch.Events, r)
		}
		batch.Through = r.Position
	}
	return batch, s.changed, nil
}
