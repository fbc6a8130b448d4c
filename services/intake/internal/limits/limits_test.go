package limits

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider/decidertest"
)

var nine = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func chamber() decidertest.Chamber[policy.Policy, policy.Event] {
	return decidertest.Chamber[policy.Policy, policy.Event]{
		Events:   policy.Events(),
		Commands: map[string]policy.Command{"publish": Publish{Limits: First(), At: nine}},
	}
}

func TestPure(t *testing.T)     { decidertest.Chaste(t) }
func TestComplete(t *testing.T) { chamber().Complete(t) }
func TestStories(t *testing.T)  { chamber().Stories(t) }

func TestN04_LimitsThatNobodyCanWorkByAreRefused(t *testing.T) {
	for name, v := range map[string]struct {
		limits Limits
		right  bool
	}{
		"the first ones":                {First(), true},
		"a minute":                      {Limits{1, 1, 60, 0}, true},
		"a day":                         {Limits{1, 1, 86_400, 24}, true},
		"nobody by e-mail":              {Limits{0, 30, 3600, 0}, false},
		"nobody by address":             {Limits{5, 0, 3600, 0}, false},
		"no window":                     {Limits{5, 30, 0, 0}, false},
		"59 seconds":                    {Limits{5, 30, 59, 0}, false},
		"more than a day":               {Limits{5, 30, 172_800, 0}, false},
		"a window that does not divide": {Limits{5, 30, 7000, 0}, false},
		"work without end":              {Limits{5, 30, 3600, 25}, false},
		"less than no work":             {Limits{5, 30, 3600, -1}, false},
	} {
		if err := v.limits.Check(); (err == nil) != v.right {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestN04_AWindowIsHalfOpen(t *testing.T) {
	for at, from := range map[time.Time]time.Time{
		nine:                             nine,
		nine.Add(time.Hour - 1):          nine,
		nine.Add(time.Hour):              nine.Add(time.Hour),
		nine.Add(-1):                     nine.Add(-time.Hour),
		nine.In(time.FixedZone("", 999)): nine,
	} {
		if gotFrom, until := First().Window(at); !gotFrom.Equal(from) || until.Sub(gotFrom) != time.Hour {
			t.Errorf("%s lies in [%s, %s)", at, gotFrom, until)
		}
	}
}
