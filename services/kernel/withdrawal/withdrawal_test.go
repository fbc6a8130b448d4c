package withdrawal

import (
	"testing"
	"time"
)

// the last second of day fourteen counts, by the days of Amsterdam. The clock
// goes back on 2026-10-25 and forward on 2027-03-28.
func TestX05TheLastSecondOfDayFourteenCounts(t *testing.T) {
	for concluded, ends := range map[string]string{
		"2026-11-23T09:00:00Z": "2026-12-07T23:00:00Z",
		"2026-11-23T22:59:59Z": "2026-12-07T23:00:00Z", // 23:59:59 on the 23rd
		"2026-11-23T23:00:00Z": "2026-12-08T23:00:00Z", // 00:00 on the 24th
		"2026-10-20T10:00:00Z": "2026-11-03T23:00:00Z", // concluded in summer time
		"2027-03-20T10:00:00Z": "2027-04-03T22:00:00Z", // ends in summer time
	} {
		at, end := instant(t, concluded), instant(t, ends)
		if got := Ends(at); !got.Equal(end) {
			t.Errorf("concluded %s, it ends %s, want %s", concluded, got, ends)
		}
		if !Open(at, end.Add(-time.Second)) || Open(at, end) {
			t.Errorf("concluded %s: the last second does not count, or one more does", concluded)
		}
	}
	if !Open(time.Time{}, instant(t, "2099-01-01T00:00:00Z")) {
		t.Error("what was not concluded is over")
	}
}

func instant(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
