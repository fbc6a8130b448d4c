package appointment_test

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/appointment"
)

var chamber = decidertest.Chamber[Appointment, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"book": Book{}, "start": Start{}, "cancel": Cancel{}, "revoke": Revoke{}, "abandon": Abandon{}, "complete": Complete{},
		"move":     Move{},
		"postpone": Postpone{},
	},
}

func TestAnAppointmentDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfAnAppointmentIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestAppointmentHistoryStaysReadable(t *testing.T)         { chamber.Remembered(t) }
func TestAppointmentStories(t *testing.T)                      { chamber.Stories(t) }

var (
	nine    = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	slot    = Slot{AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Start: nine, Seconds: 3600}
	booked  = AppointmentBooked{slot}
	started = AppointmentStarted{
		AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", SessionID: "s1", Location: Provider, StartedAt: nine,
	}
	start = Start{SessionID: "s1", Location: Provider, Backup: BackupMade, RecordingNoticeSeen: true, At: nine}
)

func TestWhatEachCommandDoesInEachStateOfAnAppointment(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 unknown":   nil,
		"2 booked":    {booked},
		"3 started":   {booked, started},
		"4 completed": {booked, started, AppointmentCompleted{"a1"}},
		"5 cancelled": {booked, AppointmentCancelled{Slot: slot}},
		"6 moved":     {booked, moved("m1", 1, slot, "")},
		"7 moved on":  {booked, moved("m1", 1, slot, ""), moved("m2", 2, later(slot, 1), "m1")},
	}, map[string]Command{
		"book": Book{Slot: slot, At: nine}, "start": start, "cancel": Cancel{At: nine}, "revoke": Revoke{At: nine},
		"abandon": Abandon{SessionID: "s1", At: nine}, "complete": Complete{SessionID: "s1", At: nine}, "move": move("m2", 2, later(slot, 2)),
		"move, the first": move("m1", 1, later(slot, 1)),
		"postpone":        Postpone{At: nine},
	})
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Appointment, Event] {
	t.Helper()
	return decidertest.Given[Appointment](t, events...)
}

// The customer is told of a cancelled appointment, but of a refused or cancelled
// request once.
func TestR03OnlyARevokedAppointmentSaysThatItWasRevoked(t *testing.T) {
	given(t, booked).When(Revoke{At: nine}).Then(AppointmentCancelled{Slot: slot, Revoked: true, Sequence: 1})
	given(t, booked).When(Cancel{At: nine}).Then(AppointmentCancelled{Slot: slot, Sequence: 1})
	given(t, booked, started).When(Abandon{SessionID: "s1", At: nine}).Then(AppointmentCancelled{Slot: slot, Sequence: 1})
}

func TestF04AnAppointmentThatHasNotStartedIsMovedAtNoCost(t *testing.T) {
	given(t, booked).When(Postpone{At: nine}).Then(AppointmentCancelled{Slot: slot, ForceMajeure: true})
	given(t, booked, started).When(Postpone{At: nine}).Then()
}

func TestF03NoWorkStartsBeforeTheCustomerWasConsulted(t *testing.T) {
	cmd := start
	cmd.Suspended = true
	given(t, booked).When(cmd).Rejected("CONSULT_FIRST", "F-03")
}

func TestT11NoWorkStartsWhenNothingIsLeftOfTheCap(t *testing.T) {
	cmd := start
	cmd.Capped = true
	given(t, booked).When(cmd).Rejected("CAP_REACHED", "T-11")
	cmd.CapSeconds = 1
	limited := started
	limited.CapSeconds = 1
	given(t, booked).When(cmd).Then(limited)
}

func TestD01WorkStartsOnlyAfterABackupIsDeclared(t *testing.T) {
	for backup, ok := range map[Backup]bool{"": false, BackupMade: true, BackupNotNeeded: true, BackupNoneProceed: true} {
		cmd := start
		cmd.Backup = backup
		spec := given(t, booked).When(cmd)
		if ok {
			spec.Then(started)
		} else {
			spec.Rejected("BACKUP_MISSING", "D-01")
		}
	}
}

func TestG15NoSessionWithoutConsentHoweverTheRequestCame(t *testing.T) {
	cmd := start
	cmd.ConsentMissing, cmd.Backup = true, ""
	given(t, booked).When(cmd).Rejected("CONSENT_MISSING", "G-15")
}

// Twenty-four hours, to the instant, and only for another session of the request.
func TestD01ForALaterSessionABackupIsDeclaredAgain(t *testing.T) {
	for age, old := range map[time.Duration]bool{0: false, 24 * time.Hour: false, 24*time.Hour + 1: true, 240 * time.Hour: true} {
		cmd := start
		cmd.BackupDeclaredAt, cmd.BackupValidSeconds = nine.Add(-age), 86400
		given(t, booked).When(cmd).Then(started)
		cmd.Again = true
		spec := given(t, booked).When(cmd)
		if old {
			spec.Rejected("BACKUP_MISSING", "D-01")
		} else {
			spec.Then(started)
		}
	}
}

func TestS02ARecordedSessionNeedsTheNotice(t *testing.T) {
	cmd := start
	cmd.RecordingNoticeSeen = false
	given(t, booked).When(cmd).Then(started)
	cmd.Recorded = true
	given(t, booked).When(cmd).Rejected("RECORDING_NOTICE_MISSING", "S-02")
	cmd.RecordingNoticeSeen = true
	recorded := started
	recorded.Recorded = true
	given(t, booked).When(cmd).Then(recorded)
}

func TestR07WorkAtTheCustomersPlaceIsAnotherProduct(t *testing.T) {
	cmd := start
	cmd.Location = OnSite
	given(t, booked).When(cmd).Rejected("PRODUCT", "R-07")
	cmd.Location = ProviderRemote
	remote := started
	remote.Location = ProviderRemote
	given(t, booked).When(cmd).Then(remote)
}

func TestR06NoWorkStartsForARequestThatEnded(t *testing.T) {
	cmd := start
	cmd.RequestEnded = true
	given(t, booked).When(cmd).Rejected("ILLEGAL_STATE", "R-06")
}

func TestR06OnlyWhatTheRequestCountsOnStarts(t *testing.T) {
	cmd := start
	cmd.Unplanned = true
	given(t, booked).When(cmd).Rejected("ILLEGAL_STATE", "R-06")
}

func TestP5ASessionIdStandsForOneSession(t *testing.T) {
	cmd := start
	cmd.SessionTaken = true
	given(t, booked).When(cmd).Rejected("SESSION_EXISTS", "P5")
}

func TestP5AnAppointmentIdStandsForOneBooking(t *testing.T) {
	for _, other := range []Slot{
		{AppointmentID: "a1", SupportRequestID: "r2", TechnicianID: "tess", Start: nine, Seconds: 3600},
		{AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tom", Start: nine, Seconds: 3600},
		{AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Start: nine.Add(1), Seconds: 3600},
		{AppointmentID: "a1", SupportRequestID: "r1", TechnicianID: "tess", Start: nine, Seconds: 60},
	} {
		given(t, booked).When(Book{Slot: other, At: nine}).Rejected("APPOINTMENT_EXISTS", "P5")
	}
}

func TestOnlyItsOwnSessionEndsAnAppointment(t *testing.T) {
	given(t, booked, started).When(Complete{SessionID: "s2"}).Then()
	given(t, booked, started).When(Abandon{SessionID: "s2"}).Then()
}

// to the last second of the fourteenth day by the days of Amsterdam.
func TestX04AConsumersWorkStartsWithinThePeriodOnlyAtHisExpressRequest(t *testing.T) {
	cmd := start
	cmd.Consumer, cmd.ConcludedAt = true, nine
	r := given(t, booked).When(cmd).Rejected("EXPRESS_START_MISSING", "X-04")
	if r.Details["periodEndsAt"] != "2026-12-07T23:00:00Z" {
		t.Errorf("details %v", r.Details)
	}
	express := cmd
	express.Express = true
	given(t, booked).When(express).Then(started)
	cmd.At = time.Date(2026, 12, 7, 22, 59, 59, 0, time.UTC)
	given(t, booked).When(cmd).Rejected("EXPRESS_START_MISSING", "X-04")
	cmd.At = cmd.At.Add(time.Second)
	later := started
	later.StartedAt = cmd.At
	given(t, booked).When(cmd).Then(later)
	business := cmd
	business.Consumer, business.At = false, nine
	given(t, booked).When(business).Then(started)
}

func later(s Slot, hours int) Slot {
	s.Start = s.Start.Add(time.Duration(hours) * time.Hour)
	return s
}

func move(id string, sequence int64, to Slot) Move {
	return Move{Slot: to, MoveID: id, Sequence: sequence, At: nine.Add(-time.Hour)}
}

// moved is one hour on from a slot.
func moved(id string, sequence int64, from Slot, before string) AppointmentMoved {
	return AppointmentMoved{
		Slot: later(from, 1), MoveID: id, Sequence: sequence,
		From: From{TechnicianID: from.TechnicianID, Start: from.Start, Seconds: from.Seconds, MoveID: before},
	}
}

// The sequence of an invitation rises with each move, and with the cancellation, by
// which its calendar entry goes.
func TestR03TheSequenceRisesWithEachMoveAndTheCancellation(t *testing.T) {
	once, twice := moved("m1", 1, slot, ""), moved("m2", 2, later(slot, 1), "m1")
	given(t, booked).When(move("m1", 1, later(slot, 1))).Then(once)
	given(t, booked, once).When(move("m2", 2, later(slot, 2))).Then(twice)
	gone := AppointmentCancelled{Slot: later(slot, 2), MoveID: "m2", Sequence: 3}
	given(t, booked, once, twice).When(Cancel{At: nine}).Then(gone)
	gone.Revoked = true
	given(t, booked, once, twice).When(Revoke{At: nine}).Then(gone)
}

// A move that was left behind does not undo a later one.
func TestSection4AMoveThatIsNotTheNextOneIsRefused(t *testing.T) {
	once := moved("m1", 1, slot, "")
	given(t, booked, once).When(move("m2", 1, later(slot, 2))).Rejected("APPOINTMENT_MOVED", "section 4")
	given(t, booked).When(move("m1", 2, later(slot, 2))).Rejected("APPOINTMENT_MOVED", "section 4")
	given(t, booked, once).When(move("m1", 1, later(slot, 1))).Then() // a repeat
	given(t, booked).When(move("m1", 1, slot)).Then()                 // it is there already
}

func TestSection4WhatStartedOrEndedDoesNotMove(t *testing.T) {
	for _, history := range [][]Event{
		{booked, started},
		{booked, started, AppointmentCompleted{"a1"}},
		{booked, AppointmentCancelled{Slot: slot}},
	} {
		r := given(t, history...).When(move("m1", 1, later(slot, 1))).Rejected("ILLEGAL_STATE", "section 4")
		if r.Details["command"] != "RescheduleAppointment" {
			t.Errorf("details %v", r.Details)
		}
	}
	given(t).When(move("m1", 1, later(slot, 1))).Rejected("APPOINTMENT_UNKNOWN", "section 4")
}
