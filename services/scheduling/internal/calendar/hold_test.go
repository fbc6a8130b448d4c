package calendar_test

import (
	"testing"
	"time"

	. "aanvraag.internal/services/scheduling/internal/calendar"
)

var eight = nine.Add(-time.Hour)

func hold(s Slot, at time.Time) PlaceHold {
	return PlaceHold{Slot: s, RequestState: Waiting, HoldSeconds: 900, At: at}
}

func placed(id string, start time.Time, minutes int64, expires time.Time) HoldPlaced {
	return HoldPlaced{Hold{Slot: slot(id, start, minutes), ExpiresAt: expires}}
}

func moving(s Slot, move string, at time.Time) ReserveMove {
	return ReserveMove{Slot: s, MoveID: move, Sequence: 1, At: at}
}

func movedTo(id string, start time.Time, minutes int64, move string) SlotReserved {
	return SlotReserved{Reservation{Slot: slot(id, start, minutes), MoveID: move, Sequence: 1}}
}

func TestWhatEachCommandDoesInEachStateOfAWeek(t *testing.T) {
	quarter := eight.Add(15 * time.Minute)
	held, mine := placed("a", nine, 60, quarter), reserved("a", nine, 60)
	other := SlotReserved{Reservation{Slot: slot("b", nine, 60)}}
	chamber.Matrix(t, map[string][]Event{
		"1 empty":                       nil,
		"2 held":                        {held},
		"3 hold expired, not noted":     {placed("a", nine, 60, eight)},
		"4 hold released":               {held, HoldReleased{AppointmentID: "a", Reason: Expired}},
		"5 booked":                      {mine},
		"6 booked and moving":           {mine, movedTo("a", nine.Add(2*time.Hour), 60, "m1")},
		"7 moved":                       {mine, movedTo("a", nine.Add(2*time.Hour), 60, "m1"), SlotReleased{AppointmentID: "a"}},
		"8 released":                    {mine, SlotReleased{AppointmentID: "a"}},
		"9 held by another request":     {placed("b", nine, 60, quarter)},
		"10 booked for another request": {other},
	}, map[string]Command{
		"reserve": reserve(slot("a", nine, 60)), "release": Release{AppointmentID: "a", At: eight},
		"move": moving(slot("a", nine.Add(30*time.Minute), 60), "m2", eight), "hold": hold(slot("a", nine, 60), eight),
		"expire": ExpireHold{AppointmentID: "a", At: eight},
	})
}

// Half-open: in its last microsecond a hold still holds, at its end it does not.
func TestSection4AHoldEndsExactlyWhenItExpires(t *testing.T) {
	end := eight.Add(15 * time.Minute)
	given(t).When(hold(slot("a", nine, 60), eight)).Then(placed("a", nine, 60, end))
	held := placed("a", nine, 60, end)
	wish := slot("b", nine.Add(59*time.Minute), 60)
	for at, free := range map[time.Time]bool{eight: false, end.Add(-time.Microsecond): false, end: true, end.Add(1): true} {
		book := reserve(wish)
		book.At = at
		move, again := moving(wish, "m1", at), hold(wish, at)
		if !free {
			given(t, held).When(book).Rejected("SLOT_TAKEN", "section 4")
			given(t, held).When(move).Rejected("SLOT_TAKEN", "section 4")
			given(t, held).When(again).Rejected("SLOT_TAKEN", "section 4")
			given(t, held).When(ExpireHold{AppointmentID: "a", At: at}).Then()
			continue
		}
		given(t, held).When(book).Then(SlotReserved{Reservation{Slot: wish}})
		given(t, held).When(move).Then(SlotReserved{Reservation{Slot: wish, MoveID: "m1", Sequence: 1}})
		given(t, held).When(again).Then(placed("b", wish.Start, 60, at.Add(15*time.Minute).Truncate(time.Microsecond)))
		given(t, held).When(ExpireHold{AppointmentID: "a", At: at}).Then(HoldReleased{AppointmentID: "a", Reason: Expired})
	}
}

func TestSection4ABookingConfirmsItsOwnHold(t *testing.T) {
	held := placed("a", nine, 60, eight.Add(15*time.Minute))
	given(t, held).When(reserve(slot("a", nine, 60))).Then(reserved("a", nine, 60))
	given(t, held, reserved("a", nine, 60), SlotReleased{AppointmentID: "a"}).
		When(reserve(slot("b", nine, 60))).Then(reserved("b", nine, 60))
	given(t, held).When(reserve(slot("a", nine.Add(time.Hour), 60))).Rejected("APPOINTMENT_EXISTS", "P5")
}

func TestSection4AnotherChoiceReplacesAHold(t *testing.T) {
	end := eight.Add(15 * time.Minute)
	held := placed("a", nine, 60, end)
	other := hold(slot("b", nine.Add(30*time.Minute), 60), eight.Add(time.Minute))
	other.SupportRequestID = "r-a"
	after := placed("b", nine.Add(30*time.Minute), 60, end.Add(time.Minute))
	after.SupportRequestID = "r-a"
	given(t, held).When(other).Then(HoldReleased{AppointmentID: "a", Reason: Replaced}, after)
	// The same choice again does not prolong it.
	given(t, held).When(hold(slot("a", nine, 60), eight.Add(time.Minute))).Then()
	// Nobody else ends it by naming its id.
	foreign := hold(slot("a", nine, 60), eight)
	foreign.SupportRequestID = "r2"
	given(t, held).When(foreign).Rejected("APPOINTMENT_EXISTS", "P5")
}

func TestR02OnlyAnAcceptedRequestThatWaitsHoldsATime(t *testing.T) {
	for _, state := range []string{"UNACCEPTED", "SCHEDULED", "ENDED", ""} {
		wish := hold(slot("a", nine, 60), eight)
		wish.RequestState = state
		r := given(t).When(wish).Rejected("ILLEGAL_STATE", "R-02")
		if r.Details["from"] != state || r.Details["command"] != "HoldSlot" {
			t.Errorf("details %v", r.Details)
		}
	}
}

func TestSection4AMoveMayOverlapWhatItLeavesAndNothingElse(t *testing.T) {
	mine := reserved("a", nine, 60)
	near := slot("a", nine.Add(30*time.Minute), 60)
	given(t, mine).When(moving(near, "m1", eight)).Then(movedTo("a", near.Start, 60, "m1"))
	given(t, mine, reserved("b", nine.Add(time.Hour), 60)).When(moving(near, "m1", eight)).Rejected("SLOT_TAKEN", "section 4")
	given(t, mine, placed("b", nine.Add(time.Hour), 60, eight.Add(1))).When(moving(near, "m1", eight)).Rejected("SLOT_TAKEN", "section 4")
	given(t, mine, movedTo("a", near.Start, 60, "m1")).When(moving(near, "m1", eight)).Then()
}

// What it moved from is free in the same second, and what it moved to is not.
func TestSection4AMoveFreesWhatItLeftAndOnlyThat(t *testing.T) {
	moved := []Event{reserved("a", nine, 60), movedTo("a", nine.Add(2*time.Hour), 60, "m1")}
	given(t, moved...).When(Release{AppointmentID: "a", At: eight}).Then(SlotReleased{AppointmentID: "a"})
	moved = append(moved, SlotReleased{AppointmentID: "a"})
	given(t, moved...).When(reserve(slot("b", nine, 60))).Then(reserved("b", nine, 60))
	given(t, moved...).When(reserve(slot("b", nine.Add(2*time.Hour), 60))).Rejected("SLOT_TAKEN", "section 4")
	given(t, moved...).When(Release{AppointmentID: "a", MoveID: "m1"}).Then(SlotReleased{AppointmentID: "a", MoveID: "m1"})
}

func TestSection4NobodyIsBookedWhenHeDoesNotWork(t *testing.T) {
	book, held, move := reserve(slot("a", nine, 60)), hold(slot("a", nine, 60), eight), moving(slot("a", nine, 60), "m1", eight)
	book.Unavailable, held.Unavailable, move.Unavailable = "absent", "absent", "absent"
	for _, cmd := range []Command{book, held, move} {
		if r := given(t).When(cmd).Rejected("TECHNICIAN_UNAVAILABLE", "section 4"); r.Details["why"] != "absent" {
			t.Errorf("details %v", r.Details)
		}
	}
}

// A slot lies in one week, so no other week can hold one that overlaps it; in the
// hour that the clock repeats, too.
func TestSection4NothingOverlapsOverTheEdgeOfAWeek(t *testing.T) {
	monday := time.Date(2026, 10, 26, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		start   time.Time
		minutes int64
		fits    bool
	}{
		{monday.Add(-time.Minute), 1, true},
		{monday.Add(-time.Minute), 2, false},
		{monday.Add(-12 * time.Hour), 720, true},
		{monday.Add(-12*time.Hour + time.Minute), 720, false},
		{monday, 720, true},
	} {
		s := slot("a", c.start, c.minutes)
		for _, cmd := range []Command{reserve(s), hold(s, eight), moving(s, "m1", eight)} {
			events, err := cmd.Decide(Week{})
			if (err == nil) != c.fits || (len(events) == 1) != c.fits {
				t.Errorf("%s, %d minutes, %T: %v, %v", c.start, c.minutes, cmd, events, err)
			}
		}
		if free := (Week{}).Free(s, eight); free != c.fits {
			t.Errorf("%s, %d minutes is free: %t", c.start, c.minutes, free)
		}
	}
}
