package hours

import "slices"

// The recognised days of G-11, each computed by rule for any year. The names are
// recorded and permanent.
const (
	NewYear            = "new-year"             // 1 January
	GoodFriday         = "good-friday"          // two days before Easter; off by default
	EasterMonday       = "easter-monday"        // the day after Easter
	KingsDay           = "kings-day"            // 27 April, or the 26th when that is a Sunday
	LiberationDay      = "liberation-day"       // 5 May, every year; off by default
	AscensionDay       = "ascension-day"        // 39 days after Easter
	WhitMonday         = "whit-monday"          // 50 days after Easter
	ChristmasDay       = "christmas-day"        // 25 December
	SecondChristmasDay = "second-christmas-day" // 26 December
)

// Closing is the name that [Calendar.Closed] gives to a date of Calendar.Closings.
const Closing = "closing"

// Holiday is a recognised day with its switch: only when Closed is it a day off.
type Holiday struct {
	Name   string `json:"name"` // one of the constants, such as [KingsDay]
	Closed bool   `json:"closed"`
}

// Closed says whether the date is a holiday that is switched on, or a closing,
// and which. A weekday without a window is not closed in this sense. A malformed
// date is not closed.
func (c Calendar) Closed(date string) (name string, closed bool) {
	day, ok := parseDate(date)
	if !ok {
		return "", false
	}
	return c.closedOn(day)
}

func (c Calendar) closedOn(day int) (name string, closed bool) {
	year := yearOf(day)
	for _, h := range c.Holidays {
		if !h.Closed {
			continue
		}
		if on, ok := h.dayIn(year); ok && on == day {
			return h.Name, true
		}
	}
	if len(c.Closings) > 0 && slices.Contains(c.Closings, formatDate(day)) {
		return Closing, true
	}
	return "", false
}

// dayIn is the day of the holiday in a year; ok is false for an unknown name.
func (h Holiday) dayIn(year int) (day int, ok bool) {
	switch h.Name {
	case NewYear:
		return dayOf(year, 1, 1), true
	case GoodFriday:
		return easter(year) - 2, true
	case EasterMonday:
		return easter(year) + 1, true
	case KingsDay:
		day := dayOf(year, 4, 27)
		if weekday(day) == 7 {
			day--
		}
		return day, true
	case LiberationDay:
		return dayOf(year, 5, 5), true
	case AscensionDay:
		return easter(year) + 39, true
	case WhitMonday:
		return easter(year) + 50, true
	case ChristmasDay:
		return dayOf(year, 12, 25), true
	case SecondChristmasDay:
		return dayOf(year, 12, 26), true
	}
	return 0, false
}

// easter is Easter Sunday by the anonymous Gregorian computus.
func easter(year int) int {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return dayOf(year, n/31, n%31+1)
}
