package scheduling

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/recording"
)

// This file says why a recording must go, and how it goes: due, begun, the key
// destroyed, the file removed. Each step follows from the one before, so a crash
// between any two goes on where it stopped.

// self is how the service names itself in proofs.
const self = "service " + Name

// markDue makes a deletion due under the policies in force. The wish names the
// cause and since when; the rest is filled in.
func (s *Service) markDue(ctx context.Context, env command.Envelope, recordingID string, wish recording.MarkDue) error {
	var keep retention
	var rules recordingRules
	graceRef, err := s.policies.At(ctx, policyRetention, env.DecidedAt, &keep)
	if err != nil {
		return err
	}
	rulesRef, err := s.policies.At(ctx, policyRecording, env.DecidedAt, &rules)
	if err != nil {
		return err
	}
	env.Policies = policies.Refs(graceRef, rulesRef)
	wish.WithinSeconds, wish.At = rules.DeleteWithinSeconds, env.DecidedAt
	switch wish.Cause {
	case recording.Settled:
		wish.GraceSeconds = keep.RecordingGraceSeconds
	case recording.NotInvoiced:
		wish.GraceSeconds = rules.NotInvoicedSeconds
	}
	_, err = s.recordings.Execute(ctx, recordingID, env, wish)
	return err
}

// settledSince is when a bill was satisfied: never later than now.
func settledSince(m *billingv1.InvoiceSettled, now time.Time) time.Time {
	if at := m.GetSettledAt(); at != nil && at.AsTime().Before(now) {
		return at.AsTime()
	}
	return now
}

// notInvoiced follows from a closed request with nothing to bill (S-06).
func (s *Service) notInvoiced(ctx context.Context, in inbox.Inbound, m *billingv1.RequestNotBillable) error {
	now := s.house.Clock.Now()
	noted, err := s.assignments.Execute(ctx, m.GetSupportRequestId(), in.Command(0, now),
		assignment.NotInvoice{SupportRequestID: m.GetSupportRequestId(), At: now})
	if err != nil {
		return err
	}
	return s.unbilled(ctx, in.Command(1, now), noted.State)
}

// unbilled makes the recordings of a request due that is over without a bill.
func (s *Service) unbilled(ctx context.Context, env command.Envelope, a assignment.Assignment) error {
	since, is := a.Unbilled()
	if !is {
		return nil
	}
	for _, id := range a.Recordings {
		if err := s.markDue(ctx, env, id, recording.MarkDue{Cause: recording.NotInvoiced, From: since}); err != nil {
			return err
		}
	}
	return nil
}

// capReached follows from the longest term of all (S-06).
func (s *Service) capReached(ctx context.Context, d deadlines.Due) error {
	env, err := s.dueCommand(ctx, d)
	if err != nil {
		return err
	}
	return s.markDue(ctx, env, d.ID, recording.MarkDue{Cause: recording.RetentionCap, From: d.At})
}

// dueCommand is the envelope of what a deadline of a recording leads to.
func (s *Service) dueCommand(ctx context.Context, d deadlines.Due) (command.Envelope, error) {
	known, err := s.recordings.Load(ctx, d.ID)
	env := d.Command(Name, s.house.Clock.Now())
	env.Correlation = known.State.SupportRequestID
	return env, err
}

// errHeld lets a deadline be looked at again: what held it may go unseen.
var errHeld = errors.New("the recording is held")

// destroyDue follows from a deletion whose time has come.
func (s *Service) destroyDue(ctx context.Context, d deadlines.Due) error {
	env, err := s.dueCommand(ctx, d)
	if err != nil {
		return err
	}
	then := env
	then.CommandID = uuid.NewSHA1(env.CommandID, []byte("destroyed"))
	held, err := s.destroyRecording(ctx, d.ID, env, then)
	if err == nil && held {
		return errHeld
	}
	return err
}

// destroy follows from a deletion that is due at once. Later ones are a deadline's.
func (s *Service) destroy(ctx context.Context, in inbox.Inbound, m *schedulingv1.RecordingDeletionDue) error {
	now := s.house.Clock.Now()
	if now.Before(m.GetDueAt().AsTime()) {
		return nil
	}
	_, err := s.destroyRecording(ctx, m.GetRecordingId(), in.Command(1, now), in.Command(0, now))
	return err
}

// destroyRecording destroys the key of a recording whose deletion is due, unless
// something holds it (S-05, S-08). The first event decides; behind it the key goes,
// then the proof is recorded. The file follows from that.
func (s *Service) destroyRecording(ctx context.Context, id string, begin, then command.Envelope) (held bool, err error) {
	known, err := s.recordings.Load(ctx, id)
	if err != nil {
		return false, err
	}
	elsewhere, err := s.heldElsewhere(ctx, known.State)
	if err != nil {
		return false, err
	}
	begun, err := s.recordings.Execute(ctx, id, begin, recording.Begin{HeldElsewhere: elsewhere, At: begin.DecidedAt})
	if err != nil {
		return false, err
	}
	if begun.State.Stage != recording.Destroying {
		due := begun.State.Stage == recording.Due && !begin.DecidedAt.Before(begun.State.DueAt)
		return due, nil
	}
	gone, err := s.house.Vault.Destroy(ctx, id, vault.Recording)
	if err != nil {
		return false, err
	}
	_, err = s.recordings.Execute(ctx, id, then, recording.RecordDestroyed{KeyID: gone.KeyID, Actor: self, At: gone.At})
	return false, err
}

// heldElsewhere tells whether something that is not in the recording's own stream
// forbids its destruction. Whoever releases such a thing need do nothing: a deadline
// that is held is looked at again.
func (s *Service) heldElsewhere(context.Context, recording.Recording) (bool, error) {
	return false, nil
}

// deleteFile follows from a destroyed key: the sealed bytes go too (S-05).
func (s *Service) deleteFile(ctx context.Context, in inbox.Inbound, m *schedulingv1.RecordingDestroyed) error {
	size, err := s.blobs.Remove(m.GetRecordingId())
	if err != nil {
		return err
	}
	now := s.house.Clock.Now()
	_, err = s.recordings.Execute(ctx, m.GetRecordingId(), in.Command(0, now), recording.RecordDeleted{Size: size, Actor: self, At: now})
	return err
}
