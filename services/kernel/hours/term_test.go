package hours

import (
	"testing"
	"time"
)

// the day on which the desk can first act is not one of the days of the term.
func TestR02_ATermIsOpeningDaysOfTheDesk(t *testing.T) {
	c := Default()
	for _, v := range []struct{ at, want string }{
		{"2026-11-23T08:00:00Z", "2026-11-30T16:00:00Z"}, // Monday, open: next Monday 17:00
		{"2026-11-27T15:59:59Z", "2026-12-04T16:00:00Z"}, // Friday, the last second
		{"2026-11-27T16:00:00Z", "2026-12-07T16:00:00Z"}, // Friday 17:00: as on Monday
		{"2026-11-28T12:00:00Z", "2026-12-07T16:00:00Z"}, // Saturday: as on Monday
		{"2026-12-23T12:00:00Z", "2026-12-31T16:00:00Z"}, // Christmas and a weekend lie between
		{"2027-03-22T12:00:00Z", "2027-03-30T15:00:00Z"}, // over a clock change and Easter Monday
	} {
		at, err := time.Parse(time.RFC3339, v.at)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := c.Term(at, 5)
		if !ok || got.Format(time.RFC3339) != v.want {
			t.Errorf("of %s: %s (%t), want %s", v.at, got.Format(time.RFC3339), ok, v.want)
		}
	}
	if _, ok := c.Term(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), 0); ok {
		t.Error("a term of no days ended")
	}
	c.Weekly = nil
	if _, ok := c.Term(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC), 1); ok {
		t.Error("a desk that never opens has a term")
	}
}
