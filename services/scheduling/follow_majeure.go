package scheduling

import (
	"context"
	"errors"
	"fmt"
	"time"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/session"
)

// suspend follows from force majeure: an appointment that has not started is moved
// (F-04), one that has is suspended in its session, and no second after the
// instant counts in any of them (F-01).
func (s *Service) suspend(ctx context.Context, in inbox.Inbound, m *schedulingv1.ForceMajeureDeclared) error {
	for _, id := range m.GetAppointmentIds() {
		now := s.house.Clock.Now()
		moved, err := s.appointments.Execute(ctx, id, in.Command(0, now), appointment.Postpone{At: now})
		if err != nil {
			return err
		}
		for _, e := range moved.Events {
			freed, news, err := inbound[*schedulingv1.AppointmentCancelled](e)
			if err != nil {
				return err
			}
			if err := s.freeCancelled(ctx, freed, news); err != nil {
				return err
			}
		}
		if moved.State.SessionID == "" {
			continue
		}
		if err := s.suspendSession(ctx, in, id, moved.State.SessionID, m); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) suspendSession(
	ctx context.Context, in inbox.Inbound, appointmentID, sessionID string, m *schedulingv1.ForceMajeureDeclared,
) error {
	work, err := s.sessions.Load(ctx, sessionID)
	switch {
	case err != nil:
		return err
	case work.State.Stage == session.None:
		return fmt.Errorf("session %s: %w", sessionID, inbox.ErrNotYet)
	case work.State.AppointmentID != appointmentID: // the id went to another appointment's session
		return nil
	}
	env := in.Command(0, s.house.Clock.Now())
	wish := session.Suspend{Number: int(m.GetNumber()), From: m.GetAt().AsTime(), At: env.DecidedAt}
	if wish.Calendar, wish.Ref, err = s.calendarOf(ctx, work.State, env.DecidedAt); err != nil {
		return err
	}
	env.Policies, env.TZData = policies.Refs(wish.Ref), hours.TZData()
	_, err = s.sessions.Execute(ctx, sessionID, env, wish)
	return err
}

// handle follows from what was agreed with the customer (F-03). An agreement that
// is here before the session is suspended waits for that.
func (s *Service) handle(ctx context.Context, in inbox.Inbound, m *schedulingv1.HandlingAgreed) error {
	if m.GetAppointmentId() == "" {
		return nil
	}
	a, err := s.appointments.Load(ctx, m.GetAppointmentId())
	if err != nil || a.State.SessionID == "" {
		return err
	}
	work, err := s.sessions.Load(ctx, a.State.SessionID)
	if err != nil || work.State.AppointmentID != m.GetAppointmentId() {
		return err
	}
	env := in.Command(0, s.house.Clock.Now())
	var wish session.Command = session.Release{Number: int(m.GetNumber()), At: env.DecidedAt}
	if m.GetHandling() != schedulingv1.Handling_HANDLING_RESUME {
		end := session.End{Agreed: int(m.GetNumber()), At: env.DecidedAt}
		if end.Calendar, end.Ref, err = s.calendarOf(ctx, work.State, env.DecidedAt); err != nil {
			return err
		}
		env.Policies, env.TZData = policies.Refs(end.Ref), hours.TZData()
		wish = end
	}
	_, err = s.sessions.Execute(ctx, a.State.SessionID, env, wish)
	if errors.Is(err, session.ErrNotSuspended) {
		return fmt.Errorf("session %s: %w", a.State.SessionID, inbox.ErrNotYet)
	}
	return err
}

// calendarOf is the desk's hours that split the seconds of a session: those that
// did, once it has ended; before, those in force at an instant.
func (s *Service) calendarOf(ctx context.Context, work session.Session, at time.Time) (hours.Calendar, policy.Ref, error) {
	var calendar hours.Calendar
	var ref policy.Ref
	var err error
	if work.Stage == session.Ended {
		ref, err = s.policies.BySHA256(ctx, policyCalendar, work.Calendar.SHA256, &calendar)
	} else {
		ref, err = s.policies.At(ctx, policyCalendar, at, &calendar)
	}
	if err != nil {
		return calendar, ref, err
	}
	if err := calendar.Check(); err != nil {
		return calendar, ref, fmt.Errorf("hours of version %d: %w", ref.Version, err)
	}
	return calendar, ref, nil
}
