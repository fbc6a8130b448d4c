// Package warranty is the life of one claim of warranty: a case of its own, whoever
// decides on the request that it may be about (article 4). It is pure.
package warranty

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a claim's stream.
type (
	Event   = decider.Event[Claim]
	Command = decider.Command[Claim, Event]
)

// Stage is where a claim stands.
type Stage string

// The stages. None is a claim that nobody made.
const (
	None     Stage = ""
	Open     Stage = "OPEN"
	Granted  Stage = "GRANTED"
	Rejected Stage = "REJECTED"
)

// Claim is one claim.
type Claim struct {
	Stage            Stage
	SupportRequestID string // that it was raised on; "" for a claim by phone
	Grounds          sealed.Data
	Basis            sealed.Data // of the decision
	RegisteredAt     time.Time
	DecidedAt        time.Time
}

// Unknown answers a wish about a claim that nobody made.
var Unknown = &decider.Rejection{
	Kind: decider.Missing, Code: "WARRANTY_CLAIM_UNKNOWN", Article: "4", Rule: "W-03",
	Reason: "there is no such claim of warranty",
}
