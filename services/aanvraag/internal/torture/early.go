package torture

import (
	"context"
	"iter"
	"time"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
)

// early is a log as it must not be: it answers from memory, and writes a moment
// later, as a database does whose writes wait in the page cache.
type early struct{ *memory.Store }

// Gapless is as the log's own.
func (early) Gapless() bool { return true }

// moment is how late it writes.
const moment = 20 * time.Millisecond

// openEarly takes over what is stored.
func openEarly(ctx context.Context, log eventstore.Store) (eventstore.Store, error) {
	front := memory.New()
	heads := map[string]eventstore.Head{}
	if err := carry(ctx, log.ReadAll(ctx, 0, eventstore.Filter{}), front, heads); err != nil {
		return nil, err
	}
	end, err := front.End(ctx)
	if err != nil {
		return nil, err
	}
	go func() {
		for batch, err := range front.Subscribe(ctx, end, eventstore.Filter{}) {
			if err != nil || pause(ctx, moment) != nil || carry(ctx, each(batch.Events), log, heads) != nil {
				return
			}
		}
	}()
	return early{front}, nil
}

// carry appends events to a log where the heads say.
func carry(
	ctx context.Context, events iter.Seq2[eventstore.Recorded, error], to eventstore.Store, heads map[string]eventstore.Head,
) error {
	for r, err := range events {
		if err != nil {
			return err
		}
		head, known := heads[r.Stream]
		if !known {
			head = eventstore.Empty
		}
		done, err := to.Append(ctx, r.Stream, head, []eventstore.Proposed{{ID: r.ID, Type: r.Type, Data: r.Data, Metadata: r.Metadata}})
		if err != nil {
			return err
		}
		heads[r.Stream] = done.Head
	}
	return nil
}

func each(events []eventstore.Recorded) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for _, r := range events {
			if !yield(r, nil) {
				return
			}
		}
	}
}
