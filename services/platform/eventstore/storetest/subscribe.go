package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"testing"

	"aanvraag.internal/services/platform/eventstore"
)

// follow subscribes until the subscription has seen up to a position, and answers
// what it delivered. Meanwhile it checks what holds of every batch.
func (s store) follow(after, to eventstore.Position, prefixes ...string) []eventstore.Recorded {
	s.t.Helper()
	filter := eventstore.Filter{Prefixes: prefixes}
	var events []eventstore.Recorded
	at := after
	for batch, err := range s.Subscribe(s.ctx, after, filter) {
		if err != nil {
			s.t.Errorf("subscription: %v", err)
			return events
		}
		if batch.Through <= at {
			s.t.Errorf("a batch through %d follows one through %d", batch.Through, at)
		}
		for _, r := range batch.Events {
			if r.Position <= at || r.Position > batch.Through || !filter.Match(r.Stream) {
				s.t.Errorf("event %d of %s is in the batch after %d through %d", r.Position, r.Stream, at, batch.Through)
			}
			at = r.Position
		}
		events = append(events, batch.Events...)
		if at = batch.Through; at >= to {
			return events
		}
	}
	s.t.Errorf("the subscription ended at %d, before %d: %v", at, to, s.ctx.Err())
	return events
}

func subscribeFromZero(t *testing.T, s store) {
	done := s.fill("thing-1", 3)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	var events []eventstore.Recorded
	for batch, err := range s.Subscribe(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, batch.Events...)
		if len(events) >= 8 {
			break
		}
		if len(events) >= 3 { // history is over: every further event is live
			done = s.append("thing-1", done.Head, proposed("thing-1", fmt.Sprint("live ", len(events)), 1))
		}
	}
	if heads := verify(t, events); len(events) != 8 || heads["thing-1"] != done.Head {
		t.Errorf("%d events came, up to revision %d", len(events), heads["thing-1"].Revision)
	}
}

func subscribeFromPosition(t *testing.T, s store) {
	before := s.fill("thing-1", 4)
	after := s.append("thing-1", before.Head, proposed("thing-1", "after", 2))
	events := s.follow(before.Position, after.Position)
	if len(events) != 2 || events[0].Revision != 4 {
		t.Errorf("after position %d came %d events", before.Position, len(events))
	}
}

func subscribeUnderWriters(t *testing.T, s store) {
	const writers, rounds, total = 8, 150, 8 * 150
	appended := make(chan struct{}, total)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			head := eventstore.Empty
			stream := fmt.Sprintf("%s-%d", []string{"thing", "other"}[i%2], i)
			for round := range rounds {
				done, err := s.Append(s.ctx, stream, head, proposed(stream, strconv.Itoa(round), 1))
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				head = done.Head
				appended <- struct{}{}
			}
		})
	}
	collect := func(want int, prefixes ...string) {
		group.Go(func() {
			var events []eventstore.Recorded
			for batch, err := range s.Subscribe(s.ctx, 0, eventstore.Filter{Prefixes: prefixes}) {
				if err != nil {
					t.Errorf("subscription: %v", err)
				}
				events = append(events, batch.Events...)
				if len(events) >= want || err != nil {
					break
				}
			}
			if len(events) != want {
				t.Errorf("%q gives %d events, not %d", prefixes, len(events), want)
			}
			var last eventstore.Position
			next := make(map[string]eventstore.Revision)
			for _, r := range events {
				if r.Position <= last || r.Revision != next[r.Stream] {
					t.Errorf("revision %d of %s at %d follows %d", r.Revision, r.Stream, r.Position, last)
				}
				last, next[r.Stream] = r.Position, r.Revision+1
			}
		})
	}
	for started := range 4 { // at other moments, while the writers run
		for range total / 8 {
			<-appended
		}
		collect(total)
		collect(total/2, []string{"thing-", "other-"}[started%2])
	}
	group.Wait()
}

func subscribeThrough(t *testing.T, s store) {
	s.fill("thing-1", 2)
	history := s.fill("other-1", 600)
	if got := s.follow(0, history.Position, "thing-"); len(got) != 2 {
		t.Errorf("history gives %d events", len(got))
	}
	if got := s.follow(0, history.Position, "none-"); len(got) != 0 {
		t.Errorf("history without a match gives %d events", len(got))
	}

	// Live: nothing that matches, yet the subscriber hears how far it has seen.
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	begun := false
	want := history
	for batch, err := range s.Subscribe(ctx, history.Position-1, eventstore.Filter{Prefixes: []string{"none-"}}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(batch.Events) != 0 || batch.Through != want.Position {
			t.Errorf("%d events came, through %d, not %d", len(batch.Events), batch.Through, want.Position)
		}
		if begun {
			break
		}
		begun = true
		want = s.append("other-1", want.Head, proposed("other-1", "live", 3))
	}
}

func subscribeBatches(t *testing.T, s store) {
	head := eventstore.Empty
	for i := range 3 {
		head = s.append("thing-1", head, proposed("thing-1", strconv.Itoa(i), 600)).Head
	}
	n := 0
	for batch, err := range s.Subscribe(s.ctx, 0, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if len(batch.Events) > 512 {
			t.Errorf("a batch holds %d events", len(batch.Events))
		}
		if n += len(batch.Events); n >= 1800 {
			break
		}
	}
	if n != 1800 {
		t.Errorf("%d events came", n)
	}
}

func subscribeEnds(t *testing.T, s store) {
	s.fill("thing-1", 2)
	ctx, cancel := context.WithCancel(s.ctx)
	for batch, err := range s.Subscribe(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			t.Errorf("the end of the context is yielded as %v", err)
		}
		if batch.Through == s.end() {
			cancel()
		}
	}
	cancel()
	for _, err := range s.Subscribe(s.ctx, 0, eventstore.Filter{}) {
		if err != nil {
			s.t.Log(err)
		}
		break
	}
}

// watched tells when a subscription begins and what it has passed.
type watched struct {
	eventstore.Store
	begun  chan struct{}
	passed chan eventstore.Position
}

func (w watched) Subscribe(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Batch, error] {
	return func(yield func(eventstore.Batch, error) bool) {
		w.begun <- struct{}{}
		for batch, err := range w.Store.Subscribe(ctx, after, filter) {
			if !yield(batch, err) {
				return
			}
			w.passed <- batch.Through
		}
	}
}

func await(t *testing.T, s store) {
	first := s.fill("thing-1", 1)
	if err := eventstore.Await(s.ctx, s, "thing-1", eventstore.NoStream); err != nil {
		t.Errorf("an event that is there: %v", err)
	}
	w := watched{Store: s.Store, begun: make(chan struct{}, 9), passed: make(chan eventstore.Position, 99)}
	awaited := make(chan error, 1)
	go func() { awaited <- eventstore.Await(s.ctx, w, "thing-1", 0) }()
	<-w.begun
	other := s.fill("thing-10", 2) // begins alike, is another
	for passed := eventstore.Position(0); passed < other.Position; {
		select {
		case passed = <-w.passed:
		case err := <-awaited:
			t.Fatalf("returned before the stream moved: %v", err)
		}
	}
	s.append("thing-1", first.Head, proposed("thing-1", "moved", 1))
	if err := <-awaited; err != nil {
		t.Errorf("an event that came: %v", err)
	}

	ctx, cancel := context.WithCancel(s.ctx)
	go func() { awaited <- eventstore.Await(ctx, w, "thing-1", 1) }()
	<-w.begun
	cancel()
	if err := <-awaited; !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}
