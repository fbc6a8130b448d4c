package terms

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Publish makes a new version. EffectiveFrom zero means At.
type Publish struct {
	Kind          string            `json:"kind"`
	Texts         map[string]string `json:"texts"` // by language, Dutch among them
	EffectiveFrom time.Time         `json:"effectiveFrom,omitzero"`
	At            time.Time         `json:"at"`
	// Seed allows an EffectiveFrom in the past, for the first version only: the
	// product's own texts were in force before the first start.
	Seed bool `json:"seed,omitzero"`
}

// Decide refuses a version that would rewrite the past (P2) or that lacks the
// authoritative text (O-01). The first version of a seed is published once; later
// seeds change nothing.
func (c Publish) Decide(d Document) ([]Event, error) {
	if c.Seed && len(d.Versions) > 0 {
		return nil, nil
	}
	if c.Texts[Dutch] == "" {
		return nil, errDutch
	}
	from := c.EffectiveFrom
	if from.IsZero() {
		from = c.At
	}
	if !c.Seed && from.Before(c.At) {
		return nil, errPast
	}
	if n := len(d.Versions); n > 0 && from.Before(d.Versions[n-1].EffectiveFrom) {
		return nil, errPast
	}
	texts := make(map[string]Text, len(c.Texts))
	for language, text := range c.Texts {
		texts[language] = Text{SHA256: Sum(text), Text: text}
	}
	return []Event{Published{Version{
		Kind: c.Kind, Version: len(d.Versions) + 1, EffectiveFrom: from.UTC(), Texts: texts,
	}}}, nil
}

var (
	errPast = &decider.Rejection{
		Kind: decider.Invalid, Code: "EFFECTIVE_IN_PAST", Rule: "P2",
		Reason: "a new version cannot be in force before now, nor before the version it follows",
	}
	errDutch = &decider.Rejection{
		Kind: decider.Invalid, Code: "DUTCH_TEXT_REQUIRED", Rule: "O-01",
		Reason: "the Dutch text is authoritative, so every version has one",
	}
)

// Sum is the SHA-256 of a text's bytes, in hex.
func Sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
