package bus

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is how long to wait before trying again: Min doubled by each failure,
// at most Max, of which a random half is taken off so that many do not come back
// at once. The zero Backoff is 100 ms to 30 s.
type Backoff struct{ Min, Max time.Duration }

func (b Backoff) orDefault() Backoff {
	if b.Min <= 0 {
		b.Min = 100 * time.Millisecond
	}
	if b.Max < b.Min {
		b.Max = max(30*time.Second, b.Min)
	}
	return b
}

// After is the wait after a number of failures in a row, from 1.
func (b Backoff) After(failures int) time.Duration {
	b = b.orDefault()
	d := b.Max
	if shift := max(failures-1, 0); shift < 32 && b.Min<<shift < b.Max && b.Min<<shift > 0 {
		d = b.Min << shift
	}
	return d/2 + rand.N(d/2+1) //nolint:gosec // jitter is no secret
}

// Wait waits that long, or answers the context's error.
func (b Backoff) Wait(ctx context.Context, failures int) error {
	return sleep(ctx, b.After(failures))
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
