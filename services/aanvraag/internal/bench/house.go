package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// house is a data directory with a long history, whose bus and views have caught
// up with it.
type house struct {
	data             string
	events, requests int
	// Of its first start, when the bus was empty: how long until everything on it
	// had been looked at, and how many public events were published and taken in.
	drained     time.Duration
	told, heard float64
}

// house makes one, or answers the one that an earlier scenario of this run made.
func (b *bench) house(ctx context.Context, events int) (*house, error) {
	if h, has := b.houses[events]; has {
		return h, nil
	}
	life, err := b.firstLife(ctx)
	if err != nil {
		return nil, fmt.Errorf("record a life: %w", err)
	}
	h := &house{data: filepath.Join(b.shared, fmt.Sprint("house-", events))}
	bar := b.bar(fmt.Sprintf("write a history of %d events", events), events)
	if h.events, h.requests, err = life.write(ctx, h.data, events, bar); err != nil {
		return nil, fmt.Errorf("write a history: %w", err)
	}
	bar.end()
	if err := b.settle(ctx, h); err != nil {
		return nil, fmt.Errorf("first start over a history of %d events: %w", h.events, err)
	}
	b.houses[events] = h
	return h, nil
}

func (b *bench) firstLife(ctx context.Context) (*history, error) {
	if b.life != nil {
		return b.life, nil
	}
	bar := b.bar("record a life", 1)
	defer bar.end()
	life, err := b.record(ctx)
	if err == nil {
		b.life = life
	}
	return life, err
}

// errGrown says that copies are not what the system takes for its own.
var errGrown = errors.New("the reactions to a finished history recorded more")

// settle starts a server over the history, with an empty bus and no views, and
// lets it catch up.
func (b *bench) settle(ctx context.Context, h *house) error {
	bar := b.bar("fill bus and views", 1)
	defer bar.end()
	p, err := b.serve(ctx, h.data)
	if err != nil {
		return err
	}
	took, _, err := p.rest(ctx)
	h.drained = p.started + took
	h.told = p.counter(ctx, "aanvraag_relay_events_total")
	h.heard = p.counter(ctx, "aanvraag_inbox_handled_total")
	if err = errors.Join(err, p.close()); err != nil {
		return err
	}
	ends, err := logEnd(ctx, h.data)
	if err == nil && ends != eventstore.Position(h.events) {
		err = fmt.Errorf("%w: %d events became %d", errGrown, h.events, ends)
	}
	return err
}

// logEnd is how many events the log of a data directory holds.
func logEnd(ctx context.Context, data string) (_ eventstore.Position, err error) {
	store, err := sqlite.OpenReadOnly(system.LogFile(data))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return store.End(ctx)
}
