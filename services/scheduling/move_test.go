package scheduling

import (
	"errors"
	"slices"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/scheduling/internal/appointment"
)

func moving(appointmentID string, start time.Time) *schedulingv1.RescheduleAppointmentRequest {
	return &schedulingv1.RescheduleAppointmentRequest{
		IdempotencyKey: uuid.NewString(), AppointmentId: appointmentID,
		TechnicianId: "tess", Start: timestamppb.New(start), Duration: seconds(3600),
	}
}

// holds tells which starts an appointment has in the weeks of tess, in order.
func (d *desk) holds(appointmentID string, weeks ...string) (starts []time.Time) {
	d.t.Helper()
	for _, week := range weeks {
		w, err := d.s.weeks.Load(d.t.Context(), week)
		check(d.t, err)
		for _, r := range w.State.Held {
			if r.AppointmentID == appointmentID {
				starts = append(starts, r.Start)
			}
		}
	}
	return starts
}

const week48, week49 = "tess-2026W48", "tess-2026W49"

func TestAnAppointmentMovesAndItsOldSlotIsFreeInTheSameSecond(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	a := d.booked(r, nine)
	next := nine.AddDate(0, 0, 7)
	req := moving(a, next)
	req.Duration = seconds(1800)
	answer, err := d.dispatcher().RescheduleAppointment(t.Context(), req)
	check(t, err)
	want := &schedulingv1.Appointment{
		AppointmentId: a, SupportRequestId: r, TechnicianId: "tess", Start: req.GetStart(), Duration: req.GetDuration(),
		State: schedulingv1.AppointmentState_APPOINTMENT_STATE_BOOKED, Revision: 1, Sequence: 1,
	}
	if !proto.Equal(answer.GetAppointment(), want) {
		t.Fatalf("answered %v, want %v", answer.GetAppointment(), want)
	}
	if has := d.holds(a, week48, week49); !slices.Equal(has, []time.Time{next}) {
		t.Fatalf("it holds %v", has)
	}
	d.booked(d.accepted(), nine) // at once
	list, err := d.dispatcher().ListAppointments(t.Context(), &schedulingv1.ListAppointmentsRequest{
		SupportRequestId: r, ConsistencyToken: answer.GetConsistencyToken(),
	})
	check(t, err)
	if len(list.GetAppointments()) != 1 || !proto.Equal(list.GetAppointments()[0], want) {
		t.Fatalf("listed %v", list.GetAppointments())
	}
	// The request keeps its appointment: it needs no other.
	_, err = d.dispatcher().BookAppointment(t.Context(), booking(r, nine.Add(3*time.Hour)))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

func TestSection4AMoveToATakenSlotLeavesEverythingAsItWas(t *testing.T) {
	d := newDesk(t)
	a := d.booked(d.accepted(), nine)
	d.booked(d.accepted(), nine.Add(90*time.Minute))
	_, err := d.dispatcher().HoldSlot(t.Context(), holding(d.accepted(), nine.Add(4*time.Hour)))
	check(t, err)
	end, err := d.Store.End(t.Context())
	check(t, err)
	for _, start := range []time.Time{nine.Add(time.Hour), nine.Add(2 * time.Hour), nine.Add(4 * time.Hour)} {
		_, err := d.dispatcher().RescheduleAppointment(t.Context(), moving(a, start))
		refused(t, err, connect.CodeAlreadyExists, "SLOT_TAKEN")
	}
	after, err := d.Store.End(t.Context())
	check(t, err)
	if has := d.holds(a, week48); after != end || !slices.Equal(has, []time.Time{nine}) {
		t.Fatalf("from %d to %d; it holds %v", end, after, has)
	}
	// By half an hour it may: only its own old slot is in the way.
	_, err = d.dispatcher().RescheduleAppointment(t.Context(), moving(a, nine.Add(30*time.Minute)))
	check(t, err)
	if has := d.holds(a, week48); !slices.Equal(has, []time.Time{nine.Add(30 * time.Minute)}) {
		t.Fatalf("it holds %v", has)
	}
}

// moveKilled stops a move after some of its steps, as a killed process would.
func (d *desk) moveKilled(req *schedulingv1.RescheduleAppointmentRequest, steps int) {
	d.t.Helper()
	known, err := d.s.appointments.Load(d.t.Context(), req.GetAppointmentId())
	check(d.t, err)
	reserved, err := d.door().reserveMove(d.t.Context(), req, known.State)
	check(d.t, err)
	if steps == 1 {
		return
	}
	in, slot, err := inbound[*schedulingv1.SlotReserved](reserved.Events[0])
	check(d.t, err)
	_, err = d.s.moveReserved(d.t.Context(), in, slot)
	check(d.t, err)
}

func TestAMoveThatDiedHealsAtEveryStep(t *testing.T) {
	for _, steps := range []int{1, 2} {
		d := newDesk(t)
		a := d.booked(d.accepted(), nine)
		next := nine.AddDate(0, 0, 7)
		req := moving(a, next)
		d.stop()
		d.moveKilled(req, steps)
		if has := d.holds(a, week48, week49); len(has) != 2 {
			t.Fatalf("after step %d it holds %v", steps, has)
		}
		d.start()
		d.has("appointment-"+a, "appointment.moved.v1")
		d.has("calendar-"+week48, "calendar.slot_released.v1")
		if has := d.holds(a, week48, week49); !slices.Equal(has, []time.Time{next}) {
			t.Fatalf("after step %d and a restart it holds %v", steps, has)
		}
		d.booked(d.accepted(), nine)
	}
}

func TestAMoveThatLostToACancellationGivesItsSlotBack(t *testing.T) {
	d := newDesk(t)
	a := d.booked(d.accepted(), nine)
	next := nine.AddDate(0, 0, 7)
	d.stop()
	d.moveKilled(moving(a, next), 1)
	_, err := d.s.appointments.Execute(t.Context(), a, d.envelope(), appointment.Cancel{At: d.Frozen.Now()})
	check(t, err)
	d.start()
	d.has("calendar-"+week49, "calendar.slot_released.v1")
	d.has("calendar-"+week48, "calendar.slot_released.v1")
	if has := d.holds(a, week48, week49); len(has) != 0 {
		t.Fatalf("cancelled, and it holds %v", has)
	}
	d.booked(d.accepted(), next)
}

// A move whose process died does not take an appointment away from where a later
// move brought it.
func TestAMoveThatWasLeftBehindDoesNotUndoALaterOne(t *testing.T) {
	d := newDesk(t)
	a := d.booked(d.accepted(), nine)
	left, later := nine.AddDate(0, 0, 7), nine.Add(4*time.Hour)
	d.stop()
	d.moveKilled(moving(a, left), 1)
	_, err := d.door().RescheduleAppointment(t.Context(), moving(a, later))
	check(t, err)
	d.start()
	d.has("calendar-"+week49, "calendar.slot_released.v1")
	if has := d.holds(a, week48, week49); !slices.Equal(has, []time.Time{later}) {
		t.Fatalf("it holds %v", has)
	}
}

func TestOfTwoMovesAtOnceOneIsTold(t *testing.T) {
	d := newDesk(t)
	a := d.booked(d.accepted(), nine)
	one, two := moving(a, nine.Add(2*time.Hour)), moving(a, nine.Add(4*time.Hour))
	known, err := d.s.appointments.Load(t.Context(), a)
	check(t, err)
	first, err := d.door().reserveMove(t.Context(), one, known.State)
	check(t, err)
	second, err := d.door().reserveMove(t.Context(), two, known.State)
	check(t, err)
	_, _, err = d.door().followMove(t.Context(), first.Events[0])
	_, _, other := d.door().followMove(t.Context(), second.Events[0])
	if err == nil {
		err = other
	}
	if no, refused := errors.AsType[*decider.Rejection](err); !refused || no.Code != "APPOINTMENT_MOVED" {
		t.Fatalf("the other is told %v", err)
	}
	d.has("calendar-"+week48, "calendar.slot_released.v1")
	if has := d.holds(a, week48); len(has) != 1 || has[0].Equal(nine) {
		t.Fatalf("it holds %v", has)
	}
}

func TestP5TheSameKeyMovesOnceAndAnswersForEver(t *testing.T) {
	d := newDesk(t)
	b := booking(d.accepted(), nine)
	booked, err := d.dispatcher().BookAppointment(t.Context(), b)
	check(t, err)
	a := b.GetAppointmentId()
	req := moving(a, nine.AddDate(0, 0, 7))
	first, err := d.dispatcher().RescheduleAppointment(t.Context(), req)
	check(t, err)
	_, err = d.dispatcher().RescheduleAppointment(t.Context(), moving(a, nine.AddDate(0, 0, 14)))
	check(t, err)
	_, err = d.dispatcher().CancelAppointment(t.Context(), &schedulingv1.CancelAppointmentRequest{
		IdempotencyKey: uuid.NewString(), AppointmentId: a,
	})
	check(t, err)
	d.stop() // whatever a process remembers is gone
	d.start()
	again, err := d.dispatcher().RescheduleAppointment(t.Context(), req)
	check(t, err)
	if !proto.Equal(first, again) {
		t.Fatalf("first %v, then %v", first, again)
	}
	same, err := d.dispatcher().BookAppointment(t.Context(), b) // in the week that it left
	check(t, err)
	if !proto.Equal(booked, same) {
		t.Fatalf("booked %v, then %v", booked, same)
	}
	other := proto.CloneOf(req)
	other.Start = timestamppb.New(nine.AddDate(0, 0, 21)) // another stream of the calendar
	_, err = d.dispatcher().RescheduleAppointment(t.Context(), other)
	refused(t, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
	if has := d.holds(a, week48, week49, "tess-2026W50", "tess-2026W51"); len(has) != 0 {
		t.Fatalf("cancelled, and it holds %v", has)
	}
}

func TestAMoveToWhereItIsChangesNothing(t *testing.T) {
	d := newDesk(t)
	a := d.booked(d.accepted(), nine)
	answer, err := d.dispatcher().RescheduleAppointment(t.Context(), moving(a, nine))
	check(t, err)
	if answer.GetAppointment().GetSequence() != 0 || len(d.Types("calendar-"+week48, 1)) != 1 {
		t.Fatalf("answered %v", answer)
	}
}

func TestR03AMovedAppointmentOfARefusedRequestFreesTheSlotItHas(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	a := d.booked(r, nine.Add(-30*time.Minute))
	_, err := d.dispatcher().RescheduleAppointment(t.Context(), moving(a, nine))
	check(t, err)
	d.cancel(r)
	d.has("appointment-"+a, "appointment.cancelled.v1")
	d.Stream("calendar-"+week48, 4) // twice reserved, twice released
	if has := d.holds(a, week48); len(has) != 0 {
		t.Fatalf("it holds %v", has)
	}
	if m := d.cancelled(a); m.GetSequence() != 2 || !m.GetStart().AsTime().Equal(nine) || !m.GetRevoked() {
		t.Fatalf("told %v", m)
	}
	d.booked(d.accepted(), nine)
}

func TestAnAppointmentMovesToAnotherTechnicianWhoWorksThen(t *testing.T) {
	d := newDesk(t)
	d.register("tom", &schedulingv1.WorkingTime{Days: []int32{1}, From: "13:00", To: "15:00"})
	a := d.booked(d.accepted(), nine)
	req := moving(a, nine)
	req.TechnicianId = "tom"
	_, err := d.dispatcher().RescheduleAppointment(t.Context(), req)
	refused(t, err, connect.CodeFailedPrecondition, "TECHNICIAN_UNAVAILABLE")
	if has := d.holds(a, week48); len(has) != 1 {
		t.Fatalf("it holds %v", has)
	}
	req = moving(a, nine.Add(3*time.Hour)) // 13:00 on the wall
	req.TechnicianId = "TOM"
	answer, err := d.dispatcher().RescheduleAppointment(t.Context(), req)
	check(t, err)
	if answer.GetAppointment().GetTechnicianId() != "tom" || len(d.holds(a, week48)) != 0 || len(d.holds(a, "tom-2026W48")) != 1 {
		t.Fatalf("answered %v", answer)
	}
	started, err := d.technician().StartSession(t.Context(), starting(a, false))
	check(t, err)
	if started.GetSession().GetTechnicianId() != "tom" {
		t.Fatalf("started %v", started)
	}
	_, err = d.dispatcher().RescheduleAppointment(t.Context(), moving(a, nine))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}
