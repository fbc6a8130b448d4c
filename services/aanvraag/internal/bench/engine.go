package bench

import (
	"context"
	"fmt"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/aanvraag/internal/bench/tally"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
)

// note is what every event here says.
var note = tally.Counted{
	SupportRequestID: "11111111-1111-4111-8111-111111111111", At: opening,
	Note: "A text about as long as what most events of a life hold, with the ids, the instants and the amounts that they name in it.",
}

func tallies(store eventstore.Store) *command.Aggregate[tally.State, tally.Event] {
	return command.New(store, "tally", tally.Events())
}

func envelope(id uuid.UUID) command.Envelope {
	return command.Envelope{
		CommandID: id, Correlation: note.SupportRequestID, DecidedAt: opening,
		Fingerprint: make([]byte, 32), Actor: eventstore.Actor{Kind: "technician", ID: "technician-1", Authentication: "token"},
	}
}

var tallyCodec = command.NewCodec[tally.State](tally.Events())

// example is one event on its way into a stream.
func example(stream string, id uuid.UUID, index int) eventstore.Proposed {
	proposed, err := tallyCodec.Propose(stream, envelope(id), []tally.Event{note})
	if err != nil {
		panic(err) // only for a type that the codec does not know
	}
	proposed[0].ID = eventstore.EventID(stream, id, index)
	return proposed[0]
}

// writers is how many streams are filled side by side, to share the syncs.
const writers = 256

// fill gives each of n streams so many events; the streams are named tally-<prefix><i>.
func fill(ctx context.Context, store eventstore.Store, prefix string, n, events int, b *bar) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(writers)
	for i := range n {
		group.Go(func() error {
			stream, id := fmt.Sprintf("tally-%s%d", prefix, i), uuid.New()
			head := eventstore.Empty
			for at := 0; at < events; {
				var batch []eventstore.Proposed
				for ; at < events && len(batch) < eventstore.MaxAppendEvents; at++ {
					batch = append(batch, example(stream, id, at))
				}
				done, err := store.Append(ctx, stream, head, batch)
				if err != nil {
					return err
				}
				head = done.Head
			}
			b.add(events)
			return nil
		})
	}
	return group.Wait()
}
