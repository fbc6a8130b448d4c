package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/esdb"
	"aanvraag.internal/services/platform/eventstore/esdbserver"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// linearizable kills (SIGKILL) and freezes (SIGSTOP) the process that holds the log,
// under clients that append to the same streams and read them over the network; a
// client reads back whatever became of an append before it goes on (R3).
//
// What must hold: the answers that the clients got have an explanation by one order
// in which each stream only grew at its end, nothing that was acknowledged is
// missing, and whatever was said not to be stored never shows.
//
// Control groups, each of which must be found out: a client that reads what was true
// a moment ago, a client that says "failed" after an unknown outcome, and a log that
// acknowledges before it has written.
//
// Seen to fail without: the answer after COMMIT instead of before it; an event in the
// log's memory of the streams that were used last.
var linearizable = Program{
	Name: "linearizable", Title: "kill -9 and a frozen process of the log", Unit: "operations",
	Quick: 20_000, Long: 5_000_000,
	Run:   tryLinearizable,
	Parts: map[string]Part{"linearizable/log": serveLog},
}

// Of one epoch: streams that nobody used before, clients that work on them, and
// operations until everything is checked; and how many epochs share one log.
const (
	epochStreams    = 16
	epochClients    = 8
	epochOperations = 1000
	epochsOfALog    = 100
	mostEpochs      = 25 // within which a control group must be found out
)

// variant is what is different in a control group; the zero one is as it should be.
type variant struct {
	name      string
	stale     bool // reads tell what was true a moment ago
	forgetful bool // an unknown outcome counts as a failure
	early     bool // the log acknowledges before it writes
}

func tryLinearizable(ctx context.Context, t *Try) error {
	for i, v := range []variant{
		{name: "a client that reads what was true a moment ago", stale: true},
		{name: "a client that does not read back", forgetful: true},
		{name: "a log that acknowledges before it writes", early: true},
	} {
		if err := t.mustBreak(v.name, func(t *Try) error {
			t.rounds = mostEpochs * epochOperations
			return t.onALog(ctx, uint64(i+1), v, mostEpochs)
		}); err != nil {
			return err
		}
	}
	for t.More() {
		if err := t.onALog(ctx, 0, variant{}, epochsOfALog); err != nil {
			return err
		}
	}
	return nil
}

// onALog runs epochs over a log of their own.
func (t *Try) onALog(ctx context.Context, use uint64, v variant, epochs int) (err error) {
	dir, err := os.MkdirTemp(t.Dir, "log-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	h := &logHost{life: ctx, t: t, dir: dir, early: v.early}
	if err := h.start(); err != nil {
		return err
	}
	defer func() { h.process.kill() }()
	store, err := esdb.Open(ctx, "esdb://"+h.address+"?tls=false")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	random := t.Rand(use<<32 | uint64(t.Left()))
	for n := 0; n < epochs && t.More(); n++ {
		e := &epoch{
			try: t, variant: v, host: h, store: store, random: random, history: newHistory(),
		}
		e.left.Store(int64(min(epochOperations, t.Left())))
		if v.stale {
			e.store = &behind{Store: store}
		}
		if err := e.run(ctx); err != nil {
			return err
		}
		t.Did(e.history.count)
		t.Count("epochs", 1)
	}
	return nil
}

// logHost is the process that holds the log. It comes back at the same address.
type logHost struct {
	life    context.Context // of its process, and of the next
	t       *Try
	dir     string
	early   bool
	address string
	process *process
}

func (h *logHost) start() error {
	if h.address == "" {
		h.address = "127.0.0.1:0"
	}
	var err error
	if h.process, err = h.t.Start(h.life, "linearizable/log", h.dir, h.address, strconv.FormatBool(h.early)); err != nil {
		return err
	}
	h.address, err = h.process.await("ready ")
	return err
}

// epoch is one history, with a fault in its middle.
type epoch struct {
	try     *Try
	variant variant
	host    *logHost
	store   eventstore.Store
	random  *rand.Rand
	history *history

	left     atomic.Int64 // operations, for whoever takes one
	answered atomic.Int64 // when a client last was, on the history's watch
	faulty   atomic.Bool  // a fault is on
}

func (e *epoch) run(ctx context.Context) error {
	streams := make([]string, epochStreams)
	for i := range streams {
		streams[i] = "thing-" + uuid.NewString()
	}
	group, working := errgroup.WithContext(ctx)
	for i := range epochClients {
		c := &client{
			epoch: e, number: i, heads: map[string]eventstore.Head{}, streams: streams,
			random: rand.New(rand.NewPCG(e.random.Uint64(), 0)), //nolint:gosec // to be repeated, not to be secret
		}
		group.Go(func() error { return c.work(working) })
	}
	at := int64(e.random.IntN(int(e.left.Load())*3/4 + 1))
	kill := e.random.IntN(5) < 3
	if e.variant != (variant{}) {
		kill = e.variant.early
	}
	frozen := time.Duration(50+e.random.IntN(350)) * time.Millisecond
	group.Go(func() error { return e.fault(working, at, kill, frozen) })
	if err := group.Wait(); err != nil {
		return err
	}
	return e.check(ctx, streams)
}

// fault comes once that many operations are left.
func (e *epoch) fault(ctx context.Context, left int64, kill bool, frozen time.Duration) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for e.left.Load() > left {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
	e.faulty.Store(true)
	defer e.faulty.Store(false)
	began := e.history.now()
	if kill {
		e.host.process.kill()
		if err := e.host.start(); err != nil {
			return fmt.Errorf("start the log again: %w", err)
		}
		e.try.Count("kills", 1)
	} else {
		if err := errors.Join(e.host.process.signal(syscall.SIGSTOP), pause(ctx, frozen), e.host.process.signal(syscall.SIGCONT)); err != nil {
			return err
		}
		e.try.Count("freezes", 1)
	}
	return e.recovered(ctx, began, e.history.now(), kill)
}

// recovered waits until a client is answered again.
func (e *epoch) recovered(ctx context.Context, began, up time.Duration, kill bool) error {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for e.answered.Load() <= int64(up) && e.left.Load() > 0 {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
	if kill && e.answered.Load() > int64(up) {
		e.try.Longest("slowest recovery", time.Duration(e.answered.Load())-began)
	}
	return nil
}

// check reads every stream once more, and looks for an order that explains all.
func (e *epoch) check(ctx context.Context, streams []string) error {
	c := &client{epoch: e, number: epochClients, heads: map[string]eventstore.Head{}}
	lost := 0
	for _, stream := range streams {
		head, err := c.readBack(ctx, stream, eventstore.Empty)
		if err != nil {
			return err
		}
		lost += e.history.lost(stream, head.last)
	}
	e.try.Count("lost", lost)
	result, stream := e.history.verdict()
	switch {
	case result == porcupine.Unknown:
		return fmt.Errorf("no order of the operations on %s was found or excluded within %v", stream, patience)
	case result == porcupine.Illegal && e.variant == (variant{}):
		picture := filepath.Join(os.TempDir(), fmt.Sprintf("aanvraag-linearizable-%d.html", e.try.Seed))
		return broken("no order of the operations on %s explains what the clients were told: see %s (%v); lost %d",
			stream, picture, e.history.draw(stream, picture), lost)
	case result == porcupine.Illegal || lost > 0:
		return broken("no order of the operations on %s explains what the clients were told; lost %d", stream, lost)
	}
	return nil
}

// client appends to streams that others append to as well, and reads them.
type client struct {
	*epoch

	number  int
	random  *rand.Rand
	streams []string
	heads   map[string]eventstore.Head // as last seen
	made    uint64                     // events
}

func (c *client) work(ctx context.Context) error {
	for c.left.Add(-1) >= 0 && ctx.Err() == nil {
		stream := c.streams[c.random.IntN(len(c.streams))]
		var err error
		if c.random.IntN(3) == 0 {
			err = c.read(ctx, stream)
		} else {
			err = c.append(ctx, stream)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// impatience is how long a client waits for one answer, and reluctance how long
// until it gives an append up for undecided.
const (
	impatience = 100 * time.Millisecond
	reluctance = 20 * time.Second
)

// read reads a stream to its end. One that is not answered tells nothing.
func (c *client) read(ctx context.Context, stream string) error {
	after, known := c.heads[stream]
	if !known || c.random.IntN(2) == 0 {
		after = eventstore.Empty
	}
	began := c.history.now()
	ctx, cancel := context.WithTimeout(ctx, impatience)
	defer cancel()
	found, err := c.look(ctx, stream, after)
	if err != nil {
		return fatal(err)
	}
	c.saw(stream, began, found.last)
	return nil
}

func (c *client) saw(stream string, began time.Duration, head eventstore.Head) {
	c.history.add(c.number, stream, began, wish{}, answer{head: head})
	c.answered.Store(int64(c.history.now()))
	c.heads[stream] = head
}

// fatal is err when it tells of damage. Whatever else a read answers is the fault's
// doing, and tells nothing.
func fatal(err error) error {
	if errors.As(err, new(*eventstore.Corrupt)) {
		return broken("%v", err)
	}
	return nil
}

// found is what lies behind a head.
type found struct {
	first uuid.UUID // nil when there is nothing
	last  eventstore.Head
}

func (c *client) look(ctx context.Context, stream string, after eventstore.Head) (found, error) {
	f := found{last: after}
	for r, err := range c.store.ReadStream(ctx, stream, after.Revision) {
		if err != nil {
			return f, err
		}
		if err := eventstore.Verify(f.last, r); err != nil {
			return f, err
		}
		if f.first == uuid.Nil {
			f.first = r.ID
		}
		f.last = r.Head()
	}
	return f, nil
}

// readBack looks until it is answered.
func (c *client) readBack(ctx context.Context, stream string, after eventstore.Head) (found, error) {
	limit, cancel := context.WithTimeout(ctx, reluctance)
	defer cancel()
	for {
		began := c.history.now()
		ctx, cancel := context.WithTimeout(limit, impatience)
		f, err := c.look(ctx, stream, after)
		cancel()
		if err == nil {
			c.saw(stream, began, f.last)
			return f, nil
		}
		if err := fatal(err); err != nil {
			return f, err
		}
		if limit.Err() != nil {
			return f, broken("%s is not read any more: %v", stream, err)
		}
	}
}

// append appends one event where the client believes the stream to end.
func (c *client) append(ctx context.Context, stream string) error {
	c.made++
	cause := uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%d/%d", c.number, c.made))
	e := eventstore.Proposed{
		ID: eventstore.EventID(stream, cause, 0), Type: "thing.happened.v1",
		Data: fmt.Appendf(nil, `{"client":%d,"n":%d}`, c.number, c.made), Metadata: []byte(`{}`),
	}
	after, known := c.heads[stream]
	if !known {
		after = eventstore.Empty
	}
	next := eventstore.Head{Revision: after.Revision + 1, Hash: eventstore.Chain(after.Hash, stream, after.Revision+1, e)}
	w := wish{append: true, after: after, next: next}
	began := c.history.now()
	a, err := c.decide(ctx, stream, w, e)
	switch {
	case err != nil || a == nil:
		return err
	case a.kind == done:
		c.answered.Store(int64(c.history.now()))
		c.heads[stream] = next
	}
	c.history.add(c.number, stream, began, w, *a)
	if a.kind == conflict {
		return c.read(ctx, stream)
	}
	return nil
}

// decide appends until it is known what became of it; nil when it is known that
// nothing did.
func (c *client) decide(ctx context.Context, stream string, w wish, e eventstore.Proposed) (*answer, error) {
	limit, cancel := context.WithTimeout(ctx, reluctance)
	defer cancel()
	open := false // an earlier try may still come to be stored
	for limit.Err() == nil {
		try, cancel := context.WithTimeout(limit, impatience)
		got, err := c.store.Append(try, stream, w.after, []eventstore.Proposed{e})
		cancel()
		var other *eventstore.Conflict
		switch {
		case err == nil && got.Head != w.next:
			return nil, broken("an append to %s after %v was answered %v instead of %v", stream, w.after, got.Head, w.next)
		case err == nil:
			return &answer{kind: done}, nil
		case errors.As(err, &other):
			return &answer{kind: conflict, actual: other.Actual}, nil
		case errors.As(err, new(*eventstore.Corrupt)):
			return nil, broken("%v", err)
		case !errors.Is(err, eventstore.ErrOutcomeUnknown) && !open, c.variant.forgetful:
			return nil, nil
		}
		open = true
		c.try.Count("unknown outcomes", 1)
		a, err := c.settle(limit, stream, w, e)
		if a != nil || err != nil {
			return a, err
		}
	}
	c.try.Count("undecided", 1)
	return &answer{kind: undecided}, ctx.Err()
}

// settle looks what became of an append; nil when it is not there, but may still
// come.
func (c *client) settle(ctx context.Context, stream string, w wish, e eventstore.Proposed) (*answer, error) {
	f, err := c.readBack(ctx, stream, w.after)
	switch {
	case err != nil && ctx.Err() == nil:
		return nil, err
	case err != nil:
		return nil, nil //nolint:nilerr // it is given up for undecided
	case f.first == e.ID:
		return &answer{kind: done}, nil
	case f.first != uuid.Nil:
		return &answer{kind: conflict, actual: f.last.Revision}, nil
	}
	return nil, nil
}

// behind is a store whose every fourth reader sees all but the last event.
type behind struct {
	eventstore.Store

	reads atomic.Int64
}

// ReadStream leaves out the last event, now and then.
func (s *behind) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	if s.reads.Add(1)%4 != 0 {
		return s.Store.ReadStream(ctx, stream, after)
	}
	return func(yield func(eventstore.Recorded, error) bool) {
		var held *eventstore.Recorded
		for r, err := range s.Store.ReadStream(ctx, stream, after) {
			if held != nil && !yield(*held, nil) {
				return
			}
			if held = &r; err != nil {
				yield(r, err)
				return
			}
		}
	}
}

// serveLog is the process of the log. Arguments: directory, address, whether it is
// to acknowledge early.
func serveLog(ctx context.Context, args []string, out io.Writer) (err error) {
	if len(args) != 3 {
		return errors.New("it takes a directory, an address, and true or false")
	}
	log, err := sqlite.Open(filepath.Join(args[0], "events.db"))
	if err != nil {
		return err
	}
	var store eventstore.Store = log
	if args[2] == "true" {
		if store, err = openEarly(ctx, log); err != nil {
			return err
		}
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", args[1])
	if err != nil {
		return err
	}
	server := esdbserver.New(store, slog.New(slog.NewTextHandler(os.Stderr, nil)))
	var serving sync.WaitGroup
	serving.Go(func() { err = server.Serve(listener) })
	fmt.Fprintln(out, "ready", listener.Addr())
	serving.Wait() // until it is killed
	return err
}
