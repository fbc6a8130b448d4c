package esdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	lru "github.com/hashicorp/golang-lru/v2"

	"aanvraag.internal/services/platform/eventstore"
)

// Store is an [eventstore.Store] in EventStoreDB. It is safe for concurrent use.
type Store struct {
	gate *gate
	link *link
	log  *slog.Logger
	tail *tail
	last lastEvent

	quiet time.Duration

	// heads are some that streams were seen to have. The event at a revision never
	// changes, so what is here is true for ever.
	heads *lru.Cache[string, eventstore.Head]
}

var _ eventstore.Store = (*Store)(nil)

type settings struct {
	log   *slog.Logger
	grace time.Duration // how long a call waits for a store that is away
	tail  int           // most recent events kept in memory
	quiet time.Duration // how long a subscription may be silent before it counts as caught up
}

// Option changes how a log is opened.
type Option func(*settings)

// WithLog sets where the loss and the return of the database are told. The default
// is silence.
func WithLog(log *slog.Logger) Option { return func(s *settings) { s.log = log } }

const knownHeads = 32 << 10

// Open connects to the database that a connection string of its own client names,
// such as "esdb://user:password@one:2113,two:2113,three:2113?tls=true", and waits
// until it answers. When ctx ends first it answers [eventstore.ErrUnavailable]; an
// invalid string is an error at once. From then on the store finds its way back by
// itself whenever the database was away; maxDiscoverAttempts has no meaning for it.
func Open(ctx context.Context, connectionString string, opts ...Option) (*Store, error) {
	set := settings{
		log: slog.New(slog.DiscardHandler), grace: 250 * time.Millisecond, tail: 4096, quiet: 100 * time.Millisecond,
	}
	for _, o := range opts {
		o(&set)
	}
	s, err := open(ctx, connectionString, set)
	if err != nil {
		return nil, fmt.Errorf("open event store: %w", err)
	}
	return s, nil
}

func open(ctx context.Context, connectionString string, set settings) (*Store, error) {
	config, err := client.ParseConnectionString(connectionString)
	if err != nil {
		return nil, fmt.Errorf("parse connection string: %w", err)
	}
	if err := config.Validate(); err != nil {
		return nil, fmt.Errorf("connection string: %w", err)
	}
	if config.DisableTLS && config.Username != "" {
		set.log.Warn("the event store gets no credentials, because its connection has no TLS")
	}
	heads, err := lru.New[string, eventstore.Head](knownHeads)
	if err != nil {
		return nil, err
	}
	s := &Store{gate: newGate(), link: newLink(*config, set), log: set.log, heads: heads, quiet: set.quiet}
	s.tail = newTail(s, set.tail)
	if err := s.link.await(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Available tells whether the database answers, as far as is known: for readiness.
func (s *Store) Available() bool {
	current, _, _ := s.link.state()
	return current
}

// End is the position of the last event that is not the database's own.
func (s *Store) End(ctx context.Context) (eventstore.Position, error) {
	if err := s.gate.enter(); err != nil {
		return 0, err
	}
	defer s.gate.leave()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	end, err := s.end(ctx)
	if err != nil {
		return 0, fmt.Errorf("read the end of the log: %w", err)
	}
	return end, nil
}

// closePatience bounds how long Close waits for calls that run, before it cuts them
// off. The client's own bound on an append is 10 s.
const closePatience = 5 * time.Second

// Close waits for calls that are running, ends subscriptions and disconnects.
func (s *Store) Close() error {
	if err := s.gate.close(closePatience, s.link.cut); err != nil {
		return err
	}
	s.tail.close()
	if err := s.link.close(); err != nil {
		return fmt.Errorf("close event store: %w", err)
	}
	return nil
}

// remember keeps a head that a stream was seen to have.
func (s *Store) remember(stream string, h eventstore.Head) {
	if known, ok := s.heads.Peek(stream); !ok || known.Revision < h.Revision {
		s.heads.Add(stream, h)
	}
}

// contradicts tells whether a head can never have been that stream's.
func (s *Store) contradicts(stream string, h eventstore.Head) bool {
	if h.Revision <= eventstore.NoStream {
		return h != eventstore.Empty
	}
	known, ok := s.heads.Get(stream)
	return ok && known.Revision == h.Revision && known.Hash != h.Hash
}

// lastEvent is the greatest position of an event of ours that this store has met.
// No answer of End is smaller, also when it comes from a node that lags behind.
type lastEvent struct{ position atomic.Uint64 }

func (l *lastEvent) reach(p eventstore.Position) {
	for {
		known := l.position.Load()
		if known >= uint64(p) || l.position.CompareAndSwap(known, uint64(p)) {
			return
		}
	}
}

func (l *lastEvent) get() eventstore.Position { return eventstore.Position(l.position.Load()) }
