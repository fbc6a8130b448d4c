package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// fsync makes one COMMIT of the log answer "input/output error", as after a failed
// fsync, under writers: half the time nothing of that transaction is on disk, and
// half the time all of it is. Whatever comes after would succeed.
//
// What must hold: after the fault nothing is acknowledged and nothing is read, and
// the log says that it has failed. Opened again, it holds every acknowledged event
// and none that was refused; an append of unknown outcome is settled by one repeat,
// and stands there once.
//
// Control group: the same writers over a log that believes in a commit which failed
// and was not stored; it must lose.
//
// Seen to fail without: the end of the log after a fault of COMMIT; the repeat that
// looks at ids.
var fsync = Program{
	Name: "fsync", Title: "a commit of the log that fails", Unit: "faults",
	Quick: 20, Long: 20_000,
	Run: tryFsync,
}

func tryFsync(ctx context.Context, t *Try) error {
	random := t.Rand(0)
	t.Count("lost", 0)
	if err := t.mustBreak("a log that believes in a failed commit", func(t *Try) error {
		return t.failCommit(ctx, random, true)
	}); err != nil {
		return err
	}
	for t.More() {
		if err := t.failCommit(ctx, random, false); err != nil {
			return err
		}
		t.Did(1)
	}
	return nil
}

// commits is the fault of one commit.
type commits struct {
	left    atomic.Int64 // until it
	persist bool         // what fails is on disk all the same
	naive   bool         // the failure is not told: the control group
}

var errEIO = errors.New("input/output error")

func (c *commits) commit(commit func() error) error {
	if c.left.Add(-1) != 0 {
		return commit()
	}
	switch {
	case c.naive:
		return nil // COMMIT was never run: the next transaction will find this one open
	case c.persist:
		return errors.Join(errEIO, commit())
	}
	return errEIO
}

// outcomes are what writers were told.
type outcomes struct {
	mu       sync.Mutex
	heads    map[string]eventstore.Head   // acknowledged
	pending  map[string]pending           // of unknown outcome
	refused  map[eventstore.Hash]struct{} // said not to be stored
	failed   bool
	answered int
	after    int // acknowledged to those who began after the failure was told
}

type pending struct {
	after  eventstore.Head
	events []eventstore.Proposed
}

func (t *Try) failCommit(ctx context.Context, random *rand.Rand, naive bool) (err error) {
	dir, err := os.MkdirTemp(t.Dir, "log-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "events.db")
	c := &commits{persist: random.IntN(2) == 0, naive: naive}
	c.left.Store(int64(2 + random.IntN(30)))
	store, err := sqlite.Open(path, sqlite.WithFaults(sqlite.Faults{Commit: c.commit}))
	if err != nil {
		return err
	}
	o := &outcomes{heads: map[string]eventstore.Head{}, pending: map[string]pending{}, refused: map[eventstore.Hash]struct{}{}}
	var group sync.WaitGroup
	for i := range logWriters {
		r := rand.New(rand.NewPCG(random.Uint64(), 0)) //nolint:gosec // to be repeated, not to be secret
		group.Go(func() { o.write(ctx, store, fmt.Sprint("thing-", i), r) })
	}
	group.Wait()
	if err := o.ended(ctx, store); err != nil {
		return errors.Join(err, store.Close())
	}
	if err := store.Close(); err != nil {
		return err
	}
	t.Count("acknowledged", o.answered)
	t.Count("unknown outcomes", len(o.pending))
	return o.reopened(ctx, t, path)
}

// Of each writer: appends until it ends by itself, and tries after a failure.
const (
	mostAppends = 400
	triesAfter  = 3
)

// write appends until it is refused, and a few times more.
func (o *outcomes) write(ctx context.Context, store eventstore.Store, stream string, random *rand.Rand) {
	head, failures := eventstore.Empty, 0
	for range mostAppends {
		events := happened(stream, head, 1+random.IntN(3), random.IntN(500))
		o.mu.Lock()
		failed := o.failed
		o.mu.Unlock()
		done, err := store.Append(ctx, stream, head, events)
		o.told(stream, head, events, done, err, failed)
		if err == nil {
			head = done.Head
			continue
		}
		if failures++; failures > triesAfter {
			return
		}
	}
}

func (o *outcomes) told(
	stream string, after eventstore.Head, events []eventstore.Proposed, done eventstore.Appended, err error, failed bool,
) {
	o.mu.Lock()
	defer o.mu.Unlock()
	switch {
	case err == nil:
		o.answered++
		o.heads[stream] = done.Head
		if failed {
			o.after++
		}
		return
	case errors.Is(err, eventstore.ErrOutcomeUnknown):
		o.pending[stream] = pending{after, events}
	default:
		if _, open := o.pending[stream]; !open {
			o.refused[eventstore.Chain(after.Hash, stream, after.Revision+1, events[0])] = struct{}{}
		}
	}
	o.failed = true
}

// failing bounds how long a log may take to say that it has failed.
const failing = 5 * time.Second

// ended checks what a log must be after a fault.
func (o *outcomes) ended(ctx context.Context, store *sqlite.Store) error {
	if o.after > 0 {
		return broken("%d appends were acknowledged after a failed commit", o.after)
	}
	if !o.failed {
		return nil // a control group
	}
	patience := time.NewTimer(failing)
	defer patience.Stop()
	select {
	case <-store.Failed():
	case <-patience.C:
		return broken("the log does not say that it has failed")
	}
	for _, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if !errors.Is(err, eventstore.ErrUnavailable) {
			return broken("a log that has failed is read: %v", err)
		}
	}
	return nil
}

// reopened checks what a log holds after a start.
func (o *outcomes) reopened(ctx context.Context, t *Try, path string) (err error) {
	began := startWatch()
	store, err := sqlite.Open(path)
	if err != nil {
		return broken("the log does not open again: %v", err)
	}
	t.Longest("slowest recovery", began.took())
	defer func() { err = errors.Join(err, store.Close()) }()
	for stream, p := range o.pending {
		done, err := store.Append(ctx, stream, p.after, p.events)
		if err != nil {
			return broken("the repeat of an unknown append to %s: %v", stream, err)
		}
		o.heads[stream] = done.Head
	}
	found, err := readLog(ctx, store)
	if err != nil {
		return err
	}
	lost := 0
	for stream, head := range o.heads {
		hashes := found[stream]
		if int(head.Revision) >= len(hashes) || hashes[head.Revision] != head.Hash {
			lost++
			continue
		}
		if int(head.Revision) < len(hashes)-1 {
			return broken("%s goes on behind its last acknowledged event, %d", stream, head.Revision)
		}
	}
	for stream, hashes := range found {
		for revision, hash := range hashes {
			if _, refused := o.refused[hash]; refused {
				return broken("event %d of %s was refused, and is there", revision, stream)
			}
		}
	}
	if lost > 0 {
		t.Count("lost", lost)
		return broken("acknowledged events of %d streams are lost", lost)
	}
	return nil
}
