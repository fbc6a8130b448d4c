// Package clock is time as a dependency. Nothing else in the system reads the
// wall clock, so a month can pass in a millisecond, in tests and in a sandbox.
package clock

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Clock tells the time and waits for it.
type Clock interface {
	// Now is the present instant, UTC.
	Now() time.Time
	// WaitUntil returns nil once t has come, or the context's error.
	WaitUntil(ctx context.Context, t time.Time) error
}

// System is the machine's clock.
type System struct{}

// Now reads the machine's clock, without its monotonic reading: what is recorded
// must equal what is decided on.
func (System) Now() time.Time { return time.Now().UTC().Round(0) }

// WaitUntil waits on the machine's clock.
func (System) WaitUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Frozen stands still until it is advanced. It is safe for concurrent use.
type Frozen struct {
	keep func(time.Time) error // makes an advance durable

	mu    sync.Mutex
	now   time.Time
	moved chan struct{} // closed and replaced by each advance
}

// NewFrozen starts at an instant. keep is called with each new one before it
// shows, so a restart goes on there; it may be nil.
func NewFrozen(start time.Time, keep func(time.Time) error) *Frozen {
	return &Frozen{keep: keep, now: start.UTC().Round(0), moved: make(chan struct{})}
}

// Now is where the clock stands.
func (f *Frozen) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// ErrBackwards answers an advance that does not go forward.
var ErrBackwards = errors.New("the clock only moves forward")

// Advance moves the clock by d, which must be positive, and answers the new instant.
func (f *Frozen) Advance(d time.Duration) (time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if d <= 0 {
		return f.now, ErrBackwards
	}
	next := f.now.Add(d)
	if f.keep != nil {
		if err := f.keep(next); err != nil {
			return f.now, err
		}
	}
	f.now = next
	close(f.moved)
	f.moved = make(chan struct{})
	return next, nil
}

// WaitUntil waits for advances.
func (f *Frozen) WaitUntil(ctx context.Context, t time.Time) error {
	for {
		f.mu.Lock()
		now, moved := f.now, f.moved
		f.mu.Unlock()
		if !now.Before(t) {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
