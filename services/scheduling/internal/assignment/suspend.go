package assignment

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Cause is what keeps the work from going on (F-01).
type Cause string

// The causes.
const (
	Power     Cause = "power"
	Network   Cause = "network"
	Supplier  Cause = "supplier"
	Attack    Cause = "attack"
	Disaster  Cause = "disaster"
	Authority Cause = "authority"
	Other     Cause = "other"
)

// Side is where a cause lies (F-05). The zero value is not known.
type Side string

// The sides.
const (
	Provider   Side = "provider"
	ThirdParty Side = "third_party"
	Customer   Side = "customer"
)

// DeclareForceMajeure says that something unforeseen and outside the provider's
// power keeps the work from going on, since From.
type DeclareForceMajeure struct {
	SupportRequestID string      `json:"supportRequestId"`
	Cause            Cause       `json:"cause"`
	Side             Side        `json:"side"`
	From             time.Time   `json:"from"` // when it began
	Explanation      sealed.Data `json:"explanation,omitzero"`
	At               time.Time   `json:"at"`
}

// Decide suspends an accepted request (F-01). The cause is named with its side,
// which is not the customer's: his own failure is no force majeure of the provider
// (F-05). It began at the latest now, and not before it was last agreed to go on:
// what was worked since then was agreed.
func (c DeclareForceMajeure) Decide(a Assignment) ([]Event, error) {
	switch {
	case !a.Opened && !a.Released:
		return nil, errUnaccepted
	case a.State() == Ended, a.State() == Suspended:
		return nil, illegal(a, "DeclareForceMajeure")
	case c.Cause == "" || c.Side == "":
		return nil, errCause
	case c.Side == Customer:
		return nil, errCustomers
	case c.From.After(c.At), c.From.Before(a.AgreedAt):
		return nil, errInstant
	}
	e := ForceMajeureDeclared{
		SupportRequestID: c.SupportRequestID, Number: a.Declared + 1, Cause: c.Cause, Side: c.Side,
		From: c.From.UTC(), DeclaredAt: c.At.UTC(), Explanation: c.Explanation,
		AppointmentIDs: append([]string{}, a.Past...),
	}
	if a.Appointment != "" {
		e.AppointmentIDs = append(e.AppointmentIDs, a.Appointment)
	}
	return []Event{e}, nil
}

// Handling is what was agreed with the customer about going on (F-03).
type Handling string

// The ways to go on.
const (
	Resume     Handling = "resume"
	Reschedule Handling = "reschedule"
	Finish     Handling = "end"
)

// AgreeHandling says what was agreed with the customer (F-03).
type AgreeHandling struct {
	SupportRequestID string      `json:"supportRequestId"`
	Handling         Handling    `json:"handling"`
	Note             sealed.Data `json:"note,omitzero"`
	At               time.Time   `json:"at"`
}

// Decide leads out of the suspension, as nothing else does. To resume there must
// be something that was begun: an appointment that had not started was moved.
func (c AgreeHandling) Decide(a Assignment) ([]Event, error) {
	switch {
	case !a.Opened && !a.Released:
		return nil, errUnaccepted
	case a.State() != Suspended:
		return nil, illegal(a, "AgreeHandling")
	case !slices.Contains([]Handling{Resume, Reschedule, Finish}, c.Handling):
		return nil, errHandling
	case c.Handling == Resume && a.Appointment == "":
		return nil, errNothing
	}
	return []Event{HandlingAgreed{
		SupportRequestID: c.SupportRequestID, Number: a.Declared, Handling: c.Handling,
		AgreedAt: c.At.UTC(), Note: c.Note, AppointmentID: a.Appointment,
	}}, nil
}

func illegal(a Assignment, command string) *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "9", Rule: "F-03",
		Reason:  "the request is not in a state that allows this",
		Details: map[string]string{"from": a.State(), "command": command},
	}
}

var (
	errUnaccepted = &decider.Rejection{
		Kind: decider.Missing, Code: "SUPPORT_REQUEST_UNKNOWN", Article: "9", Rule: "F-01",
		Reason: "there is no such request that was accepted",
	}
	errCause = &decider.Rejection{
		Kind: decider.Invalid, Code: "CAUSE_REQUIRED", Article: "9", Rule: "F-01",
		Reason: "force majeure is declared with its cause and with the side on which that lies",
	}
	errCustomers = &decider.Rejection{
		Kind: decider.Precondition, Code: "CAUSE_IS_CUSTOMERS", Article: "9", Rule: "F-05",
		Reason: "a failure on the customer's side is not the provider's force majeure; pause the session instead",
	}
	errInstant = &decider.Rejection{
		Kind: decider.Invalid, Code: "INSTANT_INVALID", Article: "9", Rule: "F-01",
		Reason: "force majeure began at the latest now, and not before it was last agreed how to go on",
	}
	errHandling = &decider.Rejection{
		Kind: decider.Invalid, Code: "HANDLING_REQUIRED", Article: "9", Rule: "F-03",
		Reason: "what is agreed is to resume, to reschedule or to end",
	}
	errNothing = &decider.Rejection{
		Kind: decider.Precondition, Code: "NOTHING_TO_RESUME", Article: "9", Rule: "F-03",
		Reason: "no session is open; agree to reschedule or to end",
	}
)
