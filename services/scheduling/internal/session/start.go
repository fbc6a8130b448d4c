package session

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Start follows from an appointment that started.
type Start struct {
	SessionID        string    `json:"sessionId"`
	AppointmentID    string    `json:"appointmentId"`
	SupportRequestID string    `json:"supportRequestId"`
	TechnicianID     string    `json:"technicianId"`
	Recorded         bool      `json:"recorded"`
	StartedBy        string    `json:"startedBy,omitzero"` // subject of the caller
	At               time.Time `json:"at"`
}

// Decide refuses an id that stands for another appointment's session.
func (c Start) Decide(s Session) ([]Event, error) {
	if s.Stage == None {
		return []Event{SessionStarted{
			SessionID: c.SessionID, AppointmentID: c.AppointmentID, SupportRequestID: c.SupportRequestID,
			TechnicianID: c.TechnicianID, Recorded: c.Recorded, StartedAt: c.At.UTC(),
			StartedBy: c.StartedBy,
		}}, nil
	}
	if s.AppointmentID == c.AppointmentID {
		return nil, nil
	}
	return nil, ErrExists
}

// ErrExists answers a start under an id that stands for another session.
var ErrExists = &decider.Rejection{
	Kind: decider.Exists, Code: "SESSION_EXISTS", Rule: "P5",
	Reason: "this session id already stands for another appointment's session",
}
