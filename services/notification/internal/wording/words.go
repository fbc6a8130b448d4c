package wording

import (
	"fmt"
	"strconv"
	"text/template"
	"time"
	"unicode"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/money"
)

// language has the words of one language that templates build sentences from.
type language struct {
	locale          string
	days            [7]string // from Sunday
	months          [12]string
	at              string // date, wall time, UTC offset
	span            string // date, wall times of start and end, UTC offset
	from            string // start and end, each a whole moment
	minute, minutes string
	seconds         string
	decimal         string
	summary         string // reference of the request
}

var words = map[string]language{
	Dutch: {
		locale: "nl",
		days:   [7]string{"zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"},
		months: [12]string{
			"januari", "februari", "maart", "april", "mei", "juni",
			"juli", "augustus", "september", "oktober", "november", "december",
		},
		at:     "%s om %s uur (Nederlandse tijd, %s)",
		span:   "%s van %s tot %s uur (Nederlandse tijd, %s)",
		from:   "van %s tot %s",
		minute: "minuut", minutes: "minuten", seconds: "seconden", decimal: ",",
		summary: "Hulp op afstand, aanvraag %s",
	},
	English: {
		locale: "en",
		days:   [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
		months: [12]string{
			"January", "February", "March", "April", "May", "June",
			"July", "August", "September", "October", "November", "December",
		},
		at:     "%s at %s (Dutch time, %s)",
		span:   "%s from %s to %s (Dutch time, %s)",
		from:   "from %s to %s",
		minute: "minute", minutes: "minutes", seconds: "seconds", decimal: ".",
		summary: "Remote support, request %s",
	},
}

func (l language) functions() template.FuncMap {
	return template.FuncMap{
		"money":   func(c money.Cents) string { return money.Format(c, l.locale) },
		"date":    l.date,
		"day":     func(t time.Time) string { return l.long(local(t), false) },
		"moment":  l.moment,
		"exact":   l.exact,
		"span":    l.timespan,
		"billed":  l.billed,
		"percent": l.percent,
	}
}

// date writes "2026-11-23" as "23 november 2026".
func (l language) date(iso string) (string, error) {
	t, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return "", fmt.Errorf("a date is missing or not YYYY-MM-DD: %w", err)
	}
	return l.long(t, false), nil
}

func (l language) long(t time.Time, weekday bool) string {
	date := fmt.Sprintf("%d %s %d", t.Day(), l.months[t.Month()-1], t.Year())
	if weekday {
		date = l.days[t.Weekday()] + " " + date
	}
	return date
}

// moment writes an instant in the desk's own time.
func (l language) moment(at time.Time) string {
	t := local(at)
	return fmt.Sprintf(l.at, l.long(t, true), t.Format("15:04"), t.Format(offset))
}

// exact is a moment to the second, where the second counts.
func (l language) exact(at time.Time) string {
	t := local(at)
	return fmt.Sprintf(l.at, l.long(t, true), t.Format("15:04:05"), t.Format(offset))
}

// timespan writes from when to when. Over midnight and over a change of the clock
// both ends are written out.
func (l language) timespan(start time.Time, d time.Duration) string {
	from, to := local(start), local(start.Add(d))
	_, before := from.Zone()
	_, after := to.Zone()
	if from.YearDay() != to.YearDay() || before != after {
		return fmt.Sprintf(l.from, l.moment(start), l.moment(start.Add(d)))
	}
	return fmt.Sprintf(l.span, l.long(from, true), from.Format("15:04"), to.Format("15:04"), from.Format(offset))
}

// offset is how a UTC offset is written: the one thing that tells the two 02:30s
// of an October night apart.
const offset = "UTC-07:00"

// billed writes billed time in minutes where it is whole minutes.
func (l language) billed(seconds int64) string {
	switch {
	case seconds%60 != 0:
		return fmt.Sprintf("%d %s", seconds, l.seconds)
	case seconds == 60:
		return "1 " + l.minute
	}
	return fmt.Sprintf("%d %s", seconds/60, l.minutes)
}

// percent writes basis points: 2100 is "21", 950 is "9,5" or "9.5".
func (l language) percent(basisPoints int64) string {
	whole, rest := strconv.FormatInt(basisPoints/100, 10), basisPoints%100
	switch {
	case rest == 0:
		return whole
	case rest%10 == 0:
		return fmt.Sprintf("%s%s%d", whole, l.decimal, rest/10)
	}
	return fmt.Sprintf("%s%s%02d", whole, l.decimal, rest)
}

// calendar carries the rules of the desk's time zone.
var calendar = hours.Default()

// local is an instant as the desk's wall clock shows it, by the zone rules inside
// the program (G-12): the offset, of those the zone ever has, at which that wall
// time is that instant.
func local(at time.Time) time.Time {
	at = at.UTC().Truncate(time.Second)
	for _, ahead := range []time.Duration{time.Hour, 2 * time.Hour} {
		wall := at.Add(ahead)
		instant, err := calendar.Instant(wall.Format(time.DateOnly), wall.Format(time.TimeOnly), &ahead)
		if err == nil && instant.Equal(at) {
			return at.In(time.FixedZone("", int(ahead.Seconds())))
		}
	}
	return at // long ago the zone had other offsets; UTC is exact too
}

// control tells line breaks, terminal codes and what hides or turns text.
func control(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)
}
