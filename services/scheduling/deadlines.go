package scheduling

import (
	"context"
	"fmt"

	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/deadlines"
)

// Kinds of deadlines. They are part of recorded command ids, so they never change.
const (
	dueDestroy = "recording-destroy" // the deletion of a recording is due (S-05)
	dueCap     = "recording-cap"     // a recording was kept as long as anything may be (S-06)
)

// deadlines says what is done once a deadline of a kind has come.
func (s *Service) deadlines() map[string]func(context.Context, deadlines.Due) error {
	return map[string]func(context.Context, deadlines.Due) error{
		dueDestroy: s.destroyDue,
		dueCap:     s.capReached,
	}
}

// Run serves until ctx ends: the service itself, and what time makes it do.
func (s *Service) Run(ctx context.Context) error {
	kinds := s.deadlines()
	watch := deadlines.New(deadlines.Config{
		Table: s.due, View: s.View(), Store: s.house.Store, Clock: s.house.Clock,
		Log: s.house.Log.With("service", Name),
		Fire: func(ctx context.Context, d deadlines.Due) error {
			fire, known := kinds[d.Kind]
			if !known {
				return fmt.Errorf("nothing is known to do for a deadline of kind %q", d.Kind)
			}
			return fire(ctx, d)
		},
	})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Service.Run(ctx) })
	group.Go(func() error { return watch.Run(ctx) })
	return group.Wait()
}
