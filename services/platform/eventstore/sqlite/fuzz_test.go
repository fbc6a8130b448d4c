package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
)

// small writes a log of three streams, the same bytes in every run, and answers
// its file and its events.
func small(f *testing.F) ([]byte, []eventstore.Recorded) {
	f.Helper()
	path := filepath.Join(f.TempDir(), "events.db")
	s, err := Open(path, WithClock(clock.NewFrozen(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), nil)))
	if err != nil {
		f.Fatal(err)
	}
	heads := map[string]eventstore.Head{}
	for i := range 12 {
		stream := fmt.Sprint("thing-", i%3)
		if i < 3 {
			heads[stream] = eventstore.Empty
		}
		done, err := s.Append(f.Context(), stream, heads[stream], event(stream, fmt.Sprint(i)))
		if err != nil {
			f.Fatal(err)
		}
		heads[stream] = done.Head
	}
	events, err := read(s.ReadAll(f.Context(), 0, eventstore.Filter{}))
	if err := errors.Join(err, s.Close()); err != nil {
		f.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	return file, events
}

// read takes what an engine yields as its callers do: each event must follow the
// one before it in its stream. When it was stored is bookkeeping, and no part of
// the hash.
func read(events func(func(eventstore.Recorded, error) bool)) (out []eventstore.Recorded, err error) {
	heads := map[string]eventstore.Head{}
	for r, err := range events {
		if err != nil {
			return out, err
		}
		head, known := heads[r.Stream]
		if !known {
			head = eventstore.Empty
		}
		if err := eventstore.Verify(head, r); err != nil {
			return out, err
		}
		heads[r.Stream] = r.Head()
		r.RecordedAt = time.Time{}
		out = append(out, r)
	}
	return out, nil
}

// A file with other bytes than were written tells events that were written, in
// their order, or nothing. Where it tells fewer, opening, reading or checking it
// says so: no history is shorter in silence.
func FuzzDamagedFile(f *testing.F) {
	file, want := small(f)
	byStream := map[string][]eventstore.Recorded{}
	for _, r := range want {
		byStream[r.Stream] = append(byStream[r.Stream], r)
	}
	whole := uint32(len(file))
	f.Add(uint32(0), byte(0), whole)            // as it was
	f.Add(uint32(0), byte(1), whole)            // not a database
	f.Add(uint32(68), byte(1), whole)           // another application's
	f.Add(uint32(63), byte(1), whole)           // a version of tomorrow
	f.Add(uint32(28), byte(0x80), whole)        // the header's number of pages
	f.Add(uint32(3602), byte(0x80), whole)      // the schema
	f.Add(uint32(4099), byte(1), whole)         // the number of streams
	f.Add(uint32(8156), byte(1), whole)         // a stream's name
	f.Add(uint32(12281), byte(1), whole)        // its name in the index
	f.Add(uint32(12292), byte(1), whole)        // the number of events
	f.Add(uint32(12312), byte(1), whole)        // where an event stands
	f.Add(uint32(15168), byte(0x80), whole)     // the position of the last one
	f.Add(uint32(15300), byte(1), whole)        // an event
	f.Add(uint32(16395), byte(1), whole)        // the index of events by stream
	f.Add(uint32(20396), byte(0x80), whole)     // an entry of it
	f.Add(uint32(0), byte(0), whole-62)         // the last page is torn
	f.Add(uint32(0), byte(0), whole-4096)       // or gone
	f.Add(uint32(0), byte(0), uint32(4096+100)) // all pages but one
	f.Add(uint32(0), byte(0), uint32(0))        // nothing is left
	f.Fuzz(func(t *testing.T, at uint32, mask byte, keep uint32) {
		damaged := append([]byte(nil), file[:min(keep, whole)]...)
		if len(damaged) < 2 {
			return // to SQLite a log that has not begun, also with one byte: who expects one notices
		}
		damaged[at%uint32(len(damaged))] ^= mask
		path := filepath.Join(t.TempDir(), "events.db")
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		for _, open := range []func() (*Store, error){
			func() (*Store, error) { return OpenReadOnly(path) },
			func() (*Store, error) { return Open(path) },
		} {
			if err := os.WriteFile(path, damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := open()
			if err != nil {
				continue
			}
			named := s.Check(ctx)
			got, err := read(s.ReadAll(ctx, 0, eventstore.Filter{}))
			tells(t, "the log", got, want, errors.Join(err, named))
			for stream, want := range byStream {
				got, err := read(s.ReadStream(ctx, stream, eventstore.NoStream))
				// Positions are no part of the hash, and were looked at above.
				for i := range min(len(got), len(want)) {
					got[i].Position = want[i].Position
				}
				tells(t, stream, got, want, errors.Join(err, named))
			}
			if ctx.Err() != nil {
				t.Fatal("a reader is kept for ever")
			}
			_ = s.Close() // what it could not tidy up was damaged
		}
	})
}

// tells checks that what was read are events that were written, in their order, all
// of them unless somebody named a damage.
func tells(t *testing.T, what string, got, want []eventstore.Recorded, named error) {
	t.Helper()
	rest := want
	for _, r := range got {
		at := slices.IndexFunc(rest, func(w eventstore.Recorded) bool { return reflect.DeepEqual(w, r) })
		if at < 0 {
			t.Fatalf("%s tells what was never written, or not there: %+v (%v)", what, r, named)
		}
		rest = rest[at+1:]
	}
	if len(got) < len(want) && named == nil {
		t.Fatalf("%s has %d of %d events, and nobody says so", what, len(got), len(want))
	}
}
