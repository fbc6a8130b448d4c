package scheduling

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/deadlines"
)

// The kinds of deadlines: parts of recorded command ids, so they never change.
const deadlineCap = "cap" // of a session: the agreed cap is reached (T-11)

// whenDue says what is done for each kind of deadline.
func (s *Service) whenDue() map[string]func(context.Context, deadlines.Due) error {
	return map[string]func(context.Context, deadlines.Due) error{
		deadlineCap: s.reachCap,
	}
}

// Run runs the service and waits for its deadlines, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group.Go(func() error {
		defer stop()
		return s.Service.Run(ctx)
	})
	kinds := s.whenDue()
	group.Go(func() error {
		return deadlines.New(deadlines.Config{
			Table: s.table, View: s.View(), Store: s.house.Store, Clock: s.house.Clock,
			Fire: func(ctx context.Context, d deadlines.Due) error {
				do, known := kinds[d.Kind]
				if !known {
					return fmt.Errorf("nothing is to be done for a deadline of kind %q", d.Kind)
				}
				return do(ctx, d)
			},
			Log: s.house.Log.With("service", Name),
		}).Run(ctx)
	})
	return group.Wait()
}
