package storetest

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"

	"aanvraag.internal/services/platform/eventstore"
)

func readStream(t *testing.T, s store) {
	thing := s.stream("thing-1")
	s.fill(s.stream("thing-10"), 2)
	s.fill(thing, 6)
	for after := eventstore.NoStream; after < 8; after++ {
		events := s.read(thing, after)
		if want := max(0, 5-int(after)); len(events) != want {
			t.Fatalf("%d events lie after revision %d, not %d", len(events), after, want)
		}
		for i, r := range events {
			if r.Stream != thing || r.Revision != after+eventstore.Revision(i)+1 || r.RecordedAt.IsZero() {
				t.Errorf("after revision %d: event %d is %+v", after, i, r)
			}
		}
	}
	if got := s.read(s.stream("thing-none"), eventstore.NoStream); len(got) != 0 {
		t.Errorf("a missing stream has %d events", len(got))
	}
	for _, err := range s.ReadStream(s.ctx, thing, eventstore.NoStream) {
		if err != nil {
			t.Fatal(err)
		}
		break // a loop that stops early leaves nothing behind
	}
}

func readLongStream(t *testing.T, s store) {
	thing, head := s.stream("thing-1"), eventstore.Empty
	for i := range 3 {
		head = s.append(thing, head, proposed(thing, strconv.Itoa(i), 700)).Head
	}
	if heads := verify(t, s.read(thing, eventstore.NoStream)); heads[thing] != head {
		t.Errorf("the stream ends at %d, not %d", heads[thing].Revision, head.Revision)
	}
	if got := len(s.all()); got != 2100 {
		t.Errorf("the log has %d events", got)
	}
}

func readAll(t *testing.T, s store) {
	for i := range 5 {
		s.fill(s.stream("invoice-", i), 2)
		s.fill(s.stream("invoices-", i), 1)
		s.fill(s.stream("request-", i), 2)
	}
	everything := s.all()
	if len(everything) != 25 {
		t.Fatalf("the log has %d events", len(everything))
	}
	verify(t, everything)
	for i, r := range everything {
		if got := s.after(r.Position, eventstore.Filter{}); len(got) != len(everything)-i-1 {
			t.Errorf("%d events lie after event %d", len(got), i)
		}
	}
	for _, filter := range []eventstore.Filter{
		s.by("invoice-"),
		s.by("invoice"),
		s.by("invoice-3"),
		s.by("invoice-", "request-4"),
		s.by("request-", "request-1"),
		s.by("none-"),
		s.by("INVOICE-"),
		s.by("invoice_"),
		s.by(""),
		s.by("\xff"),
		s.by("invoice-\xff"),
		{Prefixes: []string{""}},
		{Prefixes: []string{"\xff"}},
	} {
		want := slices.DeleteFunc(slices.Clone(everything), func(r eventstore.Recorded) bool {
			return !filter.Match(r.Stream)
		})
		got := s.after(s.begin, filter)
		if !slices.EqualFunc(got, want, func(a, b eventstore.Recorded) bool { return a.Position == b.Position }) {
			t.Errorf("%q selects %d events, not %d", filter, len(got), len(want))
		}
	}
}

func readAllEnds(t *testing.T, s store) {
	thing := s.stream("thing-1")
	head := s.fill(thing, 3).Head
	n := 0
	for r, err := range s.ReadAll(s.ctx, s.begin, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if !s.owns(r) {
			continue
		}
		n++
		head = s.append(thing, head, proposed(thing, fmt.Sprint("while reading ", r.Position), 1)).Head
	}
	if n != 3 {
		t.Errorf("the read gave %d events of a log that had 3 when it began", n)
	}
	if got := s.after(s.end(), eventstore.Filter{}); len(got) != 0 {
		t.Errorf("%d events lie after the end", len(got))
	}
}

func readAllUnderWriters(t *testing.T, s store) {
	const writers, rounds = 8, 20
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			stream, head := s.stream("thing-", i), eventstore.Empty
			for round := range rounds {
				done, err := s.Append(s.ctx, stream, head, proposed(stream, strconv.Itoa(round), 1))
				if err != nil {
					t.Errorf("append: %v", err)
					return
				}
				head = done.Head
			}
		})
	}
	finished := make(chan struct{})
	go func() { group.Wait(); close(finished) }()
	seen := 0
	for running := true; running; {
		select {
		case <-finished:
			running = false
		default:
		}
		events := s.all() // from their beginning without a hole, or the chain breaks
		verify(t, events)
		if len(events) < seen {
			t.Errorf("a read gave %d events, an earlier one %d", len(events), seen)
		}
		seen = len(events)
	}
	if seen != writers*rounds {
		t.Errorf("the last read gave %d events", seen)
	}
}

func chainHolds(t *testing.T, s store) {
	one, two := s.stream("thing-1"), s.stream("thing-2")
	first := s.append(one, eventstore.Empty, proposed(one, "a", 3))
	second := s.append(one, first.Head, proposed(one, "b", 2))
	other := s.append(two, eventstore.Empty, proposed(two, "a", 1))
	for name, events := range map[string][]eventstore.Recorded{
		"log":     s.all(),
		"streams": append(s.read(one, eventstore.NoStream), s.read(two, eventstore.NoStream)...),
	} {
		heads := verify(t, events)
		if heads[one] != second.Head || heads[two] != other.Head {
			t.Errorf("the heads of the %s are %v", name, heads)
		}
	}
}
