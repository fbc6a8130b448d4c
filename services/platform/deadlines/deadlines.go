// Package deadlines makes things happen because time has passed: a request that
// nobody answered lapses, a recording is deleted.
//
// A deadline is a row in the view of a service. It follows from events, like
// everything there, so it survives a restart and a rebuild. A [Watch] waits on
// the clock and, once a deadline has come, gives its command to the aggregate,
// which decides by its own state whether there is still something to do (P1). A
// command's id follows from its deadline, so neither a crash nor a second replica
// does anything twice.
package deadlines

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
)

// Due is one deadline: what is to happen, to which entity, and from when. An
// entity has one deadline of a kind at a time.
type Due struct {
	Kind string // such as "lapse"; part of recorded command ids, so it never changes
	ID   string // of the entity
	At   time.Time
}

// space is the name space of command ids that follow from a deadline.
var space = uuid.MustParse("6d4f0b0e-1c1d-5d0f-8a53-5a7f0f9c2b11")

// Command is the envelope of the command that service gives because of d. The
// caller adds what the command is about: its correlation and its policies.
func (d Due) Command(service string, now time.Time) command.Envelope {
	name := fmt.Appendf(nil, "%s\x00%s\x00%s\x00", service, d.Kind, d.ID)
	name = binary.BigEndian.AppendUint64(name, uint64(d.At.UnixMicro()))
	return command.Envelope{
		CommandID: uuid.NewSHA1(space, name),
		Actor:     eventstore.Actor{Kind: "service", ID: service, Authentication: "in-process"},
		DecidedAt: now,
	}
}

// Schema makes the table of deadlines. It becomes part of a view's own.
const Schema = `
CREATE TABLE deadlines (
	kind TEXT NOT NULL,
	id   TEXT NOT NULL,
	due  INTEGER NOT NULL, -- Unix time in microseconds
	PRIMARY KEY (kind, id)
) STRICT;
CREATE INDEX deadlines_by_due ON deadlines (due);`

// Table is the deadlines of one view: its projection writes them, its watch
// reads them. The zero Table is not usable; see [NewTable].
type Table struct {
	set chan struct{} // holds one: some deadline was set
}

// NewTable is a table that nobody has written to in this process.
func NewTable() *Table { return &Table{set: make(chan struct{}, 1)} }

// Set makes d the deadline of its kind and entity.
func (t *Table) Set(tx *views.Tx, d Due) error {
	select {
	case t.set <- struct{}{}:
	default:
	}
	return tx.Exec(`INSERT INTO deadlines (kind, id, due) VALUES (?, ?, ?)
ON CONFLICT (kind, id) DO UPDATE SET due = excluded.due`, d.Kind, d.ID, d.At.UnixMicro())
}

// Clear takes away the deadline of a kind and entity, if it has one.
func (t *Table) Clear(tx *views.Tx, kind, id string) error {
	return tx.Exec(`DELETE FROM deadlines WHERE kind = ? AND id = ?`, kind, id)
}

// Config says what a watch does. All but Log and Backoff is needed.
type Config struct {
	Table *Table
	View  *views.View // that has the table
	Store eventstore.Store
	Clock clock.Clock
	// Fire does what is due. It is called concurrently for different deadlines, and
	// again, after a while, for one that it answered an error for. It is called
	// again after a restart for one whose row is still there, and so it must be
	// harmless then. An answer of [Later] is no error: it is called again then.
	Fire    func(context.Context, Due) error
	Log     *slog.Logger
	Backoff bus.Backoff // between two tries of what failed
}

// Watch waits for deadlines. Create it with [New].
type Watch struct {
	cfg Config

	mu   sync.Mutex
	done map[Due]bool      // whose row the view has not removed yet
	not  map[Due]time.Time // until when it is not fired again; see Later
}

// later is the answer of [Later].
type later struct{ at time.Time }

func (l later) Error() string { return "not before " + l.at.Format(time.RFC3339) }

// Later is what Fire answers when it is too early for something that is due: it is
// fired again once at has come, or after a restart, and nothing is said about it.
func Later(at time.Time) error { return later{at} }

// atOnce is how many deadlines are handled at the same time, and page how many are
// read at once.
const (
	atOnce = 8
	page   = 256
)

// New prepares a watch; nothing runs before [Watch.Run].
func New(cfg Config) *Watch {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Watch{cfg: cfg, done: make(map[Due]bool), not: make(map[Due]time.Time)}
}

// Run handles what is due until ctx ends, and then answers nil. Faults of the log,
// the view or Fire are tried again for ever.
func (w *Watch) Run(ctx context.Context) error {
	for failures := 0; ctx.Err() == nil; {
		next, err := w.round(ctx)
		switch {
		case ctx.Err() != nil:
		case errors.Is(err, views.ErrStopped):
			return nil
		case err != nil:
			failures++
			w.cfg.Log.Warn("something due was not done, and is tried again", "error", err)
			_ = w.cfg.Backoff.Wait(ctx, failures) // its error is the context's
		default:
			failures = 0
			w.wait(ctx, next)
		}
	}
	return nil
}

// round handles all that is due now, and answers when the next deadline comes;
// zero when there is none.
func (w *Watch) round(ctx context.Context) (time.Time, error) {
	for {
		end, err := w.cfg.Store.End(ctx)
		if err != nil {
			return time.Time{}, err
		}
		if err := w.cfg.View.WaitFor(ctx, end); err != nil {
			return time.Time{}, err
		}
		due, next, err := w.read(ctx, w.cfg.Clock.Now())
		if err != nil || len(due) == 0 {
			return next, err
		}
		if err := w.fire(ctx, due); err != nil {
			return time.Time{}, err
		}
	}
}

// read answers what is due and was not done, and the first deadline after now.
func (w *Watch) read(ctx context.Context, now time.Time) (due []Due, next time.Time, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	db, err := w.cfg.View.Query(ctx)
	if err != nil {
		return nil, next, err
	}
	rows, err := db.QueryContext(ctx, `SELECT kind, id, due FROM deadlines ORDER BY due LIMIT ?`, page+len(w.done)+len(w.not))
	if err != nil {
		return nil, next, fmt.Errorf("read deadlines: %w", err)
	}
	defer rows.Close()
	still, not := make(map[Due]bool), make(map[Due]time.Time)
	first := func(at time.Time) {
		if next.IsZero() || at.Before(next) {
			next = at
		}
	}
	for rows.Next() {
		var d Due
		var micros int64
		if err := rows.Scan(&d.Kind, &d.ID, &micros); err != nil {
			return nil, next, fmt.Errorf("read deadlines: %w", err)
		}
		d.At = time.UnixMicro(micros).UTC()
		switch {
		case w.done[d]:
			still[d] = true
		case d.At.After(now):
			first(d.At)
		case w.not[d].After(now):
			not[d] = w.not[d]
			first(w.not[d])
		default:
			due = append(due, d)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, next, fmt.Errorf("read deadlines: %w", err)
	}
	w.done, w.not = still, not
	return due, next, nil
}

// fire does what is due. One that fails does not keep the others from it.
func (w *Watch) fire(ctx context.Context, due []Due) error {
	var group errgroup.Group
	group.SetLimit(atOnce)
	var mu sync.Mutex
	var errs []error
	for _, d := range due {
		group.Go(func() error {
			err := w.cfg.Fire(ctx, d)
			again, postponed := errors.AsType[later](err)
			if err == nil || postponed {
				w.mu.Lock()
				defer w.mu.Unlock()
				if postponed {
					w.not[d] = again.at
				} else {
					w.done[d] = true
				}
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, fmt.Errorf("%s of %s, due %s: %w", d.Kind, d.ID, d.At.Format(time.RFC3339), err))
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs, all of them
	return errors.Join(errs...)
}

// wait returns when next has come, or a deadline was set, or ctx ended.
func (w *Watch) wait(ctx context.Context, next time.Time) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	came := make(chan struct{})
	if !next.IsZero() {
		go func() {
			defer close(came)
			_ = w.cfg.Clock.WaitUntil(ctx, next)
		}()
		defer func() { <-came }()
		defer cancel()
	}
	select {
	case <-came:
	case <-w.cfg.Table.set:
	case <-ctx.Done():
	}
}
