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
	s.fill("thing-10", 2)
	s.fill("thing-1", 6)
	for after := eventstore.NoStream; after < 8; after++ {
		events := s.read("thing-1", after)
		if want := max(0, 5-int(after)); len(events) != want {
			t.Fatalf("%d events lie after revision %d, not %d", len(events), after, want)
		}
		for i, r := range events {
			if r.Stream != "thing-1" || r.Revision != after+eventstore.Revision(i)+1 || r.RecordedAt.IsZero() {
				t.Errorf("after revision %d: event %d is %+v", after, i, r)
			}
		}
	}
	if got := s.read("thing-none", eventstore.NoStream); len(got) != 0 {
		t.Errorf("a missing stream has %d events", len(got))
	}
	for _, err := range s.ReadStream(s.ctx, "thing-1", eventstore.NoStream) {
		if err != nil {
			t.Fatal(err)
		}
		break // a loop that stops early leaves nothing behind
	}
}

func readLongStream(t *testing.T, s store) {
	head := eventstore.Empty
	for i := range 3 {
		head = s.append("thing-1", head, proposed("thing-1", strconv.Itoa(i), 700)).Head
	}
	if heads := verify(t, s.read("thing-1", eventstore.NoStream)); heads["thing-1"] != head {
		t.Errorf("the stream ends at %d, not %d", heads["thing-1"].Revision, head.Revision)
	}
	if got := len(s.all(0)); got != 2100 {
		t.Errorf("the log has %d events", got)
	}
}

func readAll(t *testing.T, s store) {
	for i := range 5 {
		s.fill(fmt.Sprint("invoice-", i), 2)
		s.fill(fmt.Sprint("invoices-", i), 1)
		s.fill(fmt.Sprint("request-", i), 2)
	}
	everything := s.all(0)
	if len(everything) != 25 {
		t.Fatalf("the log has %d events", len(everything))
	}
	verify(t, everything)
	for i, r := range everything {
		if got := s.all(r.Position); len(got) != len(everything)-i-1 {
			t.Errorf("%d events lie after event %d", len(got), i)
		}
	}
	for _, filter := range [][]string{
		{"invoice-"},
		{"invoice"},
		{"invoice-3"},
		{"invoice-", "request-4"},
		{"request-", "request-1"},
		{"none-"},
		{"INVOICE-"},
		{"invoice_"},
		{""},
		{"\xff"},
		{"invoice-\xff"},
	} {
		want := slices.DeleteFunc(slices.Clone(everything), func(r eventstore.Recorded) bool {
			return !eventstore.Filter{Prefixes: filter}.Match(r.Stream)
		})
		got := s.all(0, filter...)
		if !slices.EqualFunc(got, want, func(a, b eventstore.Recorded) bool { return a.Position == b.Position }) {
			t.Errorf("%q selects %d events, not %d", filter, len(got), len(want))
		}
	}
}

func readAllEnds(t *testing.T, s store) {
	head := s.fill("thing-1", 3).Head
	n := 0
	for r, err := range s.ReadAll(s.ctx, 0, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		head = s.append("thing-1", head, proposed("thing-1", fmt.Sprint("while reading ", r.Position), 1)).Head
	}
	if n != 3 {
		t.Errorf("the read gave %d events of a log that had 3 when it began", n)
	}
	if got := s.all(s.end()); len(got) != 0 {
		t.Errorf("%d events lie after the end", len(got))
	}
}

func readAllUnderWriters(t *testing.T, s store) {
	const writers, rounds = 8, 40
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			head := eventstore.Empty
			stream := fmt.Sprint("thing-", i)
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
		events := s.all(0) // from their beginning without a hole, or the chain breaks
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
	first := s.append("thing-1", eventstore.Empty, proposed("thing-1", "a", 3))
	second := s.append("thing-1", first.Head, proposed("thing-1", "b", 2))
	other := s.append("thing-2", eventstore.Empty, proposed("thing-2", "a", 1))
	for name, events := range map[string][]eventstore.Recorded{
		"log":     s.all(0),
		"streams": append(s.read("thing-1", eventstore.NoStream), s.read("thing-2", eventstore.NoStream)...),
	} {
		heads := verify(t, events)
		if heads["thing-1"] != second.Head || heads["thing-2"] != other.Head {
			t.Errorf("the heads of the %s are %v", name, heads)
		}
	}
}
