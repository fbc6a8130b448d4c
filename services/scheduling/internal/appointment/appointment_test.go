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
	}, map[string]Command{
		"book": Book{Slot: slot, At: nine}, "start": start, "cancel": Cancel{At: nine}, "revoke": Revoke{At: nine},
		"abandon": Abandon{SessionID: "s1", At: nine}, "complete": Complete{SessionID: "s1", At: nine},
	})
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Appointment, Event] {
	t.Helper()
	return decidertest.Given[Appointment](t, events...)
}

// The customer is told of a cancelled appointment, but of a refused or cancelled
// request once.
func TestR03OnlyARevokedAppointmentSaysThatItWasRevoked(t *testing.T) {
	given(t, booked).When(Revoke{At: nine}).Then(AppointmentCancelled{Slot: slot, Revoked: true})
	given(t, booked).When(Cancel{At: nine}).Then(AppointmentCancelled{Slot: slot})
	given(t, booked, started).When(Abandon{SessionID: "s1", At: nine}).Then(AppointmentCancelled{Slot: slot})
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
