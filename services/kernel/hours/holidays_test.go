package hours_test

import (
	"testing"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/nl"

	"aanvraag.internal/services/kernel/hours"
)

// everyDay is the default calendar with both switches on.
func everyDay() hours.Calendar {
	c := hours.Default()
	for i := range c.Holidays {
		c.Holidays[i].Closed = true
	}
	return c
}

// closedIn lists the closed dates of a year.
func closedIn(c hours.Calendar, year string) map[string]string {
	found := map[string]string{}
	for date := year + "-01-01"; date[:4] == year; date = hours.AddDays(date, 1) {
		if name, closed := c.Closed(date); closed {
			found[date] = name
		}
	}
	return found
}

func TestG11_TheHolidaysOf2027(t *testing.T) {
	want := map[string]string{
		"2027-01-01": hours.NewYear,
		"2027-03-29": hours.EasterMonday, // the day after the clock went forward
		"2027-04-27": hours.KingsDay,
		"2027-05-06": hours.AscensionDay,
		"2027-05-17": hours.WhitMonday,
		"2027-12-25": hours.ChristmasDay,
		"2027-12-26": hours.SecondChristmasDay,
	}
	check := func(c hours.Calendar) {
		t.Helper()
		got := closedIn(c, "2027")
		if len(got) != len(want) {
			t.Errorf("closed on %v, want %v", got, want)
		}
		for date, name := range want {
			if got[date] != name {
				t.Errorf("%s is %q, want %q", date, got[date], name)
			}
		}
	}
	check(hours.Default())
	want["2027-03-26"], want["2027-05-05"] = hours.GoodFriday, hours.LiberationDay
	check(everyDay())
}

func TestG11_TheDeskIsClosedOnAHoliday(t *testing.T) {
	for at, open := range map[string]bool{
		"2027-03-29 12:00": false, // Easter Monday
		"2027-03-26 12:00": true,  // Good Friday is off by default
		"2027-05-05 12:00": true,  // and so is 5 May
		"2026-12-25 12:00": false, // a Friday
		"2026-12-24 12:00": true,
		"2026-04-27 12:00": false, // King's Day on a Monday
	} {
		if got := hours.Default().Open(wall(t, at)); got != open {
			t.Errorf("%s open: %t, want %t", at, got, open)
		}
	}
}

func TestG11_KingsDayIsThe26thWhenThe27thIsASunday(t *testing.T) {
	for date, closed := range map[string]bool{
		"2025-04-26": true, "2025-04-27": false,
		"2031-04-26": true, "2031-04-27": false,
		"2026-04-26": false, "2026-04-27": true,
		"2024-04-26": false, "2024-04-27": true,
	} {
		if _, got := hours.Default().Closed(date); got != closed {
			t.Errorf("%s closed: %t, want %t", date, got, closed)
		}
	}
}

func TestG11_AClosingIsADateOfTheCompanysOwn(t *testing.T) {
	c := hours.Default()
	c.Closings = []string{"2026-12-31"}
	if name, closed := c.Closed("2026-12-31"); !closed || name != hours.Closing {
		t.Errorf("31 December: %q %t", name, closed)
	}
	if c.Open(wall(t, "2026-12-31 12:00")) || !hours.Default().Open(wall(t, "2026-12-31 12:00")) {
		t.Error("the closing, and it alone, should close the desk")
	}
	if _, closed := c.Closed("oudjaar"); closed {
		t.Error("a malformed date is closed")
	}
}

func TestG11_TheRulesAgreeWithASecondOpinionForTwoCenturies(t *testing.T) {
	second := map[string]*cal.Holiday{
		hours.NewYear: nl.Nieuwjaar, hours.GoodFriday: nl.GoedeVrijdag, hours.EasterMonday: nl.TweedePaasdag,
		hours.KingsDay: nl.Koningsdag, hours.LiberationDay: nl.BevrijdingsDag, hours.AscensionDay: nl.Hemelvaart,
		hours.WhitMonday: nl.TweedePinksterDag, hours.ChristmasDay: nl.EersteKerstdag,
		hours.SecondChristmasDay: nl.TweedeKerstdag,
	}
	// Its rules begin to hold when the day was introduced; none is later than 2014.
	for year := 2014; year < 2214; year++ {
		for name, rule := range second {
			actual, observed := rule.Calc(year)
			if name == hours.KingsDay {
				actual = observed
			}
			only := hours.Calendar{Zone: hours.Amsterdam, Holidays: []hours.Holiday{{Name: name, Closed: true}}}
			date := actual.Format(time.DateOnly)
			if got, closed := only.Closed(date); !closed || got != name {
				t.Errorf("%s %d is not on %s", name, year, date)
			}
		}
	}
	if got := closedIn(everyDay(), "2030"); len(got) != len(second) {
		t.Errorf("2030 has %d closed days, want %d: %v", len(got), len(second), got)
	}
}

// secondOpinion is every date of G-11 without the switches, by the other library.
func secondOpinion() map[string]bool {
	dates := map[string]bool{}
	for year := 2023; year < 2037; year++ {
		for _, rule := range []*cal.Holiday{
			nl.Nieuwjaar, nl.TweedePaasdag, nl.Koningsdag, nl.Hemelvaart,
			nl.TweedePinksterDag, nl.EersteKerstdag, nl.TweedeKerstdag,
		} {
			_, observed := rule.Calc(year)
			dates[observed.Format(time.DateOnly)] = true
		}
	}
	return dates
}
