package request

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Handling is what was agreed with the customer after force majeure (F-03).
type Handling string

// The ways to go on.
const (
	HandlingResume     Handling = "resume"
	HandlingReschedule Handling = "reschedule"
	HandlingEnd        Handling = "end"
)

// Suspend takes in that force majeure was declared (F-01).
type Suspend struct {
	Number int       `json:"number"` // of the declaration
	From   time.Time `json:"from"`   // when it began
	At     time.Time `json:"at"`
}

// Decide suspends work that is agreed on and not over.
func (c Suspend) Decide(r Request) ([]Event, error) {
	if !r.agreed() || r.Suspended {
		return nil, nil
	}
	return []Event{Suspended{Number: c.Number, From: c.From, SuspendedAt: c.At}}, nil
}

// GoOn takes in what was agreed with the customer about going on (F-03).
type GoOn struct {
	Number   int       `json:"number"` // of the declaration that it answers
	Handling Handling  `json:"handling"`
	At       time.Time `json:"at"`
}

// Decide leads out of the suspension, as nothing else does.
func (c GoOn) Decide(r Request) ([]Event, error) {
	if !r.Suspended {
		return nil, nil
	}
	return []Event{HandlingAgreed{Number: c.Number, Handling: c.Handling, AgreedAt: c.At}}, nil
}

// errConsult answers what would lead out of a suspension.
var errConsult = &decider.Rejection{
	Kind: decider.Precondition, Code: "CONSULT_FIRST", Article: "9", Rule: "F-03",
	Reason: "force majeure was declared; the request goes on only as agreed with the customer",
}
