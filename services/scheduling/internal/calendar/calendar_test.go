package calendar_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/calendar"
)

var chamber = decidertest.Chamber[Week, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"reserve": Reserve{}, "release": Release{}, "move": ReserveMove{}, "hold": PlaceHold{}, "expire": ExpireHold{},
	},
}

func TestTheCalendarDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfTheCalendarIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestCalendarHistoryStaysReadable(t *testing.T)          { chamber.Remembered(t) }
func TestCalendarStories(t *testing.T)                       { chamber.Stories(t) }

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) // a Monday

func slot(id string, start time.Time, minutes int64) Slot {
	return Slot{AppointmentID: id, SupportRequestID: "r-" + id, TechnicianID: "tess", Start: start, Seconds: 60 * minutes}
}

func reserved(id string, start time.Time, minutes int64) SlotReserved {
	return SlotReserved{Reservation{Slot: slot(id, start, minutes)}}
}

func reserve(s Slot) Reserve {
	return Reserve{Slot: s, RequestState: Waiting, At: nine.Add(-time.Hour)}
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Week, Event] {
	t.Helper()
	return decidertest.Given[Week](t, events...)
}

func TestSection4ASlotIsGivenOnce(t *testing.T) {
	held := reserved("a", nine, 60)
	for name, s := range map[string]Slot{
		"the same time":       slot("b", nine, 60),
		"its first minute":    slot("b", nine.Add(-time.Hour), 61),
		"its last minute":     slot("b", nine.Add(59*time.Minute), 60),
		"its last nanosecond": slot("b", nine.Add(time.Hour-1), 60),
		"a part inside":       slot("b", nine.Add(10*time.Minute), 10),
		"all around it":       slot("b", nine.Add(-time.Hour), 240),
	} {
		t.Run(name, func(t *testing.T) { given(t, held).When(reserve(s)).Rejected("SLOT_TAKEN", "section 4") })
	}
}

func TestSection4SlotsMayTouch(t *testing.T) {
	held := reserved("a", nine, 60)
	for _, s := range []Slot{slot("b", nine.Add(-time.Hour), 60), slot("b", nine.Add(time.Hour), 60)} {
		given(t, held).When(reserve(s)).Then(SlotReserved{Reservation{Slot: s}})
	}
}

func TestSection4TheSameBookingAgainChangesNothing(t *testing.T) {
	held := reserved("a", nine, 60)
	again := reserve(slot("a", nine, 60))
	again.RequestState = "SCHEDULED" // by this very appointment
	given(t, held).When(again).Then()
}

func TestP5AnAppointmentIdStandsForOneBookingForEver(t *testing.T) {
	held := reserved("a", nine, 60)
	given(t, held).When(reserve(slot("a", nine.Add(2*time.Hour), 60))).Rejected("APPOINTMENT_EXISTS", "P5")
	given(t, held, SlotReleased{AppointmentID: "a"}).When(reserve(slot("a", nine, 60))).Rejected("APPOINTMENT_EXISTS", "P5")
}

func TestR02OnlyAnAcceptedRequestThatWaitsGetsATime(t *testing.T) {
	suspended := reserve(slot("a", nine, 60))
	suspended.RequestState = "SUSPENDED"
	given(t).When(suspended).Rejected("CONSULT_FIRST", "F-03")
	for _, state := range []string{"UNACCEPTED", "SCHEDULED", "ENDED", ""} {
		wish := reserve(slot("a", nine, 60))
		wish.RequestState = state
		r := given(t).When(wish).Rejected("ILLEGAL_STATE", "R-02")
		if r.Details["from"] != state || r.Details["command"] != "BookAppointment" {
			t.Errorf("details %v", r.Details)
		}
	}
}

func TestSection4AnAppointmentLastsWholeMinutesUpToTwelveHours(t *testing.T) {
	for seconds, ok := range map[int64]bool{-60: false, 0: false, 59: false, 60: true, 61: false, 43200: true, 43260: false} {
		s := slot("a", nine, 0)
		s.Seconds = seconds
		spec := given(t).When(reserve(s))
		if ok {
			spec.Then(SlotReserved{Reservation{Slot: s}})
		} else {
			spec.Rejected("SLOT_INVALID", "section 4")
		}
	}
}

func TestSection4ASlotDoesNotPassTheEndOfItsWeek(t *testing.T) {
	monday := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	given(t).When(reserve(slot("a", monday.Add(-time.Hour), 60))).Then(reserved("a", monday.Add(-time.Hour), 60))
	given(t).When(reserve(slot("a", monday.Add(-time.Hour), 61))).Rejected("SLOT_INVALID", "section 4")
}

func TestSection4ASlotLiesWithinTwoYears(t *testing.T) {
	for _, start := range []time.Time{nine.AddDate(-2, 0, 1), nine.AddDate(2, 0, -1)} {
		given(t).When(reserve(slot("a", start, 60))).Then(reserved("a", start, 60))
	}
	for _, start := range []time.Time{nine.AddDate(-2, 0, -1), nine.AddDate(2, 0, 1), {}} {
		given(t).When(reserve(slot("a", start, 60))).Rejected("SLOT_INVALID", "section 4")
	}
}

func TestR03AReleasedSlotIsFreeInTheSameSecond(t *testing.T) {
	history := []Event{reserved("a", nine, 60)}
	given(t, history...).When(Release{AppointmentID: "a", At: nine}).Then(SlotReleased{AppointmentID: "a"})
	history = append(history, SlotReleased{AppointmentID: "a"})
	given(t, history...).When(reserve(slot("b", nine, 60))).Then(reserved("b", nine, 60))
	given(t, history...).When(Release{AppointmentID: "a", At: nine}).Then()
	given(t).When(Release{AppointmentID: "a", At: nine}).Then()
}

func TestAWeekIsNamedAfterISO8601InUTC(t *testing.T) {
	for at, want := range map[time.Time]string{
		nine: "tess-2026W48",
		time.Date(2027, 1, 3, 23, 59, 59, 0, time.UTC):                  "tess-2026W53",
		time.Date(2027, 1, 4, 0, 0, 0, 0, time.UTC):                     "tess-2027W01",
		time.Date(2027, 1, 4, 0, 30, 0, 0, time.FixedZone("CET", 3600)): "tess-2026W53",
	} {
		if got := ID("tess", at); got != want {
			t.Errorf("%s is in %s, want %s", at, got, want)
		}
	}
}

// A booking, a move or a hold: whatever is given away is nobody else's.
func TestSection4NoTwoHeldSlotsEverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w Week
		at := nine.Add(-time.Hour)
		for range rapid.IntRange(1, 60).Draw(t, "wishes") {
			at = at.Add(time.Duration(rapid.IntRange(0, 5).Draw(t, "later")) * time.Minute)
			id := string(rune('a' + rapid.IntRange(0, 12).Draw(t, "id")))
			start := nine.Add(time.Duration(rapid.IntRange(0, 300).Draw(t, "start")) * time.Minute)
			s := slot(id, start, rapid.Int64Range(1, 90).Draw(t, "minutes"))
			move := rapid.SampledFrom([]string{"", "m1", "m2"}).Draw(t, "move")
			cmd := rapid.SampledFrom([]Command{
				Reserve{Slot: s, RequestState: Waiting, At: at},
				ReserveMove{Slot: s, MoveID: "m" + move, At: at},
				PlaceHold{Slot: s, RequestState: Waiting, HoldSeconds: 900, At: at},
				Release{AppointmentID: id, MoveID: move},
				ExpireHold{AppointmentID: id, At: at},
			}).Draw(t, "command")
			events, err := cmd.Decide(w)
			if err != nil {
				continue
			}
			w = decider.Fold(w, events...)
			taken := slices.Clone(w.Held)
			for _, h := range w.Holds {
				if at.Before(h.ExpiresAt) {
					taken = append(taken, Reservation{Slot: h.Slot})
				}
			}
			for i, a := range taken {
				for _, b := range taken[i+1:] {
					if a.AppointmentID != b.AppointmentID && a.Start.Before(b.End()) && b.Start.Before(a.End()) {
						t.Fatalf("%+v and %+v", a, b)
					}
				}
			}
		}
	})
}
