package session_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/session"
)

var chamber = decidertest.Chamber[Session, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"start": Start{}, "pause": Pause{}, "resume": Resume{}, "note": Note{}, "end": End{},
		"suspend": Suspend{}, "release": Release{}, "correct": Correct{}, "approve": Approve{}, "halt": Halt{},
		"limit": SetLimit{}, "cap": ReachCap{}, "device": AddDevice{},
		"stop-recording": StopRecording{},
	},
}

func TestASessionDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfASessionIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestSessionHistoryStaysReadable(t *testing.T)        { chamber.Remembered(t) }
func TestSessionStories(t *testing.T)                     { chamber.Stories(t) }

var (
	nine    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ref     = policy.Ref{Kind: "calendar", Version: 1, SHA256: "c0ffee"}
	started = SessionStarted{
		SessionID: "s1", AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", StartedAt: nine,
	}
	recorded = SessionStarted{
		SessionID: "s1", AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Recorded: true, StartedAt: nine,
	}
	text = sealed.Data{Subject: "p1", Purpose: sealed.Operational, Field: "workNote", Place: "session-s1/c1", Cipher: []byte{1}}
)

func at(seconds int) time.Time { return nine.Add(time.Duration(seconds) * time.Second) }
func paused(s int) SessionPaused {
	return SessionPaused{SessionID: "s1", SupportRequestID: "r1", PausedAt: at(s)}
}

func resumed(s int) SessionResumed {
	return SessionResumed{SessionID: "s1", SupportRequestID: "r1", ResumedAt: at(s)}
}
func end(t time.Time) End { return End{Calendar: hours.Default(), Ref: ref, At: t} }
func wall(t *testing.T, date, clock string) time.Time {
	t.Helper()
	instant, err := hours.Default().Instant(date, clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Session, Event] {
	t.Helper()
	return decidertest.Given[Session](t, events...)
}

func measured(t *testing.T, spec *decidertest.Spec[Session, Event]) Measured {
	t.Helper()
	return spec.Events()[0].(SessionEnded).Measured
}

func TestWhatEachCommandDoesInEachStateOfASession(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 unknown":                 nil,
		"2 running":                 {started},
		"3 paused":                  {started, paused(60)},
		"4 ended":                   {started, SessionEnded{SessionID: "s1", EndedAt: at(60)}},
		"8 running, capped":         {capped(120)},
		"9 running past its cap":    {capped(30)},
		"A paused at its cap":       {capped(30), paused(30), CapReached{SessionID: "s1", LimitSeconds: 30, ReachedAt: at(30)}},
		"5 suspended":               {started, suspended(60)},
		"6 released":                {started, suspended(60), SessionReleased{SessionID: "s1", Number: 1, ReleasedAt: at(60)}},
		"7 ended, correction waits": {started, ended(60), proposed(1, "tom", Interval{From: nine, To: at(30)})},
		"8 recorded":                {recorded},
		"9 recording stopped":       {recorded, RecordingStopped{SessionID: "s1", SupportRequestID: "r1", StoppedAt: at(30)}},
	}, map[string]Command{
		"start": Start{SessionID: "s1", AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", At: nine},
		"halt":  Halt{At: at(60)},
		"pause": Pause{At: at(60)}, "resume": Resume{At: at(60)}, "note": Note{Note: text, At: at(60)}, "end": end(at(60)),
		"stop-recording": StopRecording{At: at(60)},
		"end as agreed":  End{Calendar: hours.Default(), Ref: ref, Agreed: 1, At: at(60)},
		"suspend":        suspend(60, 60), "release": Release{Number: 1, At: at(60)},
		"correct": correct("tom", 60, Interval{From: nine, To: at(30)}),
		"limit":   SetLimit{LimitSeconds: 120, At: at(60)}, "cap": ReachCap{At: at(60)},
		"device":  AddDevice{DeviceID: "pc-1", At: at(60)},
		"approve": Approve{Number: 1, By: "dora", Calendar: hours.Default(), Ref: ref, At: at(60)},
	})
}

func TestW04AClaimPausesTheWorkThatRuns(t *testing.T) {
	given(t, started).When(Halt{At: at(60)}).Then(paused(60))
	given(t, started, paused(30)).When(Halt{At: at(60)}).Then()
	given(t).When(Halt{At: at(60)}).Then()
}

// The session goes on, and its time is measured as before.
func TestO09ASessionGoesOnWithoutItsRecording(t *testing.T) {
	stopped := RecordingStopped{SessionID: "s1", SupportRequestID: "r1", StoppedAt: at(30)}
	given(t, recorded).When(StopRecording{At: at(30)}).Then(stopped)
	if m := measured(t, given(t, recorded, stopped).When(end(at(60)))); m.WorkedSeconds != 60 {
		t.Errorf("measured %+v", m)
	}
	given(t, started).When(StopRecording{At: at(30)}).Then()
}

func TestT02MeasuredTimeIsTheSumOfTheIntervals(t *testing.T) {
	spec := given(t, started, paused(600), resumed(1200), paused(1230), resumed(1300)).When(end(at(1330)))
	if m := measured(t, spec); m.WorkedSeconds != 600+30+30 {
		t.Fatalf("measured %+v", m)
	}
	spec = given(t, started, paused(600)).When(end(at(9000)))
	if m := measured(t, spec); m.WorkedSeconds != 600 {
		t.Fatalf("a pause was measured: %+v", m)
	}
}

func TestT02MeasuredTimeIsElapsedTimeWhenTheClockIsChanged(t *testing.T) {
	for date, want := range map[string]int64{"2026-10-25": 10_800, "2027-03-28": 3_600, "2027-10-31": 10_800} {
		begun := started
		begun.StartedAt = wall(t, date, "01:30")
		if m := measured(t, given(t, begun).When(end(wall(t, date, "03:30")))); m.WorkedSeconds != want || m.OutsideSeconds != want {
			t.Errorf("%s measures %+v, want %d", date, m, want)
		}
	}
}

func TestT02InstantsNeverGoBack(t *testing.T) {
	given(t, started).When(Pause{At: at(-60)}).Then(paused(0))
	given(t, started, paused(60)).When(Resume{At: at(10)}).Then(resumed(60))
	given(t, started, paused(60), resumed(90)).When(Note{Note: text, At: at(10)}).
		Then(WorkNoted{SessionID: "s1", SupportRequestID: "r1", NotedAt: at(90), Note: text, Number: 1})
	if m := measured(t, given(t, started).When(end(at(-3600)))); m.WorkedSeconds != 0 {
		t.Fatalf("measured %+v", m)
	}
}

func TestT08SecondsAreSplitAtTheEdgeOfTheHours(t *testing.T) {
	begun := started
	begun.StartedAt = wall(t, "2026-11-23", "16:50")
	spec := given(t, begun).When(end(wall(t, "2026-11-23", "17:20")))
	if m := measured(t, spec); m != (Measured{WorkedSeconds: 1800, RegularSeconds: 600, OutsideSeconds: 1200}) {
		t.Fatalf("measured %+v", m)
	}
}

func TestP2AnEndedSessionNamesTheHoursThatSplitIt(t *testing.T) {
	ended := given(t, started).When(end(at(60))).Events()[0].(SessionEnded)
	if ended.Calendar != ref {
		t.Fatalf("names %+v", ended.Calendar)
	}
}

func TestE02AnEndedSessionTellsHowManyNotesThereAre(t *testing.T) {
	noted := WorkNoted{SessionID: "s1", SupportRequestID: "r1", NotedAt: at(10), Note: text, Number: 1}
	if n := given(t, started, noted, noted).When(end(at(60))).Events()[0].(SessionEnded).Notes; n != 2 {
		t.Fatalf("tells %d", n)
	}
	// One that was forgotten is told by itself.
	late := given(t, started, noted, SessionEnded{EndedAt: at(60)}).When(Note{Note: text, At: at(70)}).Events()[0].(WorkNoted)
	if late.Number != 2 || !late.Afterwards {
		t.Fatalf("afterwards %+v", late)
	}
}

func TestP5ASessionIdStandsForOneSession(t *testing.T) {
	given(t, started).When(Start{SessionID: "s1", AppointmentID: "a2", At: nine}).Rejected("SESSION_EXISTS", "P5")
}

// Pausing and resuming at once cuts an interval in two; the sum stays the same,
// to the second, wherever the cuts are (T-02).
func TestT02CuttingAnIntervalNeverChangesTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		begun := started
		begun.StartedAt = nine.Add(time.Duration(rapid.Int64Range(0, int64(30*time.Hour)).Draw(t, "start")))
		s, last := decider.Fold(Session{}, Event(begun)), begun.StartedAt
		for range rapid.IntRange(0, 6).Draw(t, "cuts") {
			last = last.Add(time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "gap")))
			for _, cmd := range []Command{Pause{At: last}, Resume{At: last}} {
				events, err := cmd.Decide(s)
				if err != nil {
					t.Fatal(err)
				}
				s = decider.Fold(s, events...)
			}
		}
		events, err := end(last.Add(time.Minute)).Decide(s)
		if err != nil {
			t.Fatal(err)
		}
		got := events[0].(SessionEnded)
		whole := last.Add(time.Minute).Unix() - begun.StartedAt.Unix()
		if got.WorkedSeconds != whole || got.RegularSeconds+got.OutsideSeconds != whole {
			t.Fatalf("%+v, want %d", got.Measured, whole)
		}
		if sum := decider.Fold(s, events...).Seconds(); sum != whole {
			t.Fatalf("the state measures %d, want %d", sum, whole)
		}
	})
}

func TestP8AColleagueDoesNotPauseOrEndASession(t *testing.T) {
	begun := started
	begun.StartedBy = "tineke"
	for who, ok := range map[Person]bool{
		{Subject: "tineke"}: true, {Subject: "tess"}: true, {}: true, {Subject: "dora", Dispatcher: true}: true, {Subject: "tom"}: false,
	} {
		e := end(at(60))
		e.By = who
		for _, spec := range []*decidertest.Spec[Session, Event]{
			given(t, begun).When(Pause{By: who, At: at(60)}),
			given(t, begun, paused(30)).When(Resume{By: who, At: at(60)}),
			given(t, begun).When(e),
		} {
			if ok {
				spec.Events()
			} else {
				spec.Rejected("NOT_YOUR_SESSION", "P8")
			}
		}
		given(t, started).When(Pause{By: who, At: at(60)}).Then(paused(60)) // of an old one it is not known
	}
}

// A note belongs to the interval that began last; one that was forgotten makes up for
// one interval.
func TestE02EachIntervalHasANote(t *testing.T) {
	noted := func(s int) WorkNoted {
		return WorkNoted{SessionID: "s1", SupportRequestID: "r1", NotedAt: at(s), Note: text}
	}
	for _, c := range []struct {
		name    string
		history []Event
		end     int
		unnoted int
	}{
		{"none", []Event{started}, 60, 1},
		{"in the only one", []Event{started, noted(10)}, 60, 0},
		{"in the pause after it", []Event{started, paused(30), noted(40)}, 60, 0},
		{"in the first of two", []Event{started, noted(10), paused(30), resumed(40)}, 60, 1},
		{"two in the first of two", []Event{started, noted(10), noted(11), paused(30), resumed(40)}, 60, 1},
		{"in both", []Event{started, noted(10), paused(30), resumed(40), noted(50)}, 60, 0},
		{"at the second's first instant", []Event{started, noted(10), paused(30), resumed(40), noted(40)}, 60, 0},
		{"at the end of the first, without a pause", []Event{started, paused(30), noted(30), resumed(30), noted(50)}, 60, 0},
		{"in the first of two without a pause", []Event{started, noted(10), paused(30), resumed(30)}, 60, 0},
		{"the second without a second", []Event{started, noted(10), paused(30), resumed(40)}, 40, 0},
	} {
		e := given(t, c.history...).When(end(at(c.end))).Events()[0].(SessionEnded)
		if e.Unnoted != c.unnoted {
			t.Errorf("%s: %d intervals without a note, want %d", c.name, e.Unnoted, c.unnoted)
		}
		if c.unnoted == 0 {
			continue
		}
		late := given(t, append(c.history, e)...).When(Note{Note: text, At: at(90)}).Events()[0].(WorkNoted)
		if late.Unnoted != c.unnoted-1 {
			t.Errorf("%s: after a late note %d, want %d", c.name, late.Unnoted, c.unnoted-1)
		}
	}
}
