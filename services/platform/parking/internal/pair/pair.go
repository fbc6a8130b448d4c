// Package pair is the chamber of one listener and one event stream that it follows
// (R5): where the pair stands when an event of that stream cannot be handled, and
// what became of it. It is pure.
package pair

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a parking stream.
type (
	Event   = decider.Event[Pair]
	Command = decider.Command[Pair, Event]
)

// State is whether the events of the pair are handled as they come.
type State string

// The states. None is a pair of which nothing was ever parked.
const (
	None     State = ""
	Parked   State = "PARKED"   // an event could not be handled; later ones queue behind it
	Retrying State = "RETRYING" // the listener is to handle what has queued
	Released State = "RELEASED" // it did; events are handled as they come
)

// Place is the event that a pair stands at, and why. Nothing in it is personal:
// Reason holds codes and fixed sentences alone.
type Place struct {
	EventID  string `json:"eventId"`
	Type     string `json:"eventType"` // protobuf full name; empty when the message could not be read
	Revision int64  `json:"revision"`
	Previous int64  `json:"previous"` // revision of the public event before it; -1: there is none
	Tries    int    `json:"tries"`
	Reason   string `json:"reason"`
	// Correlation is the support request that the event is about, if it names one.
	Correlation string `json:"correlation,omitzero"`
}

// Message is a message on the bus that tells nothing of itself, because its headers
// cannot be read. A sequence may come again on a bus that was wiped, with another
// instant.
type Message struct {
	Sequence uint64    `json:"sequence"`
	StoredAt time.Time `json:"storedAt"`
}

// Pair is what the log says of a listener and an event stream.
type Pair struct {
	State    State
	Place    Place     // where it stands, or stood last
	Message  *Message  // set when the pair is one unreadable message
	ParkedAt time.Time // the last time
	Attempt  int       // of handling what has queued, from 1
	Skipped  []int64   // revisions that are never handled

	released int64 // one past the last revision that a release covers
}

// Through is the last revision that a release covers; -1 when there was none.
func (p Pair) Through() int64 { return p.released - 1 }

// Skips tells whether an operator decided that a revision is never handled.
func (p Pair) Skips(revision int64) bool { return slices.Contains(p.Skipped, revision) }

// Held tells whether events of the pair are not handled as they come.
func (p Pair) Held() bool { return p.State == Parked || p.State == Retrying }
