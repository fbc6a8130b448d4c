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
		"keep": KeepRecording{}, "settle": Settle{}, "withdraw": WithdrawConsent{},
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
		"7 released":           {opened, declared, planned, RequestReleased{"r1", []string{"a1"}}},
		"8 released unplanned": {opened, declared, RequestReleased{"r1", []string{}}},
		"9 settled": {
			opened, declared, planned,
			RecordingKept{"r1", "s1"},
			AppointmentDropped{"r1", "a1"},
			RequestReleased{"r1", []string{}},
			RequestSettled{"r1", "i1"},
		},
	}, map[string]Command{
		"open":    Open{SupportRequestID: "r1", At: eight},
		"consent": RecordConsent{"r1", Consent{Backup: "made", RecordingNoticeSeen: true}, eight},
		"plan":    Plan{"r1", "a1", eight},
		"drop":    Drop{"r1", "a1", eight},
		"release": Release{"r1", eight},
		"keep":    KeepRecording{"r1", "s1", eight},
		"settle":  Settle{"r1", "i1", eight},

		"withdraw":             WithdrawConsent{"r1", Recording, eight},
		"withdraw what is not": WithdrawConsent{"r1", ImmediateStart, eight},
	})
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Assignment, Event] {
	t.Helper()
	return decidertest.Given[Assignment](t, events...)
}

func TestR03WhatIsBookedForAnEndedRequestIsVoid(t *testing.T) {
	given(t, opened, RequestReleased{"r1", []string{}}).When(Plan{"r1", "a1", eight}).Then(AppointmentVoided{"r1", "a1"})
	given(t, opened, planned).When(Release{"r1", eight}).Then(RequestReleased{"r1", []string{"a1"}})
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
				Open{SupportRequestID: "r1", At: eight}, Plan{"r1", id, eight}, Drop{"r1", id, eight}, Release{"r1", eight},
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
