package scheduling

import (
	"context"
	"errors"
	"time"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/views"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/session"
)

// AgreeBudgetCap records the customer's cap (T-11).
func (h *handler) AgreeBudgetCap(
	ctx context.Context, req *schedulingv1.AgreeBudgetCapRequest,
) (*schedulingv1.AgreeBudgetCapResponse, error) {
	budget, seen, err := h.agreeCap(ctx, req, false)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.AgreeBudgetCapResponse{Budget: budget, ConsistencyToken: rpc.Token(seen)}, nil
}

// RaiseBudgetCap records the customer's new OK (T-11).
func (h *handler) RaiseBudgetCap(
	ctx context.Context, req *schedulingv1.RaiseBudgetCapRequest,
) (*schedulingv1.RaiseBudgetCapResponse, error) {
	budget, seen, err := h.agreeCap(ctx, req, true)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.RaiseBudgetCapResponse{Budget: budget, ConsistencyToken: rpc.Token(seen)}, nil
}

// capRequest asks for a cap.
type capRequest interface {
	rpc.Request
	GetSupportRequestId() string
	GetCap() *commonv1.Money
}

func (h *handler) agreeCap(ctx context.Context, req capRequest, raise bool) (*schedulingv1.Budget, eventstore.Position, error) {
	id := req.GetSupportRequestId()
	if err := rpc.Own(ctx, id); err != nil {
		return nil, 0, err
	}
	env, err := h.command(ctx, req, id)
	if err != nil {
		return nil, 0, err
	}
	known, err := h.assignments.Load(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	wish := assignment.AgreeCap{SupportRequestID: id, Cap: money.Cents(req.GetCap().GetCents()), Raise: raise, At: env.DecidedAt}
	if known.State.Consent != nil {
		if wish.Sheet, wish.Tariff, err = h.sheet(ctx, known.State); err != nil {
			return nil, 0, err
		}
		env.Policies = policies.Refs(wish.Tariff)
	}
	before, _, open, err := h.workOf(ctx, known.State)
	if err != nil {
		return nil, 0, err
	}
	wish.Worked = before + open.SecondsAt(env.DecidedAt)
	done, err := h.assignments.Execute(ctx, id, env, wish)
	if err != nil {
		return nil, 0, err
	}
	in, news, err := inbound[*schedulingv1.BudgetCapAgreed](done.Events[0])
	if err != nil {
		return nil, 0, err
	}
	if err := h.limit(ctx, in, news); err != nil && !errors.Is(err, inbox.ErrNotYet) {
		return nil, 0, err
	}
	return budget(id, wish.Sheet, wish.Worked, done.State), done.Position, nil
}

// GetBudget gives what a request costs so far, and its cap (T-11).
func (h *handler) GetBudget(ctx context.Context, req *schedulingv1.GetBudgetRequest) (*schedulingv1.GetBudgetResponse, error) {
	id := req.GetSupportRequestId()
	if err := rpc.Own(ctx, id); err != nil {
		return nil, err
	}
	if _, err := rpc.ParseToken(req.GetConsistencyToken()); err != nil {
		return nil, err // the streams are folded here: whatever it stands for is seen
	}
	known, err := h.assignments.Load(ctx, id)
	if err != nil {
		return nil, err
	}
	sheet, _, err := h.sheet(ctx, known.State)
	if err != nil {
		return nil, err
	}
	before, _, open, err := h.workOf(ctx, known.State)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.GetBudgetResponse{
		Budget: budget(id, sheet, before+open.SecondsAt(h.house.Clock.Now()), known.State),
	}, nil
}

func budget(id string, sheet assignment.Sheet, worked int64, a assignment.Assignment) *schedulingv1.Budget {
	b := &schedulingv1.Budget{
		SupportRequestId: id, WorkedSeconds: worked, CapSeconds: a.CapSeconds, Cost: euro(sheet.Cost(worked)),
	}
	if a.Cap != 0 {
		b.Cap = euro(a.Cap)
	}
	return b
}

func euro(c money.Cents) *commonv1.Money {
	return &commonv1.Money{CurrencyCode: "EUR", Cents: int64(c)}
}

// sheet is the tariff that the customer of a request agreed to (T-01).
func (s *Service) sheet(ctx context.Context, a assignment.Assignment) (assignment.Sheet, policy.Ref, error) {
	var sheet assignment.Sheet
	if a.Consent == nil {
		return sheet, policy.Ref{}, assignment.ErrConsent
	}
	ref, err := s.policies.BySHA256(ctx, policyTariff, a.Consent.TariffSHA256, &sheet)
	return sheet, ref, err
}

// workOf is what was measured for a request in sessions that are over, in seconds,
// how many sessions it had, and the one that is open, if any.
func (s *Service) workOf(ctx context.Context, a assignment.Assignment) (before int64, sessions int, open session.Session, err error) {
	for _, id := range append(append([]string{}, a.Past...), a.Appointment) {
		if id == "" {
			continue
		}
		planned, err := s.appointments.Load(ctx, id)
		if err != nil {
			return 0, 0, open, err
		}
		if planned.State.SessionID == "" {
			continue
		}
		work, err := s.sessions.Load(ctx, planned.State.SessionID)
		switch {
		case err != nil:
			return 0, 0, open, err
		case work.State.AppointmentID != id:
		case work.State.Stage == session.Ended:
			before += work.State.Seconds()
			sessions++
		default:
			open = work.State
			sessions++
		}
	}
	return before, sessions, open, nil
}

// limit follows from a cap that was agreed or raised: the session that is open may
// measure what is left of it (T-11).
func (s *Service) limit(ctx context.Context, in inbox.Inbound, m *schedulingv1.BudgetCapAgreed) error {
	known, err := s.assignments.Load(ctx, m.GetSupportRequestId())
	if err != nil {
		return err
	}
	return s.limitOpen(ctx, in.Command(0, s.house.Clock.Now()), known.State, m.GetCapSeconds())
}

func (s *Service) limitOpen(ctx context.Context, env command.Envelope, a assignment.Assignment, capSeconds int64) error {
	before, _, open, err := s.workOf(ctx, a)
	if err != nil || open.Stage == session.None {
		return err
	}
	// A cap that nothing is left of still is one: a second that is not there.
	_, err = s.sessions.Execute(ctx, open.SessionID, env, session.SetLimit{LimitSeconds: max(1, capSeconds-before), At: env.DecidedAt})
	return err
}

// reachCap follows from the instant at which a session reaches the agreed cap.
func (s *Service) reachCap(ctx context.Context, d deadlines.Due) error {
	env := d.Command(Name, s.house.Clock.Now())
	work, err := s.sessions.Load(ctx, d.ID)
	if err != nil {
		return err
	}
	env.Correlation = work.State.SupportRequestID
	_, err = s.sessions.Execute(ctx, d.ID, env, session.ReachCap{At: env.DecidedAt})
	return err
}

// capDeadline keeps when a session reaches its cap, as long as it runs.
func capDeadline(tx *views.Tx, table *deadlines.Table, id string, e session.Event) error {
	var at time.Time
	switch e := e.(type) {
	case session.SessionStarted:
		at = e.CapAt
	case session.SessionResumed:
		at = e.CapAt
	case session.LimitSet:
		at = e.CapAt
	case session.SessionPaused, session.SessionSuspended, session.SessionEnded:
	default:
		return nil
	}
	if at.IsZero() {
		return table.Clear(tx, dueBudget, id)
	}
	return table.Set(tx, deadlines.Due{Kind: dueBudget, ID: id, At: at})
}
