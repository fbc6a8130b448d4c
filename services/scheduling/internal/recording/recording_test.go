package recording_test

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/recording"
)

var chamber = decidertest.Chamber[Recording, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"start": Start{}, "end": End{}, "due": MarkDue{}, "begin": Begin{}, "destroyed": RecordDestroyed{}, "deleted": RecordDeleted{},
		"upload": FinishUpload{}, "resolve": ResolveDuration{}, "access": Access{}, "hold": PlaceHold{}, "release": ReleaseHold{},
		"stop": Stop{},
	},
}

func TestARecordingDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfARecordingIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestRecordingHistoryStaysReadable(t *testing.T)        { chamber.Remembered(t) }
func TestRecordingStories(t *testing.T)                     { chamber.Stories(t) }

const (
	day    = 24 * 60 * 60
	within = day
)

var (
	nine     = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	started  = RecordingStarted{SessionID: "s1", SupportRequestID: "r1", KeyID: "recording/s1", StartedAt: nine}
	stopped  = RecordingStopped{SessionID: "s1", SupportRequestID: "r1", StoppedAt: nine}
	ended    = RecordingEnded{EndedAt: nine}
	whole    = Uploaded{SHA256: "p", CiphertextSHA256: "c", Bytes: 100, Size: 129}
	uploaded = RecordingUploaded{SessionID: "s1", SupportRequestID: "r1", Uploaded: whole, UploadedAt: nine}
	due      = DeletionDue{
		SessionID: "s1", SupportRequestID: "r1", InvoiceID: "i1", DueAt: nine, Cause: Settled, DeadlineAt: nine.Add(24 * time.Hour),
	}
	begun     = DestructionBegun{SessionID: "s1", SupportRequestID: "r1", BegunAt: nine}
	destroyed = KeyDestroyed{SessionID: "s1", SupportRequestID: "r1", KeyID: "recording/s1", DestroyedAt: nine, Actor: "service scheduling"}
	deleted   = RecordingDeleted{
		SessionID: "s1", SupportRequestID: "r1", CiphertextSHA256: "c", Size: 129, DeletedAt: nine, Actor: "service scheduling",
	}
	dispute = Hold{HoldID: "h1", Kind: "DISPUTE", Owner: "bea", ReviewOn: "2026-12-01"}
	secret  = sealed.Data{Subject: "p1", Purpose: sealed.Operational, Field: "f", Place: "p", Cipher: []byte{7}}
	placed  = HoldPlaced{SessionID: "s1", SupportRequestID: "r1", Hold: dispute, Reason: secret, PlacedAt: nine}
	flagged = DurationVerified{
		SessionID: "s1", SupportRequestID: "r1", MeasuredSeconds: 100, RecordedSeconds: 161, DeltaSeconds: 61, Flagged: true,
	}

	settle  = MarkDue{InvoiceID: "i1", Cause: Settled, WithinSeconds: within, At: nine}
	upload  = FinishUpload{Uploaded: whole, MeasuredSeconds: 100, RecordedSeconds: 100, ToleranceSeconds: 60, MaxBytes: 1000, At: nine}
	access  = Access{Actor: "technician tess", Reason: secret, At: nine}
	hold    = PlaceHold{Hold: dispute, Reason: secret, At: nine}
	release = ReleaseHold{HoldID: "h1", WithinSeconds: within, At: nine}
	destroy = RecordDestroyed{KeyID: "recording/s1", Actor: "service scheduling", At: nine}
	remove  = RecordDeleted{Size: 129, Actor: "service scheduling", At: nine}
)

func TestWhatEachCommandDoesInEachStateOfARecording(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 none":          nil,
		"2 recording":     {started},
		"3 kept":          {started, ended},
		"4 uploaded":      {started, ended, uploaded},
		"5 flagged":       {started, ended, uploaded, flagged},
		"6 held":          {started, ended, uploaded, placed},
		"7 due":           {started, ended, uploaded, due},
		"8 due, and held": {started, ended, uploaded, placed, due},
		"9 destroying":    {started, ended, uploaded, due, begun},
		"a destroyed":     {started, ended, uploaded, due, begun, destroyed},
		"b deleted":       {started, ended, uploaded, due, begun, destroyed, deleted},
		"c stopped":       {started, stopped},
		"d stopped, kept": {started, stopped, ended},
	}, map[string]Command{
		"start": Start{SessionID: "s1", SupportRequestID: "r1", KeyID: "recording/s1", At: nine},
		"end":   End{At: nine}, "due": settle, "begin": Begin{At: nine}, "destroyed": destroy, "deleted": remove,
		"upload": upload, "resolve": ResolveDuration{Note: secret, At: nine}, "access": access, "hold": hold, "release": release,
		"stop": Stop{At: nine},
	})
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Recording, Event] {
	t.Helper()
	return decidertest.Given[Recording](t, events...)
}

func TestS05TheDeletionNamesTheBillThatWasSatisfied(t *testing.T) {
	given(t, started, ended).When(settle).Then(due)
}

func TestS05TheTermRunsFromTheSettlementHoweverLateItsNewsComes(t *testing.T) {
	late := settle
	late.From, late.At = nine, nine.Add(72*time.Hour)
	given(t, started, ended).When(late).Then(due)
}

func TestS07TheGraceOfThePolicyIsAdded(t *testing.T) {
	wish, later := settle, due
	wish.GraceSeconds = 3600
	later.DueAt, later.DeadlineAt = nine.Add(time.Hour), nine.Add(25*time.Hour)
	given(t, started, ended).When(wish).Then(later)
	given(t, started, ended, later).When(Begin{At: nine.Add(time.Hour - 1)}).Then()
	given(t, started, ended, later).When(Begin{At: nine.Add(time.Hour)}).
		Then(DestructionBegun{SessionID: "s1", SupportRequestID: "r1", BegunAt: nine.Add(time.Hour)})
}

func TestS06TheCapWinsOverEverythingThatComesLater(t *testing.T) {
	capped := Start{SessionID: "s1", SupportRequestID: "r1", KeyID: "recording/s1", CapSeconds: 10 * day, At: nine}
	end := started
	end.CapAt = nine.Add(240 * time.Hour)
	given(t).When(capped).Then(end)

	reached := MarkDue{Cause: RetentionCap, From: end.CapAt, WithinSeconds: within, At: end.CapAt}
	gone := DeletionDue{
		SessionID: "s1", SupportRequestID: "r1", DueAt: end.CapAt, Cause: RetentionCap, DeadlineAt: end.CapAt.Add(24 * time.Hour),
	}
	told := RetentionCapReached{SessionID: "s1", SupportRequestID: "r1", CapAt: end.CapAt}
	given(t, end, ended).When(reached).Then(told, gone) // unpaid

	grace := due
	grace.DueAt = end.CapAt.Add(1)
	given(t, end, ended, grace).When(reached).Then(told, gone) // paid, with a grace beyond the cap
	given(t, end, ended, due).When(reached).Then()             // due before
}

func TestS06WhatIsNeverInvoicedGoesSevenDaysAfterTheEnd(t *testing.T) {
	wish := MarkDue{Cause: NotInvoiced, From: nine, GraceSeconds: 7 * day, WithinSeconds: within, At: nine.Add(time.Hour)}
	want := DeletionDue{
		SessionID: "s1", SupportRequestID: "r1", DueAt: nine.AddDate(0, 0, 7), Cause: NotInvoiced, DeadlineAt: nine.AddDate(0, 0, 8),
	}
	given(t, started, ended).When(wish).Then(want)
	given(t, started, ended, want).When(Begin{At: want.DueAt.Add(-1)}).Then()
}

func TestS09OnlyTheRecordingsOwnKeyProvesItsDestruction(t *testing.T) {
	other := destroy
	other.KeyID = "recording/s2"
	given(t, started, ended, due, begun).When(other).Rejected("KEY_MISMATCH", "S-09")
	given(t, started, ended, due, begun).When(destroy).Then(destroyed)
}

func TestS05NothingIsDestroyedBeforeTheBillIsSatisfied(t *testing.T) {
	for _, history := range [][]Event{nil, {started}, {started, ended}, {started, ended, uploaded}, {started, ended, due}} {
		given(t, history...).When(destroy).Rejected("ILLEGAL_STATE", "S-05")
		given(t, history...).When(remove).Rejected("ILLEGAL_STATE", "S-05")
	}
}

func TestS05ADeletionThatMissesItsDeadlineSaysByHowMuch(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		late int64
	}{
		{due.DeadlineAt, 0},
		{due.DeadlineAt.Add(time.Second), 1},
		{nine.Add(72 * time.Hour), 2 * day}, // the worker was down for three days
	} {
		wish, want := destroy, destroyed
		wish.At, want.DestroyedAt, want.LateSeconds = c.at, c.at, c.late
		given(t, started, ended, due, begun).When(wish).Then(want)
	}
}

func TestS05OnlyAFileThatWasThereIsCalledDeleted(t *testing.T) {
	gone := []Event{started, ended, due, begun, destroyed}
	given(t, gone...).When(RecordDeleted{At: nine}).Then()
	partly := RecordingDeleted{SessionID: "s1", SupportRequestID: "r1", Size: 77, DeletedAt: nine}
	given(t, gone...).When(RecordDeleted{Size: 77, At: nine}).Then(partly)
}

func TestS03ExactlyTheToleranceIsFineAndASecondMoreIsFlagged(t *testing.T) {
	for recorded, is := range map[int64]bool{40: false, 39: true, 100: false, 160: false, 161: true} {
		wish := upload
		wish.RecordedSeconds = recorded
		given(t, started, ended).When(wish).Then(uploaded, DurationVerified{
			SessionID: "s1", SupportRequestID: "r1", MeasuredSeconds: 100, RecordedSeconds: recorded,
			DeltaSeconds: recorded - 100, Flagged: is,
		})
	}
}

func TestS03APersonResolvesWhatWasFlaggedOnce(t *testing.T) {
	wish := ResolveDuration{Note: secret, At: nine}
	fine := flagged
	fine.Flagged = false
	given(t, started, ended, uploaded, fine).When(wish).Rejected("ILLEGAL_STATE", "S-03")
	resolved := DurationResolved{SessionID: "s1", SupportRequestID: "r1", Note: secret, ResolvedAt: nine}
	given(t, started, ended, uploaded, flagged).When(wish).Then(resolved)
	given(t, started, ended, uploaded, flagged, resolved).When(wish).Then()
}

func TestS01WhatIsUploadedIsOneWholeRecordingOfAnEndedSession(t *testing.T) {
	given(t).When(upload).Rejected("RECORDING_UNKNOWN", "S-01")
	given(t, started).When(upload).Rejected("ILLEGAL_STATE", "S-05")
	given(t, started, ended, uploaded).When(upload).Rejected("UPLOAD_COMPLETE", "S-09")
	given(t, started, ended, due).When(upload).Rejected("ILLEGAL_STATE", "S-05")
	most, above, empty := upload, upload, upload
	most.Bytes, above.Bytes, empty.Bytes = 1000, 1001, 0
	given(t, started, ended).When(above).Rejected("RECORDING_TOO_LARGE", "S-01")
	given(t, started, ended).When(empty).Rejected("UPLOAD_EMPTY", "S-03")
	if err := (Recording{Stage: Kept}).Accepts(most.Bytes, most.MaxBytes); err != nil {
		t.Errorf("exactly as much as may be: %v", err)
	}
}

func TestS04WhoLooksSaysWhyAndTheCustomerNeedNot(t *testing.T) {
	silent := access
	silent.Reason = sealed.Data{}
	given(t, started, ended, uploaded).When(silent).Rejected("REASON_REQUIRED", "S-04")
	silent.Customer = true
	given(t, started, ended, uploaded).When(silent).Then(RecordingAccessed{
		SessionID: "s1", SupportRequestID: "r1", Actor: "technician tess", Customer: true, AccessedAt: nine,
	})
	given(t, started, ended).When(access).Rejected("RECORDING_UNKNOWN", "S-01")
	given(t, started, ended, uploaded, due).When(access).Rejected("RECORDING_GONE", "S-05")
}

func TestS08ADeletionWaitsForEveryHold(t *testing.T) {
	other := placed
	other.HoldID = "h2"
	free := HoldReleased{SessionID: "s1", SupportRequestID: "r1", HoldID: "h1", ReleasedAt: nine}
	waits := []Event{started, ended, uploaded, placed, other, due}
	given(t, waits...).When(Begin{At: nine.AddDate(1, 0, 0)}).Then()
	given(t, waits...).When(release).Then(free)

	last := ReleaseHold{HoldID: "h2", WithinSeconds: within, At: nine.AddDate(0, 0, 3)}
	let := HoldReleased{
		SessionID: "s1", SupportRequestID: "r1", HoldID: "h2", ReleasedAt: last.At,
		DueAt: last.At, DeadlineAt: last.At.Add(24 * time.Hour),
	}
	given(t, append(waits, free)...).When(last).Then(let)
	given(t, append(waits, free, let)...).When(Begin{At: last.At}).
		Then(DestructionBegun{SessionID: "s1", SupportRequestID: "r1", BegunAt: last.At})
	given(t, append(waits, free, let)...).When(hold).Rejected("HOLD_EXISTS", "S-08")
	given(t, append(waits, free, let, begun)...).When(PlaceHold{Hold: Hold{"h3", "DISPUTE", "bea", "2026-12-01"}, Reason: secret, At: nine}).
		Rejected("ILLEGAL_STATE", "S-08")
}

func TestS08WhatHoldsFromElsewhereCountsToo(t *testing.T) {
	given(t, started, ended, due).When(Begin{HeldElsewhere: true, At: nine}).Then()
}

func TestS08AHoldIsComplete(t *testing.T) {
	for name, change := range map[string]func(*PlaceHold){
		"kind":          func(c *PlaceHold) { c.Kind = "" },
		"owner":         func(c *PlaceHold) { c.Owner = "" },
		"reason":        func(c *PlaceHold) { c.Reason = sealed.Data{} },
		"review date":   func(c *PlaceHold) { c.ReviewOn = "" },
		"no such date":  func(c *PlaceHold) { c.ReviewOn = "2026-02-30" },
		"date that was": func(c *PlaceHold) { c.ReviewOn = "2026-11-22" },
	} {
		wish := hold
		change(&wish)
		t.Run(name, func(t *testing.T) { given(t, started, ended).When(wish).Rejected("HOLD_INCOMPLETE", "S-08") })
	}
	today, want := hold, placed
	today.ReviewOn, want.ReviewOn = "2026-11-23", "2026-11-23"
	given(t, started, ended).When(today).Then(want)
}

func TestO09ARecordingThatIsTakenBackStopsOnceAndIsKept(t *testing.T) {
	given(t, started).When(Stop{At: nine}).Then(stopped)
	given(t, started, stopped).When(Stop{At: nine}).Then()
	given(t, started, stopped).When(End{At: nine}).Then(ended)
	given(t, started, stopped).When(upload).Rejected("ILLEGAL_STATE", "S-05") // its session goes on
	given(t, started, stopped, ended).When(upload).Then(uploaded, DurationVerified{
		SessionID: "s1", SupportRequestID: "r1", MeasuredSeconds: 100, RecordedSeconds: 100,
	})
	given(t, started, stopped).When(settle).Then(due)
}
