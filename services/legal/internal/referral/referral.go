// Package referral is the chamber of a criminal referral (D-05): raised by one
// person of the legal role, approved by another, handed over to an authority. While
// it stands, nothing of that support request is destroyed (D-06). What it is about
// and why is sealed, also for this package.
package referral

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a referral's stream.
type (
	Event   = decider.Event[Referral]
	Command = decider.Command[Referral, Event]
)

// State is where a referral stands.
type State string

// The states. None is a request that was never referred.
const (
	None       State = ""
	Raised     State = "RAISED"
	Approved   State = "APPROVED"
	HandedOver State = "HANDED_OVER"
	Withdrawn  State = "WITHDRAWN"
	Released   State = "RELEASED"
)

// Referral is what the events tell of one support request's referral, the last one
// if there were several after each other.
type Referral struct {
	State State

	Matter   sealed.Data // request, grounds and date of review
	RaisedBy string      // account
	RaisedAt time.Time

	ApprovedBy string // another account
	ApprovedAt time.Time

	Receipt      sealed.Data // authority and its reference
	HandedOverAt time.Time

	EndReason sealed.Data // of a withdrawal or a release
	EndedAt   time.Time
}

// Held tells whether keys of the request must not be destroyed (D-06): from the
// moment somebody raised it, before a second person has looked, for what is
// destroyed does not come back.
func (r Referral) Held() bool {
	return r.State == Raised || r.State == Approved || r.State == HandedOver
}

// Unknown answers whatever is asked of a referral that was never raised.
var Unknown = &decider.Rejection{
	Kind: decider.Missing, Code: "REFERRAL_UNKNOWN", Article: "8", Rule: "D-05",
	Reason: "there is no such referral",
}

// in lets a command through in one of some states.
func (r Referral) in(command string, states ...State) error {
	if r.State == None {
		return Unknown
	}
	if slices.Contains(states, r.State) {
		return nil
	}
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "8", Rule: "D-05",
		Reason:  "the referral's state does not allow it",
		Details: map[string]string{"from": string(r.State), "command": command},
	}
}
