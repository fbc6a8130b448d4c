package views_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"slices"
	"testing"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

func TestAnotherShapeIsBuiltBesideTheLiveFileAndThenTakesItsPlace(t *testing.T) {
	for name, change := range map[string]func(*views.Config){
		"schema":  func(c *views.Config) { c.Schema += `CREATE TABLE more (id INTEGER PRIMARY KEY);` },
		"version": func(c *views.Config) { c.Version = "2" },
		"filter":  func(c *views.Config) { c.Filter.Prefixes = []string{"invoice-", "debtor-"} },
	} {
		t.Run(name, func(t *testing.T) {
			dir, store := t.TempDir(), newStore(t)
			end := add(t, store, "invoice-1", "counted.v1", 5)
			neighbour := config(dir, store)
			neighbour.Name = "billing-archive"
			must(t, closed(t, neighbour))
			old := running(t, config(dir, store))
			wait(t, old, end)
			<-old.Ready()
			before := files(t, dir)

			cfg := config(dir, store)
			change(&cfg)
			reached, let := gate(&cfg)
			v := running(t, cfg)
			<-reached
			if n := number(t, old, `SELECT count(*) FROM events`); n != 5 {
				t.Errorf("the live view shows %d rows while the new one is built, not 5", n)
			}
			if now := files(t, dir); len(now) != 3 || !slices.Contains(now, before[0]) || !slices.Contains(now, before[1]) {
				t.Errorf("files while building: %q, before: %q", now, before)
			}
			isWaiting(t, v)
			close(let)
			<-v.Ready()
			wait(t, v, end)
			if n := number(t, v, `SELECT count(*) FROM events`); n != 5 {
				t.Errorf("%d rows, not 5", n)
			}
			must(t, v.Close()) // waits until the old file is gone
			must(t, old.Close())
			if now := files(t, dir); len(now) != 2 || slices.Equal(now, before) {
				t.Errorf("files after: %q, before: %q", now, before)
			}
		})
	}
}

func TestABuildThatWasInterruptedGoesOnWhereItWas(t *testing.T) {
	dir, store := t.TempDir(), newStore(t)
	end := add(t, store, "invoice-1", "counted.v1", 1500)
	cfg := config(dir, store)
	ctx, cancel := context.WithCancel(t.Context())
	cfg.Apply = func(tx *views.Tx, e eventstore.Recorded) error {
		if e.Position == 700 {
			cancel()
		}
		return count(tx, e)
	}
	v := open(t, cfg)
	must(t, v.Run(ctx))
	must(t, v.Close())

	applied := 0
	cfg.Apply = func(tx *views.Tx, e eventstore.Recorded) error {
		applied++
		return count(tx, e)
	}
	v = running(t, cfg)
	wait(t, v, end)
	if got := digest(t, v); got != built(t, config("", store)) {
		t.Errorf("digest %s", got)
	}
	must(t, v.Close())
	if applied == 0 || applied > 800 {
		t.Errorf("%d of 1500 events were applied again after a stop at 700", applied)
	}
}

func TestADeletedFileIsBuiltAgainWithTheSameRows(t *testing.T) {
	dir, store := t.TempDir(), newStore(t)
	v := running(t, config(dir, store))
	for range 20 { // in many transactions
		wait(t, v, add(t, store, "invoice-1", "counted.v1", 1))
		wait(t, v, add(t, store, "invoice-2", "counted.v1", 2))
	}
	want := digest(t, v)
	must(t, v.Close())
	must(t, os.Remove(onlyFile(t, dir)))

	v = running(t, config(dir, store)) // in one
	if got := digest(t, v); got != want {
		t.Errorf("digest %s, before %s", got, want)
	}
	wait(t, v, add(t, store, "invoice-2", "counted.v1", 1))
	if digest(t, v) == want {
		t.Error("the digest does not see a changed row")
	}
}

func TestAWriteAheadLogWithoutItsFileDoesNotSpoilTheNextOne(t *testing.T) {
	dir, store := t.TempDir(), newStore(t)
	v := running(t, config(dir, store))
	wait(t, v, add(t, store, "invoice-1", "counted.v1", 10))
	path := onlyFile(t, dir)
	wal, err := os.ReadFile(path + "-wal")
	must(t, err)
	must(t, v.Close())
	must(t, os.Remove(path))
	must(t, os.WriteFile(path+"-wal", wal, 0o600))

	end := add(t, store, "invoice-1", "counted.v1", 500)
	v = running(t, config(dir, store))
	wait(t, v, end)
	if got := digest(t, v); got != built(t, config("", store)) {
		t.Error("the new file differs from a clean one")
	}
}

func TestAFileThatCannotBeTrustedIsReplaced(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"no database": func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte("not a database, not at all"), 0o600))
		},
		"empty":     func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) },
		"cut short": func(t *testing.T, path string) { must(t, os.Truncate(path, 5000)) },
		"rows overwritten": func(t *testing.T, path string) {
			update(t, path, `UPDATE view_checkpoint SET whole = 0`) // as after a crash
			overwriteRows(t, path)
		},
		"checkpoint beyond the log": func(t *testing.T, path string) {
			update(t, path, `UPDATE view_checkpoint SET position = 1000`)
		},
		"rows of another log": func(t *testing.T, path string) {
			update(t, path, `UPDATE view_checkpoint SET hash = zeroblob(32)`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, store := t.TempDir(), newStore(t)
			add(t, store, "invoice-1", "counted.v1", 300)
			must(t, closed(t, config(dir, store)))
			spoil(t, onlyFile(t, dir))

			cfg := config(dir, store)
			journal := logged(&cfg)
			v := running(t, cfg)
			if n := number(t, v, `SELECT n FROM counts`); n != 300 {
				t.Errorf("counted %d, not 300", n)
			}
			if !journal.has("discarding view file") {
				t.Error("nothing is logged about it")
			}
		})
	}
}

func overwriteRows(t *testing.T, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	for i := 2 * 4096; i < len(data); i++ { // the checkpoint stands before
		data[i] = 0xa5
	}
	must(t, os.WriteFile(path, data, 0o600))
}

// A file that a view left in order is not checked at the start, which would take
// the longer the more it holds, but beside everything else.
func TestAFileThatWasDamagedAtRestStopsTheViewAndIsBuiltAgainAtTheNextStart(t *testing.T) {
	dir, store := t.TempDir(), newStore(t)
	add(t, store, "invoice-1", "counted.v1", 300)
	must(t, closed(t, config(dir, store)))
	overwriteRows(t, onlyFile(t, dir))

	v := open(t, config(dir, store))
	if err := v.Run(t.Context()); !errors.Is(err, views.ErrDamaged) {
		t.Errorf("it ran with a damaged file: %v", err)
	}
	must(t, v.Close())
	v = running(t, config(dir, store))
	if n := number(t, v, `SELECT n FROM counts`); n != 300 {
		t.Errorf("counted %d, not 300", n)
	}
}

func TestALogThatIsShorterThanTheCheckpointBuildsTheViewAgain(t *testing.T) {
	dir, store := t.TempDir(), newStore(t)
	add(t, store, "invoice-1", "counted.v1", 10)
	must(t, closed(t, config(dir, store)))
	restored := newStore(t)
	add(t, restored, "invoice-1", "counted.v1", 4)
	if n := number(t, running(t, config(dir, restored)), `SELECT n FROM counts`); n != 4 {
		t.Errorf("counted %d, not 4", n)
	}
}

func TestASchemaThatFailsLeavesNoFile(t *testing.T) {
	cfg := config(t.TempDir(), newStore(t))
	cfg.Schema = `CREATE TABEL x (y);`
	if _, err := views.Open(t.Context(), cfg); err == nil {
		t.Fatal("opened")
	}
	if left := files(t, cfg.Dir); len(left) != 0 {
		t.Errorf("left: %q", left)
	}
}

func update(t *testing.T, path, query string) {
	raw(t, path, func(db *sql.DB) error {
		_, err := db.Exec(query)
		return err
	})
}

// closed builds a view, waits for it and closes it.
func closed(t *testing.T, cfg views.Config) error {
	v := running(t, cfg)
	<-v.Ready()
	return v.Close()
}

// gate holds Apply at the third event: reached tells that it is there, and closing
// let opens it.
func gate(cfg *views.Config) (reached, let chan struct{}) {
	reached, let = make(chan struct{}), make(chan struct{})
	apply, n := cfg.Apply, 0
	cfg.Apply = func(tx *views.Tx, e eventstore.Recorded) error {
		if n++; n == 3 {
			close(reached)
			<-let
		}
		return apply(tx, e)
	}
	return reached, let
}

// isWaiting fails if a query is let in.
func isWaiting(t *testing.T, v *views.View) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := v.Query(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a query before readiness answers %v", err)
	}
	select {
	case <-v.Ready():
		t.Error("ready too early")
	default:
	}
}
