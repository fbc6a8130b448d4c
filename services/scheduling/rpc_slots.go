package scheduling

import (
	"context"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/policies"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/calendar"
)

// HoldSlot keeps a slot until it is booked or the hold expires.
func (h *handler) HoldSlot(ctx context.Context, req *schedulingv1.HoldSlotRequest) (*schedulingv1.HoldSlotResponse, error) {
	if err := rpc.Own(ctx, req.GetSupportRequestId()); err != nil {
		return nil, err
	}
	if err := req.GetStart().CheckValid(); err != nil {
		return nil, rpc.InvalidField("start", "timestamp.valid", "must be an instant between the years 1 and 9999")
	}
	slot := calendar.Slot{
		AppointmentID: req.GetAppointmentId(), SupportRequestID: req.GetSupportRequestId(),
		TechnicianID: technicianID(req), Start: req.GetStart().AsTime(), Seconds: whole(req.GetDuration()),
	}
	env, err := h.command(ctx, req, slot.SupportRequestID)
	if err != nil {
		return nil, err
	}
	week := calendar.ID(slot.TechnicianID, slot.Start)
	if known, err := h.appointments.Load(ctx, slot.AppointmentID); err != nil {
		return nil, err
	} else if known.State.Stage != appointment.None { // its id is used up there
		week = calendar.ID(known.State.First.TechnicianID, known.State.First.Start)
	}
	request, err := h.expectWaiting(ctx, slot.SupportRequestID)
	if err != nil {
		return nil, err
	}
	cmd := calendar.PlaceHold{Slot: slot, RequestState: request.State(), At: env.DecidedAt}
	if cmd.Unavailable, err = h.unavailable(ctx, slot); err != nil {
		return nil, err
	}
	var terms bookingTerms
	ref, err := h.policies.At(ctx, policyBooking, env.DecidedAt, &terms)
	if err != nil {
		return nil, err
	}
	cmd.HoldSeconds, env.Policies = terms.HoldSeconds, policies.Refs(ref)
	done, err := h.weeks.Execute(ctx, week, env, cmd)
	if err != nil {
		return nil, err
	}
	held, _ := done.State.Hold(slot.AppointmentID)
	return &schedulingv1.HoldSlotResponse{
		ExpiresAt: timestamppb.New(held.ExpiresAt), ConsistencyToken: rpc.Token(done.Position),
	}, nil
}

// FindSlots offers what could be booked now.
func (h *handler) FindSlots(ctx context.Context, req *schedulingv1.FindSlotsRequest) (*schedulingv1.FindSlotsResponse, error) {
	if err := rpc.Own(ctx, req.GetSupportRequestId()); err != nil {
		return nil, err
	}
	page, err := rpc.NewPage(req)
	if err != nil {
		return nil, err
	}
	now := h.house.Clock.Now()
	var terms bookingTerms
	if _, err := h.policies.At(ctx, policyBooking, now, &terms); err != nil {
		return nil, err
	}
	want, err := wish(req, terms, now)
	if err != nil {
		return nil, err
	}
	want.after, want.limit = page.Key, page.Size
	if err := h.View().WaitFor(ctx, page.Seen); err != nil {
		return nil, err
	}
	found, last, err := h.find(ctx, want)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.FindSlotsResponse{Slots: found, NextPageToken: page.Next(last)}, nil
}

// wish reads what is looked for.
func wish(req *schedulingv1.FindSlotsRequest, terms bookingTerms, now time.Time) (search, error) {
	switch {
	case req.GetFrom().CheckValid() != nil:
		return search{}, rpc.InvalidField("from", "timestamp.valid", "must be an instant between the years 1 and 9999")
	case req.GetTo().CheckValid() != nil:
		return search{}, rpc.InvalidField("to", "timestamp.valid", "must be an instant between the years 1 and 9999")
	}
	want := search{
		from: req.GetFrom().AsTime(), to: req.GetTo().AsTime(), now: now,
		seconds: whole(req.GetDuration()), step: terms.StepSeconds,
		technicianID: technicianID(req), skill: req.GetSkill(),
	}
	if req.GetStep() != nil {
		want.step = whole(req.GetStep())
	}
	switch {
	case !want.from.Before(want.to):
		return search{}, rpc.InvalidField("to", "slots.span", "must be after from")
	case want.to.After(want.from.AddDate(0, 0, terms.SearchDays)):
		return search{}, rpc.InvalidField("to", "slots.span", "is too far from from: one search spans a limited number of days")
	case want.seconds <= 0 || want.seconds%60 != 0:
		return search{}, rpc.InvalidField("duration", "slots.minutes", "must be whole minutes")
	case want.step <= 0 || want.step%60 != 0:
		return search{}, rpc.InvalidField("step", "slots.minutes", "must be whole minutes")
	}
	return want, nil
}
