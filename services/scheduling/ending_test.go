package scheduling

import (
	"sync"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "aanvraag.internal/proto/gen/aanvraag/intake/v1"
	schedulingv1 "aanvraag.internal/proto/gen/aanvraag/scheduling/v1"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/scheduling/internal/assignment"
)

func (d *desk) takeBack(r, ending string, afterWork bool) bool {
	d.t.Helper()
	answer, err := d.as("service").TakeBackAppointments(d.t.Context(), &schedulingv1.TakeBackAppointmentsRequest{
		IdempotencyKey: ending, SupportRequestId: r, AfterWork: afterWork,
	})
	check(d.t, err)
	return answer.GetGranted()
}

func TestR06WhatIsTakenBackFreesItsSlotAndNeverStarts(t *testing.T) {
	d := newDesk(t)
	r, ending := d.accepted(), uuid.NewString()
	a := d.booked(r, nine)
	for range 2 { // asked again it answers the same
		if !d.takeBack(r, ending, false) {
			t.Fatal("nothing had begun, and it was denied")
		}
	}
	if got := d.Types("appointment-"+a, 2); len(got) != 2 || got[1] != "appointment.cancelled.v1" {
		t.Fatal(got)
	}
	_, err := d.technician().StartSession(t.Context(), starting(a, false))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	_, err = d.dispatcher().BookAppointment(t.Context(), booking(r, nine))
	refused(t, err, connect.CodeFailedPrecondition, "ILLEGAL_STATE")
	d.booked(d.accepted(), nine) // the slot is free in the same second
}

// in the same second, by whoever asked, without waiting for any news.
func TestR03WhoeverTakesBackFreesTheSlotHimself(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	d.booked(r, nine)
	d.stop()
	answer, err := d.door().TakeBackAppointments(t.Context(), &schedulingv1.TakeBackAppointmentsRequest{
		IdempotencyKey: uuid.NewString(), SupportRequestId: r,
	})
	check(t, err)
	got := d.Types("calendar-tess-2026W48", 1)
	if !answer.GetGranted() || got[len(got)-1] != "calendar.slot_released.v1" {
		t.Fatalf("granted %t, and the week holds %v", answer.GetGranted(), got)
	}
}

func TestR06WorkThatHasBegunDeniesTheEnd(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	started, err := d.technician().StartSession(t.Context(), starting(d.booked(r, nine), false))
	check(t, err)
	for _, afterWork := range []bool{false, true} {
		if d.takeBack(r, uuid.NewString(), afterWork) {
			t.Fatalf("an open session was ended, after work %t", afterWork)
		}
	}
	_, err = d.technician().EndSession(t.Context(), &schedulingv1.EndSessionRequest{
		IdempotencyKey: uuid.NewString(), SessionId: started.GetSession().GetSessionId(),
	})
	check(t, err)
	if d.takeBack(r, uuid.NewString(), false) {
		t.Fatal("a request with work was cancelled")
	}
	if !d.takeBack(r, uuid.NewString(), true) { // the desk's own end comes after work too
		t.Fatal("a request without an open session was not ended")
	}
}

// A next appointment stays where earlier work denies the end anyway: nothing of a
// request that goes on is lost.
func TestR06ADeniedEndTakesNothingBack(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	d.worked(r, false)
	next := d.booked(r, nine.Add(2*time.Hour))
	if d.takeBack(r, uuid.NewString(), false) {
		t.Fatal("a request with work was cancelled")
	}
	if got := d.Types("appointment-"+next, 1); len(got) != 1 {
		t.Fatal(got)
	}
	_, err := d.technician().StartSession(t.Context(), starting(next, false))
	check(t, err)
}

// Whoever asked is gone, at any point; intake's event brings it to its end.
func TestR06AnEndThatWasOnlyBegunIsDecided(t *testing.T) {
	for _, begun := range []bool{false, true} {
		d := newDesk(t)
		r, e := d.accepted(), ending{id: uuid.NewString()}
		e.supportRequestID = r
		a := d.booked(r, nine)
		if begun {
			now := d.Frozen.Now()
			_, err := d.s.assignments.Execute(t.Context(), r, e.command("begin", now), assignment.BeginEnding{
				SupportRequestID: r, EndingID: e.id, At: now,
			})
			check(t, err)
		}
		d.Tell("intake", "request-"+r, r, &intakev1.SupportRequestEnding{SupportRequestId: r, EndingId: e.id})
		d.has("assignment-"+r, "assignment.ending_begun.v1", "assignment.ending_granted.v1")
		d.has("appointment-"+a, "appointment.cancelled.v1")
		if !d.takeBack(r, e.id, false) {
			t.Fatal("the answer is another one")
		}
	}
}

// Many appointments are taken back and started at the same instant; the appointment's
// own stream holds exactly one of the two, and the answers say which.
func TestR06TheAppointmentsStreamDecidesBetweenStartAndEnd(t *testing.T) {
	d := newDesk(t)
	type pair struct{ r, a string }
	var pairs []pair
	for i := range 40 {
		r := d.accepted()
		pairs = append(pairs, pair{r, d.booked(r, nine.Add(time.Duration(i)*time.Hour))})
	}
	service, technician := d.as("service"), d.technician()
	var all sync.WaitGroup
	for _, p := range pairs {
		var both sync.WaitGroup
		var begun, granted bool
		both.Go(func() {
			_, err := technician.StartSession(t.Context(), starting(p.a, false))
			begun = err == nil
			if err != nil && rpc.Reason(err) != "ILLEGAL_STATE" {
				t.Error(err)
			}
		})
		both.Go(func() {
			answer, err := service.TakeBackAppointments(t.Context(), &schedulingv1.TakeBackAppointmentsRequest{
				IdempotencyKey: uuid.NewString(), SupportRequestId: p.r,
			})
			if err != nil {
				t.Error(err)
			}
			granted = answer.GetGranted()
		})
		all.Go(func() {
			both.Wait()
			if begun == granted {
				t.Errorf("started %t, ended %t: %v", begun, granted, d.Types("appointment-"+p.a, 1))
			}
		})
	}
	all.Wait()
}

func TestW04AClaimPausesTheSession(t *testing.T) {
	d := newDesk(t)
	r := d.accepted()
	started, err := d.technician().StartSession(t.Context(), starting(d.booked(r, nine), false))
	check(t, err)
	_, err = d.Frozen.Advance(5 * time.Minute)
	check(t, err)
	d.Tell("intake", "request-"+r, r, &intakev1.WarrantyClaimRaised{
		SupportRequestId: r, WarrantyClaimId: uuid.NewString(), RaisedAt: timestamppb.New(d.Frozen.Now()),
	})
	id := started.GetSession().GetSessionId()
	d.has("session-"+id, "session.paused.v1")
	_, err = d.Frozen.Advance(time.Hour)
	check(t, err)
	ended, err := d.technician().EndSession(t.Context(), &schedulingv1.EndSessionRequest{IdempotencyKey: uuid.NewString(), SessionId: id})
	check(t, err)
	if n := ended.GetSession().GetWorkedSeconds(); n != 300 {
		t.Errorf("%d seconds; those before the claim stay, none come after", n)
	}
}
