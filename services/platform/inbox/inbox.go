// Package inbox turns the public events of services into commands, exactly once
// and in the order of each event stream (R4).
//
// Exactly once rests on two things. The revision of the source stream tells what
// was handled and what is missing, from memory; and where memory is gone, the
// command's id derives from the event's, so the target stream recognises a
// repeat. Handling an event again is therefore harmless; skipping one is not.
//
// An event that cannot be handled is parked with its event stream (R5), see
// package parking. What is parked stands in the log before its message is
// acknowledged; later events of the stream are acknowledged unhandled, for they
// stay on the bus, and are read there once an operator retries.
package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	"github.com/ThreeDotsLabs/watermill/message"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
)

var (
	// ErrNotYet is what a handler answers, wrapped or not, when something that it
	// needs has not arrived. The event is tried again for ever, and nobody is
	// alarmed.
	ErrNotYet = errors.New("something that this needs has not arrived yet")

	// ErrAway is what a handler answers, wrapped or not, when something that it
	// works with cannot be reached. The event is tried again for ever. The errors
	// of the event log, of networks and of other services say so themselves.
	ErrAway = errors.New("something that this works with cannot be reached")
)

// Handler is what one service does with one type of public event.
type Handler struct {
	New    func() proto.Message // an empty message of the type
	Handle func(context.Context, Inbound) error
}

// On makes a [Handler] of a function on one message type. The function may be
// called again for an event that it handled before, and concurrently for
// different event streams; it must return when its context ends.
func On[T any, M interface {
	*T
	proto.Message
}](handle func(context.Context, Inbound, M) error,
) Handler {
	return Handler{
		New:    func() proto.Message { return M(new(T)) },
		Handle: func(ctx context.Context, in Inbound) error { return handle(ctx, in, in.Message.(M)) }, //nolint:forcetypeassert // New made it
	}
}

// ByType keys handlers by the protobuf full name of their messages. It panics
// when two are for the same one.
func ByType(handlers ...Handler) map[string]Handler {
	out := make(map[string]Handler, len(handlers))
	for _, h := range handlers {
		name := string(proto.MessageName(h.New()))
		if _, twice := out[name]; twice {
			panic("two handlers for " + name)
		}
		out[name] = h
	}
	return out
}

// Config says who listens to whom. Service, Conn, Store, Sources and Handlers are
// needed.
type Config struct {
	Service string           // that handles
	Conn    *nats.Conn       // stays the caller's
	Store   eventstore.Store // where parked events are recorded; stays the caller's
	Sources []string         // services whose public events it follows; its own may be among them

	// Handlers by protobuf full name. Another type that this program knows is
	// ignored; one that it does not know is of a newer program, and is parked.
	Handlers map[string]Handler

	// Tries is how often one event is tried before it is parked; default 10,
	// which takes some 40 seconds with the default backoff. A try that failed
	// because something could not be reached does not count.
	Tries int

	Clock clock.Clock // default: the machine's
	Log   *slog.Logger

	// Delivery tunes the subscription; its Durable, SetAside, Pass and Log are set by
	// the inbox.
	Delivery bus.SubscriberConfig
}

// knownStreams bounds the memory of what was handled last in each event stream.
// One that was forgotten costs a look at the bus, and perhaps a repeat.
const knownStreams = 1 << 16

// defaultTries: see Config.
const defaultTries = 10

// closeTimeout is how long Run waits for handlers when it ends.
const closeTimeout = 30 * time.Second

// Inbox follows the public events of services. Create it with [New].
type Inbox struct {
	cfg        Config
	js         jetstream.JetStream
	subscriber *bus.Subscriber
	router     *message.Router
	handled    *lru.Cache[source, eventstore.Revision] // the last one of each event stream
	metrics    metrics

	lot     *parking.Lot
	pairs   *pairs   // what is parked, as far as is known
	turns   turns    // who handles an event stream now
	tries   tries    // of the events that fail now
	retries *retries // what is handled because an operator wants it
}

// source is one event stream of one service.
type source struct{ service, stream string }

// id names the pair of the inbox's service and an event stream.
func (i *Inbox) id(s source) parking.ID {
	return parking.ID{Listener: i.cfg.Service, Service: s.service, Stream: s.stream}
}

// New prepares an inbox; nothing runs before [Inbox.Run].
func New(cfg Config) (*Inbox, error) {
	if len(cfg.Sources) == 0 {
		return nil, errors.New("inbox without sources")
	}
	for _, service := range append([]string{cfg.Service}, cfg.Sources...) {
		if err := bus.CheckService(service); err != nil {
			return nil, err
		}
	}
	for name, h := range cfg.Handlers {
		if actual := string(proto.MessageName(h.New())); actual != name {
			return nil, fmt.Errorf("the handler for %s reads %s", name, actual)
		}
	}
	if cfg.Store == nil {
		return nil, errors.New("inbox without a log to record parked events in")
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Tries <= 0 {
		cfg.Tries = defaultTries
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	in := &Inbox{lot: parking.New(cfg.Store, cfg.Clock)}
	cfg.Delivery.Durable, cfg.Delivery.Log = cfg.Service, cfg.Log
	cfg.Delivery.SetAside, cfg.Delivery.Pass = in.setAside, in.pass
	subscriber, err := bus.NewSubscriber(cfg.Conn, cfg.Delivery)
	if err != nil {
		return nil, err
	}
	js, err := jetstream.New(cfg.Conn)
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	// The inbox itself logs what fails, with more to go by.
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: closeTimeout}, watermill.NopLogger{})
	if err != nil {
		return nil, fmt.Errorf("make router: %w", err)
	}
	handled, err := lru.New[source, eventstore.Revision](knownStreams)
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	in.cfg, in.js, in.subscriber, in.router, in.handled = cfg, js, subscriber, router, handled
	in.pairs = newPairs(cfg, in.lot)
	in.retries = newRetries(in.retry)
	in.metrics = newMetrics(cfg.Service, in.pairs.held)
	for _, service := range cfg.Sources {
		router.AddConsumerHandler(cfg.Service+" from "+service, service, subscriber, in.receive)
	}
	return in, nil
}

// Run handles events until ctx ends, and then answers nil once no handler runs
// any more. Run is called once.
func (i *Inbox) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return i.pairs.follow(ctx, func(s source) { i.retries.start(ctx, s) }) })
	group.Go(func() error {
		if err := i.router.Run(ctx); err != nil {
			return err
		}
		if ctx.Err() == nil {
			return errors.New("the bus connection was closed")
		}
		return nil
	})
	err := group.Wait()
	i.retries.wait()
	if err != nil {
		return fmt.Errorf("inbox of %s: %w", i.cfg.Service, err)
	}
	return nil
}

// Running is closed once Run listens to all sources.
func (i *Inbox) Running() <-chan struct{} { return i.router.Running() }

// Collectors are the inbox's metrics.
func (i *Inbox) Collectors() []prometheus.Collector {
	return append(i.metrics.collectors(), i.subscriber.Collectors()...)
}
