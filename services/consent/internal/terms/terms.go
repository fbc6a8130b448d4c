// Package terms is the chamber of one document that customers agree to: its
// versions, each in every language at once, and which of them is in force. A
// version, once published, never changes and stays readable for ever (O-01).
package terms

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a document's stream.
type (
	Event   = decider.Event[Document]
	Command = decider.Command[Document, Event]
)

// Dutch is the authoritative language; every version has it.
const Dutch = "nl"

// Text is a document in one language.
type Text struct {
	SHA256 string `json:"sha256"` // hex, over the text's bytes
	Text   string `json:"text"`   // Markdown
}

// Version is one version of a document, in all its languages.
type Version struct {
	Kind          string          `json:"kind"`          // such as "terms.general"
	Version       int             `json:"version"`       // from 1
	EffectiveFrom time.Time       `json:"effectiveFrom"` // first instant in force
	Texts         map[string]Text `json:"texts"`         // by language, such as "nl"
}

// In is the text in a language, or in Dutch where it was not translated, and the
// language that it is in.
func (v Version) In(language string) (Text, string) {
	if t, has := v.Texts[language]; has {
		return t, language
	}
	return v.Texts[Dutch], Dutch
}

// Document is all versions of one kind, in order of their number; later numbers
// also come into force later or at the same instant.
type Document struct{ Versions []Version }

// At is the version in force at an instant (O-02).
func (d Document) At(t time.Time) (Version, bool) {
	for _, v := range slices.Backward(d.Versions) {
		if !t.Before(v.EffectiveFrom) {
			return v, true
		}
	}
	return Version{}, false
}

// BySHA256 is the newest version that has a text with that hash, in any language.
func (d Document) BySHA256(sum string) (Version, bool) {
	for _, v := range slices.Backward(d.Versions) {
		if v.has(sum) {
			return v, true
		}
	}
	return Version{}, false
}

// Has tells whether the version of that number has a text with that hash. Two
// versions share a text when only the other language changed.
func (d Document) Has(version int, sum string) bool {
	return version >= 1 && version <= len(d.Versions) && d.Versions[version-1].has(sum)
}

func (v Version) has(sum string) bool {
	for _, text := range v.Texts {
		if text.SHA256 == sum {
			return true
		}
	}
	return false
}

// Events lists every event type of a document's stream.
func Events() []Event { return []Event{Published{}} }

// Published: a new version, all languages at once.
type Published struct{ Version }

// EventType is the recorded name.
func (Published) EventType() string { return "terms.published.v1" }

// Evolve adds the version.
func (e Published) Evolve(d Document) Document {
	d.Versions = append(slices.Clip(d.Versions), e.Version)
	return d
}
