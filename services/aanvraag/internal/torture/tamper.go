package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/audit"
	"aanvraag.internal/services/platform/eventstore"
)

// tamper changes a log behind the system's back, as somebody with the file would: one
// bit flipped in any part of any event, an event taken out, put in twice, swapped
// with another, cut short, or written anew with a hash that fits it. Whatever stands
// behind it is numbered anew where a careful hand would. Some logs also lie in a file,
// of which any one bit is flipped, as damage of the medium would.
//
// What must hold: audit.Verify names a damage at or behind the place that was changed.
// What it cannot know by itself, an end of the log or of a stream that was cut off or
// written anew with all hashes, must differ from what was noted elsewhere: the
// position of the last event and the hash of each stream's last. A file with a flipped
// bit is refused, or told of by the verification or by the engine's own check of its
// file, or every reader still gets every event as it was.
//
// Not among what is tried, because nothing records it: in which order events of
// different streams were stored, and at what instant.
//
// Control group: an untouched log, which must be whole, and changed logs in which
// every hash was made to fit, of which the verification must miss some.
//
// Seen to fail without: the event's data among what is hashed; the comparison of
// positions where they leave no hole; the engine's check of its file.
var tamper = Program{
	Name: "tamper", Title: "a log that was changed behind the system's back", Unit: "tampers",
	Quick: 2_000, Long: 50_000_000,
	Run: tryTamper,
}

// Of one log: how many changes are tried on copies of it, and how many bits are
// flipped in its file; and of how many logs one lies in a file.
const (
	tampersOfALog = 200
	flipsOfAFile  = 50
	logsToAFile   = 50
)

func tryTamper(ctx context.Context, t *Try) error {
	if err := withoutHashes(ctx, t); err != nil {
		return err
	}
	t.Count("missed", 0)
	group, ctx := errgroup.WithContext(ctx)
	for worker := range runtime.GOMAXPROCS(0) {
		random := t.Rand(uint64(worker))
		group.Go(func() error {
			for n := 0; t.More() && ctx.Err() == nil; n++ {
				log, err := writtenLog(ctx, random)
				if err != nil {
					return err
				}
				if err := tamperALog(ctx, t, random, log); err != nil {
					return err
				}
				if n%logsToAFile > 0 {
					continue
				}
				if err := flipFile(ctx, t, random, log); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

func tamperALog(ctx context.Context, t *Try, random *rand.Rand, log []eventstore.Recorded) error {
	whole := newNote(log)
	if report, err := audit.Verify(ctx, changed{log: log}, nil); err != nil || report.Events != uint64(len(log)) {
		return &Harness{fmt.Sprintf("an untouched log of %d events is not whole: %+v, %v", len(log), report, err)}
	}
	for range min(tampersOfALog, t.Left()) {
		c := changes[random.IntN(len(changes))]
		broken := slices.Clone(log)
		at := c.change(&broken, random)
		if at < 0 {
			continue // this log has no place for it
		}
		if err := named(ctx, t, c.name, at, whole, broken); err != nil {
			return err
		}
		t.Did(1)
	}
	return nil
}

// named checks that a change is told: by the verifier alone, or against the note.
func named(ctx context.Context, t *Try, name string, at int, whole note, log []eventstore.Recorded) error {
	report, err := audit.Verify(ctx, changed{log: log}, nil)
	var c *eventstore.Corrupt
	switch {
	case errors.As(err, &c) && int(report.Damages[len(report.Damages)-1].Position) > at:
		t.Count("named", 1)
		return nil
	case err != nil:
		return broken("%s at position %d: the verifier names %v instead", name, at, err)
	case !whole.agrees(report, log):
		t.Count("seen by the note", 1)
		return nil
	}
	t.Count("missed", 1)
	return broken("%s at position %d of %d is not named", name, at, len(log))
}

// note is what was noted of a log elsewhere.
type note struct {
	end   eventstore.Position
	heads map[string]eventstore.Head
}

func newNote(log []eventstore.Recorded) note {
	n := note{heads: map[string]eventstore.Head{}}
	for _, r := range log {
		n.end, n.heads[r.Stream] = max(n.end, r.Position), r.Head()
	}
	return n
}

// agrees tells whether a log that was verified whole goes as far as the note says,
// with the same hashes.
func (n note) agrees(report audit.Report, log []eventstore.Recorded) bool {
	found := newNote(log)
	if report.Position < n.end {
		return false
	}
	for stream, head := range n.heads {
		if found.heads[stream] != head {
			return false
		}
	}
	return true
}

// withoutHashes makes sure that it is the hashes that tell: where all of them were
// made to fit what was changed, the verification must miss some.
func withoutHashes(ctx context.Context, t *Try) error {
	random, missed := t.Rand(1<<32), 0
	for range 50 {
		log, err := writtenLog(ctx, random)
		if err != nil {
			return err
		}
		changes[random.IntN(len(changes))].change(&log, random)
		heads := map[string]eventstore.Head{}
		for i := range log {
			head, known := heads[log[i].Stream]
			if !known {
				head = eventstore.Empty
			}
			log[i].Revision, log[i].Position = head.Revision+1, eventstore.Position(i+1)
			log[i].Hash = eventstore.Chain(head.Hash, log[i].Stream, log[i].Revision, proposed(log[i]))
			heads[log[i].Stream] = log[i].Head()
		}
		if _, err := audit.Verify(ctx, changed{log: log}, nil); err == nil {
			missed++
		}
	}
	if missed == 0 {
		return &Harness{"every change shows without any hash"}
	}
	t.Count("missed without hashes", missed)
	return nil
}
