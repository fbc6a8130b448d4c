package hours_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"aanvraag.internal/services/kernel/hours"
)

// wall is an unambiguous local time of the default calendar, "2026-11-23 16:50".
func wall(t *testing.T, at string) time.Time {
	t.Helper()
	date, clock, _ := strings.Cut(at, " ")
	instant, err := hours.Default().Instant(date, clock, nil)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func utc(t *testing.T, at string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.RFC3339, at)
	if err != nil {
		t.Fatal(err)
	}
	return instant
}

func TestG10_TheWindowIsHalfOpenFrom0730To1700OnWorkingDays(t *testing.T) {
	for at, open := range map[string]bool{
		"2026-11-23 07:29:59": false, // Monday
		"2026-11-23 07:30:00": true,
		"2026-11-23 16:59:59": true,
		"2026-11-23 17:00:00": false,
		"2026-11-23 00:00":    false,
		"2026-11-27 12:00":    true,  // Friday
		"2026-11-28 12:00":    false, // Saturday
		"2026-11-29 12:00":    false, // Sunday
		"2026-07-01 07:29:59": false, // summer time
		"2026-07-01 07:30:00": true,
		"2026-07-01 16:59:59": true,
		"2026-07-01 17:00:00": false,
		"2026-03-30 07:30":    true, // the Monday after the clock went forward
		"2026-10-26 16:59:59": true, // and after it went back
	} {
		if got := hours.Default().Open(wall(t, at)); got != open {
			t.Errorf("%s open: %t, want %t", at, got, open)
		}
	}
	if hours.Default().Open(wall(t, "2026-11-23 07:30").Add(-time.Nanosecond)) {
		t.Error("open a nanosecond early")
	}
	if !hours.Default().Open(wall(t, "2026-11-23 17:00").Add(-time.Nanosecond)) {
		t.Error("closed a nanosecond early")
	}
}

func TestG12_TheWindowInUTCFollowsTheSeason(t *testing.T) {
	for date, want := range map[string][2]string{
		"2026-07-01": {"2026-07-01T05:30:00Z", "2026-07-01T15:00:00Z"},
		"2026-11-23": {"2026-11-23T06:30:00Z", "2026-11-23T16:00:00Z"},
	} {
		windows := hours.Default().Windows(date)
		if len(windows) != 1 || windows[0].From != utc(t, want[0]) || windows[0].To != utc(t, want[1]) {
			t.Errorf("%s: %v, want %v", date, windows, want)
		}
	}
	for _, date := range []string{"2026-11-28", "2026-12-25", "2026-02-30", ""} {
		if windows := hours.Default().Windows(date); windows != nil {
			t.Errorf("%q: %v, want none", date, windows)
		}
	}
}

func TestG16_WhatComesInOutsideIsForTheNextOpening(t *testing.T) {
	for at, want := range map[string]string{
		"2026-11-27 17:00:00": "2026-11-30 07:30", // Friday evening, to Monday
		"2026-12-24 17:00":    "2026-12-28 07:30", // the 25th and 26th are holidays, then Sunday
		"2026-11-23 07:29:59": "2026-11-23 07:30",
		"2026-11-23 00:00":    "2026-11-23 07:30",
		"2026-11-23 23:59:59": "2026-11-24 07:30",
		"2027-03-26 17:00":    "2027-03-30 07:30", // over the clock change and Easter Monday
		"2026-10-23 17:00":    "2026-10-26 07:30",
		"2026-12-31 17:00":    "2027-01-04 07:30",
	} {
		got, ok := hours.Default().NextOpening(wall(t, at))
		if !ok || got != wall(t, want) {
			t.Errorf("after %s: %s %t, want %s", at, got, ok, want)
		}
	}
	inside := wall(t, "2026-11-23 16:59:59").Add(time.Millisecond)
	if got, ok := hours.Default().NextOpening(inside); !ok || got != inside {
		t.Errorf("when open: %s %t, want that very instant", got, ok)
	}
}

func TestG16_ACalendarThatStaysClosedHasNoNextOpening(t *testing.T) {
	c := hours.Default()
	c.Weekly = nil
	if got, ok := c.NextOpening(wall(t, "2026-11-23 12:00")); ok {
		t.Errorf("opens at %s", got)
	}
}

func TestT08_SecondsAreSplitAtTheWindowsEdges(t *testing.T) {
	const day = int64(34_200) // 9.5 hours
	for name, v := range map[string]struct {
		from, to        string
		inside, outside int64
	}{
		"running over on a Monday":      {"2026-11-23 16:50", "2026-11-23 17:20", 600, 1200},
		"beginning early":               {"2026-11-23 07:00", "2026-11-23 08:00", 1800, 1800},
		"all inside":                    {"2026-11-23 09:00", "2026-11-23 09:00:01", 1, 0},
		"all outside":                   {"2026-11-23 17:00", "2026-11-23 18:00", 0, 3600},
		"a whole day":                   {"2026-11-23 00:00", "2026-11-24 00:00", day, 86_400 - day},
		"past midnight":                 {"2026-11-23 16:00", "2026-11-24 08:00", 3600 + 1800, 16*3600 - 5400},
		"a weekend":                     {"2026-11-27 16:00", "2026-11-30 08:30", 7200, 64*3600 + 1800 - 7200},
		"the clock goes back: 3 hours":  {"2026-10-25 01:30", "2026-10-25 03:30", 0, 10_800},
		"forward: 1 hour":               {"2027-03-28 01:30", "2027-03-28 03:30", 0, 3600},
		"back in 2027":                  {"2027-10-31 01:30", "2027-10-31 03:30", 0, 10_800},
		"forward in 2026":               {"2026-03-29 01:30", "2026-03-29 03:30", 0, 3600},
		"forward in 2028":               {"2028-03-26 01:30", "2028-03-26 03:30", 0, 3600},
		"back in 2028":                  {"2028-10-29 01:30", "2028-10-29 03:30", 0, 10_800},
		"a weekend with the clock back": {"2026-10-23 16:00", "2026-10-26 08:30", 7200, 65*3600 + 1800 - 7200},
		"Christmas":                     {"2026-12-24 16:00", "2026-12-28 08:00", 5400, 88*3600 - 5400},
		"King's Day":                    {"2027-04-26 16:00", "2027-04-28 08:00", 5400, 40*3600 - 5400},
		"nothing":                       {"2026-11-23 12:00", "2026-11-23 12:00", 0, 0},
		"backwards is never negative":   {"2026-11-23 12:00", "2026-11-23 11:00", 0, 0},
	} {
		inside, outside := hours.Default().Split(wall(t, v.from), wall(t, v.to))
		if inside != v.inside || outside != v.outside {
			t.Errorf("%s: %d inside and %d outside, want %d and %d", name, inside, outside, v.inside, v.outside)
		}
	}
}

func TestG12_ALocalTimeThatDoesNotExistIsRefused(t *testing.T) {
	hour := time.Hour
	for _, date := range []string{"2026-03-29", "2027-03-28", "2028-03-26"} {
		for _, clock := range []string{"02:00", "02:30", "02:59:59"} {
			if at, err := hours.Default().Instant(date, clock, nil); !errors.Is(err, hours.ErrNoSuchTime) {
				t.Errorf("%s %s: %s, %v", date, clock, at, err)
			}
			if at, err := hours.Default().Instant(date, clock, &hour); !errors.Is(err, hours.ErrNoSuchTime) {
				t.Errorf("%s %s +1: %s, %v", date, clock, at, err)
			}
		}
	}
	if got := wall(t, "2027-03-28 01:59:59"); got != utc(t, "2027-03-28T00:59:59Z") {
		t.Errorf("the last second before is %s", got)
	}
	if got := wall(t, "2027-03-28 03:00"); got != utc(t, "2027-03-28T01:00:00Z") {
		t.Errorf("the first second after is %s", got)
	}
}

func TestG12_ALocalTimeThatComesTwiceNeedsItsOffset(t *testing.T) {
	winter, summer, other := time.Hour, 2*time.Hour, 3*time.Hour
	for _, date := range []string{"2026-10-25", "2027-10-31", "2028-10-29"} {
		for _, clock := range []string{"02:00", "02:30", "02:59:59"} {
			if at, err := hours.Default().Instant(date, clock, nil); !errors.Is(err, hours.ErrAmbiguousTime) {
				t.Errorf("%s %s: %s, %v", date, clock, at, err)
			}
		}
		first, err := hours.Default().Instant(date, "02:30", &summer)
		if err != nil || first != utc(t, date+"T00:30:00Z") {
			t.Errorf("%s 02:30+02:00 is %s, %v", date, first, err)
		}
		second, err := hours.Default().Instant(date, "02:30", &winter)
		if err != nil || second != utc(t, date+"T01:30:00Z") {
			t.Errorf("%s 02:30+01:00 is %s, %v", date, second, err)
		}
		if _, err := hours.Default().Instant(date, "02:30", &other); !errors.Is(err, hours.ErrWrongOffset) {
			t.Errorf("%s 02:30+03:00: %v", date, err)
		}
		if got := wall(t, date+" 03:00"); got != utc(t, date+"T02:00:00Z") {
			t.Errorf("%s 03:00 is %s", date, got)
		}
	}
}

func TestG12_AnOffsetMustBeTheZonesOwn(t *testing.T) {
	winter, summer := time.Hour, 2*time.Hour
	if _, err := hours.Default().Instant("2026-07-01", "07:30", &winter); !errors.Is(err, hours.ErrWrongOffset) {
		t.Errorf("winter time in July: %v", err)
	}
	at, err := hours.Default().Instant("2026-07-01", "07:30", &summer)
	if err != nil || at != utc(t, "2026-07-01T05:30:00Z") {
		t.Errorf("summer time in July: %s, %v", at, err)
	}
}

func TestInstantRefusesWhatIsNotADateAndTime(t *testing.T) {
	for _, v := range [][2]string{
		{"2026-02-29", "12:00"},
		{"2026-2-1", "12:00"},
		{"", "12:00"},
		{"2026-02-01T", "12:00"},
		{"2026-02-01", ""},
		{"2026-02-01", "24:00"},
		{"2026-02-01", "7:30"},
		{"2026-02-01", "12:60"},
		{"2026-02-01", "12:00:60"},
		{"2026-02-01", "12:00:5"},
		{"2026-02-01", "12-00"},
		{"2026-02-01", "+1:00"},
		{"2026-02-01", "12:00.00"},
	} {
		if at, err := hours.Default().Instant(v[0], v[1], nil); !errors.Is(err, hours.ErrMalformed) {
			t.Errorf("%q %q: %s, %v", v[0], v[1], at, err)
		}
	}
}

func TestADateIsTheOneOnTheWall(t *testing.T) {
	c := hours.Default()
	for at, want := range map[string]string{
		"2026-11-22T22:59:59Z": "2026-11-22",
		"2026-11-22T23:00:00Z": "2026-11-23",
		"2026-07-01T21:59:59Z": "2026-07-01",
		"2026-07-01T22:00:00Z": "2026-07-02",
		"2026-12-31T23:00:00Z": "2027-01-01",
		"1969-12-31T23:00:00Z": "1970-01-01",
		"1969-12-31T22:59:59Z": "1969-12-31",
	} {
		if got := c.Date(utc(t, at)); got != want {
			t.Errorf("%s is %s, want %s", at, got, want)
		}
	}
	for date, want := range map[string]string{
		"2026-11-23": "2026-11-22T23:00:00Z",
		"2026-07-01": "2026-06-30T22:00:00Z",
		"2026-10-25": "2026-10-24T22:00:00Z",
		"2026-10-26": "2026-10-25T23:00:00Z",
	} {
		if got := c.StartOfDay(date); got != utc(t, want) {
			t.Errorf("%s starts %s, want %s", date, got, want)
		}
	}
	if got := c.StartOfDay("tomorrow"); !got.IsZero() {
		t.Errorf("a malformed date starts %s", got)
	}
}

func TestDaysAreAddedOnTheCalendarNotOnTheClock(t *testing.T) {
	for _, v := range []struct {
		date string
		n    int
		want string
	}{
		{"2026-11-24", 14, "2026-12-08"},
		{"2026-03-02", 14, "2026-03-16"},
		{"2027-03-20", 14, "2027-04-03"}, // over the clock change
		{"2026-10-20", 14, "2026-11-03"},
		{"2028-02-28", 1, "2028-02-29"},
		{"2027-02-28", 1, "2027-03-01"},
		{"2026-12-31", 1, "2027-01-01"},
		{"2027-01-01", -1, "2026-12-31"},
		{"2026-01-01", 0, "2026-01-01"},
		{"1970-01-01", -1, "1969-12-31"},
		{"9999-12-31", 1, ""},
		{"2026-02-30", 1, ""},
		{"", 1, ""},
	} {
		if got := hours.AddDays(v.date, v.n); got != v.want {
			t.Errorf("%s %+d days is %q, want %q", v.date, v.n, got, v.want)
		}
	}
}

func TestSeveralWindowsADayAreKeptInOrder(t *testing.T) {
	c := hours.Default()
	c.Weekly = []hours.Weekly{
		{Days: []int{1}, From: "13:00", To: "17:00"},
		{Days: []int{1, 2}, From: "08:00", To: "12:30"},
		{Days: []int{2}, From: "20:00", To: "24:00"},
		{Days: []int{3}, From: "00:00", To: "02:00"},
	}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	want := []hours.Window{
		{From: wall(t, "2026-11-23 08:00"), To: wall(t, "2026-11-23 12:30")},
		{From: wall(t, "2026-11-23 13:00"), To: wall(t, "2026-11-23 17:00")},
	}
	if got := c.Windows("2026-11-23"); !reflect.DeepEqual(got, want) {
		t.Errorf("windows %v, want %v", got, want)
	}
	if got, _ := c.NextOpening(wall(t, "2026-11-23 12:30")); got != want[1].From {
		t.Errorf("after the morning it opens %s", got)
	}
	if inside, outside := c.Split(wall(t, "2026-11-23 12:00"), wall(t, "2026-11-23 13:30")); inside != 3600 || outside != 1800 {
		t.Errorf("over noon: %d inside, %d outside", inside, outside)
	}
	if inside, outside := c.Split(wall(t, "2026-11-24 23:00"), wall(t, "2026-11-25 03:00")); inside != 3*3600 || outside != 3600 {
		t.Errorf("over midnight: %d inside, %d outside", inside, outside)
	}
}

func TestAnEdgeInTheSkippedOrRepeatedHourIsTheFirstInstantAtOrAfterIt(t *testing.T) {
	c := hours.Default()
	c.Weekly = []hours.Weekly{
		{Days: []int{7}, From: "02:10", To: "02:20"},
		{Days: []int{7}, From: "02:30", To: "05:00"},
	}
	for date, want := range map[string][]hours.Window{
		"2027-03-28": {{From: utc(t, "2027-03-28T01:00:00Z"), To: utc(t, "2027-03-28T03:00:00Z")}},
		"2026-10-25": {
			{From: utc(t, "2026-10-25T00:10:00Z"), To: utc(t, "2026-10-25T00:20:00Z")},
			{From: utc(t, "2026-10-25T00:30:00Z"), To: utc(t, "2026-10-25T04:00:00Z")},
		},
	} {
		if got := c.Windows(date); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, want %v", date, got, want)
		}
	}
}

func TestA01_ANightShiftHasTheHoursThatPassed(t *testing.T) {
	for _, v := range []struct {
		from, to string
		hours    int64
	}{
		{"2026-10-24 22:00", "2026-10-25 06:00", 9},
		{"2027-03-27 22:00", "2027-03-28 06:00", 7},
	} {
		if _, outside := hours.Default().Split(wall(t, v.from), wall(t, v.to)); outside != v.hours*3600 {
			t.Errorf("%s to %s: %d s, want %d h", v.from, v.to, outside, v.hours)
		}
	}
}

func TestTheDefaultCalendarIsRecordedAsPlainData(t *testing.T) {
	const want = `{"zone":"Europe/Amsterdam",` +
		`"weekly":[{"days":[1,2,3,4,5],"from":"07:30","to":"17:00"}],` +
		`"holidays":[{"name":"new-year","closed":true},{"name":"good-friday","closed":false},` +
		`{"name":"easter-monday","closed":true},{"name":"kings-day","closed":true},` +
		`{"name":"liberation-day","closed":false},{"name":"ascension-day","closed":true},` +
		`{"name":"whit-monday","closed":true},{"name":"christmas-day","closed":true},` +
		`{"name":"second-christmas-day","closed":true}],"closings":[]}`
	got, err := json.Marshal(hours.Default())
	if err != nil || string(got) != want {
		t.Errorf("recorded as\n%s\nwant\n%s\n%v", got, want, err)
	}
	var back hours.Calendar
	if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, hours.Default()) {
		t.Errorf("read back as %+v, %v", back, err)
	}
}
