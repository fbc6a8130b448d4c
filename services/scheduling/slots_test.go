package scheduling

import (
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service/servicetest"
)

// register makes technicians known; each may have working times.
func (d *desk) register(id string, working ...*schedulingv1.WorkingTime) string {
	d.t.Helper()
	answer, err := d.as("administrator").RegisterTechnician(d.t.Context(), &schedulingv1.RegisterTechnicianRequest{
		IdempotencyKey: uuid.NewString(), TechnicianId: id, Name: "Zwartkruis", WorkingTimes: working,
	})
	check(d.t, err)
	return answer.GetConsistencyToken()
}

func (d *desk) update(req *schedulingv1.UpdateTechnicianRequest) string {
	d.t.Helper()
	req.IdempotencyKey = uuid.NewString()
	answer, err := d.dispatcher().UpdateTechnician(d.t.Context(), req)
	check(d.t, err)
	return answer.GetConsistencyToken()
}

// looking is a search in a day's hours from a wall time in November on.
func looking(from time.Time, length time.Duration) *schedulingv1.FindSlotsRequest {
	return &schedulingv1.FindSlotsRequest{
		From: timestamppb.New(from), To: timestamppb.New(from.Add(24 * time.Hour)),
		Duration: seconds(int64(length.Seconds())), PageSize: 200,
	}
}

func (d *desk) found(req *schedulingv1.FindSlotsRequest) (out []string) {
	d.t.Helper()
	for {
		answer, err := d.dispatcher().FindSlots(d.t.Context(), req)
		check(d.t, err)
		for _, s := range answer.GetSlots() {
			out = append(out, s.GetTechnicianId()+" "+s.GetStart().AsTime().Format("02T15:04"))
		}
		if req.PageToken = answer.GetNextPageToken(); req.GetPageToken() == "" {
			return out
		}
	}
}

func holding(r string, start time.Time) *schedulingv1.HoldSlotRequest {
	b := booking(r, start)
	return &schedulingv1.HoldSlotRequest{
		IdempotencyKey: b.GetIdempotencyKey(), AppointmentId: b.GetAppointmentId(), SupportRequestId: r,
		TechnicianId: b.GetTechnicianId(), Start: b.GetStart(), Duration: b.GetDuration(),
	}
}

func TestFreeSlotsAreWithinTheDesksHoursAndNotTaken(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	d.booked(r, nine.Add(90*time.Minute)) // tess, 10:30 to 11:30 UTC
	_, err := d.dispatcher().HoldSlot(t.Context(), holding(d.accepted(), nine.Add(4*time.Hour)))
	check(t, err)
	req := looking(servicetest.Start, 2*time.Hour) // now is 08:00 UTC, 09:00 on the wall
	req.TechnicianId, req.Step = "TESS", seconds(3600)
	// The grid begins at 07:30 on the wall, which is 06:30 UTC; the desk closes at 16:00 UTC.
	want := []string{"tess 23T08:30", "tess 23T11:30"}
	if got := d.found(req); !slices.Equal(got, want[:1]) {
		// 11:30 to 13:30 overlaps what is held from 13:00 on.
		t.Errorf("found %v, want %v", got, want[:1])
	}
	_, err = d.Frozen.Advance(15 * time.Minute) // the hold expires
	check(t, err)
	want = append(want, "tess 23T12:30", "tess 23T13:30")
	req.From = timestamppb.New(servicetest.Start.Add(-24 * time.Hour)) // what is past cannot be booked
	if got := d.found(req); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
}

func TestFreeSlotsOfEverybodyComePageByPage(t *testing.T) {
	d := newDesk(t)
	d.register("tess", &schedulingv1.WorkingTime{Days: []int32{1}, From: "09:00", To: "10:00"})
	token := d.register("tom")
	token = max(token, d.update(&schedulingv1.UpdateTechnicianRequest{
		TechnicianId: "tom", Skills: &schedulingv1.Skills{Skills: []string{"network"}},
		Absences: &schedulingv1.Absences{Absences: []*schedulingv1.Absence{{
			From: timestamppb.New(nine), To: timestamppb.New(nine.Add(24 * time.Hour)),
		}}},
	}))
	req := looking(servicetest.Start, 30*time.Minute)
	req.ConsistencyToken, req.PageSize = token, 2
	want := []string{"tess 23T08:00", "tom 23T08:00", "tess 23T08:30", "tom 23T08:30"}
	if got := d.found(req); !slices.Equal(got, want) {
		t.Errorf("found %v, want %v", got, want)
	}
	req.Skill = "network"
	if got := d.found(req); !slices.Equal(got, []string{"tom 23T08:00", "tom 23T08:30"}) {
		t.Errorf("with the skill: %v", got)
	}
	_, err := d.as("administrator").RetireTechnician(t.Context(), &schedulingv1.RetireTechnicianRequest{
		IdempotencyKey: uuid.NewString(), TechnicianId: "tom",
	})
	check(t, err)
	if got := d.found(req); len(got) != 0 {
		t.Errorf("retired, and found %v", got)
	}
	b := booking(d.accepted(), nine.AddDate(0, 0, 7))
	b.TechnicianId = "tom"
	_, err = d.dispatcher().BookAppointment(t.Context(), b)
	if why := refused(t, err, connect.CodeFailedPrecondition, "TECHNICIAN_UNAVAILABLE"); why["why"] != "retired" {
		t.Errorf("details %v", why)
	}
}

// Every slot that is found can be booked, and nothing that overlaps it is found then.
func TestSection4WhatIsFoundCanBeBooked(t *testing.T) {
	d := newDesk(t)
	d.register("tess", &schedulingv1.WorkingTime{Days: []int32{1, 2}, From: "08:15", To: "13:00"})
	req := looking(servicetest.Start, 45*time.Minute)
	req.TechnicianId, req.PageSize = "tess", 1
	for range 5 { // four on Monday, one on Tuesday until 09:00 on the wall
		answer, err := d.dispatcher().FindSlots(t.Context(), req)
		check(t, err)
		if len(answer.GetSlots()) != 1 {
			t.Fatalf("found %v", answer)
		}
		slot := answer.GetSlots()[0]
		_, err = d.dispatcher().BookAppointment(t.Context(), &schedulingv1.BookAppointmentRequest{
			IdempotencyKey: uuid.NewString(), AppointmentId: uuid.NewString(), SupportRequestId: d.accepted(),
			TechnicianId: slot.GetTechnicianId(), Start: slot.GetStart(), Duration: slot.GetDuration(),
		})
		check(t, err)
	}
	late := booking(d.accepted(), servicetest.Start.Add(3*time.Hour+30*time.Minute)) // until 12:30 UTC; he goes at 12:00
	_, err := d.dispatcher().BookAppointment(t.Context(), late)
	if why := refused(t, err, connect.CodeFailedPrecondition, "TECHNICIAN_UNAVAILABLE"); why["why"] != "outside his working times" {
		t.Errorf("details %v", why)
	}
}

// On both sides of the nights in which the clock changes the desk opens at 07:30 on
// the wall, and an hour that comes twice or not at all is nobody's slot.
func TestG12FreeSlotsFollowTheWallClock(t *testing.T) {
	d := newDesk(t)
	for _, c := range []struct {
		now   time.Time
		first string
	}{
		{time.Date(2027, 3, 25, 17, 0, 0, 0, time.UTC), "tess 26T06:30"}, // Friday, winter
		{time.Date(2027, 3, 26, 17, 0, 0, 0, time.UTC), "tess 30T05:30"}, // Tuesday after Easter, summer
		{time.Date(2027, 10, 29, 5, 0, 0, 0, time.UTC), "tess 29T05:30"}, // Friday, summer
		{time.Date(2027, 10, 29, 16, 0, 0, 0, time.UTC), "tess 01T06:30"},
	} {
		_, err := d.Frozen.Advance(c.now.Sub(d.Frozen.Now()))
		check(t, err)
		req := looking(c.now, 9*time.Hour+30*time.Minute)
		req.TechnicianId, req.To = "tess", timestamppb.New(c.now.AddDate(0, 0, 6))
		got := d.found(req)
		if len(got) == 0 || got[0] != c.first {
			t.Errorf("from %s: %v, want %s first", c.now, got, c.first)
		}
	}
}

func TestASearchForSlotsIsBounded(t *testing.T) {
	d := newDesk(t)
	month := looking(servicetest.Start, time.Hour)
	month.To = timestamppb.New(servicetest.Start.AddDate(0, 0, 31))
	_, err := d.dispatcher().FindSlots(t.Context(), month)
	check(t, err)
	for name, change := range map[string]func(*schedulingv1.FindSlotsRequest){
		"31 days and a nanosecond": func(r *schedulingv1.FindSlotsRequest) { r.To.Nanos++ },
		"backwards":                func(r *schedulingv1.FindSlotsRequest) { r.To = r.GetFrom() },
		"half minutes":             func(r *schedulingv1.FindSlotsRequest) { r.Duration = seconds(90) },
		"half steps":               func(r *schedulingv1.FindSlotsRequest) { r.Step = seconds(330) },
		"small steps":              func(r *schedulingv1.FindSlotsRequest) { r.Step = seconds(60) },
	} {
		t.Run(name, func(t *testing.T) {
			req := proto.CloneOf(month)
			change(req)
			_, err := d.dispatcher().FindSlots(t.Context(), req)
			refused(t, err, connect.CodeInvalidArgument, "INVALID_REQUEST")
		})
	}
	// Beyond two years nothing can be booked, so nothing is found.
	far := looking(servicetest.Start.AddDate(2, 0, 1), time.Hour)
	far.TechnicianId = "tess"
	if got := d.found(far); len(got) != 0 {
		t.Errorf("found %v", got)
	}
}

func TestD04ACustomerLooksAndHoldsOnlyForHisOwnRequest(t *testing.T) {
	d := newDesk(t)
	mine, theirs := d.accepted(), d.accepted()
	me := schedulingv1connect.NewSchedulingServiceClient(d.Customer(mine))
	req := looking(servicetest.Start, time.Hour)
	for _, r := range []string{"", theirs} {
		req.SupportRequestId = r
		_, err := me.FindSlots(t.Context(), req)
		refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	}
	req.SupportRequestId = mine
	_, err := me.FindSlots(t.Context(), req)
	check(t, err)
	_, err = me.HoldSlot(t.Context(), holding(theirs, nine))
	refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	_, err = me.HoldSlot(t.Context(), holding(mine, nine))
	check(t, err)
	a := d.booked(theirs, nine.Add(2*time.Hour))
	for _, id := range []string{a, uuid.NewString()} { // a foreign one and one that is not there
		_, err = me.RescheduleAppointment(t.Context(), moving(id, nine.Add(4*time.Hour)))
		refused(t, err, connect.CodePermissionDenied, rpc.ReasonNotYours)
	}
}

func TestSection4AHeldSlotIsTakenUntilItExpiresAndThenNoted(t *testing.T) {
	d := newDesk(t)
	mine, other := d.accepted(), d.accepted()
	hold := holding(mine, nine)
	held, err := d.dispatcher().HoldSlot(t.Context(), hold)
	check(t, err)
	if at := held.GetExpiresAt().AsTime(); !at.Equal(servicetest.Start.Add(15 * time.Minute)) {
		t.Fatalf("it expires at %s", at)
	}
	_, err = d.Frozen.Advance(15*time.Minute - time.Microsecond)
	check(t, err)
	_, err = d.dispatcher().BookAppointment(t.Context(), booking(other, nine.Add(30*time.Minute)))
	refused(t, err, connect.CodeAlreadyExists, "SLOT_TAKEN")
	again, err := d.dispatcher().HoldSlot(t.Context(), hold)
	check(t, err)
	if !proto.Equal(held, again) {
		t.Fatalf("first %v, then %v", held, again)
	}
	_, err = d.Frozen.Advance(time.Microsecond)
	check(t, err)
	d.booked(other, nine.Add(30*time.Minute)) // nothing had to run for it
	d.has("calendar-tess-2026W48", "calendar.hold_released.v1")
	late := booking(mine, nine)
	late.AppointmentId = hold.GetAppointmentId()
	_, err = d.dispatcher().BookAppointment(t.Context(), late)
	refused(t, err, connect.CodeAlreadyExists, "SLOT_TAKEN")
	again, err = d.dispatcher().HoldSlot(t.Context(), hold) // the same key, the same answer
	check(t, err)
	if !proto.Equal(held, again) {
		t.Fatalf("first %v, then %v", held, again)
	}
}

func TestAHoldIsConfirmedByItsBooking(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	hold := holding(r, nine)
	_, err := d.dispatcher().HoldSlot(t.Context(), hold)
	check(t, err)
	b := booking(r, nine)
	b.AppointmentId = hold.GetAppointmentId()
	_, err = d.dispatcher().BookAppointment(t.Context(), b)
	check(t, err)
	_, err = d.Frozen.Advance(time.Hour)
	check(t, err)
	_, err = d.dispatcher().BookAppointment(t.Context(), booking(d.accepted(), nine))
	refused(t, err, connect.CodeAlreadyExists, "SLOT_TAKEN")
	want := []string{"calendar.hold_placed.v1", "calendar.slot_reserved.v1"}
	if log := d.Types("calendar-tess-2026W48", 2); !slices.Equal(log, want) {
		t.Fatalf("the log holds %v", log)
	}
	_, err = d.dispatcher().HoldSlot(t.Context(), holding(r, nine.Add(4*time.Hour)))
	if details := refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE"); details["from"] != "SCHEDULED" {
		t.Fatalf("details %v", details)
	}
}

// A hold that expired while nothing ran is noted at the next start.
func TestAnExpiredHoldIsNotedAfterARestart(t *testing.T) {
	d := newDesk(t)
	hold := holding(d.accepted(), nine)
	_, err := d.dispatcher().HoldSlot(t.Context(), hold)
	check(t, err)
	d.stop()
	_, err = d.Frozen.Advance(72 * time.Hour)
	check(t, err)
	d.start()
	d.has("calendar-tess-2026W48", "calendar.hold_released.v1")
	log := d.Stream("calendar-tess-2026W48", 2)
	if !strings.Contains(string(log[1].Metadata), hold.GetSupportRequestId()) {
		t.Errorf("it does not say whose request it was: %s", log[1].Metadata)
	}
}

func TestTechniciansAreListedWithoutTheirNames(t *testing.T) {
	d := newDesk(t)
	d.register("tom")
	token := d.register("Tess", &schedulingv1.WorkingTime{Days: []int32{1}, From: "09:00", To: "10:00"})
	list, err := d.dispatcher().ListTechnicians(t.Context(), &schedulingv1.ListTechniciansRequest{ConsistencyToken: token, PageSize: 1})
	check(t, err)
	want := &schedulingv1.Technician{
		TechnicianId: "tess", WorkingTimes: []*schedulingv1.WorkingTime{{Days: []int32{1}, From: "09:00", To: "10:00"}},
	}
	if len(list.GetTechnicians()) != 1 || !proto.Equal(list.GetTechnicians()[0], want) || list.GetNextPageToken() == "" {
		t.Fatalf("listed %v", list)
	}
	next, err := d.dispatcher().ListTechnicians(t.Context(), &schedulingv1.ListTechniciansRequest{
		ConsistencyToken: token, PageSize: 1, PageToken: list.GetNextPageToken(),
	})
	check(t, err)
	if len(next.GetTechnicians()) != 1 || next.GetTechnicians()[0].GetTechnicianId() != "tom" || next.GetNextPageToken() != "" {
		t.Fatalf("then %v", next)
	}
	_, err = d.dispatcher().UpdateTechnician(t.Context(), &schedulingv1.UpdateTechnicianRequest{
		IdempotencyKey: uuid.NewString(), TechnicianId: "nobody", Name: new("Niemand"),
	})
	refused(t, err, connect.CodeNotFound, "TECHNICIAN_UNKNOWN")
}
