// Package storetest is the one suite that every engine of the event log passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// patience bounds what should happen at once but may hang when a rule broke.
const patience = 30 * time.Second

// Run tries every promise of [eventstore.Store] on the stores that open makes. Each
// must be empty; the suite closes it.
func Run(t *testing.T, open func(t *testing.T) eventstore.Store) {
	tries := []struct {
		name string
		try  func(t *testing.T, s store)
	}{
		{"an append after the head is stored", appendAfterHead},
		{"an append after any other revision conflicts and stores nothing", appendElsewhere},
		{"an append after another hash at the right revision conflicts", appendOtherHash},
		{"an append of several events is stored whole or not at all", appendSeveral},
		{"a repeated append answers where its events stand", appendAgain},
		{"a repeated append in part, or with another event, conflicts", appendAgainInPart},
		{"one of 32 appends at one head wins", appendRace},
		{"32 repeats of one append store it once", appendSameRace},
		{"many writers on many streams lose nothing", appendCrowd},
		{"an append without events or without a stream is refused", appendNothing},
		{"an append above the limits is refused", appendTooLarge},
		{"what is stored does not change with the caller's buffers", appendOwnsBytes},
		{"any bytes come back as they were", appendAnyBytes},
		{"a stream is read in order from any revision", readStream},
		{"a long stream is read whole", readLongStream},
		{"the log is read in order, after a position and by prefix", readAll},
		{"a read of the log ends where the log ended when it began", readAllEnds},
		{"a read of the log under writers has no hole", readAllUnderWriters},
		{"stored hashes form the chain", chainHolds},
		{"a subscription from zero goes from history to live", subscribeFromZero},
		{"a subscription from a position leaves out what lies before", subscribeFromPosition},
		{"a subscription that is behind catches up without hole or double", subscribeUnderWriters},
		{"a subscription moves on over events that its filter leaves out", subscribeThrough},
		{"a batch of a subscription is bounded", subscribeBatches},
		{"a subscription ends with its context or its loop", subscribeEnds},
		{"an ended context stops every call before it begins", contextEnded},
		{"after Close every call answers ErrClosed", closedAnswers},
		{"Close lets no running call hang", closeWhileBusy},
		{"Await returns once the stream moves", await},
	}
	for _, c := range tries {
		t.Run(c.name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil && !errors.Is(err, eventstore.ErrClosed) {
					t.Errorf("close: %v", err)
				}
			})
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			t.Cleanup(cancel)
			c.try(t, store{Store: s, t: t, ctx: ctx})
		})
	}
}

// store adds calls that must succeed.
type store struct {
	eventstore.Store
	t   *testing.T
	ctx context.Context
}

// proposed makes n events whose ids derive from stream and cause.
func proposed(stream, cause string, n int) []eventstore.Proposed {
	id := uuid.NewSHA1(uuid.Nil, []byte(cause))
	events := make([]eventstore.Proposed, n)
	for i := range events {
		events[i] = eventstore.Proposed{
			ID:       eventstore.EventID(stream, id, i),
			Type:     fmt.Sprintf("thing.happened.v%d", i%3+1),
			Data:     fmt.Appendf(nil, `{"cause":%q,"index":%d}`, cause, i),
			Metadata: fmt.Appendf(nil, `{"commandIndex":%d}`, i),
		}
	}
	return events
}

func (s store) append(stream string, after eventstore.Head, events []eventstore.Proposed) eventstore.Appended {
	s.t.Helper()
	done, err := s.Append(s.ctx, stream, after, events)
	if err != nil {
		s.t.Fatalf("append to %s after %d: %v", stream, after.Revision, err)
	}
	return done
}

// fill appends n events one by one to a new stream and answers its head.
func (s store) fill(stream string, n int) eventstore.Appended {
	s.t.Helper()
	done := eventstore.Appended{Head: eventstore.Empty}
	for i := range n {
		done = s.append(stream, done.Head, proposed(stream, fmt.Sprint("fill ", i), 1))
	}
	return done
}

func (s store) conflicts(stream string, after eventstore.Head, events []eventstore.Proposed, actual eventstore.Revision) {
	s.t.Helper()
	before := s.length(stream)
	_, err := s.Append(s.ctx, stream, after, events)
	var c *eventstore.Conflict
	if !errors.As(err, &c) {
		s.t.Fatalf("append to %s after %d: %v, not a conflict", stream, after.Revision, err)
	}
	want := eventstore.Conflict{Stream: stream, Expected: after.Revision, Actual: actual}
	if *c != want {
		s.t.Errorf("conflict is %+v, not %+v", *c, want)
	}
	if got := s.length(stream); got != before {
		s.t.Errorf("a conflict stored %d events", got-before)
	}
}

func (s store) read(stream string, after eventstore.Revision) []eventstore.Recorded {
	s.t.Helper()
	var events []eventstore.Recorded
	for r, err := range s.ReadStream(s.ctx, stream, after) {
		if err != nil {
			s.t.Fatalf("read %s: %v", stream, err)
		}
		events = append(events, r)
	}
	return events
}

func (s store) length(stream string) int {
	s.t.Helper()
	return len(s.read(stream, eventstore.NoStream))
}

func (s store) all(after eventstore.Position, prefixes ...string) []eventstore.Recorded {
	s.t.Helper()
	var events []eventstore.Recorded
	for r, err := range s.ReadAll(s.ctx, after, eventstore.Filter{Prefixes: prefixes}) {
		if err != nil {
			s.t.Fatalf("read the log: %v", err)
		}
		events = append(events, r)
	}
	return events
}

func (s store) end() eventstore.Position {
	s.t.Helper()
	p, err := s.End(s.ctx)
	if err != nil {
		s.t.Fatalf("end: %v", err)
	}
	return p
}

// verify walks events, of any streams from their beginning, along their chains.
func verify(t *testing.T, events []eventstore.Recorded) map[string]eventstore.Head {
	t.Helper()
	heads := make(map[string]eventstore.Head)
	var last eventstore.Position
	for _, r := range events {
		if r.Position <= last {
			t.Fatalf("position %d comes after %d", r.Position, last)
		}
		last = r.Position
		head, ok := heads[r.Stream]
		if !ok {
			head = eventstore.Empty
		}
		if err := eventstore.Verify(head, r); err != nil {
			t.Fatal(err)
		}
		heads[r.Stream] = r.Head()
	}
	return heads
}
