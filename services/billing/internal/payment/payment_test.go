package payment

import (
	"testing"

	"aanvraag.internal/services/platform/decider/decidertest"
)

func chamber() decidertest.Chamber[Payment, Event] {
	return decidertest.Chamber[Payment, Event]{Events: Events(), Commands: map[string]Command{"receive": Receive{}}}
}

func TestChamberIsPure(t *testing.T)            { decidertest.Chaste(t) }
func TestChamberListsEverything(t *testing.T)   { chamber().Complete(t) }
func TestRecordedNamesNeverChange(t *testing.T) { chamber().Remembered(t) }
func TestStories(t *testing.T)                  { chamber().Stories(t) }
