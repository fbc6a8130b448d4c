package pair_test

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/platform/parking/internal/pair"
)

var chamber = decidertest.Chamber[Pair, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"park": park(3), "retry": Retry{At: noon}, "fail": fail(3, 1), "skip": skip(3), "release": release(1, 9),
	},
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func place(revision int64) Place {
	return Place{
		EventID: "e1", Type: "aanvraag.billing.v1.InvoiceIssued", Revision: revision, Previous: revision - 1,
		Tries: 10, Reason: "CONSENT_MISSING (O-07)",
	}
}

func park(revision int64) Park { return Park{Place: place(revision), At: noon} }

func fail(revision int64, attempt int) Fail {
	return Fail{Place: place(revision), Attempt: attempt, At: noon}
}

func skip(revision int64) Skip {
	return Skip{Revision: revision, Reason: "it names a request of a test", At: noon}
}

func release(attempt int, through int64) Release {
	return Release{Attempt: attempt, Through: through, At: noon}
}

func parked(revision int64) EventParked { return EventParked{Place: place(revision), ParkedAt: noon} }

func failed(revision int64, attempt int) RetryFailed {
	return RetryFailed{Place: place(revision), Attempt: attempt, FailedAt: noon}
}

func skipped(revision int64, attempt int) EventSkipped {
	return EventSkipped{
		Attempt: attempt, EventID: "e1", Revision: revision, Reason: "it names a request of a test", SkippedAt: noon,
	}
}

func retried(attempt int) QueueRetried { return QueueRetried{Attempt: attempt, RetriedAt: noon} }

func released(attempt int, through int64) QueueReleased {
	return QueueReleased{Attempt: attempt, Through: through, ReleasedAt: noon}
}

func TestAPairDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfAPairIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestParkingHistoryStaysReadable(t *testing.T)     { chamber.Remembered(t) }
func TestParkingStories(t *testing.T)                  { chamber.Stories(t) }

func TestWhatEachCommandDoesInEachStateOfAPair(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 nothing ever parked": nil,
		"2 parked at 3":         {parked(3)},
		"3 retrying":            {parked(3), retried(1)},
		"4 failed at 3":         {parked(3), retried(1), failed(3, 1)},
		"5 failed at 5":         {parked(3), retried(1), failed(5, 1)},
		"6 skipped 3":           {parked(3), skipped(3, 1)},
		"7 released through 9":  {parked(3), retried(1), released(1, 9)},
		"8 released without 3":  {parked(3), skipped(3, 1), released(1, 2)},
	}, map[string]Command{
		"park": park(3), "retry": Retry{At: noon}, "fail": fail(3, 1), "skip": skip(3), "release": release(1, 9),
	})
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Pair, Event] {
	t.Helper()
	return decidertest.Given[Pair](t, events...)
}

func TestR5OnlyTheEventThatIsParkedCanBeSkipped(t *testing.T) {
	r := given(t, parked(3), retried(1), failed(5, 1)).When(skip(3)).Rejected("PARKED_ELSEWHERE", "R5")
	if r.Details["revision"] != "5" {
		t.Errorf("details %v", r.Details)
	}
	given(t, parked(3), retried(1), failed(5, 1)).When(skip(5)).Then(skipped(5, 2))
}

// A replica that was late must not end an attempt that an operator began after the
// one it was at.
func TestR5AnAttemptIsEndedByItsOwnResultAlone(t *testing.T) {
	second := []Event{parked(3), retried(1), failed(3, 1), retried(2)}
	given(t, second...).When(release(1, 9)).Then()
	given(t, second...).When(fail(3, 1)).Then()
	given(t, second...).When(release(2, 9)).Then(released(2, 9))
}

func TestR5WhatWasReleasedOrSkippedIsNotParkedByALateReplica(t *testing.T) {
	given(t, parked(3), retried(1), released(1, 9)).When(park(9)).Then()
	given(t, parked(3), retried(1), released(1, 9)).When(park(10)).Then(parked(10))
	given(t, parked(3), skipped(3, 1), released(1, 2)).When(park(3)).Then()
}

func TestAPairThatWasNeverReleasedCoversNothing(t *testing.T) {
	if through := (Pair{}).Through(); through != -1 {
		t.Errorf("through %d", through)
	}
	given(t).When(park(0)).Then(parked(0))
}
