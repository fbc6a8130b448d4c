package terms

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// Publish makes a new version of a document. EffectiveFrom zero means At.
type Publish struct {
	Kind          string            `json:"kind"`  // such as "terms.general"
	Texts         map[string]string `json:"texts"` // by language, Dutch among them
	EffectiveFrom time.Time         `json:"effectiveFrom,omitzero"`
	At            time.Time         `json:"at"`
	// Seed is that of [policy.Publish]: the product's own texts were in force before
	// the first start.
	Seed bool `json:"seed,omitzero"`
}

// Decide refuses a version without the authoritative text (O-01), and what no
// policy may do (P2).
func (c Publish) Decide(p policy.Policy) ([]policy.Event, error) {
	if c.Texts[Dutch] == "" {
		return nil, errDutch
	}
	content := Content{Texts: make(map[string]Text, len(c.Texts))}
	for language, text := range c.Texts {
		content.Texts[language] = Text{SHA256: Sum(text), Text: text}
	}
	data, err := json.Marshal(content, json.Deterministic(true))
	if err != nil {
		return nil, fmt.Errorf("texts of %s: %w", c.Kind, err)
	}
	return policy.Publish{
		Kind: c.Kind, Content: data, EffectiveFrom: c.EffectiveFrom, At: c.At, Seed: c.Seed,
	}.Decide(p)
}

var errDutch = &decider.Rejection{
	Kind: decider.Invalid, Code: "DUTCH_TEXT_REQUIRED", Rule: "O-01",
	Reason: "the Dutch text is authoritative, so every version has one",
}
