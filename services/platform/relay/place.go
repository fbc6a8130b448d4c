package relay

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

var (
	// ErrForeign means that the last message of the JetStream stream is not an
	// event of this log: the log was replaced, or an old backup of it restored.
	// Nothing is published until an operator deletes the JetStream stream; then
	// it is refilled.
	ErrForeign = errors.New("the bus does not hold this log's events")

	errEmptied = errors.New("the JetStream stream was emptied or made anew")
)

// place is the end of a JetStream stream, as this relay knows it.
type place struct {
	position eventstore.Position // of the last message; zero when there is none
	created  time.Time           // of the JetStream stream
	last     atomic.Uint64       // last sequence: what the next publish names
	holds    atomic.Bool         // whether the stream holds a message, as far as is known
}

func (p *place) sequence() uint64 { return p.last.Load() }

// end reads the last message. A stream without messages means that the whole log
// is to be published, behind whatever sequence the stream has reached.
func (r *Relay) end(ctx context.Context, stream jetstream.Stream) (*place, error) {
	info, err := stream.Info(ctx)
	if err != nil {
		return nil, fmt.Errorf("look at JetStream stream: %w", err)
	}
	at := &place{created: info.Created}
	at.last.Store(info.State.LastSeq)
	if info.State.Msgs == 0 {
		return at, nil
	}
	at.holds.Store(true)
	for sequence := info.State.LastSeq; sequence >= max(info.State.FirstSeq, 1); sequence-- {
		m, err := stream.GetMsg(ctx, sequence)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue // deleted one by one
		}
		if err != nil {
			return nil, fmt.Errorf("read message %d of JetStream stream: %w", sequence, err)
		}
		e, err := bus.ParseNATS(m.Header, m.Data)
		if err != nil {
			// Not from a relay, so it says nothing of the log.
			r.cfg.Log.Error("foreign message on the bus", "service", r.cfg.Service, "sequence", sequence, "error", err)
			continue
		}
		at.position = e.Position
		return at, r.recognise(ctx, e)
	}
	return at, nil
}

// recognise checks that the last published event stands in the log where its
// message says.
func (r *Relay) recognise(ctx context.Context, e bus.Envelope) error {
	for rec, err := range r.cfg.Store.ReadStream(ctx, e.Stream, e.Revision-1) {
		if err != nil {
			return fmt.Errorf("read %s: %w", e.Stream, err)
		}
		if rec.ID == e.ID && rec.Position == e.Position {
			return nil
		}
		break
	}
	return fmt.Errorf("%w: event %s is not at revision %d of %s", ErrForeign, e.ID, e.Revision, e.Stream)
}

// watch answers an error once the JetStream stream no longer holds what was
// published to it. An idle relay would not notice otherwise.
func (r *Relay) watch(ctx context.Context, stream jetstream.Stream, at *place) error {
	t := time.NewTicker(r.cfg.Check)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return nil
		}
		reached, held := at.sequence(), at.holds.Load() // before the look: both only grow
		info, err := stream.Info(ctx)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			return errEmptied
		case err != nil:
			continue // the bus is away; publishing will tell
		case !info.Created.Equal(at.created), info.State.LastSeq < reached,
			info.State.Msgs == 0 && held:
			return errEmptied
		}
	}
}
