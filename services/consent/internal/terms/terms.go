// Package terms is what a policy is when it is a document that customers agree
// to: its text in every language at once, each known by its own hash. Versions and
// their instants are those of [policy]; a text, once published, stays readable for
// ever (O-01).
package terms

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"

	"aanvraag.internal/services/kernel/policy"
)

// Dutch is the authoritative language; every version has it.
const Dutch = "nl"

// Content is the content of a policy that is a document. Recorded member names
// never change.
type Content struct {
	Texts map[string]Text `json:"texts"` // by language, such as "nl"
}

// Text is a document in one language.
type Text struct {
	SHA256 string `json:"sha256"` // hex, over the text's bytes
	Text   string `json:"text"`   // Markdown
}

// In is the text in a language, or in Dutch where it was not translated, and the
// language that it is in.
func (c Content) In(language string) (Text, string) {
	if t, has := c.Texts[language]; has {
		return t, language
	}
	return c.Texts[Dutch], Dutch
}

// Has tells whether one of the texts, in any language, has that hash.
func (c Content) Has(sum string) bool {
	for _, text := range c.Texts {
		if text.SHA256 == sum {
			return true
		}
	}
	return false
}

// Version is one version of a document.
type Version struct {
	Ref           policy.Ref // by all languages at once; customers agree to one text
	EffectiveFrom time.Time  // first instant in force
	Content
}

// Read reads a version of a document's policy.
func Read(v policy.Version) (Version, error) {
	out := Version{Ref: v.Ref, EffectiveFrom: v.EffectiveFrom}
	if err := json.Unmarshal(v.Content, &out.Content, json.RejectUnknownMembers(true)); err != nil {
		return Version{}, fmt.Errorf("%s version %d: %w", v.Ref.Kind, v.Ref.Version, err)
	}
	return out, nil
}

// Sum is the SHA-256 of a text's bytes, in hex.
func Sum(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}
