package intake

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/views"
)

// setDeadlines brings the view's deadlines of a request from what they were to what
// they are (see [request.Request.Deadlines]).
func setDeadlines(table *deadlines.Table, tx *views.Tx, id string, before, after request.Request) error {
	was, is := before.Deadlines(), after.Deadlines()
	for _, d := range was {
		if !slices.ContainsFunc(is, func(o request.Deadline) bool { return o.Kind == d.Kind }) {
			if err := table.Clear(tx, d.Kind, id); err != nil {
				return err
			}
		}
	}
	for _, d := range is {
		if slices.ContainsFunc(was, func(o request.Deadline) bool { return o.Kind == d.Kind && o.At.Equal(d.At) }) {
			continue
		}
		if err := table.Set(tx, deadlines.Due{Kind: d.Kind, ID: id, At: d.At}); err != nil {
			return err
		}
	}
	return nil
}

// Run runs the room and watches its deadlines until ctx ends, and then answers nil
// once all of it has come to rest. Run is called once.
func (s *Service) Run(ctx context.Context) error {
	watch := deadlines.New(deadlines.Config{
		Table: s.table, View: s.View(), Store: s.house.Store, Clock: s.house.Clock, Fire: s.fire,
		Log: s.house.Log.With("service", Name),
	})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Service.Run(ctx) })
	group.Go(func() error { return watch.Run(ctx) })
	return group.Wait()
}

// fire does what is due to a request. The chamber decides by the request itself
// whether there is still something to do.
func (s *Service) fire(ctx context.Context, d deadlines.Due) error {
	switch d.Kind {
	case request.DueExpiry:
		return s.expire(ctx, d)
	case request.DueForgetting:
		return s.forget(ctx, d)
	}
	return fmt.Errorf("nobody knows what to do about a deadline of kind %q", d.Kind)
}

// due executes the command of a deadline.
func (s *Service) due(ctx context.Context, d deadlines.Due, wish request.Command) error {
	env := d.Command(Name, s.house.Clock.Now())
	env.Correlation = d.ID
	_, err := s.requests.Execute(ctx, d.ID, env, wish)
	return err
}

// expire ends a draft that was not sent (G-03).
func (s *Service) expire(ctx context.Context, d deadlines.Due) error {
	return s.due(ctx, d, request.Expire{At: s.house.Clock.Now()})
}

// forget destroys the keys of the person, and then says so: an interruption leaves
// a deadline that is still due (G-03).
func (s *Service) forget(ctx context.Context, d deadlines.Due) error {
	id, err := uuid.Parse(d.ID)
	if err != nil {
		return fmt.Errorf("support request id: %w", err)
	}
	standing, err := s.requests.Load(ctx, d.ID)
	if err != nil || !standing.State.Forgettable() {
		return err
	}
	wish := request.Forget{At: s.house.Clock.Now()}
	for _, purpose := range []sealed.Purpose{sealed.Operational, sealed.Fiscal} {
		gone, err := s.house.Vault.Destroy(ctx, subjectOf(id), purpose)
		if err != nil {
			return err
		}
		wish.Keys = append(wish.Keys, request.DestroyedKey{KeyID: gone.KeyID, DestroyedAt: gone.At})
	}
	return s.due(ctx, d, wish)
}
