package mail

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider/decidertest"
)

var (
	now      = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	commands = map[string]Command{"take": Take{SupportRequestID: "r1", At: now}}
	chamber  = decidertest.Chamber[Mail, Event]{Events: Events(), Commands: commands}
)

func TestPure(t *testing.T)       { decidertest.Chaste(t) }
func TestComplete(t *testing.T)   { chamber.Complete(t) }
func TestRemembered(t *testing.T) { chamber.Remembered(t) }
func TestStories(t *testing.T)    { chamber.Stories(t) }

func TestMatrix(t *testing.T) {
	chamber.Matrix(t, map[string][]Event{
		"1 new":               {},
		"2 taken":             {Taken{SupportRequestID: "r1", TakenAt: now}},
		"3 taken for another": {Taken{SupportRequestID: "r2", TakenAt: now}},
	}, commands)
}

func TestG15_AMailThatCameInBeforeNamesItsRequest(t *testing.T) {
	given := decidertest.Given[Mail, Event](t, Taken{SupportRequestID: "r1", TakenAt: now})
	given.When(Take{SupportRequestID: "r2", At: now}).Rejected("MAIL_ALREADY_TAKEN", "G-15")
}
