package inbox_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/parking"
)

// late is a log whose news come until it is told to keep them.
type late struct {
	eventstore.Store
	quiet chan struct{}
}

func (s late) Subscribe(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) {
		for b, err := range s.Store.Subscribe(ctx, after, filter) {
			select {
			case <-s.quiet:
				<-ctx.Done()
				return
			default:
			}
			if !yield(b, err) {
				return
			}
		}
	}
}

// One replica parks revision 3 while the other one holds revision 4, and the news
// are late. The floor of acknowledgements is past 3 by then, which must not look as
// if 3 had been handled. Protection: the load after the floor, in deliver.
func TestR5AReplicaWithoutNewsDoesNotPassWhatTheOtherParked(t *testing.T) {
	w, f := newWire(t), &faulty{}
	quiet := make(chan struct{})
	cfg := patient(w, f.handle)
	cfg.Store = late{w.store, quiet}
	run(t, cfg)
	w.publish(events("invoice-1", 0, 2)...)
	f.want(t, "invoice-1", 3)
	close(quiet)
	// The other replica has parked and acknowledged 3: this one never sees it.
	e := event("invoice-1", 3)
	if err := w.lot().Park(t.Context(), pairOf("invoice-1"), parking.Place{
		EventID: e.ID.String(), Type: e.Type, Revision: 3, Previous: 2, Tries: 10, Reason: "INTERNAL",
	}, nil); err != nil {
		t.Fatal(err)
	}
	w.publish(event("invoice-1", 4))
	w.awaitRest(4)
	if got := f.of("invoice-1"); len(got) != 3 {
		t.Errorf("handled %v past what the other replica parked", got)
	}
}

// This replica knows that the stream is parked, and not yet that another one has
// handled the queue and released it. What it lets be now, nobody would read again.
// Protection: the load for a pair that is held, in deliver.
func TestR5AReplicaWithoutNewsOfTheReleaseHandlesWhatComes(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/1")
	quiet := make(chan struct{})
	registry := prometheus.NewRegistry()
	cfg := patient(w, f.handle)
	cfg.Store = late{w.store, quiet}
	run(t, cfg, registry)
	w.publish(events("invoice-1", 0, 2)...)
	w.awaitState("invoice-1", parking.Parked)
	w.awaitRest(3)
	await(t, func() bool { return gauge(t, registry) == 1 })
	close(quiet)
	w.retry("invoice-1")
	e := event("invoice-1", 2)
	if err := w.lot().Release(t.Context(), pairOf("invoice-1"), 1, parking.Place{EventID: e.ID.String(), Revision: 2, Previous: 1}); err != nil {
		t.Fatal(err)
	}
	w.publish(event("invoice-1", 3))
	w.awaitRest(4)
	if got := f.of("invoice-1"); !slices.Equal(got, []string{"invoice-1/0", "invoice-1/3"}) {
		t.Errorf("handled %v", got)
	}
}

// A delivery that comes between the last look of a retry at the bus and its end
// must be neither lost nor doubled. Protection: "retrying" in decided. Were the
// delivery acknowledged as queued, nobody would read it again.
func TestR5WhatComesAtTheMomentOfTheReleaseIsHandled(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/0")
	store := &gatedStore{Store: w.store}
	reached, go_ := make(chan struct{}), make(chan struct{})
	store.before = func(types []string) {
		if slices.Contains(types, "parking.released.v1") {
			close(reached)
			<-go_
		}
	}
	cfg := patient(w, f.handle)
	cfg.Store = store
	run(t, cfg)
	w.publish(events("invoice-1", 0, 2)...)
	w.awaitState("invoice-1", parking.Parked)
	w.awaitRest(3)
	f.fails.Clear()
	w.retry("invoice-1")
	<-reached
	w.publish(event("invoice-1", 3), event("invoice-2", 0))
	f.want(t, "invoice-2", 1) // so the one before it was delivered too
	close(go_)
	f.want(t, "invoice-1", 4)
	if got := f.of("invoice-1"); len(got) != 4 {
		t.Errorf("handled %v", got)
	}
	w.awaitRest(5)
}

// Two replicas, one event in twenty fails until somebody mends it and retries, and
// events keep coming all the while. A repeat is what the target stream recognises;
// a hole is not. Protection: all of deliver and queue.
func TestR5TwoReplicasLeaveNoHoleHoweverOftenAStreamIsParkedAndReleased(t *testing.T) {
	const streams, each = 4, 150
	w := newWire(t)
	var mu sync.Mutex
	last := map[string]eventstore.Revision{}
	mended := map[string]bool{}
	var n atomic.Int64
	h := func(_ context.Context, in inbox.Inbound, m *wrapperspb.StringValue) error {
		mu.Lock()
		defer mu.Unlock()
		if in.Revision%20 == 7 && !mended[m.GetValue()] {
			return errRule
		}
		reached, known := last[in.Stream]
		if !known {
			reached = eventstore.NoStream
		}
		if in.Revision > reached+1 {
			t.Errorf("%s: revision %d after %d", in.Stream, in.Revision, reached)
		}
		if in.Revision == reached+1 {
			last[in.Stream] = in.Revision
			n.Add(1)
		}
		return nil
	}
	for range 2 {
		cfg := patient(w, h)
		cfg.Tries = 2
		run(t, cfg)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var operators sync.WaitGroup
	operators.Go(func() {
		filter := eventstore.Filter{Prefixes: []string{parking.Prefix}}
		for batch, err := range w.store.Subscribe(ctx, 0, filter) {
			if err != nil {
				t.Error(err)
				return
			}
			for _, r := range batch.Events {
				if r.Type != "parking.parked.v1" && r.Type != "parking.failed.v1" {
					continue
				}
				id, err := parking.ParseStream(r.Stream)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				mended[fmt.Sprintf("%s/%d", id.Stream, w.pair(id.Stream).Place.Revision)] = true
				mu.Unlock()
				w.retry(id.Stream)
			}
		}
	})
	for r := range eventstore.Revision(each) {
		for i := range streams {
			w.publish(event(fmt.Sprintf("invoice-%d", i), r))
		}
	}
	await(t, func() bool { return n.Load() == streams*each })
	cancel()
	operators.Wait()
}
