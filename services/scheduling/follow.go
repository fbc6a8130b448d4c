package scheduling

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/proto"

	billingv1 "aanvraag.internal/proto/gen/aanvraag/billing/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/calendar"
	"aanvraag.internal/services/scheduling/internal/recording"
	"aanvraag.internal/services/scheduling/internal/session"
)

// This file says what follows from the service's own facts. The door calls these
// functions for what a caller waits for, the inbox for everything; both give the
// same command ids, so whoever is second finds it done (R2, R3).

// inbound is an event that was just recorded, as the bus will bring it.
func inbound[M proto.Message](r eventstore.Recorded) (in inbox.Inbound, m M, err error) {
	public, err := publish(r)
	if err != nil {
		return in, m, fmt.Errorf("read event %d of %s: %w", r.Revision, r.Stream, err)
	}
	m, ok := public.(M)
	if !ok {
		return in, m, fmt.Errorf("event %d of %s is told as %T, not %T", r.Revision, r.Stream, public, m)
	}
	var meta eventstore.Metadata
	if err := json.Unmarshal(r.Metadata, &meta); err != nil {
		return in, m, fmt.Errorf("metadata of event %d of %s: %w", r.Revision, r.Stream, err)
	}
	return inbox.Inbound{
		Envelope: bus.Envelope{
			ID: r.ID, Service: Name, Stream: r.Stream, Revision: r.Revision, Correlation: meta.CorrelationID,
		},
		Message: m, Handler: Name,
	}, m, nil
}

// bookReserved follows from a reserved slot. When the appointment's id stands for
// another booking, made at the same moment in another week, the slot is released
// and the answer is [appointment.ErrExists].
func (s *Service) bookReserved(
	ctx context.Context, in inbox.Inbound, m *schedulingv1.SlotReserved,
) (command.Result[appointment.Appointment], error) {
	now := s.house.Clock.Now()
	booked, err := s.appointments.Execute(ctx, m.GetAppointmentId(), in.Command(0, now), book(m, now))
	if !errors.Is(err, appointment.ErrExists) {
		return booked, err
	}
	week := calendar.ID(m.GetTechnicianId(), m.GetStart().AsTime())
	undo := calendar.Release{AppointmentID: m.GetAppointmentId(), At: now}
	if _, err := s.weeks.Execute(ctx, week, in.Command(1, now), undo); err != nil {
		return booked, err
	}
	return booked, err
}

// moveReserved follows from a slot that was reserved for a move. When the appointment
// cannot move any more, the slot is released and the answer is why.
func (s *Service) moveReserved(
	ctx context.Context, in inbox.Inbound, m *schedulingv1.SlotReserved,
) (command.Result[appointment.Appointment], error) {
	now := s.house.Clock.Now()
	moved, err := s.appointments.Execute(ctx, m.GetAppointmentId(), in.Command(0, now), move(m, now))
	if !refusal(err) {
		return moved, err
	}
	week := calendar.ID(m.GetTechnicianId(), m.GetStart().AsTime())
	undo := calendar.Release{AppointmentID: m.GetAppointmentId(), MoveID: m.GetMoveId(), At: now}
	if _, err := s.weeks.Execute(ctx, week, in.Command(1, now), undo); err != nil {
		return moved, err
	}
	return moved, err
}

// refusal tells the answer of a rule, which stands, from a fault and a lost race.
func refusal(err error) bool {
	no, refused := errors.AsType[*decider.Rejection](err)
	return refused && no.Kind != decider.Aborted
}

// freeLeft follows from an appointment that moved: the slot that it left is free.
func (s *Service) freeLeft(
	ctx context.Context, in inbox.Inbound, m *schedulingv1.AppointmentMoved,
) (command.Result[calendar.Week], error) {
	now := s.house.Clock.Now()
	week := calendar.ID(m.GetFromTechnicianId(), m.GetFromStart().AsTime())
	return s.weeks.Execute(ctx, week, in.Command(0, now), leave(m, now))
}

// planBooked follows from a booked appointment.
func (s *Service) planBooked(
	ctx context.Context, in inbox.Inbound, m *schedulingv1.AppointmentBooked,
) (command.Result[assignment.Assignment], error) {
	now := s.house.Clock.Now()
	return s.assignments.Execute(ctx, m.GetSupportRequestId(), in.Command(0, now), plan(m, now))
}

// freeCancelled follows from a cancelled appointment: its slot is free and the
// request waits for another, in the same second.
func (s *Service) freeCancelled(ctx context.Context, in inbox.Inbound, m *schedulingv1.AppointmentCancelled) error {
	now := s.house.Clock.Now()
	week := calendar.ID(m.GetTechnicianId(), m.GetStart().AsTime())
	if _, err := s.weeks.Execute(ctx, week, in.Command(0, now), release(m, now)); err != nil {
		return err
	}
	_, err := s.assignments.Execute(ctx, m.GetSupportRequestId(), in.Command(1, now),
		drop(m.GetSupportRequestId(), m.GetAppointmentId(), now))
	return err
}

// revoke follows from appointments that have to go.
func (s *Service) revoke(ctx context.Context, in inbox.Inbound, m *schedulingv1.AppointmentsRevoked) error {
	now := s.house.Clock.Now()
	for _, id := range m.GetAppointmentIds() {
		if _, err := s.appointments.Execute(ctx, id, in.Command(0, now), appointment.Revoke{At: now}); err != nil {
			return err
		}
	}
	return nil
}

// startSession follows from a started appointment. When the session's id went to
// another appointment at the same moment, the start is undone and the answer is
// [session.ErrExists].
func (s *Service) startSession(
	ctx context.Context, in inbox.Inbound, m *schedulingv1.AppointmentStarted,
) (command.Result[session.Session], error) {
	now := s.house.Clock.Now()
	started, err := s.sessions.Execute(ctx, m.GetSessionId(), in.Command(0, now), begin(m))
	if err == nil && started.State.Stage == session.Running && started.State.Limit == 0 {
		err = s.limitStarted(ctx, in.Command(2, now), m.GetSupportRequestId())
	}
	if !errors.Is(err, session.ErrExists) {
		return started, err
	}
	undo := appointment.Abandon{SessionID: m.GetSessionId(), At: now}
	if _, err := s.appointments.Execute(ctx, m.GetAppointmentId(), in.Command(1, now), undo); err != nil {
		return started, err
	}
	return started, err
}

// limitStarted holds a session to a cap that was agreed while it started (T-11).
func (s *Service) limitStarted(ctx context.Context, env command.Envelope, supportRequestID string) error {
	known, err := s.assignments.Load(ctx, supportRequestID)
	if err != nil || known.State.Cap == 0 {
		return err
	}
	return s.limitOpen(ctx, env, known.State, known.State.CapSeconds)
}

// record follows from a recorded session that started: a key of its own first,
// then the recording, then its place among what waits for the bill (S-05).
func (s *Service) record(ctx context.Context, in inbox.Inbound, m *schedulingv1.SessionStarted) error {
	if !m.GetRecorded() {
		return nil
	}
	err := s.house.Vault.Prepare(ctx, m.GetSessionId(), vault.Recording)
	if err != nil && !errors.Is(err, vault.ErrErased) { // erased: told a second time, long after
		return err
	}
	now := s.house.Clock.Now()
	var rules recordingRules
	ref, err := s.policies.At(ctx, policyRecording, now, &rules)
	if err != nil {
		return err
	}
	env := in.Command(0, now)
	env.Policies = policies.Refs(ref)
	if _, err := s.recordings.Execute(ctx, m.GetSessionId(), env, record(m, rules.CapSeconds)); err != nil {
		return err
	}
	kept, err := s.assignments.Execute(ctx, m.GetSupportRequestId(), in.Command(1, now), keep(m, now))
	if err != nil {
		return err
	}
	if c := kept.State.Consent; c != nil && !c.RecordingNoticeSeen { // taken back at that moment (O-09)
		if err := s.stopRecording(ctx, in.Command(3, now), m.GetSessionId()); err != nil {
			return err
		}
	}
	if kept.State.SettledBy == "" {
		return s.unbilled(ctx, in.Command(2, now), kept.State)
	}
	return s.markDue(ctx, in.Command(2, now), m.GetSessionId(), recording.MarkDue{
		Cause: recording.Settled, InvoiceID: kept.State.SettledBy, From: now,
	})
}

// finish follows from an ended session.
func (s *Service) finish(ctx context.Context, in inbox.Inbound, m *schedulingv1.SessionEnded) error {
	now := s.house.Clock.Now()
	_, err := s.appointments.Execute(ctx, m.GetAppointmentId(), in.Command(0, now), complete(m))
	if err != nil {
		return err
	}
	if m.GetRecorded() {
		_, err := s.recordings.Execute(ctx, m.GetSessionId(), in.Command(1, now), recording.End{At: m.GetEndedAt().AsTime()})
		if err != nil {
			return err
		}
	}
	_, err = s.assignments.Execute(ctx, m.GetSupportRequestId(), in.Command(2, now),
		drop(m.GetSupportRequestId(), m.GetAppointmentId(), now))
	return err
}

// settle follows from a satisfied bill: the deletion of every recording of the
// request is due (S-05). One that is not known yet becomes due in record.
func (s *Service) settle(ctx context.Context, in inbox.Inbound, m *billingv1.InvoiceSettled) error {
	now := s.house.Clock.Now()
	settled, err := s.assignments.Execute(ctx, m.GetSupportRequestId(), in.Command(0, now), settle(m, now))
	if err != nil {
		return err
	}
	for _, id := range settled.State.Recordings {
		wish := recording.MarkDue{Cause: recording.Settled, InvoiceID: m.GetInvoiceId(), From: settledSince(m, now)}
		if err := s.markDue(ctx, in.Command(1, now), id, wish); err != nil {
			return err
		}
	}
	return nil
}
