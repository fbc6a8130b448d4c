package session

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of a session stream.
func Events() []Event {
	return []Event{
		SessionStarted{},
		SessionPaused{},
		SessionResumed{},
		WorkNoted{},
		SessionEnded{},
		SessionSuspended{},
		SessionReleased{},
		CorrectionProposed{},
		WorkCorrected{},
		LimitSet{},
		CapReached{},
		DeviceInScope{},
		RecordingStopped{},
	}
}

// SessionStarted: measured time runs. Whether it is recorded is always told (S-01).
type SessionStarted struct {
	SessionID        string    `json:"sessionId"`
	AppointmentID    string    `json:"appointmentId"`
	SupportRequestID string    `json:"supportRequestId"`
	TechnicianID     string    `json:"technicianId"`
	Recorded         bool      `json:"recorded"`
	StartedAt        time.Time `json:"startedAt"`
	StartedBy        string    `json:"startedBy,omitzero"` // subject of the caller
	// LimitSeconds may be measured until the agreed cap is reached, which is at CapAt if
	// nothing pauses; zero: no cap (T-11).
	LimitSeconds int64     `json:"limitSeconds,omitzero"`
	CapAt        time.Time `json:"capAt,omitzero"`
}

// EventType is the recorded name.
func (SessionStarted) EventType() string { return "session.started.v1" }

// Evolve starts.
func (e SessionStarted) Evolve(Session) Session {
	return Session{
		SessionID: e.SessionID, AppointmentID: e.AppointmentID, SupportRequestID: e.SupportRequestID,
		TechnicianID: e.TechnicianID, StartedBy: e.StartedBy, Recorded: e.Recorded,
		Stage: Running, StartedAt: e.StartedAt, Last: e.StartedAt, Since: e.StartedAt,
		Limit: e.LimitSeconds, CapAt: e.CapAt,
	}
}

// SessionPaused: measured time stands still.
type SessionPaused struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	PausedAt         time.Time `json:"pausedAt"`
}

// EventType is the recorded name.
func (SessionPaused) EventType() string { return "session.paused.v1" }

// Evolve pauses.
func (e SessionPaused) Evolve(s Session) Session {
	s.Intervals = append(slices.Clip(s.Intervals), Interval{From: s.Since, To: e.PausedAt})
	s.Stage, s.Since, s.CapAt = Paused, time.Time{}, time.Time{}
	if e.PausedAt.After(s.Last) { // at the cap it may be noticed late (T-11)
		s.Last = e.PausedAt
	}
	return s
}

// SessionResumed: measured time runs again.
type SessionResumed struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	ResumedAt        time.Time `json:"resumedAt"`
	CapAt            time.Time `json:"capAt,omitzero"` // when the agreed cap is reached, if nothing pauses (T-11)
}

// EventType is the recorded name.
func (SessionResumed) EventType() string { return "session.resumed.v1" }

// Evolve resumes.
func (e SessionResumed) Evolve(s Session) Session {
	s.Stage, s.Since, s.Last, s.CapAt = Running, e.ResumedAt, e.ResumedAt, e.CapAt
	return s
}

// WorkNoted: what was done, at an instant (E-02).
type WorkNoted struct {
	SessionID        string      `json:"sessionId"`
	SupportRequestID string      `json:"supportRequestId"`
	NotedAt          time.Time   `json:"notedAt"`
	Note             sealed.Data `json:"note"`
	Number           int         `json:"number"`                 // of the note, from 1
	Afterwards       bool        `json:"afterwards,omitzero"`    // the session had ended
	DeviceID         string      `json:"deviceId,omitzero"`      // that it is about
	UnnamedDevice    bool        `json:"unnamedDevice,omitzero"` // which had not been named before (D-02)
	Unnoted          int         `json:"unnoted,omitzero"`       // intervals without a note then, if it had ended (E-02)
}

// EventType is the recorded name.
func (WorkNoted) EventType() string { return "session.noted.v1" }

// Evolve adds the note.
func (e WorkNoted) Evolve(s Session) Session {
	s.Notes = append(slices.Clip(s.Notes), WorkNote{At: e.NotedAt, Note: e.Note, DeviceID: e.DeviceID, UnnamedDevice: e.UnnamedDevice})
	s.Last = e.NotedAt
	if e.Afterwards {
		s.Unnoted = e.Unnoted
	}
	return s
}

// SessionEnded: the measured time, and everything it was measured by.
type SessionEnded struct {
	SessionID        string     `json:"sessionId"`
	AppointmentID    string     `json:"appointmentId"`
	SupportRequestID string     `json:"supportRequestId"`
	Recorded         bool       `json:"recorded"`
	StartedAt        time.Time  `json:"startedAt"`
	EndedAt          time.Time  `json:"endedAt"`
	Intervals        []Interval `json:"intervals"`
	Measured
	Calendar policy.Ref `json:"calendar"` // the version of the hours that split the seconds (P2)
	Notes    int        `json:"notes"`    // how many work notes there are (E-02)
	// Corrections that the seconds contain already (F-01).
	Corrections int `json:"corrections,omitzero"`
	// Unnoted intervals have no work note (E-02).
	Unnoted int `json:"unnoted,omitzero"`
}

// EventType is the recorded name.
func (SessionEnded) EventType() string { return "session.ended.v1" }

// Evolve ends.
func (e SessionEnded) Evolve(s Session) Session {
	s.Stage, s.EndedAt, s.Last, s.Since, s.CapAt = Ended, e.EndedAt, e.EndedAt, time.Time{}, time.Time{}
	s.Unnoted = e.Unnoted
	s.Intervals, s.Measured, s.Calendar = slices.Clone(e.Intervals), e.Measured, e.Calendar
	return s
}

// SessionSuspended: force majeure; it goes on only as agreed with the customer (F-01, F-03).
type SessionSuspended struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	Number           int       `json:"number"` // of the declaration
	From             time.Time `json:"from"`   // when it began
	SuspendedAt      time.Time `json:"suspendedAt"`
	Ran              bool      `json:"ran"` // measured time ran until now
}

// EventType is the recorded name.
func (SessionSuspended) EventType() string { return "session.suspended.v1" }

// Evolve suspends.
func (e SessionSuspended) Evolve(s Session) Session {
	if e.Ran {
		s.Intervals = append(slices.Clip(s.Intervals), Interval{From: s.Since, To: e.SuspendedAt})
	}
	s.CapAt = time.Time{}
	s.Stage, s.Since, s.Last, s.Suspension = Suspended, time.Time{}, e.SuspendedAt, e.Number
	return s
}

// SessionReleased: it was agreed to go on; until then it is paused (F-03).
type SessionReleased struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	Number           int       `json:"number"` // of the declaration that it answers
	ReleasedAt       time.Time `json:"releasedAt"`
}

// EventType is the recorded name.
func (SessionReleased) EventType() string { return "session.released.v1" }

// Evolve leaves it paused.
func (e SessionReleased) Evolve(s Session) Session {
	s.Stage, s.Last = Paused, e.ReleasedAt
	return s
}

// CorrectionProposed: somebody says that other time was worked (T-12).
type CorrectionProposed struct {
	SessionID        string `json:"sessionId"`
	SupportRequestID string `json:"supportRequestId"`
	Correction
	ProposedAt   time.Time `json:"proposedAt"`
	SecondPerson bool      `json:"secondPerson"` // it counts only once a second person approved it
}

// EventType is the recorded name.
func (CorrectionProposed) EventType() string { return "session.correction_proposed.v1" }

// Evolve waits for a second person, in the place of what waited before.
func (e CorrectionProposed) Evolve(s Session) Session {
	s.Proposed, s.Pending = e.Number, nil
	if e.SecondPerson {
		waiting := e.Correction
		s.Pending = &waiting
	}
	return s
}

// WorkCorrected: other intervals count from now on (T-12, F-01). What was measured
// stays in the events before.
type WorkCorrected struct {
	SessionID        string          `json:"sessionId"`
	SupportRequestID string          `json:"supportRequestId"`
	Number           int             `json:"number"` // how many corrections count now
	Cause            CorrectionCause `json:"cause"`
	Old              []Interval      `json:"old"`
	New              []Interval      `json:"new"`
	OldSeconds       int64           `json:"oldSeconds"`
	NewSeconds       int64           `json:"newSeconds"`
	// Ended: the session had ended, and its seconds were split again.
	Ended bool `json:"ended"`
	Measured
	Calendar policy.Ref `json:"calendar,omitzero"`
	// Of a correction by hand:
	Proposal    int         `json:"proposal,omitzero"`
	Reason      sealed.Data `json:"reason,omitzero"`
	ProposedBy  string      `json:"proposedBy,omitzero"`
	ApprovedBy  string      `json:"approvedBy,omitzero"` // empty: no second person was needed
	CorrectedAt time.Time   `json:"correctedAt"`
}

// EventType is the recorded name.
func (WorkCorrected) EventType() string { return "session.work_corrected.v1" }

// Evolve counts the other intervals.
func (e WorkCorrected) Evolve(s Session) Session {
	s.Intervals, s.Corrections, s.Pending = slices.Clone(e.New), e.Number, nil
	if e.Ended {
		s.Measured = e.Measured
	}
	return s
}

// LimitSet: the agreed cap lets this session measure so much (T-11).
type LimitSet struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	LimitSeconds     int64     `json:"limitSeconds"`
	SetAt            time.Time `json:"setAt"`
	CapAt            time.Time `json:"capAt,omitzero"` // when it is reached, if nothing pauses; zero: it does not run
}

// EventType is the recorded name.
func (LimitSet) EventType() string { return "session.limit_set.v1" }

// Evolve keeps it.
func (e LimitSet) Evolve(s Session) Session {
	s.Limit, s.CapAt = e.LimitSeconds, e.CapAt
	return s
}

// CapReached: the work paused by itself at the agreed cap (T-11).
type CapReached struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	LimitSeconds     int64     `json:"limitSeconds"`
	ReachedAt        time.Time `json:"reachedAt"`
}

// EventType is the recorded name.
func (CapReached) EventType() string { return "session.cap_reached.v1" }

// Evolve changes nothing more: that the work paused is told before.
func (CapReached) Evolve(s Session) Session { return s }
