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
		f := follower{store: s, filter: filter}
		defer f.present()
		for {
			batch, err := f.next(ctx, at)
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

// follower is one subscriber on its way.
type follower struct {
	store  *Store
	filter eventstore.Filter
	behind bool // it reads the past
}

// catchUp counts f among those who read the past, who share what they read.
func (f *follower) catchUp() {
	if !f.behind && f.store.history != nil {
		f.store.history.enter()
		f.behind = true
	}
}

func (f *follower) present() {
	if f.behind {
		f.store.history.leave()
		f.behind = false
	}
}

// next answers what lies after a position or, when nothing does, waits for news
// and answers an empty batch.
func (f *follower) next(ctx context.Context, at eventstore.Position) (eventstore.Batch, error) {
	s := f.store
	n, err := s.news(ctx, at, f.filter)
	switch {
	case err != nil:
		return eventstore.Batch{}, err
	case n.stored:
		f.catchUp()
		return s.past(ctx, at, n.end, f.filter)
	}
	f.present()
	if n.batch.Through > at {
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
