package notification

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/deadlines"
)

// The kinds of deadlines: part of recorded command ids, so they never change.
const deadlineCall = "call"

// Run runs the service and waits for its deadlines, until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group.Go(func() error {
		defer stop()
		return s.Service.Run(ctx)
	})
	group.Go(func() error {
		return deadlines.New(deadlines.Config{
			Table: s.table, View: s.View(), Store: s.house.Store, Clock: s.house.Clock,
			Fire: s.fire, Log: s.house.Log.With("service", Name),
		}).Run(ctx)
	})
	return group.Wait()
}

// fire does what is due.
func (s *Service) fire(ctx context.Context, d deadlines.Due) error {
	if d.Kind != deadlineCall {
		return fmt.Errorf("nothing is to be done for a deadline of kind %q", d.Kind)
	}
	request, cause, _ := strings.Cut(d.ID, "/")
	env := d.Command(Name, s.house.Clock.Now())
	env.Correlation = request
	_, err := s.letters.Execute(ctx, request, env, letters.Call{CauseEventID: cause, At: env.DecidedAt})
	return err
}

// notice is the content of the policy of that name.
type notice struct {
	CallAfterSeconds int64 `json:"callAfterSeconds"` // from force majeure to a call, if no letter left (F-02)
}

// due is the instant by which a letter about something that was declared must have
// left, by the policy in force then.
func (s *Service) due(ctx context.Context, declared time.Time) (time.Time, error) {
	var n notice
	if _, err := s.policies.At(ctx, policyNotice, declared, &n); err != nil {
		return time.Time{}, err
	}
	return declared.Add(time.Duration(n.CallAfterSeconds) * time.Second), nil
}
