package storetest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"sync"
	"testing"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

// follow subscribes until the subscription has seen up to a position, and answers
// what it delivered of this try. Meanwhile it checks what holds of every batch.
func (s store) follow(after, to eventstore.Position, filter eventstore.Filter) []eventstore.Recorded {
	s.t.Helper()
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
			if s.owns(r) {
				events = append(events, r)
			}
		}
		if at = batch.Through; at >= to {
			return events
		}
	}
	s.t.Errorf("the subscription ended at %d, before %d: %v", at, to, s.ctx.Err())
	return events
}

func subscribeFromStart(t *testing.T, s store) {
	thing := s.stream("thing-1")
	s.fill(s.stream("other-1"), 1)
	done := s.fill(thing, 3)
	for name, from := range map[string]struct {
		after  eventstore.Position
		filter eventstore.Filter
	}{
		"all":         {s.begin, eventstore.Filter{}},
		"a selection": {0, s.by("thing-")},
	} {
		var events []eventstore.Recorded
		want := int(done.Head.Revision) + 6
		for batch, err := range s.Subscribe(s.ctx, from.after, from.filter) {
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range batch.Events {
				if r.Stream == thing {
					events = append(events, r)
				}
			}
			if len(events) >= want {
				break
			}
			if len(events) > int(done.Head.Revision) { // history is over: every further event is live
				done = s.append(thing, done.Head, proposed(thing, fmt.Sprint("live ", len(events)), 1))
			}
		}
		if heads := verify(t, events); len(events) != want || heads[thing] != done.Head {
			t.Errorf("%s: %d events came, up to revision %d", name, len(events), heads[thing].Revision)
		}
	}
}

func subscribeFromPosition(t *testing.T, s store) {
	thing := s.stream("thing-1")
	before := s.fill(thing, 4)
	after := s.append(thing, before.Head, proposed(thing, "after", 2))
	everything := s.all()
	for i, r := range everything[:5] {
		for _, filter := range []eventstore.Filter{{}, s.mine()} {
			events := s.follow(r.Position, after.Position, filter)
			if len(events) != 5-i || events[0].Revision != r.Revision+1 {
				t.Errorf("after event %d came %d events", i, len(events))
			}
		}
	}
}

func subscribeUnderWriters(t *testing.T, s store) {
	const writers, rounds, total = 8, 80, 8 * 80
	appended := make(chan struct{}, total)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			head := eventstore.Empty
			stream := s.stream([]string{"thing", "other"}[i%2], "-", i)
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
	for started := range 4 { // at other moments, while the writers run
		for range total / 8 {
			<-appended
		}
		group.Go(func() { s.collect(total, eventstore.Filter{}) })
		group.Go(func() { s.collect(total, s.mine()) })
		group.Go(func() { s.collect(total/2, s.by([]string{"thing-", "other-"}[started%2])) })
	}
	group.Wait()
}

// collect subscribes until so many events of this try have come, and checks that
// none came twice, out of order or without the one before it.
func (s store) collect(want int, filter eventstore.Filter) {
	n := 0
	last := s.begin
	next := make(map[string]eventstore.Revision)
	for batch, err := range s.Subscribe(s.ctx, s.begin, filter) {
		if err != nil {
			s.t.Errorf("subscription: %v", err)
			return
		}
		for _, r := range batch.Events {
			if r.Position <= last {
				s.t.Errorf("position %d follows %d", r.Position, last)
			}
			last = r.Position
			if !s.owns(r) {
				continue
			}
			if r.Revision != next[r.Stream] {
				s.t.Errorf("revision %d of %s comes when %d should", r.Revision, r.Stream, next[r.Stream])
			}
			next[r.Stream] = r.Revision + 1
			n++
		}
		if n >= want {
			break
		}
	}
	if n != want {
		s.t.Errorf("%q gives %d events, not %d", filter, n, want)
	}
}

func subscribeThrough(t *testing.T, s store) {
	thing, other := s.stream("thing-1"), s.stream("other-1")
	s.fill(thing, 2)
	history := s.append(other, eventstore.Empty, proposed(other, "history", 600))
	if got := s.follow(s.begin, history.Position, s.by("thing-")); len(got) != 2 {
		t.Errorf("history gives %d events", len(got))
	}
	if got := s.follow(s.begin, history.Position, s.by("none-")); len(got) != 0 {
		t.Errorf("history without a match gives %d events", len(got))
	}

	// Live: nothing that matches, yet the subscriber hears how far it has seen.
	last, live := s.all(), history
	after := last[len(last)-2].Position
	rounds := 0
	for batch, err := range s.Subscribe(s.ctx, after, s.by("none-")) {
		if err != nil {
			t.Fatal(err)
		}
		if len(batch.Events) != 0 {
			t.Errorf("%d events came", len(batch.Events))
		}
		if s.empty && batch.Through > live.Position {
			t.Errorf("it has seen up to %d of a log that ends at %d", batch.Through, live.Position)
		}
		if batch.Through < live.Position {
			continue
		}
		if rounds++; rounds > 3 {
			break
		}
		live = s.append(other, live.Head, proposed(other, fmt.Sprint("live ", rounds), 3))
	}
}

// prompt bounds how long a subscriber may not know of the end of the log: queries
// wait for it.
const prompt = 2 * time.Second

func subscribeToEnd(t *testing.T, s store) {
	thing, other := s.stream("thing-1"), s.stream("other-1")
	s.fill(thing, 3)
	for name, filter := range map[string]eventstore.Filter{
		"what was appended last":    s.by("other-"),
		"what was appended before":  s.by("thing-"),
		"nothing":                   s.by("none-"),
		"everything of this try":    s.mine(),
		"everything there ever was": {},
	} {
		ends := make(chan eventstore.Position, 64)
		ctx, cancel := context.WithCancel(s.ctx)
		var group sync.WaitGroup
		group.Go(func() {
			for batch, err := range s.Subscribe(ctx, s.begin, filter) {
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				ends <- batch.Through
			}
		})
		head := eventstore.Empty
		for r, err := range s.ReadStream(s.ctx, other, eventstore.NoStream) {
			if err != nil {
				t.Error(err)
			}
			head = r.Head()
		}
		for round := range 5 {
			// A token names the append, a view the end that it saw when it began.
			done := s.append(other, head, proposed(other, fmt.Sprint(name, round), 1+round))
			head = done.Head
			want := max(done.Position, s.end())
			late := time.After(prompt)
			for through := eventstore.Position(0); through < want; {
				select {
				case through = <-ends:
				case <-late:
					t.Errorf("selecting %s it has seen up to %d after %v, the log ends at %d", name, through, prompt, want)
					through = want
				}
				if end := s.end(); through > end {
					t.Errorf("selecting %s it has seen up to %d of a log that ends at %d", name, through, end)
				}
			}
		}
		cancel()
		group.Wait()
	}
}

func subscribeBatches(t *testing.T, s store) {
	thing, head := s.stream("thing-1"), eventstore.Empty
	for i := range 3 {
		head = s.append(thing, head, proposed(thing, strconv.Itoa(i), 600)).Head
	}
	for _, filter := range []eventstore.Filter{{}, s.mine()} {
		n := 0
		for batch, err := range s.Subscribe(s.ctx, s.begin, filter) {
			if err != nil {
				t.Fatal(err)
			}
			if len(batch.Events) > 512 {
				t.Errorf("a batch holds %d events", len(batch.Events))
			}
			for _, r := range batch.Events {
				if s.owns(r) {
					n++
				}
			}
			if n >= 1800 {
				break
			}
		}
		if n != 1800 {
			t.Errorf("%d events came", n)
		}
	}
}

func subscribeEnds(t *testing.T, s store) {
	s.fill(s.stream("thing-1"), 2)
	ctx, cancel := context.WithCancel(s.ctx)
	defer cancel()
	idle := make(chan struct{}, 64)
	ended := make(chan struct{})
	end := s.end()
	go func() {
		defer close(ended)
		for batch, err := range s.Subscribe(ctx, s.begin, s.mine()) {
			if err != nil {
				t.Errorf("the end of the context is yielded as %v", err)
			}
			if batch.Through >= end {
				idle <- struct{}{}
			}
		}
	}()
	<-idle
	cancel() // while it waits for news
	<-ended
	for _, err := range s.Subscribe(s.ctx, s.begin, s.mine()) {
		if err != nil {
			t.Error(err)
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
	thing := s.stream("thing-1")
	first := s.fill(thing, 1)
	if err := eventstore.Await(s.ctx, s, thing, eventstore.NoStream); err != nil {
		t.Errorf("an event that is there: %v", err)
	}
	w := watched{Store: s.Store, begun: make(chan struct{}, 9), passed: make(chan eventstore.Position, 99)}
	awaited := make(chan error, 1)
	go func() { awaited <- eventstore.Await(s.ctx, w, thing, 0) }()
	<-w.begun
	other := s.fill(s.stream("thing-10"), 2) // begins alike, is another
	for passed := eventstore.Position(0); passed < other.Position; {
		select {
		case passed = <-w.passed:
		case err := <-awaited:
			t.Fatalf("returned before the stream moved: %v", err)
		}
	}
	s.append(thing, first.Head, proposed(thing, "moved", 1))
	if err := <-awaited; err != nil {
		t.Errorf("an event that came: %v", err)
	}

	ctx, cancel := context.WithCancel(s.ctx)
	go func() { awaited <- eventstore.Await(ctx, w, thing, 1) }()
	<-w.begun
	cancel()
	if err := <-awaited; !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v", err)
	}
}
