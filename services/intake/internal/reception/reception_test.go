package reception

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider/decidertest"
)

var now = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

var menu = []Choice{{1, Reception}, {2, Support}, {3, "sales"}, {4, "repair-information"}}

func receive(key int) Receive {
	return Receive{Channel: "phone", MenuChoice: key, SupportRequestID: "r", Menu: menu, At: now}
}

var (
	commands = map[string]Command{"receive": receive(2)}
	chamber  = decidertest.Chamber[Contact, Event]{Events: Events(), Commands: commands}
)

func TestChamberIsPure(t *testing.T) { decidertest.Chaste(t) }
func TestComplete(t *testing.T)      { chamber.Complete(t) }
func TestRemembered(t *testing.T)    { chamber.Remembered(t) }
func TestStories(t *testing.T)       { chamber.Stories(t) }

func TestMatrix(t *testing.T) {
	received := Received{Channel: "phone", ReceivedAt: now}
	chamber.Matrix(t, map[string][]Event{
		"1 new":              {},
		"2 led to reception": {received, Routed{To: Reception, RoutedAt: now}},
		"3 led to support":   {received, Routed{To: Support, SupportRequestID: "r", RoutedAt: now}},
	}, map[string]Command{"receive": receive(2), "receive without a choice": receive(0)})
}

func TestG14_TheMenuLeadsAndSupportAloneOpensARequest(t *testing.T) {
	for key, want := range map[int]string{
		1: Reception, 2: Support, 3: "sales", 4: "repair-information", 9: Reception, 0: Reception, 5: Reception, -1: Reception,
	} {
		request := ""
		if want == Support {
			request = "r"
		}
		decidertest.Given[Contact, Event](t).When(receive(key)).Then(
			Received{Channel: "phone", MenuChoice: key, ReceivedAt: now},
			Routed{To: want, SupportRequestID: request, RoutedAt: now},
		)
	}
}

func TestG14_TheMenuIsPolicy(t *testing.T) {
	c := receive(1)
	c.Menu = []Choice{{1, Support}, {2, Reception}}
	if got := decidertest.Given[Contact, Event](t).When(c).Events()[1].(Routed); got.To != Support || got.SupportRequestID != "r" {
		t.Error(got)
	}
}
