package technician_test

import (
	"testing"

	"aanvraag.internal/services/platform/decider/decidertest"
	. "aanvraag.internal/services/scheduling/internal/technician"
)

var chamber = decidertest.Chamber[Technician, Event]{
	Events:   Events(),
	Commands: map[string]Command{"register": Register{}},
}

func TestATechnicianDecidesOnItsArgumentsAlone(t *testing.T) { decidertest.Chaste(t) }
func TestNothingOfATechnicianIsLeftOut(t *testing.T)         { chamber.Complete(t) }
func TestTechnicianHistoryStaysReadable(t *testing.T)        { chamber.Remembered(t) }
func TestTechnicianStories(t *testing.T)                     { chamber.Stories(t) }
