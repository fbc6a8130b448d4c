package views

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

// Config says what a view is made of.
type Config struct {
	Name    string            // of the service: lower case letters, digits and dashes
	Dir     string            // of the view's files; made when missing; for this process alone
	Schema  string            // SQL that makes the tables
	Version string            // to be changed whenever Apply changes its meaning
	Filter  eventstore.Filter // the events that Apply sees
	Store   eventstore.Store
	Log     *slog.Logger // default: silence

	// Apply turns one event into rows. It depends on the event and on the rows
	// alone, has no other effect, and refuses an own event type that it does not
	// know. It is called for every event of Filter, once and in log order, as far
	// as the rows can tell: what is rolled back is applied again.
	Apply func(tx *Tx, e eventstore.Recorded) error
}

var (
	// ErrAhead answers a wait for a position that the log has not reached.
	ErrAhead = errors.New("position lies beyond the end of the log")
	// ErrStopped answers a wait for what a view that no longer runs will not
	// bring. It wraps the fault that stopped the view, if one did.
	ErrStopped = errors.New("view does not run")
)

// View is a read model and its file. Its methods are safe for concurrent use.
type View struct {
	cfg    Config
	path   string              // where the file lives once it is complete
	target eventstore.Position // the log's end when the view was opened
	life   context.Context     // ends with Close
	end    context.CancelFunc
	ready  chan struct{} // closed when queries may begin

	running  sync.Mutex // held by Run and by Close; guards the next three
	file     *file      // nil once it is closed
	building bool       // file is not at path yet
	live     bool       // ready is closed

	linger    *time.Timer // runs while events are applied that were not saved
	lingering bool
	wanted    chan struct{} // holds one: somebody began to wait

	mu      sync.Mutex
	waiting int                 // callers of WaitFor
	seen    eventstore.Position // everything up to here is in the rows
	readers *sql.DB             // nil before ready and after Close
	fault   error               // why nothing moves any more
	moved   chan struct{}       // closed and replaced when one of these three changes
}

var validName = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)

// Open finds the view's file, or begins a new one, and looks whether it agrees
// with the log. Nothing is applied before [View.Run]. The caller closes the view.
func Open(ctx context.Context, cfg Config) (*View, error) {
	if !validName.MatchString(cfg.Name) {
		return nil, fmt.Errorf("view %q: not a name of lower case letters, digits and dashes", cfg.Name)
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	cfg.Log = cfg.Log.With("view", cfg.Name)
	v := &View{
		cfg: cfg, ready: make(chan struct{}), moved: make(chan struct{}),
		linger: time.NewTimer(linger), wanted: make(chan struct{}, 1),
	}
	v.linger.Stop()
	if err := v.find(ctx); err != nil {
		return nil, fmt.Errorf("open view %s: %w", cfg.Name, err)
	}
	v.seen = v.file.saved
	v.life, v.end = context.WithCancel(context.Background())
	return v, nil
}

// Ready is closed once the view has seen what the log held when it was opened.
func (v *View) Ready() <-chan struct{} { return v.ready }

// Query gives the pool of read-only connections, after waiting until the view is
// ready. The pool belongs to the view; do not close it. It answers the context's
// error, or [ErrStopped].
func (v *View) Query(ctx context.Context) (*sql.DB, error) {
	var pool *sql.DB
	err := v.await(ctx, func() bool {
		pool = v.readers
		return pool != nil
	})
	if err != nil {
		return nil, fmt.Errorf("view %s is not ready: %w", v.cfg.Name, err)
	}
	return pool, nil
}

// WaitFor returns once the rows hold everything up to pos, whichever service wrote
// the event there. It answers the context's error, [ErrStopped], the store's error,
// or [ErrAhead] at once for a position that the log has not reached.
func (v *View) WaitFor(ctx context.Context, pos eventstore.Position) error {
	if v.position() >= pos {
		return nil
	}
	end, err := v.cfg.Store.End(ctx)
	if err == nil && pos > end {
		err = fmt.Errorf("%w, which is %d", ErrAhead, end)
	}
	if err == nil {
		err = v.hurry(ctx, pos)
	}
	if err != nil {
		return fmt.Errorf("wait until view %s has seen position %d: %w", v.cfg.Name, pos, err)
	}
	return nil
}

// hurry waits for a position, and sees to it that the view does not linger.
func (v *View) hurry(ctx context.Context, pos eventstore.Position) error {
	v.mu.Lock()
	v.waiting++
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		v.waiting--
		v.mu.Unlock()
	}()
	select {
	case v.wanted <- struct{}{}:
	default:
	}
	return v.await(ctx, func() bool { return v.seen >= pos })
}

func (v *View) awaited() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.waiting > 0
}

// Close ends Run and waits for it, then closes the file and the readers' pool.
// It may be called more than once.
func (v *View) Close() error {
	v.end()
	v.running.Lock()
	defer v.running.Unlock()
	if v.file == nil {
		return nil
	}
	var readers *sql.DB
	var fault error
	v.change(func() { readers, v.readers, fault, v.fault = v.readers, nil, v.fault, ErrStopped })
	var err error
	if readers != nil {
		err = readers.Close() // first, so that the writer is the last and folds the WAL
	}
	if !v.building && (fault == nil || fault == ErrStopped) { //nolint:errorlint // and nothing wrapped: no fault stopped it
		err = errors.Join(err, v.file.leave())
	}
	err = errors.Join(err, v.file.close())
	if damaged(fault) {
		err = errors.Join(err, removeFile(v.path)) // the next start builds it anew
	}
	v.file = nil
	if err != nil {
		return fmt.Errorf("close view %s: %w", v.cfg.Name, err)
	}
	return nil
}

// await returns once done, called under the lock, says so.
func (v *View) await(ctx context.Context, done func() bool) error {
	for {
		v.mu.Lock()
		ok, fault, moved := done(), v.fault, v.moved
		v.mu.Unlock()
		switch {
		case ok:
			return nil
		case fault != nil:
			return fault
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// change makes a change under the lock and wakes everyone who waits.
func (v *View) change(f func()) {
	v.mu.Lock()
	defer v.mu.Unlock()
	f()
	close(v.moved)
	v.moved = make(chan struct{})
}

func (v *View) position() eventstore.Position {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen
}
