// Package opening brings the desk's opening hours into force, version by version.
// What a calendar means is package hours' to say. It is pure.
package opening

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/kernel/hours"
	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// Policy is the kind of the policy that holds a calendar.
const Policy = "calendar"

// Publish brings another calendar into force. EffectiveFrom zero means At.
type Publish struct {
	Calendar      hours.Calendar `json:"calendar"`
	EffectiveFrom time.Time      `json:"effectiveFrom,omitzero"`
	At            time.Time      `json:"at"`
}

// Decide refuses a calendar by which nobody could tell whether the desk is open
// (G-10, G-11), and what no policy may do: to be in force before now (P2).
func (c Publish) Decide(p policy.Policy) ([]policy.Event, error) {
	if err := c.Calendar.Check(); err != nil {
		return nil, &decider.Rejection{
			Kind: decider.Invalid, Code: "CALENDAR_INVALID", Rule: "G-10", Reason: err.Error(),
		}
	}
	data, err := json.Marshal(c.Calendar, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("calendar: %w", err)
	}
	return policy.Publish{Kind: Policy, Content: data, EffectiveFrom: c.EffectiveFrom, At: c.At}.Decide(p)
}
