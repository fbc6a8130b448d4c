package incident_test

import (
	"testing"
	"time"

	. "aanvraag.internal/services/intake/internal/incident"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider/decidertest"
)

var chamber = decidertest.Chamber[Incident, Event]{
	Events: Events(),
	Commands: map[string]Command{
		"record":  Record{SupportRequestID: "r1", WhatHappened: text, PersonalData: true, HappenedAt: nine, At: nine},
		"answer":  Answer{Reported: true, Explanation: text, At: nine},
		"overdue": MarkOverdue{At: nine.Add(ReportWithin)},
	},
}

func TestAnIncidentDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfAnIncidentIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestIncidentHistoryStaysReadable(t *testing.T)         { chamber.Remembered(t) }
func TestIncidentStories(t *testing.T)                      { chamber.Stories(t) }

var (
	nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	text = sealed.Data{Subject: "s1", Purpose: sealed.Operational, Field: "incident", Place: "request-r1/c1", Cipher: []byte{1}}

	plain    = DataIncidentRecorded{SupportRequestID: "r1", WhatHappened: text, HappenedAt: nine, RecordedAt: nine}
	personal = DataIncidentRecorded{
		SupportRequestID: "r1", WhatHappened: text, PersonalData: true, HappenedAt: nine, RecordedAt: nine, ReportBy: nine.Add(ReportWithin),
	}
	overdue = ReportOverdue{SupportRequestID: "r1", ReportBy: nine.Add(ReportWithin)}
)

func answered(reported bool) DataIncidentAnswered {
	return DataIncidentAnswered{SupportRequestID: "r1", Reported: reported, Explanation: text, AnsweredAt: nine}
}

func TestWhatEachCommandDoesInEachStateOfAnIncident(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 none":             nil,
		"2 no personal data": {plain},
		"3 open":             {personal},
		"4 overdue":          {personal, overdue},
		"5 reported":         {personal, answered(true)},
		"6 not reported":     {personal, answered(false)},
		"7 reported late":    {personal, overdue, answered(true)},
	}, chamber.Commands)
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Incident, Event] {
	t.Helper()
	return decidertest.Given[Incident](t, events...)
}

func TestD03PersonalDataOpenATaskOf72Hours(t *testing.T) {
	wish := Record{SupportRequestID: "r1", WhatHappened: text, HappenedAt: nine, At: nine}
	given(t).When(wish).Then(plain)
	wish.PersonalData = true
	given(t).When(wish).Then(personal)
	if want := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC); !personal.ReportBy.Equal(want) {
		t.Errorf("to be reported by %v, not %v", personal.ReportBy, want)
	}
	// The clock runs from when the desk knows, however long ago it happened.
	wish.HappenedAt = nine.AddDate(0, -1, 0)
	earlier := personal
	earlier.HappenedAt = wish.HappenedAt
	given(t).When(wish).Then(earlier)
}

func TestD03AtTheVeryInstantItIsLate(t *testing.T) {
	given(t, personal).When(MarkOverdue{At: nine.Add(ReportWithin - 1)}).Then()
	given(t, personal).When(MarkOverdue{At: nine.Add(ReportWithin)}).Then(overdue)
	given(t, personal, overdue).When(MarkOverdue{At: nine.Add(2 * ReportWithin)}).Then()
	given(t, personal, answered(true)).When(MarkOverdue{At: nine.Add(ReportWithin)}).Then()
	given(t, plain).When(MarkOverdue{At: nine.Add(ReportWithin)}).Then()
}

func TestD03AnIncidentHasHappened(t *testing.T) {
	wish := Record{SupportRequestID: "r1", WhatHappened: text, HappenedAt: nine.Add(1), At: nine}
	given(t).When(wish).Rejected("INCIDENT_IN_FUTURE", "D-03")
	wish.HappenedAt = nine
	given(t).When(wish).Then(plain)
}
