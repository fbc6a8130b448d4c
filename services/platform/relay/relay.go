// Package relay carries public events from the event log to NATS JetStream.
//
// The JetStream stream is the checkpoint: its last message says how far the log
// was published, and every publish names the message it must stand behind. So a
// relay keeps nothing, several relays at once are harmless, and a bus that lost
// its stream is refilled from the log.
package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

// Config says what is published, and how. Service, Store, Publish and Conn are
// needed.
type Config struct {
	Service  string
	Store    eventstore.Store
	Prefixes []string // of the event streams that Service owns; none means all

	// Publish turns a recorded event into its public form; a nil message means
	// that the event is private. It is pure: the same event always gives the
	// same answer. An error stops the relay, since no event is ever skipped.
	Publish func(eventstore.Recorded) (proto.Message, error)

	Conn *nats.Conn
	Log  *slog.Logger

	Batch   int           // messages under way at once; default 256
	Backoff bus.Backoff   // between tries while the log or the bus is away
	Check   time.Duration // how often an idle relay looks whether its JetStream stream is still there; default 5 s
}

const (
	defaultBatch = 256
	defaultCheck = 5 * time.Second

	// knownStreams bounds the memory of what was published last in each event
	// stream. One that was forgotten costs a read of that stream.
	knownStreams = 1 << 16
)

// Relay publishes the events of one service. Create it with [New].
type Relay struct {
	cfg       Config
	js        jetstream.JetStream
	publisher *bus.Publisher
	last      *lru.Cache[string, eventstore.Revision] // last published revision by event stream
	metrics   metrics

	published atomic.Uint64 // position

	// salt sets the ids of a refill apart from those that JetStream remembers of
	// a purged stream. It belongs to Run's goroutine.
	salt string
}

// New prepares a relay; nothing runs before [Relay.Run].
func New(cfg Config) (*Relay, error) {
	if err := bus.CheckService(cfg.Service); err != nil {
		return nil, err
	}
	if cfg.Batch <= 0 || cfg.Batch > bus.MaxBatch {
		cfg.Batch = defaultBatch
	}
	if cfg.Check <= 0 {
		cfg.Check = defaultCheck
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	js, err := jetstream.New(cfg.Conn)
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	publisher, err := bus.NewPublisher(cfg.Conn)
	if err != nil {
		return nil, err
	}
	last, err := lru.New[string, eventstore.Revision](knownStreams)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	r := &Relay{cfg: cfg, js: js, publisher: publisher, last: last}
	r.metrics = newMetrics(cfg.Service, r)
	return r, nil
}

// Published is how far the log is published: every public event at or before it
// is on the bus.
func (r *Relay) Published() eventstore.Position { return eventstore.Position(r.published.Load()) }

// Collectors are the relay's metrics.
func (r *Relay) Collectors() []prometheus.Collector { return r.metrics.collectors() }

// Run publishes until ctx ends, and then answers nil. It tries again for ever
// while the log or the bus is away, and answers an error only where going on
// would skip an event: a [*Unpublishable], a damaged log, or a closed one. Run is
// called once.
func (r *Relay) Run(ctx context.Context) error {
	wait := time.Duration(0)
	for failures := 0; ; wait = bus.Settle {
		before := r.Published()
		err := r.follow(ctx, wait)
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // it was asked to end
		case fatal(err):
			return fmt.Errorf("relay of %s: %w", r.cfg.Service, err)
		}
		if r.Published() != before {
			failures = 0
		}
		failures++
		r.metrics.rereads.Inc()
		r.logRetry(err, failures)
		if r.cfg.Backoff.Wait(ctx, failures) != nil {
			return nil //nolint:nilerr // it was asked to end
		}
	}
}

func fatal(err error) bool {
	return errors.As(err, new(*Unpublishable)) || errors.As(err, new(*eventstore.Corrupt)) ||
		errors.Is(err, eventstore.ErrClosed)
}

func (r *Relay) logRetry(err error, failures int) {
	level := slog.LevelWarn
	switch {
	case bus.Starting(err, failures):
		level = slog.LevelDebug
	case errors.Is(err, bus.ErrFenced), errors.Is(err, bus.ErrDuplicate):
		level = slog.LevelDebug // another relay was faster
	case errors.Is(err, ErrForeign):
		level = slog.LevelError
	}
	r.cfg.Log.Log(context.Background(), level, "relay rereads the end of the bus", "service", r.cfg.Service, "error", err)
}

// follow finds the end of what is published and goes on from there until
// something is in doubt. It makes the JetStream stream, after wait, when it is gone.
func (r *Relay) follow(ctx context.Context, wait time.Duration) error {
	stream, err := bus.EnsureStream(ctx, r.js, r.cfg.Service, wait)
	if err != nil {
		return err
	}
	at, err := r.end(ctx, stream)
	if err != nil {
		return err
	}
	if r.salt != "" {
		r.salt = fmt.Sprintf("/%d", at.sequence())
	}
	r.last.Purge()
	r.published.Store(uint64(at.position))

	ctx, doubt := context.WithCancelCause(ctx)
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		doubt(r.watch(ctx, stream, at))
	}()
	defer func() {
		doubt(nil)
		<-watched
	}()

	filter := eventstore.Filter{Prefixes: r.cfg.Prefixes}
	for batch, err := range r.cfg.Store.Subscribe(ctx, at.position, filter) {
		if err == nil {
			err = r.carry(ctx, at, batch.Events)
		}
		if err != nil {
			return because(ctx, err)
		}
		r.published.Store(uint64(batch.Through))
	}
	return because(ctx, errors.New("the subscription to the log ended"))
}

// because prefers the doubt that ended the context to what followed from it.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}
