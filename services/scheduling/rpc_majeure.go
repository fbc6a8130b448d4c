package scheduling

import (
	"context"
	"errors"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/scheduling/internal/assignment"
)

// DeclareForceMajeure records the declaration, which is the commit point, and then
// does at once what follows from it (F-01).
func (h *handler) DeclareForceMajeure(
	ctx context.Context, req *schedulingv1.DeclareForceMajeureRequest,
) (*schedulingv1.DeclareForceMajeureResponse, error) {
	id := req.GetSupportRequestId()
	env, err := h.command(ctx, req, id)
	if err != nil {
		return nil, err
	}
	wish := assignment.DeclareForceMajeure{
		SupportRequestID: id, Cause: causeOf[req.GetCause()], Side: sideOf[req.GetCauseSide()], From: env.DecidedAt, At: env.DecidedAt,
	}
	if at := req.GetAt(); at != nil {
		if err := at.CheckValid(); err != nil {
			return nil, rpc.InvalidField("at", "timestamp.valid", "must be an instant between the years 1 and 9999")
		}
		wish.From = at.AsTime()
	}
	if wish.Explanation, err = h.sealed(ctx, id, env, "explanation", req.GetExplanation()); err != nil {
		return nil, err
	}
	if _, err := h.expectWaiting(ctx, id); err != nil {
		return nil, err
	}
	done, err := h.assignments.Execute(ctx, id, env, wish)
	if err != nil {
		return nil, err
	}
	in, news, err := inbound[*schedulingv1.ForceMajeureDeclared](done.Events[0])
	if err != nil {
		return nil, err
	}
	if err := h.suspend(ctx, in, news); err != nil && !errors.Is(err, inbox.ErrNotYet) { // then the service's own reaction does it
		return nil, err
	}
	open, err := h.openSession(ctx, done.State.Appointment)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.DeclareForceMajeureResponse{
		ForceMajeure: &schedulingv1.ForceMajeure{
			SupportRequestId: id, Number: news.GetNumber(), Cause: news.GetCause(), CauseSide: news.GetCauseSide(),
			At: news.GetAt(), DeclaredAt: news.GetDeclaredAt(),
		},
		Session: open, ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// AgreeHandling records what was agreed with the customer, which is the commit
// point, and then does at once what follows from it (F-03).
func (h *handler) AgreeHandling(
	ctx context.Context, req *schedulingv1.AgreeHandlingRequest,
) (*schedulingv1.AgreeHandlingResponse, error) {
	id := req.GetSupportRequestId()
	env, err := h.command(ctx, req, id)
	if err != nil {
		return nil, err
	}
	wish := assignment.AgreeHandling{SupportRequestID: id, Handling: handlingOf[req.GetHandling()], At: env.DecidedAt}
	if wish.Note, err = h.sealed(ctx, id, env, "handlingNote", req.GetNote()); err != nil {
		return nil, err
	}
	done, err := h.assignments.Execute(ctx, id, env, wish)
	if err != nil {
		return nil, err
	}
	in, news, err := inbound[*schedulingv1.HandlingAgreed](done.Events[0])
	if err != nil {
		return nil, err
	}
	if err := h.handle(ctx, in, news); err != nil && !errors.Is(err, inbox.ErrNotYet) {
		return nil, err
	}
	open, err := h.openSession(ctx, news.GetAppointmentId())
	if err != nil {
		return nil, err
	}
	return &schedulingv1.AgreeHandlingResponse{
		ForceMajeure: &schedulingv1.ForceMajeure{
			SupportRequestId: id, Number: news.GetNumber(), Handling: news.GetHandling(), AgreedAt: news.GetAgreedAt(),
		},
		Session: open, ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// sealed seals what was written about a customer; nothing for nothing (P7).
func (h *handler) sealed(ctx context.Context, id string, env command.Envelope, field, text string) (sealed.Data, error) {
	if text == "" {
		return sealed.Data{}, nil
	}
	return h.house.Vault.Seal(ctx, subject(id), vault.Operational, field,
		place(h.assignments.Stream(id), env.CommandID), []byte(text))
}

// openSession is the session of an appointment as it is now; nil for none.
func (h *handler) openSession(ctx context.Context, appointmentID string) (*schedulingv1.Session, error) {
	if appointmentID == "" {
		return nil, nil
	}
	a, err := h.appointments.Load(ctx, appointmentID)
	if err != nil || a.State.SessionID == "" {
		return nil, err
	}
	work, err := h.sessions.Load(ctx, a.State.SessionID)
	if err != nil || work.State.AppointmentID != appointmentID {
		return nil, err
	}
	return sessionMessage(work.State, work.Revision), nil
}

var (
	causes = map[assignment.Cause]schedulingv1.ForceMajeureCause{
		assignment.Power:     schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_POWER,
		assignment.Network:   schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_NETWORK,
		assignment.Supplier:  schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_SUPPLIER,
		assignment.Attack:    schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_ATTACK,
		assignment.Disaster:  schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_DISASTER,
		assignment.Authority: schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_AUTHORITY,
		assignment.Other:     schedulingv1.ForceMajeureCause_FORCE_MAJEURE_CAUSE_OTHER,
	}
	sides = map[assignment.Side]schedulingv1.CauseSide{
		assignment.Provider:   schedulingv1.CauseSide_CAUSE_SIDE_PROVIDER,
		assignment.ThirdParty: schedulingv1.CauseSide_CAUSE_SIDE_THIRD_PARTY,
		assignment.Customer:   schedulingv1.CauseSide_CAUSE_SIDE_CUSTOMER,
	}
	handlings = map[assignment.Handling]schedulingv1.Handling{
		assignment.Resume:     schedulingv1.Handling_HANDLING_RESUME,
		assignment.Reschedule: schedulingv1.Handling_HANDLING_RESCHEDULE,
		assignment.Finish:     schedulingv1.Handling_HANDLING_END,
	}
	causeOf    = inverse(causes)
	sideOf     = inverse(sides)
	handlingOf = inverse(handlings)
)

func inverse[W, N comparable](words map[W]N) map[N]W {
	out := make(map[N]W, len(words))
	for word, number := range words {
		out[number] = word
	}
	return out
}

func publicDeclared(e assignment.ForceMajeureDeclared) *schedulingv1.ForceMajeureDeclared {
	return &schedulingv1.ForceMajeureDeclared{
		SupportRequestId: e.SupportRequestID, Number: int32(min(e.Number, 1<<30)), Cause: causes[e.Cause], CauseSide: sides[e.Side],
		At: timestamppb.New(e.From), DeclaredAt: timestamppb.New(e.DeclaredAt), AppointmentIds: e.AppointmentIDs,
	}
}

func publicAgreed(e assignment.HandlingAgreed) *schedulingv1.HandlingAgreed {
	return &schedulingv1.HandlingAgreed{
		SupportRequestId: e.SupportRequestID, Number: int32(min(e.Number, 1<<30)), Handling: handlings[e.Handling],
		AgreedAt: timestamppb.New(e.AgreedAt), AppointmentId: e.AppointmentID,
	}
}
