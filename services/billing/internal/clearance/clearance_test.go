package clearance

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"aanvraag.internal/services/platform/decider/decidertest"
)

func chamber() decidertest.Chamber[Clearance, Event] {
	return decidertest.Chamber[Clearance, Event]{
		Events: Events(), Commands: map[string]Command{"flag": Flag{}, "withhold": Withhold{}, "resolve": Resolve{}},
	}
}

func TestChamberIsPure(t *testing.T)          { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T) { chamber().Complete(t) }
func TestRecordedNamesNeverChange(t *testing.T) {
	chamber().Remembered(t)
}
func TestStories(t *testing.T) { chamber().Stories(t) }

var (
	noon     = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	flagged  = DurationFlagged{"s1"}
	resolved = DurationResolved{"s1"}
	bill     = Withheld{Bill: jsontext.Value(`{"number":""}`), ClosedOn: "2026-11-23"}
	withheld = BillWithheld{bill}
)

func TestS03WhatEachCommandDoesInEachState(t *testing.T) {
	chamber().Matrix(t, map[string][]Event{
		"1 nothing":                nil,
		"2 flagged":                {flagged},
		"3 resolved":               {flagged, resolved},
		"4 resolved, flag to come": {resolved},
		"5 withheld":               {flagged, withheld},
		"6 withheld for two":       {flagged, DurationFlagged{"s2"}, withheld},
		"7 granted":                {flagged, withheld, resolved, BillGranted{}},
	}, map[string]Command{
		"flag": Flag{"s1", noon}, "withhold": Withhold{bill, noon}, "resolve": Resolve{"s1", noon},
	})
}

func TestS03TheBillWaitsForEveryFlag(t *testing.T) {
	other := DurationFlagged{"s2"}
	given := func(events ...Event) *decidertest.Spec[Clearance, Event] {
		return decidertest.Given[Clearance](t, events...)
	}
	given().When(Withhold{bill, noon}).Then()
	given(flagged).When(Withhold{bill, noon}).Then(withheld)
	given(flagged, resolved).When(Withhold{bill, noon}).Then()
	given(flagged, other, withheld).When(Resolve{"s1", noon}).Then(resolved)
	given(flagged, other, withheld, resolved).When(Resolve{"s2", noon}).Then(DurationResolved{"s2"}, BillGranted{})
}
