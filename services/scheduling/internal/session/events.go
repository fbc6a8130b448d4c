package session

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of a session stream.
func Events() []Event {
	return []Event{SessionStarted{}, SessionPaused{}, SessionResumed{}, WorkNoted{}, SessionEnded{}, RecordingStopped{}}
}

// SessionStarted: measured time runs. Whether it is recorded is always told (S-01).
type SessionStarted struct {
	SessionID        string    `json:"sessionId"`
	AppointmentID    string    `json:"appointmentId"`
	SupportRequestID string    `json:"supportRequestId"`
	TechnicianID     string    `json:"technicianId"`
	Recorded         bool      `json:"recorded"`
	StartedAt        time.Time `json:"startedAt"`
}

// EventType is the recorded name.
func (SessionStarted) EventType() string { return "session.started.v1" }

// Evolve starts.
func (e SessionStarted) Evolve(Session) Session {
	return Session{
		SessionID: e.SessionID, AppointmentID: e.AppointmentID, SupportRequestID: e.SupportRequestID,
		TechnicianID: e.TechnicianID, Recorded: e.Recorded,
		Stage: Running, StartedAt: e.StartedAt, Last: e.StartedAt, Since: e.StartedAt,
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
	s.Stage, s.Since, s.Last = Paused, time.Time{}, e.PausedAt
	return s
}

// SessionResumed: measured time runs again.
type SessionResumed struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	ResumedAt        time.Time `json:"resumedAt"`
}

// EventType is the recorded name.
func (SessionResumed) EventType() string { return "session.resumed.v1" }

// Evolve resumes.
func (e SessionResumed) Evolve(s Session) Session {
	s.Stage, s.Since, s.Last = Running, e.ResumedAt, e.ResumedAt
	return s
}

// WorkNoted: what was done, at an instant (E-02).
type WorkNoted struct {
	SessionID        string      `json:"sessionId"`
	SupportRequestID string      `json:"supportRequestId"`
	NotedAt          time.Time   `json:"notedAt"`
	Note             sealed.Data `json:"note"`
	Number           int         `json:"number"`              // of the note, from 1
	Afterwards       bool        `json:"afterwards,omitzero"` // the session had ended
}

// EventType is the recorded name.
func (WorkNoted) EventType() string { return "session.noted.v1" }

// Evolve adds the note.
func (e WorkNoted) Evolve(s Session) Session {
	s.Notes = append(slices.Clip(s.Notes), WorkNote{At: e.NotedAt, Note: e.Note})
	s.Last = e.NotedAt
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
}

// EventType is the recorded name.
func (SessionEnded) EventType() string { return "session.ended.v1" }

// Evolve ends.
func (e SessionEnded) Evolve(s Session) Session {
	s.Stage, s.EndedAt, s.Last, s.Since = Ended, e.EndedAt, e.EndedAt, time.Time{}
	s.Intervals, s.Measured = slices.Clone(e.Intervals), e.Measured
	return s
}
