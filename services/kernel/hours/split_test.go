package hours_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"aanvraag.internal/services/kernel/hours"
)

// oracle counts minute by minute: it asks the standard library for the wall clock
// and a second library for the holidays.
type oracle struct {
	zone     *time.Location
	holidays map[string]bool
}

func newOracle(t *testing.T) oracle {
	t.Helper()
	zone, err := time.LoadLocation(hours.Amsterdam)
	if err != nil {
		t.Fatal(err)
	}
	return oracle{zone: zone, holidays: secondOpinion()}
}

func (o oracle) open(at time.Time) bool {
	local := at.In(o.zone)
	minute := local.Hour()*60 + local.Minute()
	switch {
	case local.Weekday() == time.Saturday || local.Weekday() == time.Sunday:
		return false
	case o.holidays[local.Format(time.DateOnly)]:
		return false
	}
	return minute >= 7*60+30 && minute < 17*60
}

func (o oracle) split(from, to time.Time) (inside, outside int64) {
	for from.Before(to) {
		next := from.Truncate(time.Minute).Add(time.Minute)
		if next.After(to) {
			next = to
		}
		if seconds := next.Unix() - from.Unix(); o.open(from) {
			inside += seconds
		} else {
			outside += seconds
		}
		from = next
	}
	return inside, outside
}

// instants of ten years, and often those of a clock change or a holiday.
func instants() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		const tenYears = 10 * 366 * 24 * 3600
		near := rapid.SampledFrom([]string{
			"", "", "2026-03-29", "2026-10-25", "2027-03-28", "2027-10-31", "2028-03-26", "2028-10-29",
			"2026-12-25", "2025-04-26", "2027-05-06",
		}).Draw(t, "near")
		if near == "" {
			start := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
			return start.Add(time.Duration(rapid.Int64Range(0, tenYears).Draw(t, "second")) * time.Second)
		}
		start, err := time.Parse(time.DateOnly, near)
		if err != nil {
			t.Fatal(err)
		}
		return start.Add(time.Duration(rapid.Int64Range(-90_000, 180_000).Draw(t, "second")) * time.Second)
	})
}

func TestT08_SplitAgreesWithCountingMinuteByMinute(t *testing.T) {
	slow, fast := newOracle(t), hours.Default()
	rapid.Check(t, func(t *rapid.T) {
		from := instants().Draw(t, "from")
		length := rapid.OneOf(rapid.Int64Range(0, 4*3600), rapid.Int64Range(0, 12*86_400)).Draw(t, "length")
		to := from.Add(time.Duration(length) * time.Second)
		inside, outside := fast.Split(from, to)
		wantInside, wantOutside := slow.split(from, to)
		if inside != wantInside || outside != wantOutside {
			t.Fatalf("%s to %s: %d and %d, want %d and %d", from, to, inside, outside, wantInside, wantOutside)
		}
		if fast.Open(from) != slow.open(from) {
			t.Fatalf("%s open: %t", from, fast.Open(from))
		}
	})
}

func TestT08_CuttingAnIntervalChangesNoSecond(t *testing.T) {
	c := hours.Default()
	rapid.Check(t, func(t *rapid.T) {
		from := instants().Draw(t, "from")
		length := rapid.Int64Range(0, int64(30*24*time.Hour)).Draw(t, "length")
		cut := from.Add(time.Duration(rapid.Int64Range(0, length).Draw(t, "cut"))) // any nanosecond
		to := from.Add(time.Duration(length))
		inside, outside := c.Split(from, to)
		leftIn, leftOut := c.Split(from, cut)
		rightIn, rightOut := c.Split(cut, to)
		if inside != leftIn+rightIn || outside != leftOut+rightOut {
			t.Fatalf("whole %d and %d, parts %d+%d and %d+%d",
				inside, outside, leftIn, rightIn, leftOut, rightOut)
		}
		if inside+outside != to.Unix()-from.Unix() {
			t.Fatalf("%d and %d do not make %d", inside, outside, to.Unix()-from.Unix())
		}
	})
}

func TestG16_TheNextOpeningIsOpenAndNothingBeforeItIs(t *testing.T) {
	c := hours.Default()
	rapid.Check(t, func(t *rapid.T) {
		at := instants().Draw(t, "at")
		next, ok := c.NextOpening(at)
		if !ok || !c.Open(next) || next.Before(at) {
			t.Fatalf("after %s: %s %t", at, next, ok)
		}
		if inside, _ := c.Split(at, next); inside != 0 {
			t.Fatalf("%d s were open between %s and %s", inside, at, next)
		}
	})
}

func TestG12_AWallTimeAndItsOffsetNameOneInstant(t *testing.T) {
	c := hours.Default()
	slow := newOracle(t)
	rapid.Check(t, func(t *rapid.T) {
		at := instants().Draw(t, "at")
		local := at.In(slow.zone)
		_, seconds := local.Zone()
		offset := time.Duration(seconds) * time.Second
		date, clock := local.Format(time.DateOnly), local.Format(time.TimeOnly)
		if back, err := c.Instant(date, clock, &offset); err != nil || back != at {
			t.Fatalf("%s became %s, %v", local, back, err)
		}
		if c.Date(at) != date || c.StartOfDay(date).After(at) || !c.StartOfDay(hours.AddDays(date, 1)).After(at) {
			t.Fatalf("%s is not inside %s", local, date)
		}
	})
}

func BenchmarkSplitOfASession(b *testing.B) {
	c := hours.Default()
	from := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	to := from.Add(3 * time.Hour)
	b.ReportAllocs()
	for b.Loop() {
		c.Split(from, to)
	}
}

func BenchmarkNextOpeningOverChristmas(b *testing.B) {
	c := hours.Default()
	at := time.Date(2026, 12, 24, 16, 0, 0, 0, time.UTC)
	b.ReportAllocs()
	for b.Loop() {
		c.NextOpening(at)
	}
}
