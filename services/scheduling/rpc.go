package scheduling

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/durationpb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/assignment"
	"aanvraag.internal/services/scheduling/internal/calendar"
)

// handler is the door: message to command to message. No rule lives here.
type handler struct{ *Service }

func (h *handler) command(ctx context.Context, req rpc.Request, correlation string) (command.Envelope, error) {
	return rpc.NewCommand(ctx, h.house.Clock, h.house.Vault.Fingerprint, req, correlation)
}

// technicianID spells a technician one way, so that nobody has two calendars.
func technicianID(req interface{ GetTechnicianId() string }) string {
	return strings.ToLower(req.GetTechnicianId())
}

// place is where something is sealed: a stream, and the command that writes there.
func place(stream string, id uuid.UUID) string { return stream + "/" + id.String() }

// BookAppointment reserves the slot, which is the commit point, and then does at
// once what follows from it.
func (h *handler) BookAppointment(
	ctx context.Context, req *schedulingv1.BookAppointmentRequest,
) (*schedulingv1.BookAppointmentResponse, error) {
	if err := rpc.Own(ctx, req.GetSupportRequestId()); err != nil {
		return nil, err
	}
	reserved, err := h.reserve(ctx, req)
	if err != nil {
		return nil, err
	}
	booked, seen, err := h.followBooking(ctx, req.GetAppointmentId(), reserved)
	if err != nil {
		return nil, err
	}
	return &schedulingv1.BookAppointmentResponse{
		Appointment:      appointmentMessage(booked.State, booked.Revision),
		ConsistencyToken: rpc.Token(seen),
	}, nil
}

func (h *handler) reserve(ctx context.Context, req *schedulingv1.BookAppointmentRequest) (command.Result[calendar.Week], error) {
	var none command.Result[calendar.Week]
	if err := req.GetStart().CheckValid(); err != nil {
		return none, rpc.InvalidField("start", "timestamp.valid", "must be an instant between the years 1 and 9999")
	}
	slot := calendar.Slot{
		AppointmentID: req.GetAppointmentId(), SupportRequestID: req.GetSupportRequestId(),
		TechnicianID: technicianID(req), Start: req.GetStart().AsTime(), Seconds: whole(req.GetDuration()),
	}
	env, err := h.command(ctx, req, slot.SupportRequestID)
	if err != nil {
		return none, err
	}
	// A known appointment is looked for where it was reserved, so that the same
	// key with another start is found to be another request (P5).
	known, err := h.appointments.Load(ctx, slot.AppointmentID)
	if err != nil {
		return none, err
	}
	week := calendar.ID(slot.TechnicianID, slot.Start)
	if known.State.Stage != appointment.None {
		week = calendar.ID(known.State.First.TechnicianID, known.State.First.Start)
	}
	request, err := h.expectWaiting(ctx, slot.SupportRequestID)
	if err != nil {
		return none, err
	}
	unavailable, err := h.unavailable(ctx, slot)
	if err != nil {
		return none, err
	}
	return h.weeks.Execute(ctx, week, env, calendar.Reserve{
		Slot: slot, RequestState: request.State(), Unavailable: unavailable, At: env.DecidedAt,
	})
}

// unavailable says why the technician does not work in a slot; empty when he does.
func (s *Service) unavailable(ctx context.Context, slot calendar.Slot) (string, error) {
	who, err := s.technicians.Load(ctx, slot.TechnicianID)
	if err != nil {
		return "", err
	}
	return who.State.Unavailable(slot.Start, slot.Seconds), nil
}

// whole is a span in seconds; a broken one has none, and no booking accepts it.
func whole(d *durationpb.Duration) int64 {
	if d.GetNanos() != 0 {
		return 0
	}
	return d.GetSeconds()
}

// followBooking answers the appointment, and the position from which everything
// that the caller was told can be seen.
func (h *handler) followBooking(
	ctx context.Context, appointmentID string, reserved command.Result[calendar.Week],
) (command.Result[appointment.Appointment], eventstore.Position, error) {
	var none command.Result[appointment.Appointment]
	if len(reserved.Events) == 0 { // the same booking under another key
		booked, err := h.awaitBooked(ctx, appointmentID)
		return booked, booked.Position, err
	}
	in, slot, err := inbound[*schedulingv1.SlotReserved](reserved.Events[0])
	if err != nil {
		return none, 0, err
	}
	booked, err := h.bookReserved(ctx, in, slot)
	if err != nil || len(booked.Events) == 0 {
		return booked, booked.Position, err
	}
	in, news, err := inbound[*schedulingv1.AppointmentBooked](booked.Events[0])
	if err != nil {
		return none, 0, err
	}
	planned, err := h.planBooked(ctx, in, news)
	if err != nil {
		return none, 0, err
	}
	if len(planned.Events) > 0 && planned.Events[0].Type == (assignment.AppointmentVoided{}).EventType() {
		return none, 0, calendar.NotWaiting(planned.State.State(), "BookAppointment")
	}
	return booked, max(booked.Position, planned.Position), nil
}

// awaitBooked waits for the appointment of a slot that another command reserved.
func (h *handler) awaitBooked(ctx context.Context, appointmentID string) (command.Result[appointment.Appointment], error) {
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := eventstore.Await(wait, h.house.Store, h.appointments.Stream(appointmentID), eventstore.NoStream); err != nil {
		if wait.Err() != nil && ctx.Err() == nil {
			err = rpc.NotYet()
		}
		return command.Result[appointment.Appointment]{}, err
	}
	return h.appointments.Load(ctx, appointmentID)
}

// RescheduleAppointment reserves the new slot, which is the commit point, and then
// does at once what follows: the appointment moves, and the old slot is free.
func (h *handler) RescheduleAppointment(
	ctx context.Context, req *schedulingv1.RescheduleAppointmentRequest,
) (*schedulingv1.RescheduleAppointmentResponse, error) {
	known, err := h.appointments.Load(ctx, req.GetAppointmentId())
	if err != nil {
		return nil, err
	}
	if err := rpc.Own(ctx, known.State.SupportRequestID); err != nil {
		return nil, err
	}
	reserved, err := h.reserveMove(ctx, req, known.State)
	if err != nil {
		return nil, err
	}
	moved, seen := known, known.Position
	if len(reserved.Events) > 0 {
		if moved, seen, err = h.followMove(ctx, reserved.Events[0]); err != nil {
			return nil, err
		}
	}
	return &schedulingv1.RescheduleAppointmentResponse{
		Appointment:      appointmentMessage(moved.State, moved.Revision),
		ConsistencyToken: rpc.Token(seen),
	}, nil
}

// reserveMove reserves nothing for an appointment that is in that slot already.
func (h *handler) reserveMove(
	ctx context.Context, req *schedulingv1.RescheduleAppointmentRequest, a appointment.Appointment,
) (command.Result[calendar.Week], error) {
	var none command.Result[calendar.Week]
	if err := req.GetStart().CheckValid(); err != nil {
		return none, rpc.InvalidField("start", "timestamp.valid", "must be an instant between the years 1 and 9999")
	}
	env, err := h.command(ctx, req, a.SupportRequestID)
	if err != nil {
		return none, err
	}
	wish := appointment.Move{
		Slot: appointment.Slot{
			AppointmentID: req.GetAppointmentId(), SupportRequestID: a.SupportRequestID,
			TechnicianID: technicianID(req), Start: req.GetStart().AsTime(), Seconds: whole(req.GetDuration()),
		},
		MoveID: env.CommandID.String(), Sequence: a.Sequence + 1, At: env.DecidedAt,
	}
	slot := calendar.Slot(wish.Slot)
	week := calendar.ID(slot.TechnicianID, slot.Start)
	if done, moved := a.Moved(wish.MoveID); moved {
		// The same key with another slot is found where it was used (P5).
		week = calendar.ID(done.TechnicianID, done.Start)
	} else if moves, err := wish.Decide(a); err != nil || len(moves) == 0 {
		return none, err // the appointment itself forbids it: no slot is taken to no end
	}
	unavailable, err := h.unavailable(ctx, slot)
	if err != nil {
		return none, err
	}
	return h.weeks.Execute(ctx, week, env, calendar.ReserveMove{
		Slot: slot, MoveID: wish.MoveID, Sequence: wish.Sequence, Unavailable: unavailable, At: env.DecidedAt,
	})
}

// followMove answers the appointment as the move left it, and the position from which
// all of it can be seen.
func (h *handler) followMove(
	ctx context.Context, reserved eventstore.Recorded,
) (command.Result[appointment.Appointment], eventstore.Position, error) {
	in, slot, err := inbound[*schedulingv1.SlotReserved](reserved)
	if err != nil {
		return command.Result[appointment.Appointment]{}, 0, err
	}
	moved, err := h.moveReserved(ctx, in, slot)
	if err != nil || len(moved.Events) == 0 {
		return moved, moved.Position, err
	}
	in, news, err := inbound[*schedulingv1.AppointmentMoved](moved.Events[0])
	if err != nil {
		return moved, 0, err
	}
	freed, err := h.freeLeft(ctx, in, news)
	return moved, max(moved.Position, freed.Position), err
}

// CancelAppointment frees the slot again.
func (h *handler) CancelAppointment(
	ctx context.Context, req *schedulingv1.CancelAppointmentRequest,
) (*schedulingv1.CancelAppointmentResponse, error) {
	appointmentID := req.GetAppointmentId()
	known, err := h.appointments.Load(ctx, appointmentID)
	if err != nil {
		return nil, err
	}
	if err := rpc.Own(ctx, known.State.SupportRequestID); err != nil {
		return nil, err
	}
	env, err := h.command(ctx, req, known.State.SupportRequestID)
	if err != nil {
		return nil, err
	}
	cancelled, err := h.appointments.Execute(ctx, appointmentID, env, appointment.Cancel{At: env.DecidedAt})
	if err != nil {
		return nil, err
	}
	for _, e := range cancelled.Events {
		in, news, err := inbound[*schedulingv1.AppointmentCancelled](e)
		if err != nil {
			return nil, err
		}
		if err := h.freeCancelled(ctx, in, news); err != nil {
			return nil, err
		}
	}
	return &schedulingv1.CancelAppointmentResponse{
		Appointment:      appointmentMessage(cancelled.State, cancelled.Revision),
		ConsistencyToken: rpc.Token(cancelled.Position),
	}, nil
}

// ListAppointments pages through appointments by start.
func (h *handler) ListAppointments(
	ctx context.Context, req *schedulingv1.ListAppointmentsRequest,
) (*schedulingv1.ListAppointmentsResponse, error) {
	page, err := rpc.NewPage(req)
	if err != nil {
		return nil, err
	}
	if err := h.View().WaitFor(ctx, page.Seen); err != nil {
		return nil, err
	}
	list, last, err := h.list(ctx, selection{
		supportRequestID: req.GetSupportRequestId(), technicianID: technicianID(req), after: page.Key, limit: page.Size,
	})
	if err != nil {
		return nil, err
	}
	return &schedulingv1.ListAppointmentsResponse{Appointments: list, NextPageToken: page.Next(last)}, nil
}
