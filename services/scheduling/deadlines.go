package scheduling

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
	"aanvraag.internal/services/scheduling/internal/recording"
)

// Kinds of deadlines; recorded in command ids and permanent.
const kindDestroy = "destroy"

// tryAgain is how long what could not be destroyed when it was due is left alone. It
// is well within the 24 hours that a destruction may take (S-05).
const tryAgain = time.Hour

// due says what happens when a deadline has come, by its kind.
func (s *Service) due() map[string]func(context.Context, deadlines.Due) error {
	return map[string]func(context.Context, deadlines.Due) error{
		kindDestroy: s.destroyLate,
	}
}

// Run runs the service and its watch until ctx ends.
func (s *Service) Run(ctx context.Context) error {
	kinds := s.due()
	watch := deadlines.New(deadlines.Config{
		Table: s.deadlines, View: s.View(), Store: s.house.Store, Clock: s.house.Clock,
		Log: s.house.Log.With("service", Name),
		Fire: func(ctx context.Context, d deadlines.Due) error {
			fire, known := kinds[d.Kind]
			if !known {
				return fmt.Errorf("no deadline is of kind %q", d.Kind)
			}
			return fire(ctx, d)
		},
	})
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return s.Service.Run(ctx) })
	group.Go(func() error { return watch.Run(ctx) })
	return group.Wait()
}

var recordingEvents = command.NewCodec[recording.Recording](recording.Events())

// setDeadlines says what is due of a recording because of one of its events.
func setDeadlines(tx *views.Tx, due *deadlines.Table, r eventstore.Recorded) error {
	e, err := recordingEvents.Decode(r.Type, r.Data)
	if err != nil {
		return err
	}
	id := strings.TrimPrefix(r.Stream, "recording-")
	switch e := e.(type) {
	case recording.DeletionDue:
		// The reaction to the event itself comes first, see destroy.
		return due.Set(tx, deadlines.Due{Kind: kindDestroy, ID: id, At: e.DueAt.Add(tryAgain)})
	case recording.KeyDestroyed:
		return due.Clear(tx, kindDestroy, id)
	}
	return nil
}

// destroyLate tries again what was not destroyed when it was due. Whatever the
// reason, it says nothing of it and comes back (D-06).
func (s *Service) destroyLate(ctx context.Context, d deadlines.Due) error {
	found, err := s.recordings.Load(ctx, d.ID)
	if err != nil || found.State.Stage != recording.Due {
		return err
	}
	now := s.house.Clock.Now()
	env := d.Command(Name, now)
	env.Correlation = found.State.SupportRequestID
	destroyed, err := s.destroyRecording(ctx, env, d.ID, found.State.SupportRequestID)
	if err == nil && !destroyed {
		return deadlines.Later(now.Add(tryAgain))
	}
	return err
}
