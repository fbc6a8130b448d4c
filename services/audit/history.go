package audit

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"slices"

	"aanvraag.internal/services/platform/eventstore"
)

// history yields the events of some streams about one support request in the order
// in which they were recorded, so a cause comes before its effect. The chain of
// each stream is checked on the way; a damage is yielded as the last element.
func history(ctx context.Context, store eventstore.Store, streams []string, correlation string) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		var ends []*end
		defer func() {
			for _, e := range ends {
				e.stop()
			}
		}()
		for _, stream := range streams {
			e := &end{}
			e.pull, e.stop = iter.Pull2(about(ctx, store, stream, correlation))
			ends = append(ends, e)
			e.advance()
		}
		for {
			ends = slices.DeleteFunc(ends, func(e *end) bool { return !e.more })
			if len(ends) == 0 {
				return
			}
			// A request has a dozen streams; looking at each is as fast as a heap.
			next := slices.MinFunc(ends, (*end).before)
			if !yield(next.event, next.err) || next.err != nil {
				return
			}
			next.advance()
		}
	}
}

// end is how far one stream was read: its next event.
type end struct {
	event eventstore.Recorded
	err   error
	more  bool
	pull  func() (eventstore.Recorded, error, bool)
	stop  func()
}

func (e *end) advance() { e.event, e.err, e.more = e.pull() }

// before orders by position. A damage has that of its event; a fault of the engine
// has none and comes first.
func (e *end) before(other *end) int { return cmp.Compare(e.event.Position, other.event.Position) }

// about yields the events of one stream about a support request, after checking
// those before them too.
func about(ctx context.Context, store eventstore.Store, stream, correlation string) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		head := eventstore.Empty
		for r, err := range store.ReadStream(ctx, stream, eventstore.NoStream) {
			if err != nil {
				yield(eventstore.Recorded{}, fmt.Errorf("read %s: %w", stream, err))
				return
			}
			if err := eventstore.Verify(head, r); err != nil {
				yield(r, err)
				return
			}
			head = r.Head()
			its, err := correlationOf(r)
			if err != nil {
				yield(r, err)
				return
			}
			if its == correlation && !yield(r, nil) {
				return
			}
		}
	}
}

// search finds, in the whole log, the streams with events about a support request.
// It is for those who have no view.
func search(ctx context.Context, store eventstore.Store, correlation string) ([]string, error) {
	var found []string
	for r, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			return nil, fmt.Errorf("search the log: %w", err)
		}
		its, err := correlationOf(r)
		if err != nil {
			return nil, err // it may be one that is sought
		}
		if its == correlation && !slices.Contains(found, r.Stream) {
			found = append(found, r.Stream)
		}
	}
	return found, nil
}
