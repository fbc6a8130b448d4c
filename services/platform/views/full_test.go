package views_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// A view is no reason to end a service: without room it answers what it has, and
// goes on as soon as there is room, with nothing left out and nothing twice.
func TestAViewWithoutRoomGoesOnWhereItStoodOnceThereIsRoom(t *testing.T) {
	store := newStore(t)
	wide := func(room func() string) func(*views.Tx, eventstore.Recorded) error {
		return func(tx *views.Tx, e eventstore.Recorded) error {
			if err := tx.Exec(`PRAGMA max_page_count = ` + room()); err != nil {
				return err
			}
			if err := tx.Exec(`INSERT INTO pages VALUES (?, ?)`, int64(e.Position), strings.Repeat("x", 20_000)); err != nil {
				return err
			}
			return count(tx, e)
		}
	}
	const plenty, none = "4294967294", "1" // pages; a file is never made smaller
	var roomless atomic.Bool
	cfg := config(t.TempDir(), store)
	cfg.Schema += `CREATE TABLE pages (position INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;`
	cfg.Apply = wide(func() string {
		if roomless.Load() {
			return none
		}
		return plenty
	})
	journal := logged(&cfg)
	before := add(t, store, "invoice-1", "counted.v1", 5)
	v := open(t, cfg)
	ended := run(t, v)
	wait(t, v, before)

	roomless.Store(true)
	after := add(t, store, "invoice-2", "counted.v1", 7)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := v.WaitFor(ctx, after); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a wait for what has no room answers %v", err)
	}
	if n := number(t, v, `SELECT count(*) FROM events`); n != 5 {
		t.Errorf("without room there are %d rows, not 5", n)
	}
	if !journal.has("no room") {
		t.Error("nobody is told")
	}

	roomless.Store(false)
	wait(t, v, after)
	cfg.Apply = wide(func() string { return plenty })
	if got, want := digest(t, v), built(t, cfg); got != want {
		t.Errorf("with room again the view has digest %s, built anew %s", got, want)
	}
	select {
	case err := <-ended:
		t.Errorf("the view ended: %v", err)
	default:
	}
}

func TestAViewWithoutRoomEndsWithItsContext(t *testing.T) {
	store := newStore(t)
	cfg := config(t.TempDir(), store)
	cfg.Apply = func(tx *views.Tx, e eventstore.Recorded) error {
		if err := tx.Exec(`PRAGMA max_page_count = 1`); err != nil {
			return err
		}
		return tx.Exec(`INSERT INTO events VALUES (?, ?)`, int64(e.Position), strings.Repeat("x", 20_000))
	}
	journal := logged(&cfg)
	v := open(t, cfg)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- v.Run(ctx) }()
	add(t, store, "invoice-1", "counted.v1", 1)
	for !journal.has("no room") {
		time.Sleep(time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("it ends with %v", err)
	}
}
