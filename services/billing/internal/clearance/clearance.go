// Package clearance is the chamber of invoices that wait for a human: the duration
// of a session's recording differs from what was measured (S-03), so the bill of
// its request is withheld until a person has looked.
package clearance

import (
	"slices"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a clearance stream. Its id is the support request's.
type (
	Event   = decider.Event[Clearance]
	Command = decider.Command[Clearance, Event]
)

// Clearance is what stands between a request and its invoice.
type Clearance struct {
	Flagged  []string // sessions, in the order of their flags
	Resolved []string // those of them, or of flags still to come, that a person looked at
	Withheld *Withheld
	Granted  bool
}

// Withheld is the bill that waits.
type Withheld struct {
	Bill     jsontext.Value `json:"bill"`     // the wish, as it was decided at closing
	ClosedOn string         `json:"closedOn"` // local date, YYYY-MM-DD
}

// open tells whether a flag waits for somebody.
func (c Clearance) open() bool {
	return slices.ContainsFunc(c.Flagged, func(id string) bool { return !slices.Contains(c.Resolved, id) })
}

// Waiting tells whether the bill is withheld and nobody has let it go.
func (c Clearance) Waiting() bool { return c.Withheld != nil && !c.Granted }

// Flag follows from a recording whose duration differs too much.
type Flag struct {
	SessionID string    `json:"sessionId"`
	At        time.Time `json:"at"`
}

// Decide flags a session once.
func (c Flag) Decide(s Clearance) ([]Event, error) {
	if slices.Contains(s.Flagged, c.SessionID) {
		return nil, nil
	}
	return []Event{DurationFlagged{SessionID: c.SessionID}}, nil
}

// Withhold asks whether a bill may be made. The wish is kept if not.
type Withhold struct {
	Withheld
	At time.Time `json:"at"`
}

// Decide withholds the bill while a flag waits for somebody; without one nothing
// happens, and the bill may be made (S-03).
func (c Withhold) Decide(s Clearance) ([]Event, error) {
	if s.Withheld != nil || !s.open() {
		return nil, nil
	}
	return []Event{BillWithheld{c.Withheld}}, nil
}

// Resolve follows from a person who looked.
type Resolve struct {
	SessionID string    `json:"sessionId"`
	At        time.Time `json:"at"`
}

// Decide resolves a session's flag once, and lets a withheld bill go with the last.
func (c Resolve) Decide(s Clearance) ([]Event, error) {
	if slices.Contains(s.Resolved, c.SessionID) {
		return nil, nil
	}
	resolved := DurationResolved{SessionID: c.SessionID}
	if after := resolved.Evolve(s); after.Waiting() && !after.open() {
		return []Event{resolved, BillGranted{}}, nil
	}
	return []Event{resolved}, nil
}
