package check

import (
	"context"
	"fmt"
	"slices"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

// again is how long to wait before looking again.
const again = 100 * time.Millisecond

// AtRest is [All] for a system that may still have something to do. It looks again
// as long as what is wrong may heal by itself, until the log has not grown for so
// long as patience says; what is wrong then is answered. Patience must be longer than
// the system waits before it tries something again.
func AtRest(ctx context.Context, s Subject, patience time.Duration) ([]Finding, error) {
	silence := time.NewTimer(patience)
	defer silence.Stop()
	pause := time.NewTimer(0)
	defer pause.Stop()
	var end eventstore.Position
	for {
		select {
		case <-pause.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("check: wait for rest: %w", ctx.Err())
		}
		found, err := All(ctx, s)
		if err != nil || !slices.ContainsFunc(found, func(f Finding) bool { return underWay[f.Name] }) {
			return found, err
		}
		now, err := s.Store.End(ctx)
		if err != nil {
			return nil, fmt.Errorf("check: wait for rest: %w", err)
		}
		if now != end {
			end = now
			silence.Reset(patience)
		}
		select {
		case <-silence.C:
			return found, nil
		default:
		}
		pause.Reset(again)
	}
}
