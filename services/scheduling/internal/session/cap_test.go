package session_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"aanvraag.internal/services/platform/decider"
	. "aanvraag.internal/services/scheduling/internal/session"
)

func capped(limit int64) SessionStarted {
	s := started
	s.LimitSeconds, s.CapAt = limit, at(int(limit))
	return s
}

func reached(limit int64) []Event {
	return []Event{paused(int(limit)), CapReached{SessionID: "s1", SupportRequestID: "r1", LimitSeconds: limit, ReachedAt: at(int(limit))}}
}

// The work pauses at the second itself, however late that is noticed.
func TestT11AtTheCapTheWorkPausesByItself(t *testing.T) {
	for _, late := range []int{600, 601, 9000} {
		given(t, capped(600)).When(ReachCap{At: at(late)}).Then(reached(600)...)
		given(t, capped(600)).When(Pause{At: at(late)}).Then(reached(600)...)
	}
	given(t, capped(600)).When(ReachCap{At: at(600).Add(-time.Nanosecond)}).Then()
	given(t, capped(600)).When(Pause{At: at(599)}).Then(paused(599))
	given(t, started).When(ReachCap{At: at(9000)}).Then()
}

func TestT11NoSecondAfterTheCapIsMeasured(t *testing.T) {
	events := given(t, capped(600)).When(end(at(900))).Events()
	if e := events[len(events)-1].(SessionEnded); e.WorkedSeconds != 600 || len(events) != 3 {
		t.Fatalf("ended %+v", events)
	}
	events = given(t, capped(600)).When(suspend(700, 900)).Events()
	if s := decider.Fold(Session{}, append([]Event{capped(600)}, events...)...); s.Seconds() != 600 || s.Stage != Suspended {
		t.Fatalf("suspended with %d seconds", s.Seconds())
	}
	if n := decider.Fold(Session{}, Event(capped(600))).SecondsAt(at(900)); n != 600 {
		t.Fatalf("%d seconds are shown", n)
	}
}

func TestT11ResumingNeedsARaisedCap(t *testing.T) {
	history := append([]Event{capped(600)}, reached(600)...)
	given(t, history...).When(Resume{At: at(700)}).Rejected("CAP_REACHED", "T-11")
	raised := LimitSet{SessionID: "s1", SupportRequestID: "r1", LimitSeconds: 660, SetAt: at(650)}
	given(t, history...).When(SetLimit{LimitSeconds: 660, At: at(650)}).Then(raised)
	again := resumed(700)
	again.CapAt = at(760)
	given(t, append(history, raised)...).When(Resume{At: at(700)}).Then(again)
}

// A cap that is raised while the work runs past the old one does not bill what ran.
func TestT11ARaisedCapDoesNotBillWhatRanPastTheOldOne(t *testing.T) {
	raised := LimitSet{SessionID: "s1", SupportRequestID: "r1", LimitSeconds: 900, SetAt: at(700)}
	given(t, capped(600)).When(SetLimit{LimitSeconds: 900, At: at(700)}).Then(append(reached(600), raised)...)
	raised.SetAt, raised.CapAt = at(500), at(900)
	given(t, capped(600)).When(SetLimit{LimitSeconds: 900, At: at(500)}).Then(raised)
}

func TestT11WhateverHappensNoMoreThanTheCapIsMeasured(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := rapid.Int64Range(1, 2000).Draw(t, "limit")
		begun := capped(limit)
		begun.StartedAt = nine.Add(time.Duration(rapid.Int64Range(0, int64(time.Second)-1).Draw(t, "fraction")))
		begun.CapAt = time.Unix(begun.StartedAt.Unix()+limit, 0).UTC()
		s, now := decider.Fold(Session{}, Event(begun)), begun.StartedAt
		for range rapid.IntRange(0, 10).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(10*time.Minute)).Draw(t, "gap")))
			cmd := rapid.SampledFrom([]Command{Pause{At: now}, Resume{At: now}, ReachCap{At: now}, Note{Note: text, At: now}}).Draw(t, "wish")
			if events, err := cmd.Decide(s); err == nil {
				s = decider.Fold(s, events...)
			}
		}
		events, err := end(now.Add(time.Hour)).Decide(s)
		if err != nil {
			t.Fatal(err)
		}
		if got := decider.Fold(s, events...).Seconds(); got > limit {
			t.Fatalf("%d seconds are measured, of %d", got, limit)
		}
	})
}
