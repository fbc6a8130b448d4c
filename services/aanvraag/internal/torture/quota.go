package torture

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// quota takes the room of the log away while it is written, and gives it back, as an
// operator does who keeps the log's quota below the size of the disk.
//
// What must hold: an append without room answers ErrFull within a second, and nothing
// of it is stored; whoever reads, and whoever repeats what is stored, is answered all
// the time; with room again the log takes appends without a restart. At the end every
// acknowledged event is there, and none that was refused.
//
// Control group: a writer that takes a refusal for success; it must be found out.
//
// Seen to fail without: the difference that the log makes between a full disk and
// other faults of a write; the rollback of what did not fit.
var quota = Program{
	Name: "quota", Title: "a log that reaches its quota", Unit: "times",
	Quick: 10, Long: 10_000,
	Run: tryQuota,
}

// timesOfALog is how often the room of one log is taken away.
const timesOfALog = 20

// soon is how long a refusal may take.
const soon = time.Second

func tryQuota(ctx context.Context, t *Try) error {
	random := t.Rand(0)
	t.Count("lost", 0)
	if err := t.mustBreak("a writer that takes a refusal for success", func(t *Try) error {
		t.rounds = 1
		return t.onAQuota(ctx, random, true)
	}); err != nil {
		return err
	}
	for t.More() {
		if err := t.onAQuota(ctx, random, false); err != nil {
			return err
		}
	}
	return nil
}

func (t *Try) onAQuota(ctx context.Context, random *rand.Rand, naive bool) (err error) {
	var limit atomic.Int64
	path := filepath.Join(t.Dir, fmt.Sprintf("log-%d", random.Uint32()), "events.db")
	log, err := sqlite.Open(path, sqlite.WithFaults(sqlite.Faults{MaxBytes: limit.Load}))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	f := &filling{t: t, store: log, naive: naive, heads: map[string]eventstore.Head{}, refusals: map[eventstore.Hash]bool{}}
	for range timesOfALog {
		if !t.More() {
			break
		}
		used, err := sizeOf(path)
		if err != nil {
			return err
		}
		room := func(full bool) error {
			limit.Store(0)
			if full {
				limit.Store(used + int64(random.IntN(200_000)))
			}
			return nil
		}
		if err := f.once(ctx, random, room); err != nil {
			return err
		}
		t.Did(1)
	}
	return f.check(ctx)
}

// sizeOf is how many bytes the log's file would have with all that is written.
func sizeOf(path string) (int64, error) {
	var size int64
	for _, suffix := range []string{"", "-wal"} {
		info, err := os.Stat(path + suffix)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
		if err == nil {
			size = max(size, info.Size())
		}
	}
	return size, nil
}

// filling is a log that is written while its room comes and goes.
type filling struct {
	t     *Try
	store *sqlite.Store
	naive bool

	mu       sync.Mutex
	heads    map[string]eventstore.Head // acknowledged
	refusals map[eventstore.Hash]bool
}

// once writes until room is gone, sees to it that everything else goes on, gives the
// room back and writes again.
func (f *filling) once(ctx context.Context, random *rand.Rand, full func(bool) error) error {
	if err := full(true); err != nil {
		return err
	}
	if err := f.write(ctx, random, true); err != nil {
		return err
	}
	if err := f.readable(ctx); err != nil {
		return err
	}
	if err := full(false); err != nil {
		return err
	}
	began := startWatch()
	if err := f.write(ctx, random, false); err != nil {
		return err
	}
	f.t.Longest("slowest healing", began.took())
	select {
	case <-f.store.Failed():
		return broken("a log without room has failed for good")
	default:
	}
	return nil
}

// write appends from several writers: until each has been refused a few times, or
// each has been answered a few times.
func (f *filling) write(ctx context.Context, random *rand.Rand, full bool) error {
	var group sync.WaitGroup
	errs := make([]error, logWriters)
	for i := range logWriters {
		r := rand.New(rand.NewPCG(random.Uint64(), 0)) //nolint:gosec // to be repeated, not to be secret
		group.Go(func() { errs[i] = f.writeTo(ctx, fmt.Sprint("thing-", i), r, full) })
	}
	group.Wait()
	return errors.Join(errs...)
}

// Of each writer: refusals or answers until it has enough, and appends at most.
const (
	enough     = 3
	mostWrites = 10_000
)

func (f *filling) writeTo(ctx context.Context, stream string, random *rand.Rand, full bool) error {
	refused, answered := 0, 0
	for range mostWrites {
		f.mu.Lock()
		head, known := f.heads[stream]
		f.mu.Unlock()
		if !known {
			head = eventstore.Empty
		}
		events := happened(stream, head, 1+random.IntN(3), random.IntN(20_000))
		began := startWatch()
		done, err := f.store.Append(ctx, stream, head, events)
		took := began.took()
		switch {
		case err == nil:
			answered++
			f.acknowledged(stream, head, events, done.Head)
		case !errors.Is(err, eventstore.ErrFull) || errors.Is(err, eventstore.ErrOutcomeUnknown):
			return broken("an append without room answers %v", err)
		case took > soon:
			return broken("an append without room is refused after %v", took)
		default:
			refused++
			f.t.Longest("slowest refusal", took)
			f.refused(stream, head, events)
		}
		if full && refused == enough || !full && answered == enough {
			return nil
		}
		if !full && refused > 0 {
			return broken("with room again an append is refused: %v", err)
		}
	}
	return broken("room that was taken away is not missed")
}

func (f *filling) acknowledged(stream string, after eventstore.Head, events []eventstore.Proposed, head eventstore.Head) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.heads[stream] = head
	f.t.Count("acknowledged", 1)
	for _, h := range heads(stream, after, events) {
		delete(f.refusals, h.Hash) // by chance the very same that was refused before
	}
}

// heads are where a stream ends after each of some events.
func heads(stream string, after eventstore.Head, events []eventstore.Proposed) []eventstore.Head {
	out := make([]eventstore.Head, len(events))
	for i, e := range events {
		after = eventstore.Head{Revision: after.Revision + 1, Hash: eventstore.Chain(after.Hash, stream, after.Revision+1, e)}
		out[i] = after
	}
	return out
}

func (f *filling) refused(stream string, after eventstore.Head, events []eventstore.Proposed) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.t.Count("refused", 1)
	ends := heads(stream, after, events)
	for _, h := range ends {
		f.refusals[h.Hash] = true
	}
	if f.naive {
		f.heads[stream] = ends[len(ends)-1]
	}
}

// readable reads everything there is, and repeats what is stored.
func (f *filling) readable(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	began := startWatch()
	for stream, head := range f.heads {
		last, before := eventstore.Recorded{}, eventstore.Empty
		for r, err := range f.store.ReadStream(ctx, stream, eventstore.NoStream) {
			if err != nil {
				return broken("without room %s cannot be read: %v", stream, err)
			}
			before, last = last.Head(), r
			if r.Revision == 0 {
				before = eventstore.Empty
			}
		}
		if last.Head() != head {
			return broken("without room %s ends at %d, not %d", stream, last.Revision, head.Revision)
		}
		if _, err := f.store.Append(ctx, stream, before, []eventstore.Proposed{proposed(last)}); err != nil {
			return broken("without room the repeat of what is stored answers %v", err)
		}
	}
	f.t.Longest("slowest reading without room", began.took())
	return nil
}

func (f *filling) check(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.store.Check(ctx); err != nil {
		return broken("%v", err)
	}
	found, err := readLog(ctx, f.store)
	if err != nil {
		return err
	}
	for stream, head := range f.heads {
		if n := len(found[stream]); n != int(head.Revision)+1 || found[stream][n-1] != head.Hash {
			f.t.Count("lost", 1)
			return broken("%s has %d events, and %d was acknowledged", stream, n, head.Revision)
		}
		for _, hash := range found[stream] {
			if f.refusals[hash] {
				return broken("an event of %s was refused, and is there", stream)
			}
		}
	}
	return nil
}
