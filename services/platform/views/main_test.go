package views_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"
	"modernc.org/sqlite"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/views"
)

func TestMain(m *testing.M) {
	sqlite.MustRegisterScalarFunction("crash", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		crashAt(args[0].(string), args[1].(int64))
		return nil, nil
	})
	if dir := os.Getenv("VIEWS_CRASH_DIR"); dir != "" {
		runUntilCrash(dir)
	}
	goleak.VerifyTestMain(m)
}

const schema = `
CREATE TABLE counts (stream TEXT PRIMARY KEY, n INTEGER NOT NULL) STRICT;
CREATE TABLE events (position INTEGER PRIMARY KEY, stream TEXT NOT NULL) STRICT;
`

// count doubles visibly when an event is applied twice, and fails on an event that
// it does not know.
func count(tx *views.Tx, e eventstore.Recorded) error {
	if e.Type != "counted.v1" {
		return fmt.Errorf("unknown event type %q", e.Type)
	}
	if err := tx.Exec(`INSERT INTO events VALUES (?, ?)`, int64(e.Position), e.Stream); err != nil {
		return err
	}
	return tx.Exec(`INSERT INTO counts VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1`, e.Stream)
}

func config(dir string, store eventstore.Store) views.Config {
	return views.Config{Name: "billing", Dir: dir, Schema: schema, Version: "1", Store: store, Apply: count}
}

func newStore(t testing.TB) *memory.Store {
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	return store
}

// add appends n events to stream, each by itself, and answers the last position.
func add(t testing.TB, store eventstore.Store, stream, eventType string, n int) eventstore.Position {
	t.Helper()
	head := eventstore.Empty
	for e, err := range store.ReadStream(t.Context(), stream, eventstore.NoStream) {
		must(t, err)
		head = e.Head()
	}
	var last eventstore.Position
	for i := range n {
		e := eventstore.Proposed{
			ID: eventstore.EventID(stream, uuid.Nil, int(head.Revision)+1+i), Type: eventType,
			Data: []byte(`{}`), Metadata: []byte(`{}`),
		}
		done, err := store.Append(t.Context(), stream, head, []eventstore.Proposed{e})
		must(t, err)
		last, head = done.Position, done.Head
	}
	return last
}

func open(t testing.TB, cfg views.Config) *views.View {
	t.Helper()
	v, err := views.Open(t.Context(), cfg)
	must(t, err)
	t.Cleanup(func() { must(t, v.Close()) })
	return v
}

// run follows the log in the background; the channel gives Run's answer.
func run(t testing.TB, v *views.View) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- v.Run(t.Context()) }()
	return ended
}

func running(t testing.TB, cfg views.Config) *views.View {
	t.Helper()
	v := open(t, cfg)
	run(t, v)
	return v
}

func wait(t testing.TB, v *views.View, pos eventstore.Position) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	must(t, v.WaitFor(ctx, pos))
}

func number(t testing.TB, v *views.View, query string) (n int64) {
	t.Helper()
	pool, err := v.Query(t.Context())
	must(t, err)
	must(t, pool.QueryRowContext(t.Context(), query).Scan(&n))
	return n
}

func digest(t testing.TB, v *views.View) string {
	t.Helper()
	d, err := v.Digest(t.Context())
	must(t, err)
	return d
}

// built is the digest of a view that was built anew from the whole log.
func built(t testing.TB, cfg views.Config) string {
	t.Helper()
	cfg.Dir, cfg.Log = t.TempDir(), nil
	return digest(t, running(t, cfg))
}

// files are the database files of a directory, by name.
func files(t testing.TB, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), "-wal") && !strings.HasSuffix(e.Name(), "-shm") {
			names = append(names, e.Name())
		}
	}
	return names
}

func onlyFile(t testing.TB, dir string) string {
	t.Helper()
	names := files(t, dir)
	if len(names) != 1 {
		t.Fatalf("want one file, have %q", names)
	}
	return filepath.Join(dir, names[0])
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// journal keeps what a view logs.
type journal struct {
	mu   sync.Mutex
	text strings.Builder
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

func (j *journal) has(part string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Contains(j.text.String(), part)
}

func logged(cfg *views.Config) *journal {
	j := &journal{}
	cfg.Log = slog.New(slog.NewTextHandler(j, nil))
	return j
}
