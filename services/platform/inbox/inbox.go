// Package inbox turns the public events of services into commands, exactly once
// and in the order of each event stream (R4).
//
// Exactly once rests on two things. The revision of the source stream tells what
// was handled and what is missing, from memory; and where memory is gone, the
// command's id derives from the event's, so the target stream recognises a
// repeat. Handling an event again is therefore harmless; skipping one is not.
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
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

// ErrNotYet is what a handler answers, wrapped or not, when something that it
// needs has not arrived. The event is tried again like after any error, but
// nobody is alarmed.
var ErrNotYet = errors.New("something that this needs has not arrived yet")

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

// Config says who listens to whom. Service, Conn, Sources and Handlers are needed.
type Config struct {
	Service  string             // that handles
	Conn     *nats.Conn         // stays the caller's
	Sources  []string           // services whose public events it follows; its own may be among them
	Handlers map[string]Handler // by protobuf full name; all other types are acknowledged and ignored
	Log      *slog.Logger

	// Delivery tunes the subscription; its Durable and Log are set by the inbox.
	Delivery bus.SubscriberConfig
}

// knownStreams bounds the memory of what was handled last in each event stream.
// One that was forgotten costs a look at the bus, and perhaps a repeat.
const knownStreams = 1 << 16

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
}

// source is one event stream of one service.
type source struct{ service, stream string }

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
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Delivery.Durable, cfg.Delivery.Log = cfg.Service, cfg.Log
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
	in := &Inbox{
		cfg: cfg, js: js, subscriber: subscriber, router: router,
		handled: handled, metrics: newMetrics(cfg.Service),
	}
	for _, service := range cfg.Sources {
		router.AddConsumerHandler(cfg.Service+" from "+service, service, subscriber, in.receive)
	}
	return in, nil
}

// Run handles events until ctx ends, and then answers nil once no handler runs
// any more. Run is called once.
func (i *Inbox) Run(ctx context.Context) error {
	if err := i.router.Run(ctx); err != nil {
		return fmt.Errorf("inbox of %s: %w", i.cfg.Service, err)
	}
	if ctx.Err() == nil {
		return fmt.Errorf("inbox of %s: the bus connection was closed", i.cfg.Service)
	}
	return nil
}

// Running is closed once Run listens to all sources.
func (i *Inbox) Running() <-chan struct{} { return i.router.Running() }

// Collectors are the inbox's metrics.
func (i *Inbox) Collectors() []prometheus.Collector {
	return append(i.metrics.collectors(), i.subscriber.Collectors()...)
}
