package bench

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/relay"
)

// relaying measures the way from the log over the bus to a handler.
//
// The lag goes from the answer of a durable append to the start of the handler, at
// a steady rate of appends. No user of the system can see that moment, so it is
// measured on the same engine, relay, bus and inbox put together in this process,
// without what the domain makes of an event.
//
// The drain is the whole system's: a server starts over a long history with an
// empty bus. Its relays publish all of it, every reaction looks at each event and
// finds in its own stream that it was done, and the views are built beside it.
func relaying(ctx context.Context, b *bench) ([]Result, error) {
	lag, err := b.lag(ctx)
	if err != nil {
		return nil, fmt.Errorf("lag: %w", err)
	}
	h, err := b.house(ctx, b.Sizes.Events)
	if err != nil {
		return nil, err
	}
	drain := Result{Name: fmt.Sprintf("drain/events=%d", h.events), N: h.events}
	drain.add(float64(h.events)/h.drained.Seconds(), "events/s")
	drain.add(h.told/h.drained.Seconds(), "published/s")
	drain.add(h.heard/h.drained.Seconds(), "handled/s")
	return []Result{lag, drain}, nil
}

// perSecond is the rate of appends at which the lag is measured.
const perSecond = 500

// appended is one event on its way: when its append was answered and when its
// handler started, since the measurement began; zero until then.
type appended struct{ answered, handled atomic.Int64 }

func (b *bench) lag(ctx context.Context) (_ Result, err error) {
	silent := slog.New(slog.DiscardHandler)
	store, err := sqlite.Open(b.path("lag/events.db"))
	if err != nil {
		return Result{}, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	server, err := bus.StartServer(b.path("lag/bus"), silent)
	if err != nil {
		return Result{}, err
	}
	defer server.Shutdown()
	conn, err := server.Connect()
	if err != nil {
		return Result{}, err
	}
	defer conn.Close()

	events := make([]appended, int(b.Sizes.Lag.Seconds()*perSecond))
	began := now()
	carrier, err := relay.New(relay.Config{
		Service: "intake", Store: store, Conn: conn, Log: silent,
		Publish: func(eventstore.Recorded) (proto.Message, error) { return &intakev1.SupportRequestAccepted{}, nil },
	})
	if err != nil {
		return Result{}, err
	}
	waiting := atomic.Int64{}
	waiting.Store(int64(len(events)))
	all := make(chan struct{})
	listener, err := inbox.New(inbox.Config{
		Service: "billing", Conn: conn, Store: memory.New(), Sources: []string{"intake"}, Log: silent, Delivery: bus.SubscriberConfig{Sole: true},
		Handlers: inbox.ByType(inbox.On(func(_ context.Context, in inbox.Inbound, _ *intakev1.SupportRequestAccepted) error {
			// Nobody else writes the log, not even the inbox: positions count from 1.
			if events[in.Position-1].handled.CompareAndSwap(0, int64(time.Since(began))) && waiting.Add(-1) == 0 {
				close(all)
			}
			return nil
		})),
	})
	if err != nil {
		return Result{}, err
	}
	running, stop := context.WithCancel(ctx)
	group, running := errgroup.WithContext(running)
	defer func() {
		stop()
		err = errors.Join(err, group.Wait())
	}()
	group.Go(func() error { return carrier.Run(running) })
	group.Go(func() error { return listener.Run(running) })
	select {
	case <-listener.Running():
	case <-running.Done():
		return Result{}, running.Err()
	}
	if err := b.pace(running, store, events, began); err != nil {
		return Result{}, err
	}
	select {
	case <-all:
	case <-running.Done():
		return Result{}, running.Err()
	}
	return lagOf(events), nil
}

// pace appends at a steady rate, whether or not the one before was answered.
func (b *bench) pace(ctx context.Context, store eventstore.Store, events []appended, began time.Time) error {
	bar := b.bar(fmt.Sprintf("lag at %d appends a second", perSecond), len(events))
	defer bar.end()
	tick := time.NewTicker(time.Second / perSecond)
	defer tick.Stop()
	group, ctx := errgroup.WithContext(ctx)
	for range events {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return errors.Join(group.Wait(), ctx.Err())
		}
		group.Go(func() error {
			stream, command := "request-"+uuid.NewString(), uuid.New()
			done, err := store.Append(ctx, stream, eventstore.Empty, []eventstore.Proposed{example(stream, command, 0)})
			if err != nil {
				return err
			}
			events[done.Position-1].answered.Store(int64(time.Since(began)))
			bar.add(1)
			return nil
		})
	}
	return group.Wait()
}

// lagOf is the time between answer and handler; below zero when the handler was first.
func lagOf(events []appended) Result {
	var lags []time.Duration
	for i := range events {
		lags = append(lags, time.Duration(events[i].handled.Load()-events[i].answered.Load()))
	}
	slices.Sort(lags)
	r := Result{Name: fmt.Sprintf("lag/appends=%d", perSecond), N: len(lags)}
	r.add(quantile(lags, 0.5), "p50-us")
	r.add(quantile(lags, 0.99), "p99-us")
	return r
}
