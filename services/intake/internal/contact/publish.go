package contact

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// Policy is the kind of the policy that holds a [Directory].
const Policy = "contact"

// Publish brings another directory into force. EffectiveFrom zero means At.
type Publish struct {
	Directory     Directory `json:"directory"`
	EffectiveFrom time.Time `json:"effectiveFrom,omitzero"`
	At            time.Time `json:"at"`
}

// Decide refuses a directory that misleads callers (G-13), and what no policy may
// do (P2).
func (c Publish) Decide(p policy.Policy) ([]policy.Event, error) {
	if err := c.Directory.Check(); err != nil {
		return nil, &decider.Rejection{
			Kind: decider.Invalid, Code: "DIRECTORY_INVALID", Rule: "G-13", Reason: err.Error(),
		}
	}
	data, err := json.Marshal(c.Directory, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("contact directory: %w", err)
	}
	return policy.Publish{Kind: Policy, Content: data, EffectiveFrom: c.EffectiveFrom, At: c.At}.Decide(p)
}
