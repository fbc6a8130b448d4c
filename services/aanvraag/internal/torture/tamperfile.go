package torture

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"

	"aanvraag.internal/services/audit"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// flipFile puts a log into a file, and flips bits of it, one at a time.
func flipFile(ctx context.Context, t *Try, random *rand.Rand, log []eventstore.Recorded) (err error) {
	dir, err := os.MkdirTemp(t.Dir, "file-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "events.db")
	store, err := sqlite.Open(path)
	if err != nil {
		return err
	}
	err = carry(ctx, each(log), store, map[string]eventstore.Head{})
	if err := errors.Join(err, store.Close()); err != nil {
		return err
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for range min(flipsOfAFile, t.Left()) {
		file, bit := bytes.Clone(whole), random.IntN(8*len(whole))
		file[bit/8] ^= 1 << (bit % 8)
		if err := os.WriteFile(path, file, 0o600); err != nil {
			return err
		}
		told, err := tellsOf(ctx, path, log)
		if err != nil {
			return broken("bit %d of a file of %d bytes: %v, and nothing tells of it", bit, len(file), err)
		}
		t.Count("bits of a file "+told, 1)
		t.Did(1)
	}
	return nil
}

// tellsOf says what tells of a damage of the file, or whether there is none to whoever
// reads. Its error is that a reader gets another history in silence.
func tellsOf(ctx context.Context, path string, log []eventstore.Recorded) (told string, err error) {
	store, err := sqlite.OpenReadOnly(path)
	if err != nil {
		return "refused", nil
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	if _, err := audit.Verify(ctx, store, nil); err != nil {
		return "named", nil
	}
	if store.Check(ctx) != nil {
		return "seen by the engine", nil
	}
	return "that change nothing", same(ctx, store, log)
}

var (
	errOther   = errors.New("a reader gets an event that was never written")
	errShorter = errors.New("a reader gets a shorter history")
)

// same compares what readers of the log and of its streams get with what was written.
func same(ctx context.Context, store eventstore.Store, log []eventstore.Recorded) error {
	n := 0
	for r, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		switch {
		case err != nil:
			return err
		case n == len(log) || r.Hash != log[n].Hash || r.Stream != log[n].Stream || !bytes.Equal(r.Data, log[n].Data):
			return errOther
		}
		n++
	}
	if n < len(log) {
		return errShorter
	}
	for stream, end := range newNote(log).heads {
		head := eventstore.Empty
		for r, err := range store.ReadStream(ctx, stream, eventstore.NoStream) {
			if err == nil {
				err = eventstore.Verify(head, r)
			}
			if err != nil {
				return err
			}
			head = r.Head()
		}
		if head != end {
			return errShorter
		}
	}
	return nil
}
