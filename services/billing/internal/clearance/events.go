package clearance

import "slices"

// Events lists every event type of a clearance stream.
func Events() []Event {
	return []Event{DurationFlagged{}, DurationResolved{}, BillWithheld{}, BillGranted{}}
}

// DurationFlagged: the recording of this session runs longer or shorter than what
// was measured (S-03).
type DurationFlagged struct {
	SessionID string `json:"sessionId"`
}

// EventType is the recorded name.
func (DurationFlagged) EventType() string { return "clearance.flagged.v1" }

// Evolve flags.
func (e DurationFlagged) Evolve(c Clearance) Clearance {
	c.Flagged = append(slices.Clip(c.Flagged), e.SessionID)
	return c
}

// DurationResolved: a person looked at it (S-03).
type DurationResolved struct {
	SessionID string `json:"sessionId"`
}

// EventType is the recorded name.
func (DurationResolved) EventType() string { return "clearance.resolved.v1" }

// Evolve resolves.
func (e DurationResolved) Evolve(c Clearance) Clearance {
	c.Resolved = append(slices.Clip(c.Resolved), e.SessionID)
	return c
}

// BillWithheld: the request was closed, and its invoice waits for a human (S-03).
type BillWithheld struct{ Withheld }

// EventType is the recorded name.
func (BillWithheld) EventType() string { return "clearance.withheld.v1" }

// Evolve withholds.
func (e BillWithheld) Evolve(c Clearance) Clearance {
	c.Withheld = &e.Withheld
	return c
}

// BillGranted: the invoice that waited may be made (S-03).
type BillGranted struct{}

// EventType is the recorded name.
func (BillGranted) EventType() string { return "clearance.granted.v1" }

// Evolve grants.
func (BillGranted) Evolve(c Clearance) Clearance {
	c.Granted = true
	return c
}
