// Package session is the chamber of one remote session: the measured time of
// article 1, and the notes that show the effort of article 3.
package session

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a session stream.
type (
	Event   = decider.Event[Session]
	Command = decider.Command[Session, Event]
)

// Stage is where a session stands.
type Stage string

// The stages. None is a session that nobody started.
const (
	None    Stage = ""
	Running Stage = "RUNNING"
	Paused  Stage = "PAUSED"
	Ended   Stage = "ENDED"
	// Suspended is paused by force majeure, until its handling is agreed (F-03).
	Suspended Stage = "SUSPENDED"
)

// Interval is the half-open stretch [From, To) in which the work ran.
type Interval struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// WorkNote is what was done (E-02), sealed: it may speak of the customer (P7).
type WorkNote struct {
	At   time.Time
	Note sealed.Data

	DeviceID      string // that it is about; empty for none
	UnnamedDevice bool   // which had not been named before (D-02)
}

// Session is one session.
type Session struct {
	SessionID        string
	AppointmentID    string
	SupportRequestID string
	TechnicianID     string // whose time was booked
	StartedBy        string // subject of whoever started it; empty in old histories
	Recorded         bool
	// RecordingStoppedAt: the customer took his consent to it back; zero otherwise (O-09).
	RecordingStoppedAt time.Time

	Stage     Stage
	StartedAt time.Time
	EndedAt   time.Time
	Last      time.Time  // of all instants of the session; none that follows is before it
	Intervals []Interval // that have ended
	Since     time.Time  // start of the interval that runs; zero when none does
	Notes     []WorkNote

	Measured Measured   // zero before the end
	Calendar policy.Ref // split it; zero before the end

	Devices     []string    // that were named (D-02)
	Unnoted     int         // intervals of an ended session without a work note (E-02)
	Suspension  int         // the last declaration of force majeure that came here (F-01)
	Corrections int         // how many corrections count
	Proposed    int         // how many were proposed (T-12)
	Pending     *Correction // waits for a second person

	Limit int64     // seconds that the agreed cap lets it measure; 0: no cap (T-11)
	CapAt time.Time // when they are measured, if it goes on running; zero: it does not run
}

// Measured is the time of an ended session in whole seconds (T-02), split at the
// edges of the desk's hours (T-08).
type Measured struct {
	WorkedSeconds  int64 `json:"workedSeconds"` // RegularSeconds + OutsideSeconds
	RegularSeconds int64 `json:"regularSeconds"`
	OutsideSeconds int64 `json:"outsideSeconds"`
}

// Seconds is the sum of the intervals that have ended (T-02). An instant counts
// by its whole second, so pausing never changes the sum.
func (s Session) Seconds() int64 { return seconds(s.Intervals) }

// SecondsAt is what is measured at an instant, with the interval that runs, and
// without what lies past the agreed cap (T-11).
func (s Session) SecondsAt(at time.Time) int64 {
	sum := s.Seconds()
	if s.Stage != Running {
		return sum
	}
	if !s.CapAt.IsZero() && at.After(s.CapAt) {
		at = s.CapAt
	}
	return sum + max(0, at.Unix()-s.Since.Unix())
}

// RecordedSeconds is what was measured while it was recorded: a recording that was
// stopped is held against that part alone (S-03, O-09).
func (s Session) RecordedSeconds() int64 {
	if s.RecordingStoppedAt.IsZero() {
		return s.Seconds()
	}
	return seconds(before(s.Intervals, s.RecordingStoppedAt))
}

// notBefore is the instant itself, or the session's last one: an interval is
// never negative, whatever the clock of the machine does (T-02).
func (s Session) notBefore(at time.Time) time.Time {
	if at.Before(s.Last) {
		return s.Last
	}
	return at.UTC()
}

// ErrUnknown answers what is asked of a session that nobody started.
var ErrUnknown = &decider.Rejection{
	Kind: decider.Missing, Code: "SESSION_UNKNOWN", Rule: "section 4",
	Reason: "there is no such session",
}

// allow answers why a command cannot be in this stage, or nil when it is one of
// those given.
func (s Session) allow(command string, stages ...Stage) error {
	if s.Stage == None {
		return ErrUnknown
	}
	if slices.Contains(stages, s.Stage) {
		return nil
	}
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "1", Rule: "T-02",
		Reason:  "the session is not in a state that allows this",
		Details: map[string]string{"from": string(s.Stage), "command": command},
	}
}
