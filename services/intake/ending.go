package intake

import (
	"context"
	"errors"

	"github.com/google/uuid"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/intake/internal/request"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
)

// An accepted request may have an appointment whose work starts at the very moment at
// which the request is cancelled, refused or terminated. Its end is therefore first
// asked for (request.ending_begun.v1), then decided by scheduling, where the work
// starts, and then concluded here. Whoever asked does all three at once. Where
// he dies in between, scheduling hears of the ending from the bus, and this service
// hears of scheduling's answer; both give the same commands, so whoever is second
// finds it done. See docs/adr/0012-the-calendar-arbitrates-an-ending.md.

// conclusions is the name space of the commands that conclude an ending.
var conclusions = uuid.MustParse("c6f0b4a2-64a5-5d0b-8b0e-5b9c0f7d3e21")

// endingID is the id of the ending that a command may begin, the same at every repeat.
func endingID(env command.Envelope) string { return env.CommandID.String() }

// end executes a wish to end a request and sees it through.
func (s *Service) end(
	ctx context.Context, id uuid.UUID, env command.Envelope, wish request.Command,
) (command.Result[request.Request], error) {
	done, err := s.requests.Execute(ctx, id.String(), env, wish)
	if pending := endingInTheWay(err); pending != "" {
		// Somebody else asked for the end before; first his wish is seen through.
		if err := s.concludePending(ctx, id, pending); err != nil {
			return done, err
		}
		done, err = s.requests.Execute(ctx, id.String(), env, wish)
	}
	if err != nil {
		return done, err
	}
	begun, err := begunBy(done.Events)
	if err != nil || begun == nil {
		return done, err
	}
	concluded, err := s.conclude(ctx, id, env, *begun)
	if err != nil {
		return done, err
	}
	for _, r := range concluded.Events {
		if r.Type == (request.EndingDenied{}).EventType() {
			return done, request.WorkWasFaster(begun.Kind)
		}
	}
	return concluded, nil
}

// endingInTheWay is the ending that a refusal says has to be concluded first.
func endingInTheWay(err error) string {
	if rejection, ok := errors.AsType[*decider.Rejection](err); ok {
		return rejection.Details[request.EndingDetail]
	}
	return ""
}

// begunBy is the ending that a command began; nil when there was nothing to ask.
func begunBy(events []eventstore.Recorded) (*request.Ending, error) {
	for _, r := range events {
		e, err := codec.Decode(r.Type, r.Data)
		if err != nil {
			return nil, err
		}
		if begun, ok := e.(request.EndingBegun); ok {
			return &begun.Ending, nil
		}
	}
	return nil, nil
}

// conclude asks scheduling to decide an ending, and records the answer.
func (s *Service) conclude(
	ctx context.Context, id uuid.UUID, cause command.Envelope, e request.Ending,
) (command.Result[request.Request], error) {
	answer, err := s.neighbours.Sessions.TakeBackAppointments(ctx, &schedulingv1.TakeBackAppointmentsRequest{
		IdempotencyKey: e.ID, SupportRequestId: id.String(), AfterWork: e.AfterWork(),
	})
	if err != nil {
		return command.Result[request.Request]{}, unlessMissing(err, err)
	}
	env := command.Envelope{
		Correlation: id.String(), Causation: cause.CommandID, Actor: cause.Actor, DecidedAt: s.house.Clock.Now(),
	}
	return s.recordConclusion(ctx, id, env, e.ID, answer.GetGranted())
}

// concludePending sees an ending through that somebody else asked for.
func (s *Service) concludePending(ctx context.Context, id uuid.UUID, pending string) error {
	standing, err := s.requests.Load(ctx, id.String())
	if err != nil || standing.State.Ending.ID != pending {
		return err
	}
	cause := command.Envelope{Actor: eventstore.Actor{Kind: "service", ID: Name, Authentication: "in-process"}}
	_, err = s.conclude(ctx, id, cause, standing.State.Ending)
	return err
}

// concludeTold records the answer when scheduling's event comes, in case whoever
// asked is gone.
func (s *Service) concludeTold(ctx context.Context, in inbox.Inbound, m *schedulingv1.RequestEndingDecided) error {
	id, err := canonicalID(m.GetSupportRequestId())
	if err != nil {
		return err
	}
	_, err = s.recordConclusion(ctx, id, in.Command(0, s.house.Clock.Now()), m.GetEndingId(), m.GetGranted())
	return err
}

func (s *Service) recordConclusion(
	ctx context.Context, id uuid.UUID, env command.Envelope, ending string, granted bool,
) (command.Result[request.Request], error) {
	env.CommandID = uuid.NewSHA1(conclusions, []byte(ending))
	return s.requests.Execute(ctx, id.String(), env, request.Conclude{
		EndingID: ending, Granted: granted, At: env.DecidedAt,
	})
}
