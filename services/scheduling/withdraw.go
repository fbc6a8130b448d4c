package scheduling

import (
	"context"
	"errors"
	"slices"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
)

// withdrawn follows from a purpose that the customer took back: what is being recorded
// stops, and the session goes on (O-09). A recording that is not known yet stops in
// record.
func (s *Service) withdrawn(ctx context.Context, in inbox.Inbound, m *consentv1.ConsentWithdrawn) error {
	now := s.house.Clock.Now()
	wish, concerned := withdraw(m, now)
	if !concerned {
		return nil
	}
	known, err := s.assignments.Execute(ctx, m.GetSupportRequestId(), in.Command(0, now), wish)
	if err != nil || wish.Purpose != assignment.Recording {
		return err
	}
	for _, id := range known.State.Recordings {
		if err := s.stopRecording(ctx, in.Command(1, now), id); err != nil {
			return err
		}
	}
	return nil
}

// stopRecording stops a session's recording, and says so in the session.
func (s *Service) stopRecording(ctx context.Context, env command.Envelope, sessionID string) error {
	if _, err := s.recordings.Execute(ctx, sessionID, env, recording.Stop{At: env.DecidedAt}); err != nil {
		return err
	}
	_, err := s.sessions.Execute(ctx, sessionID, env, session.StopRecording{At: env.DecidedAt})
	return err
}

// endWithdrawn follows from a consumer's withdrawal from the contract: nothing starts
// any more, and the session that runs ends now. What he owes for it is not
// decided here.
func (s *Service) endWithdrawn(ctx context.Context, in inbox.Inbound, m *consentv1.WithdrawalAcknowledged) error {
	if m.GetOutcome() != consentv1.WithdrawalOutcome_WITHDRAWAL_OUTCOME_EFFECTIVE {
		return nil
	}
	now := s.house.Clock.Now()
	id := m.GetSupportRequestId()
	known, err := s.assignments.Execute(ctx, id, in.Command(0, now), end(id, m.GetAcknowledgedAt(), false, now))
	if err != nil {
		return err
	}
	for _, appointmentID := range append(slices.Clone(known.State.Past), known.State.Appointment) {
		if err := s.endOpen(ctx, in.Command(1, now), appointmentID); err != nil {
			return err
		}
	}
	return nil
}

// endOpen ends the session of an appointment, if one is open.
func (s *Service) endOpen(ctx context.Context, env command.Envelope, appointmentID string) error {
	if appointmentID == "" {
		return nil
	}
	a, err := s.appointments.Load(ctx, appointmentID)
	if err != nil || a.State.Stage != appointment.Started {
		return err
	}
	work, err := s.sessions.Load(ctx, a.State.SessionID)
	switch {
	case err != nil:
		return err
	case work.State.Stage == session.None:
		return inbox.ErrNotYet // it follows from the appointment in a moment
	case work.State.Stage == session.Ended:
		return nil
	}
	cmd := session.End{Withdrawn: true, At: env.DecidedAt}
	if cmd.Calendar, cmd.Ref, err = s.calendarOf(ctx, work.State, env.DecidedAt); err != nil {
		return err
	}
	env.Policies, env.TZData = policies.Refs(cmd.Ref), hours.TZData()
	_, err = s.sessions.Execute(ctx, a.State.SessionID, env, cmd)
	if refused, ok := errors.AsType[*decider.Rejection](err); ok && refused.Code == "ILLEGAL_STATE" {
		return nil // it ended at that moment
	}
	return err
}
