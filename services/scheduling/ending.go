package scheduling

import (
	"context"
	"time"

	"github.com/google/uuid"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/session"
)

// A request may be cancelled at the instant at which its work starts. Intake decides
// the one and scheduling the other, so something has to decide between them: the
// stream of the appointment, where taking it back and starting it exclude each other
// by revision. The end of an accepted request is therefore asked for here
// before it is recorded there; see docs/adr/0012-the-calendar-arbitrates-an-ending.md.

// ending is a wish of intake to end a request, which its log already holds.
type ending struct {
	id               string // UUID
	supportRequestID string
	afterWork        bool // it may end although there was work
}

// endings is the name space of the commands that follow from an ending, the same for
// whoever gives them: the door for intake, or the reaction to what intake told.
var endings = uuid.MustParse("a0c7d1f2-2a86-5c0e-9d57-7a4f3a2f6b18")

func (e ending) command(step string, now time.Time) command.Envelope {
	return command.Envelope{
		CommandID:   uuid.NewSHA1(endings, []byte(e.id+"/"+step)),
		Correlation: e.supportRequestID,
		Actor:       eventstore.Actor{Kind: "service", ID: Name, Authentication: "in-process"},
		DecidedAt:   now,
	}
}

// TakeBackAppointments answers intake, which waits.
func (h *handler) TakeBackAppointments(
	ctx context.Context, req *schedulingv1.TakeBackAppointmentsRequest,
) (*schedulingv1.TakeBackAppointmentsResponse, error) {
	granted, seen, err := h.takeBack(ctx, ending{
		id: req.GetIdempotencyKey(), supportRequestID: req.GetSupportRequestId(), afterWork: req.GetAfterWork(),
	})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.TakeBackAppointmentsResponse{Granted: granted, ConsistencyToken: rpc.Token(seen)}, nil
}

// takeBackTold does the same when intake's event comes, in case whoever asked is gone.
func (s *Service) takeBackTold(ctx context.Context, _ inbox.Inbound, m *intakev1.SupportRequestEnding) error {
	_, _, err := s.takeBack(ctx, ending{
		id: m.GetEndingId(), supportRequestID: m.GetSupportRequestId(), afterWork: m.GetAfterWork(),
	})
	return err
}

// takeBack holds the planning of the request, takes back the appointment that it had
// then, and records what came of it. Every step recognises that it was done, so an
// interruption between any two is harmless, and so is a second one at the same time.
func (s *Service) takeBack(ctx context.Context, e ending) (granted bool, seen eventstore.Position, err error) {
	now := s.house.Clock.Now()
	held, err := s.assignments.Execute(ctx, e.supportRequestID, e.command("begin", now), assignment.BeginEnding{
		SupportRequestID: e.supportRequestID, EndingID: e.id, At: now,
	})
	if err != nil {
		return false, 0, err
	}
	wish := assignment.DecideEnding{
		SupportRequestID: e.supportRequestID, EndingID: e.id, AfterWork: e.afterWork, At: now,
	}
	for _, id := range held.State.Past { // they are over, for good
		worked, _, err := s.begun(ctx, id)
		if err != nil {
			return false, 0, err
		}
		wish.Worked = wish.Worked || worked
	}
	// Where earlier work denies the end anyway, the appointment to come stays.
	if id := held.State.Appointment; id != "" && (!wish.Worked || e.afterWork) {
		if err := s.revokeFor(ctx, e, id, now); err != nil {
			return false, 0, err
		}
		var worked bool
		if worked, wish.Open, err = s.begun(ctx, id); err != nil {
			return false, 0, err
		}
		wish.Worked = wish.Worked || worked
	}
	decided, err := s.assignments.Execute(ctx, e.supportRequestID, e.command("decide", now), wish)
	return decided.State.Released, decided.Position, err
}

// revokeFor takes an appointment back, if it has not started, and frees its slot in
// the same second.
func (s *Service) revokeFor(ctx context.Context, e ending, appointmentID string, now time.Time) error {
	revoked, err := s.appointments.Execute(ctx, appointmentID, e.command("revoke", now), appointment.Revoke{At: now})
	if err != nil {
		return err
	}
	for _, r := range revoked.Events {
		in, news, err := inbound[*schedulingv1.AppointmentCancelled](r)
		if err != nil {
			return err
		}
		if err := s.freeCancelled(ctx, in, news); err != nil {
			return err
		}
	}
	return nil
}

// begun tells whether an appointment led to work, and whether that is still open.
func (s *Service) begun(ctx context.Context, appointmentID string) (worked, open bool, err error) {
	a, err := s.appointments.Load(ctx, appointmentID)
	if err != nil {
		return false, false, err
	}
	switch a.State.Stage {
	case appointment.Completed:
		return true, false, nil
	case appointment.Started:
		work, err := s.sessions.Load(ctx, a.State.SessionID)
		return true, work.State.Stage != session.Ended, err
	}
	return false, false, nil
}

// pauseClaimed follows from a claim of warranty on a request: its work pauses, until
// a technician lets it go on (W-04).
func (s *Service) pauseClaimed(ctx context.Context, in inbox.Inbound, m *intakev1.WarrantyClaimRaised) error {
	known, err := s.assignments.Load(ctx, m.GetSupportRequestId())
	if err != nil || known.State.Appointment == "" {
		return err
	}
	a, err := s.appointments.Load(ctx, known.State.Appointment)
	if err != nil || a.State.SessionID == "" {
		return err
	}
	now := s.house.Clock.Now()
	_, err = s.sessions.Execute(ctx, a.State.SessionID, in.Command(0, now), session.Halt{At: now})
	return err
}
