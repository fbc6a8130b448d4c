package scheduling

import (
	"context"
	"fmt"

	"connectrpc.com/connect/v2"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/session"
)

// CorrectWork proposes other intervals, and lets them count at once where one
// person may (T-12).
func (h *handler) CorrectWork(ctx context.Context, req *schedulingv1.CorrectWorkRequest) (*schedulingv1.CorrectWorkResponse, error) {
	id := req.GetSessionId()
	env, work, err := h.sessionCommand(ctx, req, id)
	if err != nil {
		return nil, err
	}
	cmd := session.Correct{By: person(env), At: env.DecidedAt}
	for n, i := range req.GetIntervals() {
		if i.GetStart().CheckValid() != nil || i.GetEnd().CheckValid() != nil {
			return nil, rpc.InvalidField(fmt.Sprintf("intervals[%d]", n), "required", "needs a start and an end")
		}
		cmd.Intervals = append(cmd.Intervals, session.Interval{From: i.GetStart().AsTime(), To: i.GetEnd().AsTime()})
	}
	if work.Stage != session.None {
		cmd.Reason, err = h.house.Vault.Seal(ctx, subject(work.SupportRequestID), vault.Operational, "correctionReason",
			place(h.sessions.Stream(id), env.CommandID), []byte(req.GetReason()))
		if err != nil {
			return nil, err
		}
		if cmd.RequestEnded, err = h.closed(ctx, work.SupportRequestID); err != nil {
			return nil, err
		}
	}
	var rules sessionRules
	bound, err := h.policies.At(ctx, policySessions, env.DecidedAt, &rules)
	if err != nil {
		return nil, err
	}
	cmd.Alone = rules.CorrectAloneSeconds
	if cmd.Calendar, cmd.Ref, err = h.calendarOf(ctx, work, env.DecidedAt); err != nil {
		return nil, err
	}
	env.Policies, env.TZData = policies.Refs(cmd.Ref, bound), hours.TZData()
	done, err := h.sessions.Execute(ctx, id, env, cmd)
	if err != nil {
		return nil, err
	}
	answer := &schedulingv1.CorrectWorkResponse{
		Session: sessionMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
	}
	if answer.Correction = answer.GetSession().GetPendingCorrection(); answer.GetCorrection() == nil {
		answer.Correction = &schedulingv1.Correction{
			Number: int32(min(done.State.Proposed, 1<<30)), OldSeconds: work.Seconds(), NewSeconds: done.State.Seconds(),
		}
	}
	return answer, nil
}

// ApproveCorrection lets a proposed correction count (T-12).
func (h *handler) ApproveCorrection(
	ctx context.Context, req *schedulingv1.ApproveCorrectionRequest,
) (*schedulingv1.ApproveCorrectionResponse, error) {
	id := req.GetSessionId()
	env, work, err := h.sessionCommand(ctx, req, id)
	if err != nil {
		return nil, err
	}
	cmd := session.Approve{Number: int(req.GetNumber()), By: person(env), At: env.DecidedAt}
	if work.Stage != session.None {
		if cmd.RequestEnded, err = h.closed(ctx, work.SupportRequestID); err != nil {
			return nil, err
		}
	}
	if cmd.Calendar, cmd.Ref, err = h.calendarOf(ctx, work, env.DecidedAt); err != nil {
		return nil, err
	}
	env.Policies, env.TZData = policies.Refs(cmd.Ref), hours.TZData()
	done, err := h.sessions.Execute(ctx, id, env, cmd)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.ApproveCorrectionResponse{
		Session: sessionMessage(done.State, done.Revision), ConsistencyToken: rpc.Token(done.Position),
		Correction: &schedulingv1.Correction{Number: req.GetNumber(), NewSeconds: done.State.Seconds()},
	}, nil
}

// closed asks intake whether the work of a request is closed: from then on it is
// billed by what was measured (T-12). One that intake does not know is not.
func (s *Service) closed(ctx context.Context, id string) (bool, error) {
	known, err := s.assignments.Load(ctx, id)
	if err != nil || known.State.Released {
		return known.State.Released, err
	}
	answer, err := s.neighbours.Requests.GetSupportRequest(ctx, &intakev1.GetSupportRequestRequest{SupportRequestId: id})
	if connect.CodeOf(err) == connect.CodeNotFound {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("ask intake for the request: %w", err)
	}
	return closedStates[answer.GetSupportRequest().GetState()], nil
}

// closedStates are those after the work was closed.
var closedStates = map[intakev1.SupportRequestState]bool{
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_CLOSED:   true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_INVOICED: true,
	intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SETTLED:  true,
}
