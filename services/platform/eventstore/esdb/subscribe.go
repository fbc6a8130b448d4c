package esdb

import (
	"context"
	"errors"
	"iter"

	"aanvraag.internal/services/platform/eventstore"
)

// Subscribe yields history and goes on live, see [eventstore.Store]. While the
// database is away it waits, and goes on where it was: only a damaged event, a
// refusal and the end of the store are faults. It ends in silence with its context.
func (s *Store) Subscribe(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) {
		s.tail.begin()
		at := after
		for ctx.Err() == nil {
			next, wanted, err := s.follow(ctx, at, filter, yield)
			at = next
			switch err = s.gate.because(err); {
			case !wanted || ctx.Err() != nil:
				return
			case errors.Is(err, eventstore.ErrUnavailable):
				if s.link.await(ctx) == nil {
					wait(ctx, pause)
				}
			case err != nil:
				yield(eventstore.Batch{}, err)
				return
			}
		}
	}
}

// follow yields what there is after a position, or waits for it. It answers how far
// the subscriber has got, and whether it wants more.
func (s *Store) follow(
	ctx context.Context, at eventstore.Position, filter eventstore.Filter, yield func(eventstore.Batch, error) bool,
) (eventstore.Position, bool, error) {
	n := s.tail.after(at, filter)
	switch {
	case n.stored:
		for batch, err := range s.history(ctx, at, n.through, filter) {
			if err != nil {
				return at, true, err
			}
			if !yield(batch, nil) {
				return at, false, nil
			}
			at = batch.Through
		}
		return at, true, nil
	case n.batch.Through > at:
		return n.batch.Through, yield(n.batch, nil), nil
	case n.fault != nil:
		return at, true, n.fault
	}
	select {
	case <-n.changed:
	case <-s.gate.life.Done():
	case <-ctx.Done():
	}
	return at, true, nil
}
