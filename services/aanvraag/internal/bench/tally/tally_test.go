package tally

import (
	"testing"
	"time"

	"aanvraag.internal/services/platform/decider/decidertest"
)

func TestTheChamberIsPure(t *testing.T) { decidertest.Chaste(t) }

func TestEachCountIsOneMore(t *testing.T) {
	counted := Counted{SupportRequestID: "r1", Note: "one", At: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
	events := decidertest.Given[State, Event](t, counted).When(Count{counted}).Then(counted).Events()
	state := State{}
	for _, e := range append([]Event{counted}, events...) {
		state = e.Evolve(state)
	}
	if state.Count != 2 {
		t.Errorf("%+v", state)
	}
}
