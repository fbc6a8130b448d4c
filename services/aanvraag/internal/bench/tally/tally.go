// Package tally is the smallest chamber that an engine can be measured under: it
// counts. Its events are as large as most of a life's.
package tally

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// State is how much was counted.
type State struct{ Count int }

// Event and Command of a tally stream.
type (
	Event   = decider.Event[State]
	Command = decider.Command[State, Event]
)

// Events lists every event type of a tally stream.
func Events() []Event { return []Event{Counted{}} }

// Counted: one more.
type Counted struct {
	SupportRequestID string    `json:"supportRequestId"`
	Note             string    `json:"note"`
	At               time.Time `json:"at"`
}

// EventType is the recorded name.
func (Counted) EventType() string { return "tally.counted.v1" }

// Evolve counts.
func (Counted) Evolve(s State) State { return State{Count: s.Count + 1} }

// Count wishes for one more.
type Count struct{ Counted }

// Decide never refuses.
func (c Count) Decide(State) ([]Event, error) { return []Event{c.Counted}, nil }
