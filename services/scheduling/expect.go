package scheduling

import (
	"context"
	"fmt"
	"slices"
	"time"

	"connectrpc.com/connect/v2"

	consentv1 "aanvraag.internal/proto/gen/aanvraag/consent/v1"
	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	"aanvraag.internal/services/kernel/withdrawal"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/session"
)

// patience is how long a caller waits for an event that is known to be on its way.
const patience = time.Second

// expect is what scheduling knows of a request. Where that is not enough, and
// happened says that the fact exists which would make it so, it waits for that
// fact's event. It hides no fault: without such a fact it answers at once, and
// when the event does not come it says so.
func (s *Service) expect(
	ctx context.Context, id string,
	enough func(assignment.Assignment) bool,
	happened func(context.Context, assignment.Assignment) (bool, error),
) (assignment.Assignment, error) {
	known, err := s.assignments.Load(ctx, id)
	if err != nil || enough(known.State) {
		return known.State, err
	}
	coming, err := happened(ctx, known.State)
	if err != nil || !coming {
		return known.State, err
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for !enough(known.State) {
		if err := eventstore.Await(wait, s.house.Store, s.assignments.Stream(id), known.Revision); err != nil {
			if wait.Err() != nil && ctx.Err() == nil {
				return known.State, rpc.NotYet()
			}
			return known.State, err
		}
		if known, err = s.assignments.Load(ctx, id); err != nil {
			return known.State, err
		}
	}
	return known.State, nil
}

// expectWaiting is a request that is about to be given a time: right after its
// acceptance, or right after its last appointment was over.
func (s *Service) expectWaiting(ctx context.Context, id string) (assignment.Assignment, error) {
	enough := func(a assignment.Assignment) bool {
		switch a.State() {
		case assignment.Accepted, assignment.Suspended, assignment.Ending, assignment.Ended:
			return true
		}
		return false
	}
	return s.expect(ctx, id, enough, func(ctx context.Context, a assignment.Assignment) (bool, error) {
		if a.State() == assignment.Scheduled {
			return s.over(ctx, a.Appointment)
		}
		return s.accepted(ctx, id)
	})
}

// accepted asks intake whether a request was accepted.
func (s *Service) accepted(ctx context.Context, id string) (bool, error) {
	answer, err := s.neighbours.Requests.GetSupportRequest(ctx, &intakev1.GetSupportRequestRequest{SupportRequestId: id})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask intake for the request: %w", err)
	}
	return acceptedStates[answer.GetSupportRequest().GetState()], nil
}

// acceptedStates are those that a request reaches only by its acceptance.
var acceptedStates = map[intakev1.SupportRequestState]bool{
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_ACCEPTED:    true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SCHEDULED:   true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_IN_PROGRESS: true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_PAUSED:      true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUSPENDED:   true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CLOSED:      true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED:    true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED:     true,
}

// over tells whether an appointment has come to its end.
func (s *Service) over(ctx context.Context, appointmentID string) (bool, error) {
	a, err := s.appointments.Load(ctx, appointmentID)
	if err != nil || a.State.Stage != appointment.Started {
		return a.State.Stage == appointment.Completed || a.State.Stage == appointment.Cancelled, err
	}
	work, err := s.sessions.Load(ctx, a.State.SessionID)
	return work.State.Stage == session.Ended, err
}

// expectDeclared is a request whose work is about to start: right after the
// customer declared what that needs (D-01, S-02, X-04).
func (s *Service) expectDeclared(ctx context.Context, id string, recorded bool, at time.Time) (assignment.Assignment, error) {
	express := func(a assignment.Assignment) bool { return a.Consumer && withdrawal.Open(a.ConcludedAt, at) }
	enough := func(a assignment.Assignment) bool {
		return a.State() == assignment.Ended || a.State() == assignment.Suspended || a.Consent != nil && a.Consent.Backup != "" &&
			(!recorded || a.Consent.RecordingNoticeSeen) && (!express(a) || a.Consent.Express())
	}
	return s.expect(ctx, id, enough, func(ctx context.Context, a assignment.Assignment) (bool, error) {
		given, err := s.consent(ctx, id)
		if given == nil {
			return false, err
		}
		return backups[given.GetBackup()] != "" && (!recorded || given.GetRecordingNoticeSeen()) &&
			(!express(a) || given.GetStartImmediately()), nil
	})
}

// consent asks for the customer's consent; nil when there is none.
func (s *Service) consent(ctx context.Context, id string) (*consentv1.Consent, error) {
	answer, err := s.neighbours.Consents.GetConsent(ctx, &consentv1.GetConsentRequest{SupportRequestId: id})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("ask consent for the declarations: %w", err)
	}
	return answer.GetConsent(), nil
}

// expectPlanned waits until a request counts on an appointment that was booked for
// it, or no longer does: right after the booking that is still on its way.
func (s *Service) expectPlanned(ctx context.Context, id, appointmentID string) error {
	enough := func(a assignment.Assignment) bool {
		return a.Appointment == appointmentID || slices.Contains(a.Past, appointmentID)
	}
	_, err := s.expect(ctx, id, enough, func(context.Context, assignment.Assignment) (bool, error) { return true, nil })
	return err
}
