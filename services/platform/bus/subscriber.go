package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
)

// SubscriberConfig says who listens and how patiently. Only Durable is needed.
type SubscriberConfig struct {
	// Durable is the name under which JetStream remembers what was acknowledged.
	// All replicas of one listening service share it.
	Durable string
	// AckWait is how long a message may be held without a sign of life before
	// JetStream gives it to another replica. Default 10 s; a third of it passes
	// between two signs of life.
	AckWait time.Duration
	// Sole says that no other process listens under this name, as with an
	// embedded bus. Then what an earlier process held when it died is handed out
	// at once, and not only when AckWait has passed.
	Sole bool
	// MaxAckPending is how many messages all replicas together hold. Default
	// 1024. Messages waiting behind a failing one count.
	MaxAckPending int
	// Pull is how many messages are asked for at once. Default 128, at least 64:
	// smaller pulls were seen to stall.
	Pull int
	// Backoff is between two tries of one message.
	Backoff Backoff
	// SetAside keeps note of a message whose headers cannot be read. Once it
	// answers nil, the message is not delivered again; after an error it is, and
	// then SetAside is called again. It is called concurrently. Default: nothing
	// keeps note, and the message stays unacknowledged.
	SetAside func(context.Context, Unreadable) error
	// Pass tells of a message that it need not be handed out: it is acknowledged at
	// once. It is asked while no other message of the same event stream is held, and
	// in their order. Default: every message is handed out.
	Pass func(Envelope) bool
	// Unreadable is how long such a message stays away where nothing keeps note of
	// it. Default one hour.
	Unreadable time.Duration
	Log        *slog.Logger
}

func (c SubscriberConfig) withDefaults() SubscriberConfig {
	setDefault(&c.AckWait, 10*time.Second)
	setDefault(&c.MaxAckPending, 1024)
	setDefault(&c.Pull, 128)
	c.Pull = max(c.Pull, 64)
	setDefault(&c.Unreadable, time.Hour)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

func setDefault[T int | time.Duration](v *T, d T) {
	if *v <= 0 {
		*v = d
	}
}

// settleTimeout is how long a subscription that ends waits for the consumer of a
// message that it handed out.
const settleTimeout = 5 * time.Second

// Subscriber hands out the messages of JetStream streams. It is safe for
// concurrent use. A Watermill topic is the name of the publishing service.
//
// Messages of one event stream are handed out one after another, each once the
// one before it was acknowledged; a Nack hands the same one out again after a
// backoff. Messages of different event streams do not wait for each other.
type Subscriber struct {
	js         jetstream.JetStream
	cfg        SubscriberConfig
	unreadable *prometheus.CounterVec

	closing context.Context
	close   context.CancelFunc
	running sync.WaitGroup
}

var _ message.Subscriber = (*Subscriber)(nil)

// NewSubscriber listens over nc, which stays the caller's.
func NewSubscriber(nc *nats.Conn, cfg SubscriberConfig) (*Subscriber, error) {
	if err := CheckService(cfg.Durable); err != nil {
		return nil, fmt.Errorf("durable name: %w", err)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	closing, stop := context.WithCancel(context.Background())
	return &Subscriber{
		js:  js,
		cfg: cfg.withDefaults(),
		unreadable: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name:        "aanvraag_bus_unreadable_total",
			Help:        "Deliveries of messages whose headers could not be read, by publishing service.",
			ConstLabels: prometheus.Labels{"listener": cfg.Durable},
		}, []string{"service"}),
		closing: closing,
		close:   stop,
	}, nil
}

// Collectors are the subscriber's metrics.
func (s *Subscriber) Collectors() []prometheus.Collector { return []prometheus.Collector{s.unreadable} }

// Subscribe hands out the public events of service until ctx ends, Close is
// called or the connection is closed; then the channel is closed. It does not wait
// for the bus: the JetStream stream and the consumer are made once it answers, and
// again whenever they disappear. What is held unacknowledged at the end goes back
// at once.
func (s *Subscriber) Subscribe(ctx context.Context, service string) (<-chan *message.Message, error) {
	if err := CheckService(service); err != nil {
		return nil, fmt.Errorf("subscribe: %w", err)
	}
	if s.closing.Err() != nil {
		return nil, errors.New("subscribe: subscriber is closed")
	}
	ctx, cancel := context.WithCancel(ctx)
	forget := context.AfterFunc(s.closing, cancel)
	sub := newSubscription(ctx, service, s)
	s.running.Go(func() {
		defer forget()
		defer cancel()
		sub.run()
	})
	return sub.out, nil
}

// Close ends all subscriptions and waits for them.
func (s *Subscriber) Close() error {
	s.close()
	s.running.Wait()
	return nil
}

// open makes what is not there, after wait, and starts to pull.
func (s *Subscriber) open(ctx context.Context, service string, wait time.Duration) (jetstream.MessagesContext, error) {
	stream, err := EnsureStream(ctx, s.js, service, wait)
	if err != nil {
		return nil, err
	}
	c, err := s.consumer(ctx, stream, wait == 0)
	if err != nil {
		return nil, fmt.Errorf("make consumer %s of %s: %w", s.cfg.Durable, StreamName(service), err)
	}
	feed, err := c.Messages(jetstream.PullMaxMessages(s.cfg.Pull))
	if err != nil {
		return nil, fmt.Errorf("pull from %s: %w", StreamName(service), err)
	}
	return feed, nil
}

// consumer finds or makes the durable consumer, as it is configured here. At the
// start of a sole listener one that still waits for acknowledgements of an earlier
// process is made anew behind the last message that all before it were
// acknowledged up to; what is handed out twice by that is recognised.
func (s *Subscriber) consumer(ctx context.Context, stream jetstream.Stream, start bool) (jetstream.Consumer, error) {
	want := jetstream.ConsumerConfig{
		Durable:       s.cfg.Durable,
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       s.cfg.AckWait,
		MaxDeliver:    -1,
		MaxAckPending: s.cfg.MaxAckPending,
	}
	there, err := stream.Consumer(ctx, s.cfg.Durable)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		return stream.CreateOrUpdateConsumer(ctx, want)
	}
	if err != nil {
		return nil, err
	}
	info := there.CachedInfo()
	// Where it began cannot be changed of one that is there.
	want.DeliverPolicy, want.OptStartSeq = info.Config.DeliverPolicy, info.Config.OptStartSeq
	if start && s.cfg.Sole && info.NumAckPending > 0 {
		if err := stream.DeleteConsumer(ctx, s.cfg.Durable); err != nil {
			return nil, err
		}
		want.DeliverPolicy, want.OptStartSeq = jetstream.DeliverByStartSequencePolicy, info.AckFloor.Stream+1
	}
	return stream.CreateOrUpdateConsumer(ctx, want)
}

// reopen opens until it succeeds, ctx ends or the connection is closed.
func (s *Subscriber) reopen(ctx context.Context, service string, wait time.Duration) (jetstream.MessagesContext, error) {
	for failures := 1; ; failures++ {
		feed, err := s.open(ctx, service, wait)
		if err == nil || ctx.Err() != nil || errors.Is(err, nats.ErrConnectionClosed) {
			return feed, err
		}
		level := slog.LevelWarn
		if Starting(err, failures) {
			level = slog.LevelDebug
		}
		s.cfg.Log.Log(ctx, level, "bus subscription is down", "service", service, "error", err)
		if err := s.cfg.Backoff.Wait(ctx, failures); err != nil {
			return nil, err
		}
	}
}
