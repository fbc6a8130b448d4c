package recording_test

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/recording"
)

var chamber = decidertest.Chamber[Recording, Event]{
	Events:   Events(),
	Commands: map[string]Command{"start": Start{}, "end": End{}, "due": MarkDue{}, "destroyed": RecordDestroyed{}, "stop": Stop{}},
}

func TestARecordingDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfARecordingIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestRecordingHistoryStaysReadable(t *testing.T)        { chamber.Remembered(t) }
func TestRecordingStories(t *testing.T)                     { chamber.Stories(t) }

var (
	nine      = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	started   = RecordingStarted{SessionID: "s1", SupportRequestID: "r1", KeyID: "recording/s1", StartedAt: nine}
	stopped   = RecordingStopped{SessionID: "s1", SupportRequestID: "r1", StoppedAt: nine}
	ended     = RecordingEnded{EndedAt: nine}
	due       = DeletionDue{SessionID: "s1", SupportRequestID: "r1", InvoiceID: "i1", DueAt: nine}
	destroyed = KeyDestroyed{SessionID: "s1", SupportRequestID: "r1", KeyID: "recording/s1", DestroyedAt: nine, Actor: "service scheduling"}
	destroy   = RecordDestroyed{KeyID: "recording/s1", Actor: "service scheduling", At: nine}
)

func TestWhatEachCommandDoesInEachStateOfARecording(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 none":      nil,
		"2 recording": {started},
		"3 kept":      {started, ended},
		"4 due":       {started, ended, due},
		"5 destroyed": {started, ended, due, destroyed},
		"6 stopped":   {started, stopped},
	}, map[string]Command{
		"start": Start{SessionID: "s1", SupportRequestID: "r1", KeyID: "recording/s1", At: nine},
		"end":   End{At: nine}, "due": MarkDue{InvoiceID: "i1", At: nine}, "destroyed": destroy, "stop": Stop{At: nine},
	})
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Recording, Event] {
	t.Helper()
	return decidertest.Given[Recording](t, events...)
}

func TestS05TheDeletionNamesTheBillThatWasSatisfied(t *testing.T) {
	given(t, started, ended).When(MarkDue{InvoiceID: "i1", At: nine}).Then(due)
}

func TestS07TheGraceOfThePolicyIsAdded(t *testing.T) {
	later := due
	later.DueAt = nine.Add(time.Hour)
	given(t, started, ended).When(MarkDue{InvoiceID: "i1", GraceSeconds: 3600, At: nine}).Then(later)
}

func TestS09OnlyTheRecordingsOwnKeyProvesItsDestruction(t *testing.T) {
	other := destroy
	other.KeyID = "recording/s2"
	given(t, started, ended, due).When(other).Rejected("KEY_MISMATCH", "S-09")
	given(t, started, ended, due).When(destroy).Then(destroyed)
}

func TestS05NothingIsDestroyedBeforeTheBillIsSatisfied(t *testing.T) {
	for _, history := range [][]Event{nil, {started}, {started, ended}} {
		given(t, history...).When(destroy).Rejected("ILLEGAL_STATE", "S-05")
	}
}

func TestO09ARecordingThatIsTakenBackStopsOnceAndIsKept(t *testing.T) {
	given(t, started).When(Stop{At: nine}).Then(stopped)
	given(t, started, stopped).When(Stop{At: nine}).Then()
	given(t, started, stopped).When(End{At: nine}).Then()
	given(t, started, stopped).When(MarkDue{InvoiceID: "i1", At: nine}).Then(due)
}
