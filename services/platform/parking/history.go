package parking

import (
	"context"
	"fmt"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking/internal/pair"
)

// Step is one event of a pair's history, as an operator reads it.
type Step struct {
	Type     string // recorded name, such as "parking.skipped.v1"
	Revision int64  // of the source stream: parked, failed or skipped there, released through it; -1: none
	Reason   string // why, where the event says so
	Pair     Pair   // as the event left it
	Metadata eventstore.Metadata
	Recorded eventstore.Recorded
}

// History reads everything that happened to a pair, oldest first; nothing when
// nothing was ever parked. The chain is checked on the way.
func (l *Lot) History(ctx context.Context, id ID) ([]Step, error) {
	var out []Step
	var p Pair
	head := eventstore.Empty
	for r, err := range l.store.ReadStream(ctx, l.Stream(id), eventstore.NoStream) {
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", l.Stream(id), err)
		}
		if err := eventstore.Verify(head, r); err != nil {
			return nil, err
		}
		head = r.Head()
		e, err := l.decode(r)
		if err != nil {
			return nil, err
		}
		p = e.Evolve(p)
		s := Step{Type: r.Type, Revision: -1, Pair: p, Recorded: r}
		switch e := e.(type) {
		case pair.EventParked:
			s.Revision, s.Reason = e.Revision, e.Reason
		case pair.RetryFailed:
			s.Revision, s.Reason = e.Revision, e.Reason
		case pair.EventSkipped:
			s.Revision, s.Reason = e.Revision, e.Reason
		case pair.QueueReleased:
			s.Revision = e.Through
		}
		if err := json.Unmarshal(r.Metadata, &s.Metadata); err != nil {
			return nil, fmt.Errorf("metadata of event %d of %s: %w", r.Revision, r.Stream, err)
		}
		out = append(out, s)
	}
	return out, nil
}
