package session_test

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
	. "aanvraag.internal/services/scheduling/internal/session"
)

var reason = sealed.Data{Subject: "p1", Purpose: sealed.Operational, Field: "correctionReason", Place: "session-s1/c2", Cipher: []byte{2}}

func correct(by string, now int, to ...Interval) Correct {
	return Correct{
		Intervals: to, Reason: reason, By: by, Alone: 900, Calendar: hours.Default(), Ref: ref, At: at(now),
	}
}

func proposed(number int, by string, to ...Interval) CorrectionProposed {
	return CorrectionProposed{
		SessionID: "s1", SupportRequestID: "r1", SecondPerson: true, ProposedAt: at(3600),
		Correction: Correction{Number: number, Intervals: to, Reason: reason, By: by},
	}
}

func TestT12ASmallCorrectionBySomebodyElseCountsAtOnce(t *testing.T) {
	events := given(t, started, ended(2220)).When(correct("tom", 3600, Interval{From: nine, To: at(1320)})).Events()
	if len(events) != 2 {
		t.Fatalf("events %+v", events)
	}
	c := events[1].(WorkCorrected)
	if c.OldSeconds != 2220 || c.NewSeconds != 1320 || c.WorkedSeconds != 1320 || c.ProposedBy != "tom" || c.ApprovedBy != "" || c.Reason.IsZero() {
		t.Fatalf("corrected %+v", c)
	}
}

// Fifteen minutes, to the second, is what one person may change alone.
func TestT12AboveFifteenMinutesASecondPersonIsNeeded(t *testing.T) {
	for to, second := range map[int]bool{2220 - 900: false, 2220 - 901: true, 2220 + 900: false, 2220 + 901: true} {
		events := given(t, started, ended(2220)).When(correct("tom", 3600, Interval{From: nine, To: at(to)})).Events()
		if got := events[0].(CorrectionProposed).SecondPerson; got != second || (len(events) == 1) != second {
			t.Errorf("to %d seconds: second person %t, events %d", to, got, len(events))
		}
	}
	// Moved by twenty minutes it is as long as before, and yet not the same time.
	moved := given(t, started, ended(2220)).When(correct("tom", 9000, Interval{From: at(1200), To: at(3420)})).Events()
	if p := moved[0].(CorrectionProposed); !p.SecondPerson || p.ChangedSeconds != 2400 {
		t.Errorf("moved: %+v", p)
	}
}

func TestT12WhoeverDidTheWorkNeedsASecondPerson(t *testing.T) {
	begun := started
	begun.StartedBy = "tineke"
	to := Interval{From: nine, To: at(2219)}
	for by, second := range map[string]bool{"tineke": true, "tess": true, "tom": false} {
		events := given(t, begun, ended(2220)).When(correct(by, 3600, to)).Events()
		if got := events[0].(CorrectionProposed).SecondPerson; got != second {
			t.Errorf("by %s: second person %t", by, got)
		}
	}
	approve := Approve{Number: 1, Calendar: hours.Default(), Ref: ref, At: at(3600)}
	for by, ok := range map[string]bool{"tineke": false, "tess": false, "tom": false, "dora": true} {
		approve.By = by
		spec := given(t, begun, ended(2220), proposed(1, "tom", to)).When(approve)
		if !ok {
			spec.Rejected("SECOND_PERSON_REQUIRED", "T-12")
			continue
		}
		if c := spec.Events()[0].(WorkCorrected); c.ApprovedBy != "dora" || c.ProposedBy != "tom" || c.WorkedSeconds != 2219 {
			t.Errorf("approved %+v", c)
		}
	}
	approve.Number, approve.By = 2, "dora"
	given(t, begun, ended(2220), proposed(1, "tom", to)).When(approve).Rejected("CORRECTION_UNKNOWN", "T-12")
}

func TestT12IntervalsThatCannotBeAreRefused(t *testing.T) {
	for name, to := range map[string][]Interval{
		"negative":     {{From: at(60), To: nine}},
		"empty":        {{From: nine, To: nine}},
		"overlapping":  {{From: nine, To: at(60)}, {From: at(59), To: at(90)}},
		"out of order": {{From: at(60), To: at(90)}, {From: nine, To: at(30)}},
		"in future":    {{From: nine, To: at(3600).Add(time.Nanosecond)}},
	} {
		t.Run(name, func(t *testing.T) {
			given(t, started, ended(600)).When(correct("tom", 3600, to...)).Rejected("INTERVALS_INVALID", "T-12")
		})
	}
	given(t, started, ended(600)).When(correct("tom", 3600, Interval{From: nine, To: at(300)}, Interval{From: at(300), To: at(600)})).
		Rejected("NOTHING_CHANGES", "T-12")
	if e := given(t, started, ended(600)).When(correct("tom", 3600)).Events()[1].(WorkCorrected); e.WorkedSeconds != 0 || e.Number != 1 {
		t.Fatalf("nothing counts: %+v", e)
	}
}

func TestT12AfterClosingTimeIsNotCorrected(t *testing.T) {
	cmd := correct("tom", 3600, Interval{From: nine, To: at(300)})
	cmd.RequestEnded = true
	given(t, started, ended(600)).When(cmd).Rejected("ILLEGAL_STATE", "T-12")
	approve := Approve{Number: 1, By: "dora", RequestEnded: true, At: at(3600)}
	given(t, started, ended(600), proposed(1, "tom")).When(approve).Rejected("ILLEGAL_STATE", "T-12")
	given(t, started).When(correct("tom", 3600)).Rejected("ILLEGAL_STATE", "T-02")
}

// Corrected seconds are split at the edge of the desk's hours again (T-08).
func TestT12CorrectedSecondsAreSplitAgain(t *testing.T) {
	from, to := wall(t, "2026-11-23", "16:50"), wall(t, "2026-11-23", "17:20")
	e := ended(600)
	e.Intervals = []Interval{{From: from, To: from.Add(10 * time.Minute)}}
	cmd := correct("tom", 600, Interval{From: from.Add(-time.Minute), To: to.Add(-19 * time.Minute)})
	cmd.At = to
	events := given(t, started, e).When(cmd).Events()
	if m := events[1].(WorkCorrected).Measured; m != (Measured{WorkedSeconds: 720, RegularSeconds: 660, OutsideSeconds: 60}) {
		t.Fatalf("measured %+v", m)
	}
}
