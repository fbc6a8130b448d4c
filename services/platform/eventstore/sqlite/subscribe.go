package sqlite

import (
	"context"
	"iter"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

// lookout is how often a read-only store looks for news of the writing process.
const lookout = 100 * time.Millisecond

// Subscribe yields history and goes on live, see [eventstore.Store]. It ends in
// silence with its context.
func (s *Store) Subscribe(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) {
		at := after
		for {
			batch, err := s.next(ctx, at, filter)
			if ctx.Err() != nil {
				return
			}
			if err != nil {
				yield(eventstore.Batch{}, err)
				return
			}
			if batch.Through == at {
				continue
			}
			if !yield(batch, nil) {
				return
			}
			at = batch.Through
		}
	}
}

// next answers what lies after a position or, when nothing does, waits for news
// and answers an empty batch.
func (s *Store) next(ctx context.Context, at eventstore.Position, filter eventstore.Filter) (eventstore.Batch, error) {
	n, err := s.news(ctx, at, filter)
	switch {
	case err != nil:
		return eventstore.Batch{}, err
	case n.stored:
		return s.logPage(ctx, at, n.end, filter)
	case n.batch.Through > at:
		return n.batch, nil
	}
	var tick <-chan time.Time
	if s.tail == nil {
		timer := time.NewTimer(lookout)
		defer timer.Stop()
		tick = timer.C
	}
	select {
	case <-n.changed:
	case <-tick:
	case <-s.gate.shut:
	case <-s.gate.failed:
	case <-ctx.Done():
	}
	return eventstore.Batch{Through: at}, nil
}

func (s *Store) news(ctx context.Context, at eventstore.Position, filter eventstore.Filter) (news, error) {
	done, err := s.reading(ctx)
	if err != nil {
		return news{}, err
	}
	defer done()
	if s.tail != nil {
		return s.tail.after(at, filter), nil
	}
	end, err := s.end(ctx)
	return news{batch: eventstore.Batch{Through: at}, stored: end > at, end: end}, err
}
