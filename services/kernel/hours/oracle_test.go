package hours_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"aanvraag.internal/services/kernel/hours"
)

// The timeline is a second way to say when the desk is open, which shares nothing
// with the package: no zone data, no computus, no arithmetic on windows. It walks
// through ten years minute by minute, the way a person watches the clock on the
// wall, and writes down for each minute whether the door is open. Windows and clock
// changes begin on whole minutes, so within one nothing changes; seconds matter only
// where a span begins or ends inside one.
type timeline struct {
	open   []bool  // by minute since firstMinute
	before []int64 // open seconds before each minute; one longer
	next   []int32 // first open minute at or after each; -1 when there is none
}

const firstYear, lastYear = 2026, 2036

var firstMinute = time.Date(firstYear, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Hour) // midnight in Amsterdam

// easterSundays of those years, as almanacs print them.
var easterSundays = map[int]string{
	2026: "04-05", 2027: "03-28", 2028: "04-16", 2029: "04-01", 2030: "04-21", 2031: "04-13",
	2032: "03-28", 2033: "04-17", 2034: "04-09", 2035: "03-25", 2036: "04-13",
}

// daysOff are the closed dates of a calendar.
func daysOff(t *testing.T, c hours.Calendar) map[string]bool {
	t.Helper()
	off := map[string]bool{}
	for _, date := range c.Closings {
		off[date] = true
	}
	for year := firstYear; year <= lastYear; year++ {
		easter, err := time.Parse(time.DateOnly, fmt.Sprint(year, "-", easterSundays[year]))
		if err != nil {
			t.Fatal(err)
		}
		king := time.Date(year, 4, 27, 0, 0, 0, 0, time.UTC)
		if king.Weekday() == time.Sunday {
			king = king.AddDate(0, 0, -1)
		}
		on := map[string]time.Time{
			hours.NewYear:            time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC),
			hours.GoodFriday:         easter.AddDate(0, 0, -2),
			hours.EasterMonday:       easter.AddDate(0, 0, 1),
			hours.KingsDay:           king,
			hours.LiberationDay:      time.Date(year, 5, 5, 0, 0, 0, 0, time.UTC),
			hours.AscensionDay:       easter.AddDate(0, 0, 39),
			hours.WhitMonday:         easter.AddDate(0, 0, 50),
			hours.ChristmasDay:       time.Date(year, 12, 25, 0, 0, 0, 0, time.UTC),
			hours.SecondChristmasDay: time.Date(year, 12, 26, 0, 0, 0, 0, time.UTC),
		}
		for _, h := range c.Holidays {
			if h.Closed {
				off[on[h.Name].Format(time.DateOnly)] = true
			}
		}
	}
	return off
}

// clockChange is 01:00 UTC on the last Sunday of a month.
func clockChange(year int, month time.Month) time.Time {
	day := time.Date(year, month, 31, 1, 0, 0, 0, time.UTC) // March and October have 31 days
	for day.Weekday() != time.Sunday {
		day = day.AddDate(0, 0, -1)
	}
	return day
}

// walk writes down ten years.
func walk(t *testing.T, c hours.Calendar) *timeline {
	t.Helper()
	type wallWindow struct {
		days     []int
		from, to int // minutes since midnight
		in, out  bool
	}
	var windows []wallWindow
	for _, w := range c.Weekly {
		var fromHour, fromMinute, toHour, toMinute int
		if _, err := fmt.Sscanf(w.From+" "+w.To, "%d:%d %d:%d", &fromHour, &fromMinute, &toHour, &toMinute); err != nil {
			t.Fatal(err)
		}
		windows = append(windows, wallWindow{days: w.Days, from: fromHour*60 + fromMinute, to: toHour*60 + toMinute})
	}
	off := daysOff(t, c)
	l := &timeline{}
	year, date, weekday := 0, "", 0
	var summer, winter time.Time
	end := time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC).Add(-time.Hour)
	for at := firstMinute; at.Before(end); at = at.Add(time.Minute) {
		if at.Year() != year {
			year = at.Year()
			summer, winter = clockChange(year, time.March), clockChange(year, time.October)
		}
		wall := at.Add(time.Hour) // Central European Time, read as if it were UTC
		if !at.Before(summer) && at.Before(winter) {
			wall = wall.Add(time.Hour)
		}
		minute := wall.Hour()*60 + wall.Minute()
		if minute == 0 { // midnight comes once a day: clocks change later in the night
			date, weekday = wall.Format(time.DateOnly), (int(wall.Weekday())+6)%7+1
			for i := range windows {
				windows[i].in, windows[i].out = false, false
			}
		}
		open := false
		for i := range windows {
			w := &windows[i]
			w.in, w.out = w.in || minute >= w.from, w.out || minute >= w.to
			open = open || w.in && !w.out && slices.Contains(w.days, weekday)
		}
		l.open = append(l.open, open && !off[date])
	}
	l.before, l.next = make([]int64, len(l.open)+1), make([]int32, len(l.open))
	for i, open := range l.open {
		l.before[i+1] = l.before[i]
		if open {
			l.before[i+1] += 60
		}
	}
	next := int32(-1)
	for i, open := range slices.Backward(l.open) {
		if open {
			next = int32(i)
		}
		l.next[i] = next
	}
	return l
}

// minute is the place of an instant's minute, and the second within it.
func (l *timeline) minute(at time.Time) (place int, second int64) {
	seconds := int64(at.Sub(firstMinute) / time.Second)
	return int(seconds / 60), seconds % 60
}

// passed are the open seconds since the beginning.
func (l *timeline) passed(at time.Time) int64 {
	place, second := l.minute(at)
	if place < len(l.open) && l.open[place] {
		return l.before[place] + second
	}
	return l.before[place]
}

func (l *timeline) nextOpening(at time.Time) (time.Time, bool) {
	place, _ := l.minute(at)
	if l.open[place] {
		return at, true
	}
	if l.next[place] < 0 {
		return time.Time{}, false
	}
	return firstMinute.Add(time.Duration(l.next[place]) * time.Minute), true
}

// add is the earliest instant with that many more open seconds behind it.
func (l *timeline) add(at time.Time, seconds int64) (time.Time, bool) {
	wanted := l.passed(at) + seconds
	place, found := slices.BinarySearch(l.before, wanted)
	if place >= len(l.before) {
		return time.Time{}, false
	}
	if !found { // it ends inside the minute before
		place--
	}
	return firstMinute.Add(time.Duration(place)*time.Minute + time.Duration(wanted-l.before[place])*time.Second), true
}

// randomCalendar has up to three windows on random days, often in the night of a
// clock change, random switches and random closings.
func randomCalendar(r *rand.Rand) hours.Calendar {
	c := hours.Default()
	c.Weekly = nil
	cuts := map[int]bool{}
	for count := 2 * (1 + r.IntN(3)); len(cuts) < count; {
		if r.IntN(2) == 0 {
			cuts[r.IntN(5*60)] = true
		} else {
			cuts[r.IntN(24*60+1)] = true
		}
	}
	edges := make([]int, 0, len(cuts))
	for cut := range cuts {
		edges = append(edges, cut)
	}
	slices.Sort(edges)
	for pair := range slices.Chunk(edges, 2) {
		w := hours.Weekly{From: wallTime(pair[0]), To: wallTime(pair[1]), Days: []int{1 + r.IntN(7)}}
		for day := range 7 {
			if day+1 != w.Days[0] && r.IntN(2) == 0 {
				w.Days = append(w.Days, day+1)
			}
		}
		c.Weekly = append(c.Weekly, w)
	}
	for i := range c.Holidays {
		c.Holidays[i].Closed = r.IntN(2) == 0
	}
	closings := map[string]bool{}
	for range r.IntN(60) {
		closings[firstMinute.AddDate(0, 0, r.IntN(365*(lastYear-firstYear))).Format(time.DateOnly)] = true
	}
	for date := range closings {
		c.Closings = append(c.Closings, date)
	}
	return c
}

func wallTime(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60, minute%60) }

// agree compares everything that can be asked about one instant, and about the spans
// that begin there.
func agree(t *testing.T, c hours.Calendar, l *timeline, at time.Time, span, seconds int64) {
	t.Helper()
	place, _ := l.minute(at)
	if c.Open(at) != l.open[place] {
		t.Fatalf("%s: open %t in %+v", at, c.Open(at), c)
	}
	const horizon = 390 * 24 * time.Hour
	want, ever := l.nextOpening(at)
	if got, ok := c.NextOpening(at); ever && want.Sub(at) < horizon && (!ok || got != want) {
		t.Fatalf("%s: the next opening is %s (%t), want %s in %+v", at, got, ok, want, c)
	}
	to := at.Add(time.Duration(span) * time.Second)
	inside, outside := c.Split(at, to)
	if wantInside := l.passed(to) - l.passed(at); inside != wantInside || outside != span-wantInside {
		t.Fatalf("%s to %s: %d and %d, want %d and %d in %+v", at, to, inside, outside, wantInside, span-wantInside, c)
	}
	if later, ok := l.add(at, seconds); ok && later.Sub(at) < horizon {
		if got, found := c.AddOpen(at, seconds); !found || !got.Equal(later) {
			t.Fatalf("%s and %d s of opening time: %s (%t), want %s in %+v", at, seconds, got, found, later, c)
		}
	}
}

// G-10, G-11, G-12, G-16 and T-08: the package says what a person would who watches
// the clock. Short of AANVRAAG_LONG it looks at samples and at every clock change;
// with it, at every minute of ten years too.
func TestT08_TheCalendarAgreesWithWatchingTheClockForTenYears(t *testing.T) {
	long := os.Getenv("AANVRAAG_LONG") != ""
	calendars, samples := 3, 2000
	if long {
		calendars, samples = 24, 20_000
	}
	const everyMinute = 3 // calendars that are asked about every minute, which takes minutes
	last := time.Date(lastYear, 12, 1, 0, 0, 0, 0, time.UTC)
	minutes := int64(last.Sub(firstMinute) / time.Minute)
	for seed := range calendars {
		r := rand.New(rand.NewPCG(uint64(seed), 20261123))
		c := hours.Default()
		if seed > 0 {
			c = randomCalendar(r)
		}
		if err := c.Check(); err != nil {
			t.Fatal(err)
		}
		l := walk(t, c)
		for range samples {
			at := firstMinute.Add(time.Duration(r.Int64N(minutes*60)) * time.Second)
			agree(t, c, l, at, r.Int64N(20*86_400), 1+r.Int64N(40*3600))
		}
		for year := firstYear; year <= lastYear; year++ {
			for _, month := range []time.Month{time.March, time.October} {
				change := clockChange(year, month)
				for second := int64(-3 * 3600); second <= 3*3600; second += 59 { // no multiple of a minute
					agree(t, c, l, change.Add(time.Duration(second)*time.Second), r.Int64N(6*3600), 1+r.Int64N(6*3600))
				}
				for _, second := range []int64{-3601, -3600, -1, 0, 1, 3599, 3600} {
					agree(t, c, l, change.Add(time.Duration(second)*time.Second), 7200, 1)
				}
			}
		}
		if !long || seed >= everyMinute {
			continue
		}
		for minute := range minutes {
			at := firstMinute.Add(time.Duration(minute) * time.Minute)
			agree(t, c, l, at, 60, 60)
			agree(t, c, l, at.Add(59*time.Second), 2, 1)
		}
	}
}

func TestG16_ResponseClocksCountWindowTimeAlone(t *testing.T) {
	for name, v := range map[string]struct {
		from    string
		seconds int64
		want    string
	}{
		"within the day":                {"2026-11-23 09:00", 4 * 3600, "2026-11-23 13:00"},
		"over the night":                {"2026-11-23 16:00", 2 * 3600, "2026-11-24 08:30"},
		"to the very end of the day":    {"2026-11-23 16:00", 3600, "2026-11-23 17:00"},
		"and one second more":           {"2026-11-23 16:00", 3601, "2026-11-24 07:30:01"},
		"from outside":                  {"2026-11-27 17:00", 3600, "2026-11-30 08:30"},
		"over Christmas":                {"2026-12-24 16:59:59", 2, "2026-12-28 07:30:01"},
		"over the clock going forward":  {"2027-03-26 16:00", 7200, "2027-03-30 08:30"}, // Easter Monday too
		"over the clock going back":     {"2026-10-23 16:00", 7200, "2026-10-26 08:30"},
		"no time at all":                {"2026-11-28 12:00", 0, "2026-11-28 12:00"},
		"a working week is its windows": {"2026-11-23 07:30", 5 * 34_200, "2026-11-27 17:00"},
	} {
		if got, ok := hours.Default().AddOpen(wall(t, v.from), v.seconds); !ok || got != wall(t, v.want) {
			t.Errorf("%s: %s %t, want %s", name, got, ok, v.want)
		}
	}
	never := hours.Default()
	never.Weekly = nil
	if got, ok := never.AddOpen(wall(t, "2026-11-23 09:00"), 1); ok {
		t.Errorf("a calendar that stays closed: %s", got)
	}
}
