package scheduling

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/scheduling/internal/appointment"
	"aanvraag.internal/services/scheduling/internal/calendar"
)

func TestABookingIsAnsweredWithTheAppointmentAndFoundInTheList(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	req := booking(r, nine)
	answer, err := d.dispatcher().BookAppointment(t.Context(), req)
	check(t, err)
	want := &schedulingv1.Appointment{
		AppointmentId: req.GetAppointmentId(), SupportRequestId: r, TechnicianId: "tess",
		Start: req.GetStart(), Duration: req.GetDuration(), State: schedulingv1.AppointmentState_APPOINTMENT_STATE_BOOKED,
	}
	if !proto.Equal(answer.GetAppointment(), want) {
		t.Fatalf("answered %v, want %v", answer.GetAppointment(), want)
	}
	list, err := d.dispatcher().ListAppointments(t.Context(), &schedulingv1.ListAppointmentsRequest{
		SupportRequestId: strings.ToUpper(r), ConsistencyToken: answer.GetConsistencyToken(),
	})
	check(t, err)
	if len(list.GetAppointments()) != 1 || !proto.Equal(list.GetAppointments()[0], want) {
		t.Fatalf("listed %v", list.GetAppointments())
	}
}

func TestSection4NobodyHasTwoCalendars(t *testing.T) {
	d := newDesk(t)
	_, err := d.dispatcher().BookAppointment(t.Context(), booking(d.accepted(), nine))
	check(t, err)
	other := booking(d.accepted(), nine)
	other.TechnicianId = strings.ToUpper(other.GetTechnicianId())
	if _, err := d.dispatcher().BookAppointment(t.Context(), other); rpc.Reason(err) != "SLOT_TAKEN" {
		t.Errorf("spelled otherwise: %v", err)
	}
	other.TechnicianId = "tess@desk.example"
	if _, err := d.dispatcher().BookAppointment(t.Context(), other); rpc.Reason(err) != "INVALID_REQUEST" {
		t.Errorf("an address, which would stand in clear (P7): %v", err)
	}
}

func TestSection4OfAHundredBookingsOfOneSlotOneSucceeds(t *testing.T) {
	d := newDesk(t)
	var requests []*schedulingv1.BookAppointmentRequest
	for range 100 {
		requests = append(requests, booking(d.accepted(), nine))
	}
	desks := []schedulingv1connect.SchedulingServiceClient{d.dispatcher(), d.dispatcher()}
	errs := make([]error, len(requests))
	var all sync.WaitGroup
	for i, req := range requests {
		all.Go(func() { _, errs[i] = desks[i%2].BookAppointment(t.Context(), req) })
	}
	all.Wait()
	succeeded := 0
	for _, err := range errs {
		if err == nil {
			succeeded++
			continue
		}
		refused(t, err, connect.CodeAlreadyExists, "SLOT_TAKEN")
	}
	if succeeded != 1 {
		t.Fatalf("%d bookings of one slot succeeded", succeeded)
	}
	if log := d.Types("calendar-tess-2026W48", 1); !slices.Equal(log, []string{"calendar.slot_reserved.v1"}) {
		t.Fatalf("the log holds %v", log)
	}
}

func TestP5TheSameKeyGivesTheSameAnswerForEver(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	req := booking(r, nine)
	first, err := d.dispatcher().BookAppointment(t.Context(), req)
	check(t, err)
	_, err = d.dispatcher().CancelAppointment(t.Context(), &schedulingv1.CancelAppointmentRequest{
		IdempotencyKey: uuid.NewString(), AppointmentId: req.GetAppointmentId(),
	})
	check(t, err)
	again, err := d.dispatcher().BookAppointment(t.Context(), req)
	check(t, err)
	if !proto.Equal(first, again) {
		t.Fatalf("first %v, then %v", first, again)
	}

	other := proto.CloneOf(req)
	other.Start = timestamppb.New(nine.Add(time.Hour))
	_, err = d.dispatcher().BookAppointment(t.Context(), other)
	refused(t, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
	d.stop() // whatever a process remembers is gone
	d.start()
	other.Start = timestamppb.New(nine.AddDate(0, 0, 14)) // another stream of the calendar
	_, err = d.dispatcher().BookAppointment(t.Context(), other)
	refused(t, err, connect.CodeAlreadyExists, "IDEMPOTENCY_CONFLICT")
	other.IdempotencyKey = uuid.NewString()
	_, err = d.dispatcher().BookAppointment(t.Context(), other)
	refused(t, err, connect.CodeAlreadyExists, "APPOINTMENT_EXISTS")
}

func TestTheSameBookingUnderAnotherKeyIsThereAlready(t *testing.T) {
	d := newDesk(t)
	req := booking(d.accepted(), nine)
	first, err := d.dispatcher().BookAppointment(t.Context(), req)
	check(t, err)
	again := proto.CloneOf(req)
	again.IdempotencyKey = uuid.NewString()
	second, err := d.dispatcher().BookAppointment(t.Context(), again)
	check(t, err)
	if !proto.Equal(first.GetAppointment(), second.GetAppointment()) {
		t.Fatalf("first %v, then %v", first, second)
	}
}

func TestABookingThatDiedAfterItsReservationHeals(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	req := booking(r, nine)
	d.stop()
	_, err := d.door().reserve(t.Context(), req) // and no further: the process dies here
	check(t, err)
	if log := d.Types("appointment-"+req.GetAppointmentId(), 0); len(log) != 0 {
		t.Fatalf("already there: %v", log)
	}
	d.start()
	d.has("appointment-"+req.GetAppointmentId(), "appointment.booked.v1")
	d.has("assignment-"+r, "assignment.appointment_planned.v1")
	answer, err := d.dispatcher().BookAppointment(t.Context(), req)
	check(t, err)
	if s := answer.GetAppointment().GetState(); s != schedulingv1.AppointmentState_APPOINTMENT_STATE_BOOKED {
		t.Fatalf("the retry is answered %v", s)
	}
	if n := len(d.Types("appointment-"+req.GetAppointmentId(), 1)) + len(d.Types("calendar-tess-2026W48", 1)); n != 2 {
		t.Fatalf("%d events, want one reservation and one booking", n)
	}
}

func TestR03WhatIsBookedWhenTheCancellationIsKnownAfterwardsGoes(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	a := d.booked(r, nine)
	d.cancel(r)
	d.gone(a, r)
}

func TestR03WhatIsBookedWhenTheCancellationIsKnownBeforeGoes(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	req := booking(r, nine)
	d.stop()
	_, err := d.door().reserve(t.Context(), req) // decided while the request was waiting
	check(t, err)
	d.cancel(r)
	// The cancellation is handled before anything follows from the reservation.
	_, err = d.s.assignments.Execute(t.Context(), r, d.envelope(), end(r, nil, true, d.Frozen.Now()))
	check(t, err)
	d.start()
	d.gone(req.GetAppointmentId(), r)

	_, err = d.dispatcher().BookAppointment(t.Context(), req)
	if details := refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE"); details["from"] != "ENDED" {
		t.Fatalf("the retry is told %v", details)
	}
	_, err = d.dispatcher().BookAppointment(t.Context(), booking(r, nine.Add(4*time.Hour)))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

// gone waits until an appointment is cancelled, and books its slot in the very
// second in which it is free.
func (d *desk) gone(appointmentID, r string) {
	d.t.Helper()
	d.has("appointment-"+appointmentID, "appointment.cancelled.v1")
	if m := d.cancelled(appointmentID); !m.GetRevoked() || m.GetSupportRequestId() != r {
		d.t.Fatalf("told %v", m)
	}
	d.has("calendar-tess-2026W48", "calendar.slot_released.v1")
	next := d.booked(d.accepted(), nine)
	week, err := d.s.weeks.Load(d.t.Context(), "tess-2026W48")
	check(d.t, err)
	if week.State.Has(appointmentID, "") || !week.State.Has(next, "") {
		d.t.Fatalf("held: %+v", week.State.Held)
	}
	request, err := d.s.assignments.Load(d.t.Context(), r)
	check(d.t, err)
	if request.State.Appointment != "" {
		d.t.Fatalf("the request still has an appointment: %+v", request.State)
	}
}

// cancelled is what is told of a cancelled appointment.
func (d *desk) cancelled(appointmentID string) *schedulingv1.AppointmentCancelled {
	d.t.Helper()
	log := d.Stream("appointment-"+appointmentID, 2)
	m, err := publish(log[len(log)-1])
	check(d.t, err)
	told, ok := m.(*schedulingv1.AppointmentCancelled)
	if !ok {
		d.t.Fatalf("told %v", m)
	}
	return told
}

func TestR03ACancelledAppointmentsSlotIsFreeInTheSameSecond(t *testing.T) {
	d := newDesk(t)
	r, waiting := d.accepted(), d.accepted()
	a := d.booked(r, nine)
	req := &schedulingv1.CancelAppointmentRequest{IdempotencyKey: uuid.NewString(), AppointmentId: a}
	answer, err := d.dispatcher().CancelAppointment(t.Context(), req)
	check(t, err)
	if s := answer.GetAppointment().GetState(); s != schedulingv1.AppointmentState_APPOINTMENT_STATE_CANCELLED {
		t.Fatalf("answered %v", s)
	}
	if m := d.cancelled(a); m.GetRevoked() || !m.GetStart().AsTime().Equal(nine) {
		t.Fatalf("told %v", m)
	}
	d.booked(waiting, nine)            // another request, the same slot, at once
	d.booked(r, nine.Add(2*time.Hour)) // and another slot for the same request
	again, err := d.dispatcher().CancelAppointment(t.Context(), req)
	check(t, err)
	if !proto.Equal(answer, again) {
		t.Fatalf("first %v, then %v", answer, again)
	}
}

func TestOfTwoBookingsForOneRequestOneStays(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	first, second := booking(r, nine), booking(r, nine.Add(2*time.Hour))
	one, err := d.door().reserve(t.Context(), first)
	check(t, err)
	two, err := d.door().reserve(t.Context(), second)
	check(t, err)
	_, _, err = d.door().followBooking(t.Context(), first.GetAppointmentId(), one)
	_, _, other := d.door().followBooking(t.Context(), second.GetAppointmentId(), two)
	if (err == nil) == (other == nil) {
		t.Fatalf("first %v, second %v", err, other)
	}
	lost := second.GetAppointmentId()
	if err != nil {
		lost = first.GetAppointmentId()
	}
	d.has("appointment-"+lost, "appointment.cancelled.v1")
	d.has("calendar-tess-2026W48", "calendar.slot_released.v1")
}

func TestASecondBookingForAScheduledRequestIsRefused(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	d.booked(r, nine)
	_, err := d.dispatcher().BookAppointment(t.Context(), booking(r, nine.Add(2*time.Hour)))
	if details := refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE"); details["from"] != "SCHEDULED" {
		t.Fatalf("details %v", details)
	}
}

func TestP5OneAppointmentIdInTwoWeeksIsBookedOnce(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	first := booking(r, nine)
	second := proto.CloneOf(first)
	second.IdempotencyKey, second.Start = uuid.NewString(), timestamppb.New(nine.AddDate(0, 0, 7))
	d.stop()
	for _, req := range []*schedulingv1.BookAppointmentRequest{first, second} {
		_, err := d.door().reserve(t.Context(), req)
		check(t, err)
	}
	d.start()
	d.has("appointment-"+first.GetAppointmentId(), "appointment.booked.v1")
	held := 0
	for week, stream := range map[string]string{"tess-2026W48": "calendar-tess-2026W48", "tess-2026W49": "calendar-tess-2026W49"} {
		booked, err := d.s.appointments.Load(t.Context(), first.GetAppointmentId())
		check(t, err)
		if calendar.ID("tess", booked.State.Start) != week {
			d.has(stream, "calendar.slot_released.v1")
			continue
		}
		w, err := d.s.weeks.Load(t.Context(), week)
		check(t, err)
		if w.State.Has(first.GetAppointmentId(), "") {
			held++
		}
	}
	if held != 1 {
		t.Fatalf("%d weeks hold the appointment", held)
	}
}

func TestABookingRightAfterTheAcceptanceWaitsForItsEvent(t *testing.T) {
	d := newDesk(t)
	r := uuid.NewString()
	asked := make(chan struct{})
	d.asked.request = sync.OnceValue(func() intakev1.SupportRequestState {
		close(asked)
		return intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_ACCEPTED
	})
	check(t, d.whileAsking(asked, func() { d.accept(r) }, func() error {
		_, err := d.dispatcher().BookAppointment(t.Context(), booking(r, nine))
		return err
	}))
}

func TestR02ABookingForARequestThatIsNotAcceptedIsRefusedAtOnce(t *testing.T) {
	d := newDesk(t)
	_, err := d.dispatcher().BookAppointment(t.Context(), booking(uuid.NewString(), nine))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	d.asked.request = func() intakev1.SupportRequestState {
		return intakev1.SupportRequestState_SUPPORT_REQUEST_STATE_SUBMITTED
	}
	_, err = d.dispatcher().BookAppointment(t.Context(), booking(uuid.NewString(), nine))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
}

func TestSection4ASlotOfBrokenLengthIsInvalid(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	for _, length := range []*durationpb.Duration{seconds(90), {Seconds: 60, Nanos: 1}} {
		req := booking(r, nine)
		req.Duration = length
		_, err := d.dispatcher().BookAppointment(t.Context(), req)
		refused(t, err, connect.CodeInvalidArgument, "SLOT_INVALID")
	}
}

func TestD04ACustomerBooksAndCancelsOnlyForHisOwnRequest(t *testing.T) {
	d := newDesk(t)
	mine, theirs := d.accepted(), d.accepted()
	me := schedulingv1connect.NewSchedulingServiceClient(d.Customer(mine))
	_, err := me.BookAppointment(t.Context(), booking(theirs, nine))
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	for _, a := range []string{d.booked(theirs, nine), uuid.NewString()} { // a foreign one and one that is not there
		_, err = me.CancelAppointment(t.Context(), &schedulingv1.CancelAppointmentRequest{
			IdempotencyKey: uuid.NewString(), AppointmentId: a,
		})
		refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	}
	_, err = me.BookAppointment(t.Context(), booking(mine, nine.Add(time.Hour)))
	check(t, err)
}

func TestP6ACancellationNamesTheRevisionThatItMeans(t *testing.T) {
	d := newDesk(t)
	a := d.booked(d.accepted(), nine)
	_, err := d.dispatcher().CancelAppointment(t.Context(), &schedulingv1.CancelAppointmentRequest{
		IdempotencyKey: uuid.NewString(), AppointmentId: a, IfRevision: proto.Int64(7),
	})
	refused(t, err, connect.CodeAborted, "REVISION_MISMATCH")
	_, err = d.dispatcher().CancelAppointment(t.Context(), &schedulingv1.CancelAppointmentRequest{
		IdempotencyKey: uuid.NewString(), AppointmentId: uuid.NewString(),
	})
	refused(t, err, connect.CodeNotFound, "APPOINTMENT_UNKNOWN")
}

func TestAppointmentsAreListedByStartPageByPage(t *testing.T) {
	d := newDesk(t)
	var want []string
	token := ""
	for i := range 5 {
		req := booking(d.accepted(), nine.Add(time.Duration(4-i)*time.Hour))
		if i == 2 {
			req.TechnicianId = "tom"
		}
		answer, err := d.dispatcher().BookAppointment(t.Context(), req)
		check(t, err)
		want, token = append([]string{req.GetAppointmentId()}, want...), answer.GetConsistencyToken()
	}
	list := func(req *schedulingv1.ListAppointmentsRequest) (ids []string) {
		req.ConsistencyToken, req.PageSize = token, 2
		for {
			page, err := d.dispatcher().ListAppointments(t.Context(), req)
			check(t, err)
			if len(page.GetAppointments()) > 2 {
				t.Fatalf("a page of %d", len(page.GetAppointments()))
			}
			for _, a := range page.GetAppointments() {
				ids = append(ids, a.GetAppointmentId())
			}
			if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
				return ids
			}
		}
	}
	if got := list(&schedulingv1.ListAppointmentsRequest{}); !slices.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
	tess := slices.Concat(want[:2], want[3:])
	if got := list(&schedulingv1.ListAppointmentsRequest{TechnicianId: "tess"}); !slices.Equal(got, tess) {
		t.Errorf("listed %v, want %v", got, tess)
	}
	page, err := d.dispatcher().ListAppointments(t.Context(), &schedulingv1.ListAppointmentsRequest{PageSize: 2, ConsistencyToken: token})
	check(t, err)
	_, err = d.dispatcher().ListAppointments(t.Context(), &schedulingv1.ListAppointmentsRequest{
		PageSize: 2, PageToken: page.GetNextPageToken(), TechnicianId: "tess",
	})
	refused(t, err, connect.CodeInvalidArgument, "PAGE_TOKEN_INVALID")
}

func TestARegisteredNameIsSealed(t *testing.T) {
	d := newDesk(t)
	req := &schedulingv1.RegisterTechnicianRequest{IdempotencyKey: uuid.NewString(), TechnicianId: "tess", Name: "Tess Zwartkruis"}
	first, err := d.as("administrator").RegisterTechnician(t.Context(), req)
	check(t, err)
	again, err := d.as("administrator").RegisterTechnician(t.Context(), req)
	check(t, err)
	if !proto.Equal(first, again) || len(d.Types("technician-tess", 1)) != 1 {
		t.Fatalf("first %v, then %v", first, again)
	}
	if log := d.Stream("technician-tess", 1)[0]; strings.Contains(string(log.Data)+string(log.Metadata), "Zwartkruis") {
		t.Fatal("the name stands in clear in the log")
	}
}

func TestEveryStageOfAnAppointmentHasItsState(t *testing.T) {
	for _, stage := range []appointment.Stage{appointment.Booked, appointment.Started, appointment.Completed, appointment.Cancelled} {
		if appointmentStates[stage] == schedulingv1.AppointmentState_APPOINTMENT_STATE_UNSPECIFIED {
			t.Errorf("%s has none", stage)
		}
	}
}
