package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
)

func event(stream, cause string) []eventstore.Proposed {
	return []eventstore.Proposed{{
		ID:   eventstore.EventID(stream, uuid.NewSHA1(uuid.Nil, []byte(cause)), 0),
		Type: "thing.happened.v1", Data: fmt.Appendf(nil, `{"cause":%q}`, cause), Metadata: []byte(`{}`),
	}}
}

func mustAppend(t *testing.T, s *Store, stream string, after eventstore.Head, cause string) eventstore.Appended {
	t.Helper()
	done, err := s.Append(t.Context(), stream, after, event(stream, cause))
	if err != nil {
		t.Fatalf("append to %s: %v", stream, err)
	}
	return done
}

// heads reads the whole log, checks every chain and answers where each stream ends.
func heads(t *testing.T, s *Store) map[string]eventstore.Head {
	t.Helper()
	found := make(map[string]eventstore.Head)
	next := eventstore.Position(1)
	for r, err := range s.ReadAll(t.Context(), 0, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		head, ok := found[r.Stream]
		if !ok {
			head = eventstore.Empty
		}
		if err := eventstore.Verify(head, r); err != nil {
			t.Fatal(err)
		}
		if r.Position != next {
			t.Fatalf("position %d comes where %d should", r.Position, next)
		}
		next++
		found[r.Stream] = r.Head()
	}
	return found
}

func closeStore(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestALogOpenedAgainKeepsItsEventsHeadsAndPositions(t *testing.T) {
	s, path := start(t)
	first := mustAppend(t, s, "thing-1", eventstore.Empty, "a")
	second := mustAppend(t, s, "thing-2", eventstore.Empty, "a")
	closeStore(t, s)

	s = startAt(t, path)
	if end, err := s.End(t.Context()); err != nil || end != second.Position {
		t.Errorf("the log ends at %d, %v", end, err)
	}
	_, err := s.Append(t.Context(), "thing-1", eventstore.Empty, event("thing-1", "b"))
	if !errors.As(err, new(*eventstore.Conflict)) {
		t.Errorf("an append to a stream that should be there answers %v", err)
	}
	if got := mustAppend(t, s, "thing-1", eventstore.Empty, "a"); got != first {
		t.Errorf("a repeat answers %+v, not %+v", got, first)
	}
	third := mustAppend(t, s, "thing-1", first.Head, "b")
	fourth := mustAppend(t, s, "thing-3", eventstore.Empty, "a")
	if third.Position != second.Position+1 || fourth.Position != third.Position+1 {
		t.Errorf("new events stand at %d and %d", third.Position, fourth.Position)
	}
	found := heads(t, s)
	if len(found) != 3 || found["thing-1"] != third.Head || found["thing-2"] != second.Head {
		t.Errorf("the heads are %v", found)
	}
}

func TestStoredEventsCannotBeChanged(t *testing.T) {
	s, path := start(t)
	mustAppend(t, s, "thing-1", eventstore.Empty, "a")
	closeStore(t, s)
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	for _, change := range []string{
		`UPDATE events SET data = x'7b7d'`, `DELETE FROM events`,
		`UPDATE streams SET name = 'thing-2'`, `DELETE FROM streams`,
	} {
		if _, err := raw.ExecContext(t.Context(), change); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s answers %v", change, err)
		}
	}
	var data string
	if err := raw.QueryRowContext(t.Context(), `SELECT data FROM log WHERE stream = 'thing-1'`).Scan(&data); err != nil {
		t.Fatal(err)
	}
	if data != `{"cause":"a"}` {
		t.Errorf("the log shows %s", data)
	}
}

func TestASecondWriterIsRefused(t *testing.T) {
	s, path := start(t)
	if _, err := Open(path); !errors.Is(err, ErrLocked) {
		t.Errorf("a second writer gets %v", err)
	}
	mustAppend(t, s, "thing-1", eventstore.Empty, "a")
	closeStore(t, s)
	startAt(t, path)
}

func TestAReaderBesideTheWriterSeesItsEvents(t *testing.T) {
	writer, path := start(t)
	first := mustAppend(t, writer, "thing-1", eventstore.Empty, "a")
	reader, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if got := heads(t, reader)["thing-1"]; got != first.Head {
		t.Errorf("the reader sees revision %d", got.Revision)
	}
	second := mustAppend(t, writer, "thing-1", first.Head, "b")
	if got := heads(t, reader)["thing-1"]; got != second.Head {
		t.Errorf("the reader sees revision %d", got.Revision)
	}
	if end, err := reader.End(t.Context()); err != nil || end != second.Position {
		t.Errorf("the reader sees the end at %d, %v", end, err)
	}
	for batch, err := range reader.Subscribe(t.Context(), first.Position, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if batch.Through == second.Position { // history is over: the next one is live
			mustAppend(t, writer, "thing-1", second.Head, "c")
			continue
		}
		if len(batch.Events) != 1 || batch.Events[0].Revision != 2 {
			t.Errorf("live came %+v", batch)
		}
		break
	}
	if _, err := reader.Append(t.Context(), "thing-2", eventstore.Empty, event("thing-2", "a")); !errors.Is(err, ErrReadOnly) {
		t.Errorf("an append to the reader answers %v", err)
	}
}

func TestAReaderAloneReadsAndLeavesTheFileAsItWas(t *testing.T) {
	s, path := start(t)
	done := mustAppend(t, s, "thing-1", eventstore.Empty, "a")
	closeStore(t, s)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	if got := heads(t, reader)["thing-1"]; got != done.Head {
		t.Errorf("the reader sees revision %d", got.Revision)
	}
	c, err := reader.readers.take(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.run(`INSERT INTO streams (id, name) VALUES (7, 'forged')`); err == nil {
		t.Error("a reader's connection can write")
	}
	reader.readers.put(c)
	closeStore(t, reader)
	after, err := os.ReadFile(path)
	if err != nil || string(after) != string(before) {
		t.Errorf("the file changed: %v", err)
	}
}

func TestAFileThatIsNoEventLogIsRefused(t *testing.T) {
	prepare := map[string]func(path string) error{
		"text": func(path string) error { return os.WriteFile(path, []byte(strings.Repeat("Dear diary. ", 99)), 0o600) },
		"another application's": func(path string) error {
			return execute(t.Context(), path, `CREATE TABLE diary (entry TEXT)`)
		},
		"newer": func(path string) error {
			return execute(t.Context(), path,
				fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, schemaVersion+1))
		},
	}
	for name, spoil := range prepare {
		path := filepath.Join(t.TempDir(), "events.db")
		if err := spoil(path); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		if _, err := Open(path); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: Open answers %v", name, err)
		}
		if _, err := OpenReadOnly(path); !errors.Is(err, ErrForeign) {
			t.Errorf("%s: OpenReadOnly answers %v", name, err)
		}
		if after, _ := os.ReadFile(path); string(after) != string(before) {
			t.Errorf("%s: the file was changed", name)
		}
	}
	missing := filepath.Join(t.TempDir(), "none.db")
	if _, err := OpenReadOnly(missing); err == nil {
		t.Error("a missing file opens to read")
	}
	if _, err := os.Stat(missing); err == nil {
		t.Error("OpenReadOnly creates the file")
	}
}

func execute(ctx context.Context, path, text string) error {
	raw, err := sql.Open("sqlite", path)
	if err != nil {
		return err
	}
	_, err = raw.ExecContext(ctx, text)
	return errors.Join(err, raw.Close())
}

func TestOnlyTheOwnerMayReadTheFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b", "c?d#e%41", "events.db")
	s := startAt(t, path)
	mustAppend(t, s, "thing-1", eventstore.Empty, "a")
	for name, want := range map[string]os.FileMode{
		filepath.Dir(path): 0o700 | os.ModeDir, filepath.Dir(filepath.Dir(path)): 0o700 | os.ModeDir,
		path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600, path + ".lock": 0o600,
	} {
		info, err := os.Stat(name)
		if err != nil {
			t.Error(err)
		} else if info.Mode() != want {
			t.Errorf("%s has mode %v", filepath.Base(name), info.Mode())
		}
	}
}

func TestRecordedAtComesFromTheClock(t *testing.T) {
	at := time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)
	s, _ := start(t, WithClock(clock.NewFrozen(at, nil)))
	mustAppend(t, s, "thing-1", eventstore.Empty, "a")
	for r, err := range s.ReadStream(t.Context(), "thing-1", eventstore.NoStream) {
		if err != nil || !r.RecordedAt.Equal(at) {
			t.Errorf("recorded at %v, %v", r.RecordedAt, err)
		}
	}
	for batch, err := range s.Subscribe(t.Context(), 0, eventstore.Filter{}) {
		if err != nil || !batch.Events[0].RecordedAt.Equal(at) {
			t.Errorf("a subscriber sees %+v, %v", batch, err)
		}
		break
	}
}
