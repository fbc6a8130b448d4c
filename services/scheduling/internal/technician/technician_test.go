package technician_test

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/technician"
)

var chamber = decidertest.Chamber[Technician, Event]{
	Events:   Events(),
	Commands: map[string]Command{"register": Register{}, "update": Update{}, "retire": Retire{}},
}

func TestATechnicianDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfATechnicianIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestTechnicianHistoryStaysReadable(t *testing.T)        { chamber.Remembered(t) }
func TestTechnicianStories(t *testing.T)                     { chamber.Stories(t) }

var (
	monday     = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	name       = sealed.Data{Subject: "technician-tess", Purpose: sealed.Operational, Field: "name", Place: "p", Cipher: []byte{1}}
	registered = TechnicianRegistered{TechnicianID: "tess", Name: name, RegisteredAt: monday}
	mornings   = []hours.Weekly{{Days: []int{1, 2, 3, 4, 5}, From: "08:00", To: "12:00"}}
)

func TestWhatEachCommandDoesInEachStateOfATechnician(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 unknown":          nil,
		"2 registered":       {registered},
		"3 retired":          {registered, TechnicianRetired{TechnicianID: "tess", RetiredAt: monday}},
		"4 registered again": {registered, TechnicianRetired{TechnicianID: "tess", RetiredAt: monday}, registered},
	}, map[string]Command{
		"register": Register{TechnicianID: "tess", Name: name, At: monday},
		"update":   Update{TechnicianID: "tess", Working: &mornings, At: monday},
		"retire":   Retire{At: monday},
	})
}

func given(t *testing.T, events ...Event) *decidertest.Spec[Technician, Event] {
	t.Helper()
	return decidertest.Given[Technician](t, events...)
}

func TestOnlyWhatIsGivenChanges(t *testing.T) {
	first := registered
	first.Skills, first.Working = []string{"network"}, mornings
	skills := []string{"printers", "mail", "mail"}
	sorted := []string{"mail", "printers"}
	changed := TechnicianUpdated{TechnicianID: "tess", Skills: &sorted, UpdatedAt: monday}
	given(t, first).When(Update{TechnicianID: "tess", Skills: &skills, At: monday}).Then(changed)
	given(t, first).When(Update{TechnicianID: "tess", At: monday}).Then()
	after := decider.Fold[Technician, Event](Technician{}, first, changed)
	if !after.Able("mail") || after.Able("network") || len(after.Working) != 1 || !after.Able("") {
		t.Errorf("became %+v", after)
	}
}

func TestWorkingTimesAndAbsencesAreSound(t *testing.T) {
	for problem, w := range map[string]hours.Weekly{
		"no day": {From: "08:00", To: "12:00"}, "backwards": {Days: []int{1}, From: "12:00", To: "08:00"},
		"empty": {Days: []int{1}, From: "12:00", To: "12:00"}, "no time": {Days: []int{1}, From: "8:00", To: "12:00"},
		"no such day": {Days: []int{8}, From: "08:00", To: "12:00"},
	} {
		t.Run(problem, func(t *testing.T) {
			given(t).When(Register{TechnicianID: "tess", Working: []hours.Weekly{w}}).Rejected("WORKING_TIMES_INVALID", "section 4")
			given(t, registered).When(Update{Working: &[]hours.Weekly{w}}).Rejected("WORKING_TIMES_INVALID", "section 4")
		})
	}
	for _, a := range []Absence{{From: monday, To: monday}, {From: monday, To: monday.Add(-1)}} {
		given(t, registered).When(Update{Absences: &[]Absence{a}}).Rejected("ABSENCE_INVALID", "section 4")
	}
}

func TestSection4OfSomebodyWhoWasNeverRegisteredNothingSpeaksAgainstATime(t *testing.T) {
	for _, at := range []time.Time{monday, monday.Add(12 * time.Hour), monday.AddDate(0, 0, -1)} {
		if why := (Technician{}).Unavailable(at, 3600); why != "" {
			t.Errorf("at %s: %s", at, why)
		}
		if why := decider.Fold[Technician, Event](Technician{}, registered).Unavailable(at, 3600); why != "" {
			t.Errorf("registered without working times, at %s: %s", at, why)
		}
	}
}

// Every edge is half-open, in the wall time of the day (G-12).
func TestSection4ATechnicianIsAvailableWithinHisWorkingTimes(t *testing.T) {
	works := registered
	works.Working = []hours.Weekly{
		{Days: []int{1, 2, 3, 4, 5}, From: "08:00", To: "12:00"},
		{Days: []int{7}, From: "00:00", To: "24:00"},
		{Days: []int{1}, From: "00:00", To: "02:00"},
	}
	away := []Absence{{From: monday.Add(24 * time.Hour), To: monday.Add(25 * time.Hour)}}
	tess := decider.Fold[Technician, Event](Technician{}, works, TechnicianUpdated{TechnicianID: "tess", Absences: &away})
	for _, c := range []struct {
		start   string
		minutes int64
		why     string
	}{
		{"2026-11-23T07:00:00Z", 240, ""}, // 08:00 to 12:00 on the wall
		{"2026-11-23T07:00:00Z", 241, WhyOutside},
		{"2026-11-23T06:59:00Z", 2, WhyOutside},
		{"2026-07-06T06:00:00Z", 240, ""}, // in summer an hour earlier
		{"2026-07-06T07:00:00Z", 240, WhyOutside},
		{"2026-11-24T07:00:00Z", 60, ""}, // until the absence begins
		{"2026-11-24T07:00:00Z", 61, WhyAbsent},
		{"2026-11-24T08:59:00Z", 1, WhyAbsent},
		{"2026-11-24T09:00:00Z", 60, ""},   // and from its end on
		{"2026-11-22T22:00:00Z", 180, ""},  // from Sunday into Monday's own window
		{"2026-10-24T22:00:00Z", 1500, ""}, // the Sunday of 25 hours
		{"2026-10-24T21:59:00Z", 2, WhyOutside},
		{"2027-03-27T23:00:00Z", 1380, ""}, // the Sunday of 23 hours
		{"2027-03-27T22:59:00Z", 2, WhyOutside},
	} {
		at, err := time.Parse(time.RFC3339, c.start)
		if err != nil {
			t.Fatal(err)
		}
		if why := tess.Unavailable(at, 60*c.minutes); why != c.why {
			t.Errorf("%s, %d minutes: %q, want %q", c.start, c.minutes, why, c.why)
		}
	}
	gone := decider.Fold[Technician, Event](tess, TechnicianRetired{TechnicianID: "tess"})
	if why := gone.Unavailable(monday, 60); why != WhyRetired || gone.Hours(hours.Default(), "2026-11-23") != nil {
		t.Errorf("retired: %q", why)
	}
}

func TestG12HoursAreThoseOfTheDeskWithinHisOwnOnDaysWhenTheClockChangesToo(t *testing.T) {
	sundays := hours.Default()
	sundays.Weekly = append(sundays.Weekly, hours.Weekly{Days: []int{7}, From: "00:00", To: "06:00"})
	works := registered
	works.Working = []hours.Weekly{
		{Days: []int{1}, From: "06:00", To: "09:00"},
		{Days: []int{1}, From: "16:00", To: "19:00"},
		{Days: []int{7}, From: "01:00", To: "04:00"},
	}
	tess := decider.Fold[Technician, Event](Technician{}, works)
	for _, c := range []struct {
		who  Technician
		date string
		want []string
	}{
		{Technician{}, "2026-11-23", []string{"06:30", "16:00"}}, // the desk's: 07:30 to 17:00 on the wall
		{Technician{}, "2026-07-01", []string{"05:30", "15:00"}},
		{Technician{}, "2026-12-25", nil},
		{tess, "2026-11-23", []string{"06:30", "08:00", "15:00", "16:00"}},
		{tess, "2026-11-24", nil},
		{tess, "2026-10-25", []string{"23:00", "03:00"}}, // four hours long
		{tess, "2027-03-28", []string{"00:00", "02:00"}}, // two hours long
	} {
		var got []string
		for _, w := range c.who.Hours(sundays, c.date) {
			got = append(got, w.From.Format("15:04"), w.To.Format("15:04"))
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.date, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: %v, want %v", c.date, got, c.want)
			}
		}
	}
}
