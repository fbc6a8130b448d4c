package hours_test

import (
	"strings"
	"testing"

	"aanvraag.internal/services/kernel/hours"
)

func TestG10_TheDefaultCalendarIsSound(t *testing.T) {
	if err := hours.Default().Check(); err != nil {
		t.Error(err)
	}
}

func TestG10_ACalendarThatIsNotSoundIsRefusedWithItsReason(t *testing.T) {
	window := func(from, to string, days ...int) func(*hours.Calendar) {
		return func(c *hours.Calendar) {
			c.Weekly = append(c.Weekly, hours.Weekly{Days: days, From: from, To: to})
		}
	}
	for name, v := range map[string]struct {
		spoil func(*hours.Calendar)
		want  string
	}{
		"zone":          {func(c *hours.Calendar) { c.Zone = "Europe/Berlin" }, `zone "Europe/Berlin" is not carried`},
		"no zone":       {func(c *hours.Calendar) { c.Zone = "" }, `zone "" is not carried`},
		"no window":     {func(c *hours.Calendar) { c.Weekly = nil }, "it would never open"},
		"no days":       {window("08:00", "09:00"), "08:00 to 09:00 has no days"},
		"day 0":         {window("08:00", "09:00", 0), "day 0 is not between"},
		"day 8":         {window("08:00", "09:00", 8), "day 8 is not between"},
		"day twice":     {window("08:00", "09:00", 6, 6), "names day 6 twice"},
		"edge":          {window("8:00", "09:00", 6), `"8:00" to "09:00" is not written like`},
		"seconds":       {window("08:00:00", "09:00", 6), "is not written like"},
		"from 24:00":    {window("24:00", "24:00", 6), "is not written like"},
		"empty":         {window("09:00", "09:00", 6), "09:00 to 09:00 is empty"},
		"past midnight": {window("22:00", "06:00", 6), "written as two"},
		"overlap":       {window("16:59", "18:00", 5, 6), "07:30 to 17:00 and 16:59 to 18:00 overlap"},
		"holiday": {func(c *hours.Calendar) {
			c.Holidays = append(c.Holidays, hours.Holiday{Name: "carnival"})
		}, `holiday "carnival" is not known`},
		"holiday twice": {func(c *hours.Calendar) {
			c.Holidays = append(c.Holidays, hours.Holiday{Name: hours.KingsDay})
		}, "holiday kings-day is named twice"},
		"closing": {func(c *hours.Calendar) { c.Closings = []string{"31-12-2026"} }, `closing "31-12-2026" is not a date`},
		"closing twice": {func(c *hours.Calendar) {
			c.Closings = []string{"2026-12-31", "2026-12-31"}
		}, "closing 2026-12-31 is named twice"},
	} {
		c := hours.Default()
		v.spoil(&c)
		if err := c.Check(); err == nil || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s: %v, want %q", name, err, v.want)
		}
	}
}

func TestG10_WindowsMayTouchAndShareHoursOnOtherDays(t *testing.T) {
	c := hours.Default()
	c.Weekly = append(c.Weekly,
		hours.Weekly{Days: []int{5}, From: "17:00", To: "24:00"},
		hours.Weekly{Days: []int{6}, From: "00:00", To: "12:00"})
	if err := c.Check(); err != nil {
		t.Error(err)
	}
}

func TestP02_AZoneThatIsNotCarriedIsNeverGuessed(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("an unchecked calendar answered")
		}
	}()
	hours.Calendar{}.Open(wall(t, "2026-11-23 12:00"))
}
