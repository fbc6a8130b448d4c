package request

import "time"

// StartWork takes in that a session began.
type StartWork struct {
	SessionID     string    `json:"sessionId"`
	AppointmentID string    `json:"appointmentId"`
	At            time.Time `json:"at"`
}

// Decide opens the session of a request that is agreed on.
func (c StartWork) Decide(r Request) ([]Event, error) {
	if _, known := r.session(c.SessionID); known || !r.agreed() {
		return nil, nil
	}
	return []Event{WorkStarted{SessionID: c.SessionID, AppointmentID: c.AppointmentID, StartedAt: c.At}}, nil
}

// PauseWork takes in that a session was paused.
type PauseWork struct {
	SessionID string    `json:"sessionId"`
	At        time.Time `json:"at"`
}

// Decide halts a running session.
func (c PauseWork) Decide(r Request) ([]Event, error) {
	if s, known := r.session(c.SessionID); !known || s.State != Running {
		return nil, nil
	}
	return []Event{WorkPaused{SessionID: c.SessionID, PausedAt: c.At}}, nil
}

// ResumeWork takes in that a session goes on.
type ResumeWork struct {
	SessionID string    `json:"sessionId"`
	At        time.Time `json:"at"`
}

// Decide lets a halted session run.
func (c ResumeWork) Decide(r Request) ([]Event, error) {
	if s, known := r.session(c.SessionID); !known || s.State != Halted {
		return nil, nil
	}
	return []Event{WorkResumed{SessionID: c.SessionID, ResumedAt: c.At}}, nil
}

// NoteWork takes in that a work note was added to a session that had ended (E-02).
type NoteWork struct {
	SessionID string    `json:"sessionId"`
	Notes     int       `json:"notes"`            // how many there are now
	Unnoted   int       `json:"unnoted,omitzero"` // intervals that still have none (E-02)
	At        time.Time `json:"at"`
}

// Decide counts the notes of an ended session until the request is closed.
func (c NoteWork) Decide(r Request) ([]Event, error) {
	s, known := r.session(c.SessionID)
	if !known || s.State != Ended || c.Notes <= s.Notes || r.Final() || r.Outcome != "" {
		return nil, nil
	}
	return []Event{WorkNoted{SessionID: c.SessionID, Notes: c.Notes, Unnoted: c.Unnoted, NotedAt: c.At}}, nil
}

// EndWork takes in the measured time of a session.
type EndWork struct {
	Worked
	Notes       int `json:"notes"`
	Corrections int `json:"corrections,omitzero"` // that the seconds contain already (F-01)
	Unnoted     int `json:"unnoted,omitzero"`     // intervals without a note (E-02)
}

// Decide keeps the seconds of an open session, once. Where the consumer has withdrawn,
// the last of them closes the request.
func (c EndWork) Decide(r Request) ([]Event, error) {
	if s, known := r.session(c.SessionID); !known || s.State == Ended {
		return nil, nil
	}
	ended := WorkEnded(c)
	after := ended.Evolve(r)
	if r.Withdrawn == "" || !r.agreed() || after.OpenSession() != "" {
		return []Event{ended}, nil
	}
	return []Event{ended, after.closedByWithdrawal(c.EndedAt)}, nil
}

// CorrectWork takes in that the measured time of an ended session is another (T-12).
type CorrectWork struct {
	WorkCorrected
}

// Decide counts the other seconds until the request is closed: from then on it is
// billed by what was measured (T-12).
func (c CorrectWork) Decide(r Request) ([]Event, error) {
	s, known := r.session(c.SessionID)
	if !known || s.State != Ended || c.Number <= s.Corrections || !r.agreed() {
		return nil, nil
	}
	return []Event{c.WorkCorrected}, nil
}
