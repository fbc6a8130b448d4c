package opening

import (
	"testing"
	"time"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider/decidertest"
)

var nine = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func chamber() decidertest.Chamber[policy.Policy, policy.Event] {
	saturdays := hours.Default()
	saturdays.Weekly = append(saturdays.Weekly, hours.Weekly{Days: []int{6}, From: "09:00", To: "13:00"})
	return decidertest.Chamber[policy.Policy, policy.Event]{
		Events: policy.Events(),
		Commands: map[string]policy.Command{
			"publish":           Publish{Calendar: hours.Default(), At: nine},
			"publish-saturdays": Publish{Calendar: saturdays, At: nine},
			"publish-nothing":   Publish{Calendar: hours.Calendar{Zone: hours.Amsterdam}, At: nine},
		},
	}
}

func TestPure(t *testing.T)     { decidertest.Chaste(t) }
func TestComplete(t *testing.T) { chamber().Complete(t) }
func TestStories(t *testing.T)  { chamber().Stories(t) }

func TestG10_ACalendarThatNobodyCouldReadIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*hours.Calendar){
		"never open":      func(c *hours.Calendar) { c.Weekly = nil },
		"past midnight":   func(c *hours.Calendar) { c.Weekly[0].From, c.Weekly[0].To = "22:00", "06:00" },
		"an unknown zone": func(c *hours.Calendar) { c.Zone = "Europe/Berlin" },
		"a holiday that is none (G-11)": func(c *hours.Calendar) {
			c.Holidays = append(c.Holidays, hours.Holiday{Name: "carnival", Closed: true})
		},
		"a closing that is no date": func(c *hours.Calendar) { c.Closings = []string{"2026-02-30"} },
	} {
		c := hours.Default()
		spoil(&c)
		t.Run(name, func(t *testing.T) {
			decidertest.Given[policy.Policy, policy.Event](t).When(Publish{Calendar: c, At: nine}).Rejected("CALENDAR_INVALID", "G-10")
		})
	}
}
