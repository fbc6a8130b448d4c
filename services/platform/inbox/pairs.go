package inbox

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
)

// pairs is what the log says of this listener's event streams, as far as it was
// read. It brings the news: what an operator wants, or what another replica parked.
// It is a hint (R6): it may be late, so whoever is about to leave an event
// unhandled because of it asks the log itself.
type pairs struct {
	cfg Config
	lot *parking.Lot

	mu      sync.Mutex
	known   map[source]*standing
	current bool // the log was read to the end, and its news come as they are made
}

type standing struct {
	pair    parking.Pair
	changed chan struct{} // closed and replaced when pair changes
}

func newPairs(cfg Config, lot *parking.Lot) *pairs {
	return &pairs{cfg: cfg, lot: lot, known: make(map[source]*standing)}
}

// get answers what is known of a pair, and whether news of it come as they are made.
func (p *pairs) get(s source) (pair parking.Pair, current bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at, ok := p.known[s]; ok {
		pair = at.pair
	}
	return pair, p.current
}

// changed is closed by the next news of a pair that the log knows.
func (p *pairs) changed(s source) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at(s).changed
}

// over tells whether an attempt is known to have ended.
func (p *pairs) over(s source, attempt int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, ok := p.known[s]
	return ok && (at.pair.Attempt > attempt || at.pair.Attempt == attempt && at.pair.State != parking.Retrying)
}

func (p *pairs) at(s source) *standing {
	at, ok := p.known[s]
	if !ok {
		at = &standing{changed: make(chan struct{})}
		p.known[s] = at
	}
	return at
}

// held counts the pairs whose events are not handled as they come.
func (p *pairs) held() float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, at := range p.known {
		if at.pair.Held() {
			n++
		}
	}
	return float64(n)
}

// follow reads the log from its beginning and goes on live until ctx ends. retry
// is told of every pair whose queue is to be handled. A log that is away is waited
// for; one that cannot be read ends it.
func (p *pairs) follow(ctx context.Context, retry func(source)) error {
	var through eventstore.Position
	for failures := 1; ; failures++ {
		before := through
		err := p.read(ctx, &through, retry)
		p.mu.Lock()
		p.current = false
		p.mu.Unlock()
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was asked to end
		}
		if errors.Is(err, errHistory) || errors.Is(err, eventstore.ErrClosed) || errors.As(err, new(*eventstore.Corrupt)) {
			return fmt.Errorf("follow what is parked: %w", err)
		}
		if through != before {
			failures = 1
		}
		p.cfg.Log.Warn("what is parked cannot be followed", "service", p.cfg.Service, "error", err)
		if p.cfg.Delivery.Backoff.Wait(ctx, failures) != nil {
			return nil //nolint:nilerr // it was asked to end
		}
	}
}

var (
	errEnded = errors.New("the subscription ended by itself")
	// errHistory marks an event that this program does not know: it is of a newer
	// one, and nothing is decided without it.
	errHistory = errors.New("an own event cannot be read")
)

// read goes on after through. The past is read and not subscribed to, because an
// engine can find the few events of a prefix sooner than it can tell of all; its
// wishes were fulfilled since, or they wait until its end.
func (p *pairs) read(ctx context.Context, through *eventstore.Position, retry func(source)) error {
	filter := eventstore.Filter{Prefixes: []string{parking.PrefixOf(p.cfg.Service)}}
	end, err := p.cfg.Store.End(ctx)
	if err != nil {
		return err
	}
	for r, err := range p.cfg.Store.ReadAll(ctx, *through, filter) {
		if err == nil {
			err = p.apply(r, retry)
		}
		if err != nil {
			return err
		}
		*through = r.Position
	}
	*through = max(*through, end)
	p.caughtUp(retry)
	for batch, err := range p.cfg.Store.Subscribe(ctx, *through, filter) {
		if err != nil {
			return err
		}
		for _, r := range batch.Events {
			if err := p.apply(r, retry); err != nil {
				return err
			}
		}
		*through = batch.Through
	}
	return errEnded
}

func (p *pairs) apply(r eventstore.Recorded, retry func(source)) error {
	id, err := parking.ParseStream(r.Stream)
	if err != nil {
		return fmt.Errorf("%w: stream %s: %w", errHistory, r.Stream, err)
	}
	s := source{id.Service, id.Stream}
	p.mu.Lock()
	defer p.mu.Unlock()
	at := p.at(s)
	if at.pair, err = p.lot.Apply(at.pair, r); err != nil {
		return fmt.Errorf("%w: %w", errHistory, err)
	}
	close(at.changed)
	at.changed = make(chan struct{})
	if p.current && at.pair.State == parking.Retrying {
		retry(s)
	}
	return nil
}

func (p *pairs) caughtUp(retry func(source)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = true
	for s, at := range p.known {
		if at.pair.State == parking.Retrying {
			retry(s)
		}
	}
}
