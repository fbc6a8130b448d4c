package session_test

import (
	"testing"

	"pgregory.net/rapid"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/platform/decider"
	. "aanvraag.internal/services/scheduling/internal/session"
)

func suspend(from, now int) Suspend {
	return Suspend{Number: 1, From: at(from), Calendar: hours.Default(), Ref: ref, At: at(now)}
}

func suspended(s int) SessionSuspended {
	return SessionSuspended{
		SessionID: "s1", SupportRequestID: "r1", Number: 1, From: at(s), SuspendedAt: at(s), Ran: true,
	}
}

func ended(s int) SessionEnded {
	return SessionEnded{
		SessionID: "s1", AppointmentID: "a1", SupportRequestID: "r1", StartedAt: nine, EndedAt: at(s),
		Intervals: []Interval{{From: nine, To: at(s)}},
		Measured:  Measured{WorkedSeconds: int64(s), RegularSeconds: int64(s)}, Calendar: ref, Notes: 1,
	}
}

func TestF01DeclaredAtOnceItStopsTheMeasuredTime(t *testing.T) {
	given(t, started).When(suspend(240, 240)).Then(suspended(240))
}

// Declared five minutes late, the five minutes were measured, and are taken out by
// an event that shows both.
func TestF01DeclaredLaterItTakesOutWhatWasMeasuredSince(t *testing.T) {
	late := suspended(540)
	late.From = at(240)
	given(t, started).When(suspend(240, 540)).Then(late, WorkCorrected{
		SessionID: "s1", SupportRequestID: "r1", Number: 1, Cause: ByForceMajeure,
		Old: []Interval{{From: nine, To: at(540)}}, New: []Interval{{From: nine, To: at(240)}},
		OldSeconds: 540, NewSeconds: 240, CorrectedAt: at(540),
	})
}

// One second at the edge: the second in which it began does not count, the one
// before does.
func TestF01NoSecondAfterItsInstantCounts(t *testing.T) {
	for from, want := range map[int]int64{-60: 0, 0: 0, 1: 1, 239: 239, 240: 240, 599: 240, 600: 240, 601: 241, 900: 540} {
		events := given(t, started, paused(240), resumed(600)).When(suspend(from, 900)).Events()
		if got := decider.Fold(Session{}, append([]Event{started, paused(240), resumed(600)}, events...)...).Seconds(); got != want {
			t.Errorf("from second %d on: %d seconds count, want %d", from, got, want)
		}
	}
}

// A session that had ended is measured again, and its seconds are split again.
func TestF01SecondsOfAnEndedSessionAreTakenOutToo(t *testing.T) {
	e := given(t, started, ended(600)).When(suspend(240, 900)).Events()
	if len(e) != 1 {
		t.Fatalf("events %+v", e)
	}
	if c := e[0].(WorkCorrected); !c.Ended || c.Measured != (Measured{WorkedSeconds: 240, RegularSeconds: 240}) || c.Calendar != ref {
		t.Fatalf("corrected %+v", c)
	}
	given(t, started, ended(600)).When(suspend(600, 900)).Then()
}

func TestF03ASuspendedSessionGoesOnAsAgreedOnly(t *testing.T) {
	given(t, started, suspended(240)).When(Resume{At: at(300)}).Rejected("CONSULT_FIRST", "F-03")
	given(t, started, suspended(240)).When(end(at(300))).Rejected("CONSULT_FIRST", "F-03")
	released := SessionReleased{SessionID: "s1", SupportRequestID: "r1", Number: 1, ReleasedAt: at(300)}
	given(t, started, suspended(240)).When(Release{Number: 1, At: at(300)}).Then(released)
	given(t, started, suspended(240), released).When(Resume{At: at(400)}).Then(resumed(400))
	// The agreement came before the declaration it answers.
	given(t, started).When(Release{Number: 1, At: at(300)}).Rejected("NOT_SUSPENDED", "F-03")
	agreed := end(at(300))
	agreed.Agreed = 1
	given(t, started).When(agreed).Rejected("NOT_SUSPENDED", "F-03")
	if m := measured(t, given(t, started, suspended(240)).When(agreed)); m.WorkedSeconds != 240 {
		t.Fatalf("ended as agreed, it measures %+v", m)
	}
	// A later declaration is not answered by an earlier agreement.
	again := suspended(240)
	again.Number = 2
	given(t, started, again).When(agreed).Rejected("CONSULT_FIRST", "F-03")
	given(t, started, again).When(Release{Number: 1, At: at(300)}).Then()
}

// Whatever was done before, and whenever it is declared, not a second after its
// instant counts, and every one before it does.
func TestF01WhateverWasDoneExactlyTheSecondsBeforeItCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, now, running := decider.Fold(Session{}, Event(started)), 0, true
		counts := make([]bool, 10_000)
		for range rapid.IntRange(0, 5).Draw(t, "steps") {
			gap := rapid.IntRange(0, 900).Draw(t, "gap")
			for i := now; running && i < now+gap; i++ {
				counts[i] = true
			}
			now += gap
			var cmd Command = Pause{At: at(now)}
			if !running {
				cmd = Resume{At: at(now)}
			}
			running = !running
			events, err := cmd.Decide(s)
			if err != nil {
				t.Fatal(err)
			}
			s = decider.Fold(s, events...)
		}
		gap := rapid.IntRange(0, 900).Draw(t, "last gap")
		for i := now; running && i < now+gap; i++ {
			counts[i] = true
		}
		now += gap
		from := rapid.IntRange(0, now).Draw(t, "from")
		events, err := suspend(from, now).Decide(s)
		if err != nil {
			t.Fatal(err)
		}
		var want int64
		for i := range from {
			if counts[i] {
				want++
			}
		}
		if got := decider.Fold(s, events...).Seconds(); got != want {
			t.Fatalf("%d seconds count, want %d", got, want)
		}
	})
}

// a withdrawal from the contract ends what is suspended; nothing is consulted.
func TestX05AWithdrawalEndsASuspendedSession(t *testing.T) {
	wish := end(at(90))
	given(t, started, suspended(60)).When(wish).Rejected("CONSULT_FIRST", "F-03")
	wish.Withdrawn = true
	events := given(t, started, suspended(60)).When(wish).Events()
	if e, ok := events[0].(SessionEnded); !ok || e.WorkedSeconds != 60 {
		t.Errorf("%+v", events)
	}
}

// O-09: what is suspended is no longer recorded either; only what was measured before
// counts for the recording (S-03).
func TestO09TheRecordingOfASuspendedSessionStops(t *testing.T) {
	given(t, recorded, suspended(60)).When(StopRecording{At: at(90)}).
		Then(RecordingStopped{SessionID: "s1", SupportRequestID: "r1", StoppedAt: at(90)})
	stopped := RecordingStopped{SessionID: "s1", SupportRequestID: "r1", StoppedAt: at(30)}
	s := decider.Fold(Session{}, []Event{recorded, stopped, paused(60)}...)
	if s.Seconds() != 60 || s.RecordedSeconds() != 30 {
		t.Errorf("measured %d, recorded %d", s.Seconds(), s.RecordedSeconds())
	}
}
