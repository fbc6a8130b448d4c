package scheduling

import (
	"context"
	"fmt"
	"strings"

	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/scheduling/internal/calendar"
)

// Kinds of deadlines. They are part of recorded command ids, so they never change.
const (
	dueHold    = "hold"              // of "<week>/<appointment>": a hold expires
	dueDestroy = "recording-destroy" // the deletion of a recording is due (S-05)
	dueCap     = "recording-cap"     // a recording was kept as long as anything may be (S-06)
)

// deadlines says what is done once a deadline of a kind has come.
func (s *Service) deadlines() map[string]func(context.Context, deadlines.Due) error {
	return map[string]func(context.Context, deadlines.Due) error{
		dueHold:    s.expireHold,
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

// expireHold notes that a hold has expired. Its slot has been free since, without this.
func (s *Service) expireHold(ctx context.Context, d deadlines.Due) error {
	week, appointmentID, _ := strings.Cut(d.ID, "/")
	held, err := s.weeks.Load(ctx, week)
	if err != nil {
		return err
	}
	h, _ := held.State.Hold(appointmentID)
	env := d.Command(Name, s.house.Clock.Now())
	env.Correlation = h.SupportRequestID
	_, err = s.weeks.Execute(ctx, week, env, calendar.ExpireHold{AppointmentID: appointmentID, At: env.DecidedAt})
	return err
}

// holdID is the entity of a hold's deadline.
func holdID(week, appointmentID string) string { return week + "/" + appointmentID }
