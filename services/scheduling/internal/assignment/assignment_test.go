package assignment_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/assignment"
)

var chamber = decidertest.Chamber[Assignment, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"open": Open{}, "consent": RecordConsent{}, "plan": Plan{}, "drop": Drop{}, "release": Release{},
		"keep": KeepRecording{}, "settle": Settle{}, "notInvoiced": NotInvoice{},
		"declare": DeclareForceMajeure{}, "agree": AgreeHandling{}, "withdraw": WithdrawConsent{},
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
		"A suspended":              {opened, declared, planned, majeure},
		"B suspended before start": {opened, declared, planned, majeure, AppointmentDropped{"r1", "a1"}},
		"C agreed to resume":       {opened, declared, planned, majeure, agreed(Resume)},
		"D agreed to reschedule":   {opened, declared, planned, majeure, agreed(Reschedule), AppointmentDropped{"r1", "a1"}},
		"E agreed to end":          {opened, declared, planned, majeure, agreed(Finish), AppointmentDropped{"r1", "a1"}},
	}, map[string]Command{
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
