// Package limits is how much one sender may send within a window of time, as a
// policy (N-04). It is pure.
package limits

import (
	"errors"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// Policy is the kind of the policy that holds [Limits].
const Policy = "submission-limits"

// Limits is the content of the policy "submission-limits": how many requests one
// sender may send within one window.
type Limits struct {
	PerEmail      int   `json:"perEmail"`
	PerAddress    int   `json:"perAddress"`
	WindowSeconds int64 `json:"windowSeconds"`
	// ProofBits is how many zero bits a proof of work begins with; 0: none is demanded.
	ProofBits int `json:"proofBits,omitzero"`
}

// mostProofBits keeps the work of an honest sender below some minutes.
const mostProofBits = 24

// First is what holds until other limits are published. An office shares one
// address, so more may come from an address than from one mailbox.
func First() Limits { return Limits{PerEmail: 5, PerAddress: 30, WindowSeconds: 3600} }

const day = 24 * 60 * 60

// Check says what is wrong with limits, or nil: one that lets nothing through, a
// window that does not divide a day, or work that nobody would wait for.
func (l Limits) Check() error {
	var wrong []error
	if l.PerEmail < 1 || l.PerAddress < 1 {
		wrong = append(wrong, errors.New("a limit of less than one request lets nobody through"))
	}
	if l.WindowSeconds < 60 || l.WindowSeconds > day || day%l.WindowSeconds != 0 {
		wrong = append(wrong, fmt.Errorf("a window of %d s is not a minute to a day that divides a day", l.WindowSeconds))
	}
	if l.ProofBits < 0 || l.ProofBits > mostProofBits {
		wrong = append(wrong, fmt.Errorf("a proof of %d bits is not one of 0 to %d", l.ProofBits, mostProofBits))
	}
	return errors.Join(wrong...)
}

// Window is the window [from, until) that an instant lies in, UTC. Windows are
// counted from midnight UTC.
func (l Limits) Window(at time.Time) (from, until time.Time) {
	length := time.Duration(l.WindowSeconds) * time.Second
	from = at.UTC().Truncate(length)
	return from, from.Add(length)
}

// Publish brings other limits into force. EffectiveFrom zero means At.
type Publish struct {
	Limits        Limits    `json:"limits"`
	EffectiveFrom time.Time `json:"effectiveFrom,omitzero"`
	At            time.Time `json:"at"`
}

// Decide refuses limits that cannot be worked by (N-04), and what no policy may do (P2).
func (c Publish) Decide(p policy.Policy) ([]policy.Event, error) {
	if err := c.Limits.Check(); err != nil {
		return nil, &decider.Rejection{
			Kind: decider.Invalid, Code: "LIMITS_INVALID", Rule: "N-04", Reason: err.Error(),
		}
	}
	data, err := json.Marshal(c.Limits, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("limits: %w", err)
	}
	return policy.Publish{Kind: Policy, Content: data, EffectiveFrom: c.EffectiveFrom, At: c.At}.Decide(p)
}
