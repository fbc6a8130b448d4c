// Package policy is the chamber of versioned rules: a tariff, a calendar, a tax
// table. A version, once published, never changes; a decision names the version
// it used by its content (P2). It is shared, because every policy of every
// service lives by the same few rules.
package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a policy stream.
type (
	Event   = decider.Event[Policy]
	Command = decider.Command[Policy, Event]
)

// Ref names one version by its content.
type Ref struct {
	Kind    string `json:"kind"`
	Version int    `json:"version"`
	SHA256  string `json:"sha256"` // hex, over the content's bytes
}

// Version is one version of a policy.
type Version struct {
	Ref           Ref            `json:"ref"`
	EffectiveFrom time.Time      `json:"effectiveFrom"` // first instant in force
	Content       jsontext.Value `json:"content"`       // the rules themselves, JSON
}

// Policy is all versions of one kind, in order of their number; later numbers
// also come into force later or at the same instant.
type Policy struct{ Versions []Version }

// At is the version in force at an instant.
func (p Policy) At(t time.Time) (Version, bool) {
	for _, v := range slices.Backward(p.Versions) {
		if !t.Before(v.EffectiveFrom) {
			return v, true
		}
	}
	return Version{}, false
}

// BySHA256 is the version with that content.
func (p Policy) BySHA256(sum string) (Version, bool) {
	for _, v := range slices.Backward(p.Versions) {
		if v.Ref.SHA256 == sum {
			return v, true
		}
	}
	return Version{}, false
}

// Events lists every event type of a policy stream.
func Events() []Event { return []Event{Published{}, Adopted{}} }

// Published: this service made a new version.
type Published struct{ Version }

// EventType is the recorded name.
func (Published) EventType() string { return "policy.published.v1" }

// Evolve adds the version.
func (e Published) Evolve(p Policy) Policy { return p.with(e.Version) }

// Adopted: another service made a new version, and this one works by it from now on.
type Adopted struct{ Version }

// EventType is the recorded name.
func (Adopted) EventType() string { return "policy.adopted.v1" }

// Evolve adds the version.
func (e Adopted) Evolve(p Policy) Policy { return p.with(e.Version) }

func (p Policy) with(v Version) Policy {
	p.Versions = append(slices.Clip(p.Versions), v)
	return p
}

// Publish makes a new version. EffectiveFrom zero means At.
type Publish struct {
	Kind          string         `json:"kind"`
	Content       jsontext.Value `json:"content"`
	EffectiveFrom time.Time      `json:"effectiveFrom,omitzero"`
	At            time.Time      `json:"at"`
	// Seed allows an EffectiveFrom in the past, for the first version only: the
	// product's own figures were in force before the first start.
	Seed bool `json:"seed,omitzero"`
}

// Decide refuses a version that would rewrite the past (P2). The first version
// of a seed is published once; later seeds change nothing.
func (c Publish) Decide(p Policy) ([]Event, error) {
	if c.Seed && len(p.Versions) > 0 {
		return nil, nil
	}
	from := c.EffectiveFrom
	if from.IsZero() {
		from = c.At
	}
	if !c.Seed && from.Before(c.At) {
		return nil, errPast
	}
	if n := len(p.Versions); n > 0 && from.Before(p.Versions[n-1].EffectiveFrom) {
		return nil, errPast
	}
	return []Event{Published{Version{
		Ref:           Ref{Kind: c.Kind, Version: len(p.Versions) + 1, SHA256: Sum(c.Content)},
		EffectiveFrom: from.UTC(),
		Content:       c.Content,
	}}}, nil
}

// Adopt takes over a version that another service published.
type Adopt struct {
	Version Version `json:"version"`
}

// Decide adopts each version once, and refuses bytes that are not what their
// hash says, or would not be once they are stored: JSON inside an event is
// spelled one way.
func (c Adopt) Decide(p Policy) ([]Event, error) {
	for _, v := range p.Versions {
		if v.Ref.Version == c.Version.Ref.Version {
			return nil, nil
		}
	}
	stored, err := json.Marshal(c.Version.Content)
	if err != nil || string(stored) != string(c.Version.Content) || Sum(stored) != c.Version.Ref.SHA256 {
		return nil, errContent
	}
	return []Event{Adopted{c.Version}}, nil
}

var (
	errPast = &decider.Rejection{
		Kind: decider.Invalid, Code: "EFFECTIVE_IN_PAST", Rule: "P2",
		Reason: "a new version cannot be in force before now, nor before the version it follows",
	}
	errContent = &decider.Rejection{
		Kind: decider.Invalid, Code: "POLICY_CONTENT", Rule: "P2",
		Reason: "the content does not agree with its hash",
	}
)

// Sum is the SHA-256 of content, in hex.
func Sum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}
