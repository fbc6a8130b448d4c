package eventstore

import (
	"time"

	"github.com/google/uuid"
)

// Metadata answers an auditor's questions about one event: who, when, why and
// under which rules (P2, P4, P8). It is stored as JSON beside the data.
type Metadata struct {
	CommandID     uuid.UUID   `json:"commandId"`
	CommandIndex  int         `json:"commandIndex,omitzero"` // place among the events of that command
	CorrelationID string      `json:"$correlationId"`        // the support request id, spelled as EventStoreDB spells it
	CausationID   uuid.UUID   `json:"$causationId,omitzero"` // the event that led to this one, if an event did
	Actor         Actor       `json:"actor"`
	DecidedAt     time.Time   `json:"decidedAt"`            // by the service's clock
	HappenedAt    time.Time   `json:"happenedAt,omitzero"`  // in the world, where it differs
	Policies      []PolicyRef `json:"policyRefs,omitzero"`  // every policy version the decision used
	Fingerprint   []byte      `json:"fingerprint,omitzero"` // keyed hash of the request (P5)
	Source        *Source     `json:"source,omitzero"`      // what an inbox handled
	TZData        string      `json:"tzdata,omitzero"`      // version of the time zone rules, where local time was used (G-12)
}

// Actor is who wanted it, and how sure we are of that.
type Actor struct {
	Kind           string `json:"kind"`          // a role: "customer", "technician", "service", …
	ID             string `json:"id,omitzero"`   // pseudonymous
	Authentication string `json:"auth,omitzero"` // "none", "token", "in-process"
}

// PolicyRef names one version of one policy by its content (P2).
type PolicyRef struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	SHA256  string `json:"sha256"`
}

// Source is the public event that an inbox turned into this one (R4).
type Source struct {
	Handler  string   `json:"handler"`
	Stream   string   `json:"stream"`
	Revision Revision `json:"revision"`
}
