// Package storetest is the one suite that every engine of the event log passes.
package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// patience bounds what should happen at once but may hang when a rule broke.
const patience = 60 * time.Second

// Option says what holds of an engine beside the port.
type Option func(*engine)

type engine struct {
	empty     bool
	objects   bool
	interrupt func(t *testing.T, s eventstore.Store)
}

// StartsEmpty is for an engine whose stores are each opened on an empty log that
// nobody else writes. The suite then looks at the log as a whole too; otherwise it
// looks only at streams of its own, whose names no other run has.
func StartsEmpty() Option { return func(e *engine) { e.empty = true } }

// ObjectsOnly is for an engine that keeps metadata only if it is a JSON object.
func ObjectsOnly() Option { return func(e *engine) { e.objects = true } }

// Interrupts is for an engine whose connection can be cut from outside: interrupt
// does it, once. The suite then also tries what must hold across such cuts.
func Interrupts(interrupt func(t *testing.T, s eventstore.Store)) Option {
	return func(e *engine) { e.interrupt = interrupt }
}

type try struct {
	name string
	try  func(t *testing.T, s store)
}

// Run tries every promise of [eventstore.Store] on the stores that open makes, one
// for each. The suite closes them.
func Run(t *testing.T, open func(t *testing.T) eventstore.Store, opts ...Option) {
	var e engine
	for _, o := range opts {
		o(&e)
	}
	tries := []try{
		{"an append after the head is stored", appendAfterHead},
		{"an append after any other revision conflicts and stores nothing", appendElsewhere},
		{"an append after another hash at the right revision conflicts", appendOtherHash},
		{"an append of several events is stored whole or not at all", appendSeveral},
		{"a repeated append answers where its events stand", appendAgain},
		{"a repeated append in part, or with another event, conflicts", appendAgainInPart},
		{"one of 32 appends at one head wins", appendRace},
		{"32 repeats of one append store it once", appendSameRace},
		{"writers who contend for one stream get a place each", appendContention},
		{"many writers on many streams lose nothing", appendCrowd},
		{"an append whose context ends tells the truth, and can be repeated", appendCutShort},
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
		{"a subscription goes from history to live", subscribeFromStart},
		{"a subscription from a position leaves out what lies before", subscribeFromPosition},
		{"a subscription that is behind catches up without hole or double", subscribeUnderWriters},
		{"a subscription moves on over events that its filter leaves out", subscribeThrough},
		{"a subscription reaches the end of the log, whatever it selects", subscribeToEnd},
		{"a batch of a subscription is bounded", subscribeBatches},
		{"a subscription ends with its context or its loop", subscribeEnds},
		{"an ended context stops every call before it begins", contextEnded},
		{"after Close every call answers ErrClosed", closedAnswers},
		{"Close lets no running call hang", closeWhileBusy},
		{"Await returns once the stream moves", await},
	}
	if e.interrupt != nil {
		tries = append(tries, try{"cut connections lose nothing, double nothing and end no subscription", interrupted})
	}
	for _, c := range tries {
		t.Run(c.name, func(t *testing.T) { c.try(t, e.store(t, open(t))) })
	}
}

func (e engine) store(t *testing.T, opened eventstore.Store) store {
	t.Helper()
	t.Cleanup(func() {
		if err := opened.Close(); err != nil && !errors.Is(err, eventstore.ErrClosed) {
			t.Errorf("close: %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	s := store{Store: opened, engine: e, t: t, ctx: ctx, run: uuid.NewString() + "."}
	s.begin = s.end()
	if e.empty && s.begin != 0 {
		t.Fatalf("the log should be empty, and ends at %d", s.begin)
	}
	return s
}

// store adds calls that must succeed.
type store struct {
	eventstore.Store
	engine

	t     *testing.T
	ctx   context.Context
	run   string              // how the names of this try's streams begin
	begin eventstore.Position // where the log ended before it
}

// stream names a stream of this try.
func (s store) stream(name ...any) string { return s.run + fmt.Sprint(name...) }

// mine selects every stream of this try.
func (s store) mine() eventstore.Filter { return eventstore.Filter{Prefixes: []string{s.run}} }

// by selects the streams of this try whose names begin so.
func (s store) by(prefixes ...string) eventstore.Filter {
	f := eventstore.Filter{Prefixes: make([]string, len(prefixes))}
	for i, p := range prefixes {
		f.Prefixes[i] = s.stream(p)
	}
	return f
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

// all reads this try's events from the whole log.
func (s store) all() []eventstore.Recorded {
	s.t.Helper()
	return s.after(s.begin, eventstore.Filter{})
}

// after reads the matching events of this try after a position.
func (s store) after(p eventstore.Position, filter eventstore.Filter) []eventstore.Recorded {
	s.t.Helper()
	var events []eventstore.Recorded
	for r, err := range s.ReadAll(s.ctx, p, filter) {
		if err != nil {
			s.t.Fatalf("read the log: %v", err)
		}
		switch {
		case s.owns(r):
			events = append(events, r)
		case s.empty:
			s.t.Fatalf("nobody wrote %s", r.Stream)
		}
	}
	return events
}

func (s store) owns(r eventstore.Recorded) bool { return strings.HasPrefix(r.Stream, s.run) }

func (s store) end() eventstore.Position {
	s.t.Helper()
	p, err := s.End(s.ctx)
	if err != nil {
		s.t.Fatalf("end: %v", err)
	}
	return p
}

// endsAt checks the end of the log, or that it lies no earlier when others write too.
func (s store) endsAt(want eventstore.Position) {
	s.t.Helper()
	if got := s.end(); got < want || s.empty && got > want {
		s.t.Errorf("the log ends at %d, not %d", got, want)
	}
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
