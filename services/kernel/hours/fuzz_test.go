package hours_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/kernel/hours"
)

// A calendar that passes its check can be asked anything: it answers, and its
// answers agree with each other. One that fails says why, and only an unknown
// zone cannot be asked.
func FuzzCalendar(f *testing.F) {
	standard, err := json.Marshal(hours.Default())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(standard, int64(1795420800), int64(3600))
	for _, content := range []string{
		`{"zone":"Europe/Amsterdam","weekly":[{"days":[7],"from":"00:00","to":"24:00"}],"holidays":[],"closings":[]}`,
		`{"zone":"Europe/Amsterdam","weekly":[{"days":[1,2,3,4,5,6,7],"from":"02:15","to":"02:45"}],"holidays":[{"name":"easter-monday","closed":true}],"closings":["0000-01-01","9999-12-31"]}`,
		`{"zone":"Europe/Amsterdam","weekly":[{"days":[1],"from":"17:00","to":"07:30"}]}`,
		`{"zone":"Europe/Amsterdam","weekly":[{"days":[-9223372036854775808,8],"from":"","to":"24:00"}],"closings":["2026-02-30"]}`,
		`{"zone":"Mars","weekly":[]}`, `{}`, `null`, `{"weekly":null,"holidays":[{"name":"","closed":true}]}`,
	} {
		f.Add([]byte(content), int64(1774746000), int64(86400))
	}
	f.Add(standard, int64(-62167219200), int64(-1))
	f.Add(standard, int64(253402300799), int64(1))
	f.Fuzz(func(t *testing.T, content []byte, second, length int64) {
		var c hours.Calendar
		if json.Unmarshal(content, &c, json.RejectUnknownMembers(true)) != nil {
			return
		}
		wrong := c.Check()
		if c.Zone != hours.Amsterdam {
			if wrong == nil || !strings.Contains(wrong.Error(), "zone") {
				t.Fatalf("zone %q passes (%v)", c.Zone, wrong)
			}
			return
		}
		// Years 0 to 9999, and at most ten days: each day is looked at.
		at := time.Unix(second%253402300800, 0).UTC()
		to := at.Add(time.Duration(length%864000) * time.Second)
		date, open := c.Date(at), c.Open(at)
		opening, ever := c.NextOpening(at)
		inside, outside := c.Split(at, to)
		c.Windows(date)
		if wrong != nil {
			return
		}
		for _, w := range c.Weekly {
			if w.From >= w.To {
				t.Fatalf("the window %s to %s passes", w.From, w.To)
			}
		}
		if inside < 0 || outside < 0 || inside+outside != max(0, to.Unix()-at.Unix()) {
			t.Fatalf("%d seconds inside and %d outside, of %s to %s", inside, outside, at, to)
		}
		if open && !opening.Equal(at) || ever && (opening.Before(at) || !c.Open(opening)) {
			t.Fatalf("at %s open is %t, and the next opening %s", at, open, opening)
		}
		if closing, closed := c.Closed(date); closed && open {
			t.Fatalf("open on %s, which is %s", date, closing)
		}
		stored, err := json.Marshal(c, json.Deterministic(true))
		if err != nil {
			t.Fatal(err)
		}
		var again hours.Calendar
		if err := json.Unmarshal(stored, &again, json.RejectUnknownMembers(true)); err != nil || again.Check() != nil ||
			again.Zone != c.Zone || !reflect.DeepEqual(again.Weekly, c.Weekly) {
			t.Fatalf("%s became %+v (%v)", content, again, err)
		}
	})
}
