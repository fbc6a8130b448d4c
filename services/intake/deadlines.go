package intake

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/views"
)

// Run is the service with its watch on what is due.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Service.Run(ctx) })
	group.Go(func() error {
		select {
		case <-s.Ready():
		case <-ctx.Done():
			return nil
		}
		return s.watch().Run(ctx)
	})
	return group.Wait()
}

func (s *Service) watch() *deadlines.Watch {
	return deadlines.New(deadlines.Config{
		Table: s.due, View: s.View(), Store: s.house.Store, Clock: s.house.Clock,
		Fire: s.fire, Log: s.house.Log.With("service", Name),
	})
}

// fire does what a deadline is for.
func (s *Service) fire(ctx context.Context, d deadlines.Due) error {
	does := map[string]func(context.Context, deadlines.Due) error{
		request.LapseDeadline: s.lapse,
		request.EraseDeadline: s.erase,
	}[d.Kind]
	if does == nil {
		return fmt.Errorf("no deadline is known as %q", d.Kind)
	}
	return does(ctx, d)
}

// lapse gives up an offer that nobody answered.
func (s *Service) lapse(ctx context.Context, d deadlines.Due) error {
	env := d.Command(Name, s.house.Clock.Now())
	env.Correlation = d.ID
	wish := request.Lapse{At: env.DecidedAt}
	var err error
	if wish.EraseAfterDays, err = s.eraseAfter(ctx, &env); err != nil {
		return err
	}
	_, err = s.requests.Execute(ctx, d.ID, env, wish)
	return err
}

// erase destroys the keys of a person whose request came to nothing: the keys
// first, then the proof. A crash in between destroys what is gone already and goes on.
func (s *Service) erase(ctx context.Context, d deadlines.Due) error {
	id, err := uuid.Parse(d.ID)
	if err != nil {
		return fmt.Errorf("erase: %w", err)
	}
	standing, err := s.requests.Load(ctx, d.ID)
	if err != nil {
		return err
	}
	env := d.Command(Name, s.house.Clock.Now())
	env.Correlation = d.ID
	wish := request.RecordErased{At: env.DecidedAt}
	for _, purpose := range standing.State.Erasable(env.DecidedAt) {
		gone, err := s.house.Vault.Destroy(ctx, subjectOf(id), purpose)
		if err != nil {
			return err
		}
		wish.KeyIDs = append(wish.KeyIDs, gone.KeyID)
	}
	_, err = s.requests.Execute(ctx, d.ID, env, wish)
	return err
}

// eraseAfter is how many days the personal part of a request is kept that ends now;
// the envelope names the policy that says so (R-03, P2).
func (s *Service) eraseAfter(ctx context.Context, env *command.Envelope) (int, error) {
	var t terms
	ref, err := s.policies.At(ctx, requestsPolicy, env.DecidedAt, &t)
	if err != nil {
		return 0, err
	}
	env.Policies = append(env.Policies, policies.Refs(ref)...)
	return t.EraseAfterDays, nil
}

// keepDeadlines writes what a request waits for, where an event changed it.
func keepDeadlines(tx *views.Tx, table *deadlines.Table, id string, before, after request.Request) error {
	was, is := before.Deadlines(), after.Deadlines()
	if slices.Equal(was, is) {
		return nil
	}
	for _, d := range was {
		if err := table.Clear(tx, d.Kind, id); err != nil {
			return err
		}
	}
	for _, d := range is {
		if err := table.Set(tx, deadlines.Due{Kind: d.Kind, ID: id, At: d.At}); err != nil {
			return err
		}
	}
	return nil
}
