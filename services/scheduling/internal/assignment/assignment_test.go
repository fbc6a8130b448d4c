package assignment_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"aanvraag.internal/services/kernel/money"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/assignment"
)

var chamber = decidertest.Chamber[Assignment, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"open": Open{}, "consent": RecordConsent{}, "plan": Plan{}, "drop": Drop{}, "release": Release{},
		"keep": KeepRecording{}, "settle": Settle{}, "notInvoiced": NotInvoice{},
		"declare": DeclareForceMajeure{}, "agree": AgreeHandling{},
		"begin-ending": BeginEnding{}, "decide-ending": DecideEnding{},
		"cap": AgreeCap{}, "backup": DeclareBackup{},
		"withdraw": WithdrawConsent{},
	},
}

func TestAnAssignmentDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfAnAssignmentIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestAssignmentHistoryStaysReadable(t *testing.T)         { chamber.Remembered(t) }
func TestAssignmentStories(t *testing.T)                      { chamber.Stories(t) }

var (
	eight    = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	opened   = RequestOpened{SupportRequestID: "r1"}
	declared = ConsentRecorded{"r1", Consent{Backup: "made", RecordingNoticeSeen: true}}
	planned  = AppointmentPlanned{"r1", "a1"}
)

func TestWhatEachCommandDoesInEachStateOfAnAssignment(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 unknown":            nil,
		"2 consent came first": {declared},
		"3 accepted":           {opened, declared},
		"4 planned":            {opened, declared, planned},
		"5 other one planned":  {opened, declared, AppointmentPlanned{"r1", "a2"}},
		"6 dropped":            {opened, declared, planned, AppointmentDropped{"r1", "a1"}},
		"7 released":           {opened, declared, planned, RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{"a1"}}},
		"8 released unplanned": {opened, declared, RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{}}},
		"9 settled": {
			opened, declared, planned,
			RecordingKept{"r1", "s1"},
			AppointmentDropped{"r1", "a1"},
			RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{}},
			RequestSettled{"r1", "i1"},
		},
		"10 not invoiced":          {opened, declared, RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{}, EndedAt: eight}, RequestNotInvoiced{"r1", eight}},
		"I capped":                 {opened, declared, planned, BudgetCapAgreed{SupportRequestID: "r1", Cap: 100_00, Seconds: 3420}},
		"A suspended":              {opened, declared, planned, majeure},
		"B suspended before start": {opened, declared, planned, majeure, AppointmentDropped{"r1", "a1"}},
		"C agreed to resume":       {opened, declared, planned, majeure, agreed(Resume)},
		"D agreed to reschedule":   {opened, declared, planned, majeure, agreed(Reschedule), AppointmentDropped{"r1", "a1"}},
		"E agreed to end":          {opened, declared, planned, majeure, agreed(Finish), AppointmentDropped{"r1", "a1"}},
		"F ending":                 {opened, declared, planned, EndingBegun{"r1", "e1", []string{"a1"}}},
		"G ended":                  {opened, declared, planned, EndingBegun{"r1", "e1", []string{"a1"}}, EndingGranted{"r1", "e1"}},
		"H denied":                 {opened, declared, planned, EndingBegun{"r1", "e1", []string{"a1"}}, EndingDenied{"r1", "e1"}},
	}, map[string]Command{
		"begin-ending":  BeginEnding{"r1", "e1", eight},
		"decide-ending": DecideEnding{SupportRequestID: "r1", EndingID: "e1", At: eight},

		"open":    Open{SupportRequestID: "r1", At: eight},
		"consent": RecordConsent{"r1", Consent{Backup: "made", RecordingNoticeSeen: true}, eight},
		"plan":    Plan{"r1", "a1", eight},
		"drop":    Drop{"r1", "a1", eight},
		"release": Release{SupportRequestID: "r1", At: eight},
		"keep":    KeepRecording{"r1", "s1", eight},
		"settle":  Settle{"r1", "i1", eight},

		"withdraw":             WithdrawConsent{"r1", Recording, eight},
		"withdraw what is not": WithdrawConsent{"r1", ImmediateStart, eight},

		"notInvoiced": NotInvoice{"r1", eight},
		"declare":     declare,
		"agree":       AgreeHandling{SupportRequestID: "r1", Handling: Resume, At: eight.Add(2 * time.Hour)},
		"cap":         capOf(100_00, false),
		"raise":       capOf(200_00, true),
		"backup":      DeclareBackup{SupportRequestID: "r1", Backup: "made", At: eight},
	})
}

var (
	declare = DeclareForceMajeure{
		SupportRequestID: "r1", Cause: Network, Side: ThirdParty, From: eight.Add(time.Hour), At: eight.Add(2 * time.Hour),
	}
	majeure = ForceMajeureDeclared{
		SupportRequestID: "r1", Number: 1, Cause: Network, Side: ThirdParty,
		From: eight.Add(time.Hour), DeclaredAt: eight.Add(2 * time.Hour), AppointmentIDs: []string{"a1"},
	}
)

func agreed(h Handling) HandlingAgreed {
	return HandlingAgreed{
		SupportRequestID: "r1", Number: 1, Handling: h, AgreedAt: eight.Add(3 * time.Hour), AppointmentID: "a1",
	}
}

func TestF01ForceMajeureBeganAtTheLatestNow(t *testing.T) {
	cmd := declare
	for from, ok := range map[time.Time]bool{
		cmd.At.Add(-time.Hour): true, cmd.At: true, cmd.At.Add(time.Nanosecond): false,
	} {
		cmd.From = from
		spec := given(t, opened, planned).When(cmd)
		if !ok {
			spec.Rejected("INSTANT_INVALID", "F-01")
			continue
		}
		if e := spec.Events()[0].(ForceMajeureDeclared); !e.From.Equal(from) || e.Number != 1 {
			t.Errorf("%s declares %+v", from, e)
		}
	}
}

// What was worked after it was agreed to go on cannot be taken out by a later
// declaration of an earlier instant.
func TestF01ForceMajeureBeganNotBeforeTheLastAgreement(t *testing.T) {
	cmd := declare
	cmd.At = eight.Add(4 * time.Hour)
	cmd.From = agreed(Resume).AgreedAt.Add(-time.Nanosecond)
	given(t, opened, planned, majeure, agreed(Resume)).When(cmd).Rejected("INSTANT_INVALID", "F-01")
	cmd.From = agreed(Resume).AgreedAt
	again := given(t, opened, planned, majeure, agreed(Resume)).When(cmd).Events()[0].(ForceMajeureDeclared)
	if again.Number != 2 {
		t.Fatalf("declares %+v", again)
	}
}

func TestF05TheCustomersOwnFailureIsNotTheProvidersForceMajeure(t *testing.T) {
	for side, code := range map[Side]string{Provider: "", ThirdParty: "", Customer: "CAUSE_IS_CUSTOMERS", "": "CAUSE_REQUIRED"} {
		cmd := declare
		cmd.Side = side
		spec := given(t, opened, planned).When(cmd)
		switch code {
		case "":
			spec.Events()
		case "CAUSE_REQUIRED":
			spec.Rejected(code, "F-01")
		default:
			spec.Rejected(code, "F-05")
		}
	}
}

func TestF03ASuspendedRequestGetsNoTime(t *testing.T) {
	given(t, opened, majeure).When(Plan{"r1", "a2", eight}).Then(AppointmentVoided{"r1", "a2"})
	given(t, opened, majeure, agreed(Reschedule)).When(Plan{"r1", "a2", eight}).Then(AppointmentPlanned{"r1", "a2"})
	given(t, opened, majeure, agreed(Finish)).When(Plan{"r1", "a2", eight}).Then(AppointmentVoided{"r1", "a2"})
}

func TestF03OnlyWhatWasBegunIsResumed(t *testing.T) {
	agree := AgreeHandling{SupportRequestID: "r1", Handling: Resume, At: eight.Add(3 * time.Hour)}
	given(t, opened, planned, majeure).When(agree).Then(agreed(Resume))
	given(t, opened, planned, majeure, AppointmentDropped{"r1", "a1"}).When(agree).Rejected("NOTHING_TO_RESUME", "F-03")
	agree.Handling = "later"
	given(t, opened, planned, majeure).When(agree).Rejected("HANDLING_REQUIRED", "F-03")
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Assignment, Event] {
	t.Helper()
	return decidertest.Given[Assignment](t, events...)
}

func TestR03WhatIsBookedForAnEndedRequestIsVoid(t *testing.T) {
	given(t, opened, RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{}}).When(Plan{"r1", "a1", eight}).Then(AppointmentVoided{"r1", "a1"})
	given(t, opened, planned).When(Release{SupportRequestID: "r1", At: eight}).Then(RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{"a1"}})
}

// A start that was first denies the end; where the wish may come after work, only an
// open session does.
func TestR06TheEndIsDeniedOnceWorkHasBegun(t *testing.T) {
	for _, c := range []struct {
		wish DecideEnding
		want Event
	}{
		{DecideEnding{}, EndingGranted{"r1", "e1"}},
		{DecideEnding{Open: true, Worked: true}, EndingDenied{"r1", "e1"}},
		{DecideEnding{Worked: true}, EndingDenied{"r1", "e1"}},
		{DecideEnding{AfterWork: true, Worked: true}, EndingGranted{"r1", "e1"}},
		{DecideEnding{AfterWork: true, Worked: true, Open: true}, EndingDenied{"r1", "e1"}},
	} {
		c.wish.SupportRequestID, c.wish.EndingID = "r1", "e1"
		given(t, opened, planned, EndingBegun{"r1", "e1", []string{"a1"}}).When(c.wish).Then(c.want)
	}
	// Of an ending that is not under way nothing is decided.
	given(t, opened, planned).When(DecideEnding{EndingID: "e1"}).Then()
	// While it is, nothing else is planned that nobody would take back.
	given(t, opened, EndingBegun{"r1", "e1", []string{}}).When(Plan{"r1", "a2", eight}).Then(AppointmentVoided{"r1", "a2"})
}

func TestOfTwoBookingsForOneRequestOneStays(t *testing.T) {
	given(t, opened, planned).When(Plan{"r1", "a2", eight}).Then(AppointmentVoided{"r1", "a2"})
}

func TestAPlanThatComesAfterTheEndOfItsAppointmentChangesNothing(t *testing.T) {
	given(t, opened, AppointmentDropped{"r1", "a1"}).When(Plan{"r1", "a1", eight}).Then()
}

func TestD01ALaterDeclarationReplacesTheEarlier(t *testing.T) {
	given(t, ConsentRecorded{"r1", Consent{}}).
		When(RecordConsent{"r1", Consent{Backup: "made"}, eight}).
		Then(ConsentRecorded{"r1", Consent{Backup: "made"}})
}

// In whatever order and how often the events arrive, a released request has no
// appointment, and every appointment that was planned is dropped or revoked.
func TestR03InAnyOrderNoAppointmentOutlivesItsRequest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a Assignment
		live := map[string]bool{}
		for range rapid.IntRange(1, 30).Draw(t, "wishes") {
			id := rapid.SampledFrom([]string{"a1", "a2", "a3"}).Draw(t, "appointment")
			cmd := rapid.SampledFrom([]Command{
				Open{SupportRequestID: "r1", At: eight}, Plan{"r1", id, eight}, Drop{"r1", id, eight}, Release{SupportRequestID: "r1", At: eight},
			}).Draw(t, "wish")
			events, err := cmd.Decide(a)
			if err != nil {
				t.Fatalf("%T rejected: %v", cmd, err)
			}
			a = decider.Fold(a, events...)
			for _, e := range events {
				switch e := e.(type) {
				case AppointmentPlanned:
					live[e.AppointmentID] = true
				case AppointmentDropped:
					delete(live, e.AppointmentID)
				case RequestReleased:
					for _, id := range e.AppointmentIDs {
						delete(live, id)
					}
				}
			}
			if len(live) > 1 || a.Released && len(live) > 0 || len(live) == 1 && !live[a.Appointment] {
				t.Fatalf("live %v in %+v", live, a)
			}
		}
	})
}

func TestS06ARequestIsUnbilledOnceItEndedAndNoBillFollows(t *testing.T) {
	ended := RequestReleased{SupportRequestID: "r1", AppointmentIDs: []string{}, EndedAt: eight}
	refused := ended
	refused.NotInvoiced = true
	noted := RequestNotInvoiced{"r1", eight.Add(time.Hour)}
	for name, c := range map[string]struct {
		history []Event
		since   time.Time
		is      bool
	}{
		"closed, the bill is on its way":        {[]Event{opened, ended}, eight, false},
		"nothing to bill, news of the end lags": {[]Event{opened, noted}, time.Time{}, false},
		"closed with nothing to bill":           {[]Event{opened, ended, noted}, eight, true},
		"the other way round":                   {[]Event{opened, noted, ended}, eight, true},
		"refused or cancelled":                  {[]Event{opened, refused}, eight, true},
		"settled":                               {[]Event{opened, refused, RequestSettled{"r1", "i1"}}, eight, false},
		"ended before ends were recorded":       {[]Event{opened, RequestReleased{SupportRequestID: "r1"}, noted}, noted.NotedAt, true},
	} {
		since, is := decider.Fold(Assignment{}, c.history...).Unbilled()
		if is != c.is || !since.Equal(c.since) {
			t.Errorf("%s: %v since %v", name, is, since)
		}
	}
}

var article1 = Sheet{HourlyRate: 103_85, IncrementSeconds: 60, MinimumSupport: 20_00, MinimumInvoice: 30_00}

func capOf(limit money.Cents, raise bool) AgreeCap {
	return AgreeCap{SupportRequestID: "r1", Cap: limit, Raise: raise, Sheet: article1, At: eight}
}

// Fifty-seven minutes cost 98.66, fifty-eight 100.39.
func TestT11ACapIsSoManySecondsOfWork(t *testing.T) {
	for limit, want := range map[money.Cents]int64{
		29_99: 0, 30_00: 17 * 60, 31_15: 17 * 60, 31_16: 18 * 60, 98_66: 57 * 60, 100_00: 57 * 60, 100_38: 57 * 60, 100_39: 58 * 60, 103_85: 3600,
	} {
		if got := article1.Within(limit); got != want {
			t.Errorf("%d cents are %d seconds, want %d", limit, got, want)
		}
	}
	for seconds, want := range map[int64]money.Cents{0: 0, 1: 30_00, 600: 30_00, 1020: 30_00, 1021: 31_16, 2220: 64_04, 3601: 105_58} {
		if got := article1.Cost(seconds); got != want {
			t.Errorf("%d seconds cost %d, want %d", seconds, got, want)
		}
	}
}

func TestT11ACapIsTheMostThatCostsNoMore(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sheet := Sheet{
			HourlyRate:       money.Cents(rapid.Int64Range(1, 500_00).Draw(t, "rate")),
			IncrementSeconds: rapid.Int64Range(1, 3600).Draw(t, "increment"),
			MinimumSupport:   money.Cents(rapid.Int64Range(0, 50_00).Draw(t, "support")),
			MinimumInvoice:   money.Cents(rapid.Int64Range(0, 50_00).Draw(t, "invoice")),
		}
		limit := money.Cents(rapid.Int64Range(0, 5000_00).Draw(t, "cap"))
		within := sheet.Within(limit)
		if within > 0 && sheet.Cost(within) > limit {
			t.Fatalf("%d seconds cost %d, more than %d", within, sheet.Cost(within), limit)
		}
		if sheet.Cost(within+1) <= limit {
			t.Fatalf("a second more than %d costs %d, no more than %d", within, sheet.Cost(within+1), limit)
		}
	})
}

func TestT11ACapCoversWhatWasWorkedAndIsOnlyRaised(t *testing.T) {
	stands := BudgetCapAgreed{SupportRequestID: "r1", Cap: 100_00, Seconds: 3420}
	agreed := stands
	agreed.AgreedAt, agreed.AppointmentID = eight, "a1"
	given(t, opened, declared, planned).When(capOf(100_00, false)).Then(agreed)
	given(t, opened, declared).When(capOf(29_99, false)).Rejected("CAP_TOO_LOW", "T-11")
	worked := capOf(100_00, false)
	worked.Worked = 3420
	given(t, opened, declared).When(worked).Events()
	worked.Worked = 3421
	given(t, opened, declared).When(worked).Rejected("CAP_TOO_LOW", "T-11")
	given(t, opened).When(capOf(100_00, false)).Rejected("CONSENT_MISSING", "T-11")
	given(t, opened, declared, stands).When(capOf(150_00, false)).Rejected("ILLEGAL_STATE", "T-11")
	given(t, opened, declared).When(capOf(150_00, true)).Rejected("ILLEGAL_STATE", "T-11")
	given(t, opened, declared, stands).When(capOf(100_00, true)).Rejected("CAP_TOO_LOW", "T-11")
	given(t, opened, declared, stands).When(capOf(100_39, true)).Events()
}

func TestD01GoingOnWithoutABackupNeedsASecondConfirmation(t *testing.T) {
	declare := DeclareBackup{SupportRequestID: "r1", Backup: "none_proceed", At: eight}
	given(t, opened, declared).When(declare).Rejected("BACKUP_CONFIRMATION_REQUIRED", "D-01")
	declare.Confirmed = true
	events := given(t, opened, declared).When(declare).Then(BackupDeclared{"r1", "none_proceed", eight}).Events()
	a := decider.Fold(Assignment{}, append([]Event{opened, declared}, events...)...)
	if c := a.Consent; c.Backup != "none_proceed" || !c.DeclaredAt.Equal(eight) || !c.RecordingNoticeSeen {
		t.Fatalf("declared %+v", c)
	}
}
