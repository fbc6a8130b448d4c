package intake

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	legalv1 "aanvraag.internal/proto/gen/aanvraag/legal/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/policies"
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

// fire does what is due to a request or an incident. The chamber decides by its own
// state whether there is still something to do.
func (s *Service) fire(ctx context.Context, d deadlines.Due) error {
	does, known := map[string]func(context.Context, deadlines.Due) error{
		request.DueExpiry:     s.expire,
		request.DueForgetting: s.forget,
		request.DueLapse:      s.lapse,
		request.DueErasure:    s.erase,
		dueIncident:           s.incidentOverdue,
	}[d.Kind]
	if !known {
		return fmt.Errorf("nobody knows what to do about a deadline of kind %q", d.Kind)
	}
	return does(ctx, d)
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

// tryAgain is how long keys that are held are left alone. Whoever releases them need
// do nothing.
const tryAgain = time.Hour

// held asks the legal role's service whether the keys of a request have to be kept
// (D-06). Without an answer nothing is destroyed.
func (s *Service) held(ctx context.Context, id uuid.UUID) (bool, error) {
	answer, err := s.neighbours.Holds.IsHeld(ctx, &legalv1.IsHeldRequest{SupportRequestId: id.String()})
	if err != nil {
		return false, fmt.Errorf("ask whether keys have to be kept: %w", err)
	}
	return answer.GetHeld(), nil
}

// forget destroys the keys of the person, and then says so: an interruption leaves
// a deadline that is still due (G-03). While they are held it says nothing of it and
// comes back (D-06).
func (s *Service) forget(ctx context.Context, d deadlines.Due) error {
	id, err := uuid.Parse(d.ID)
	if err != nil {
		return fmt.Errorf("support request id: %w", err)
	}
	standing, err := s.requests.Load(ctx, d.ID)
	if err != nil || !standing.State.Forgettable() {
		return err
	}
	if err := s.mayForget(ctx, id); err != nil {
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
	if err := s.mayForget(ctx, id); err != nil {
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

// mayForget answers nil when the keys of a person may go, and otherwise when to ask
// again: something may need them that nobody is told of (D-06).
func (s *Service) mayForget(ctx context.Context, id uuid.UUID) error {
	held, err := s.held(ctx, id)
	if err == nil && held {
		return deadlines.Later(s.house.Clock.Now().Add(tryAgain))
	}
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
