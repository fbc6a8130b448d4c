package session

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// AddDevice names a device that will be worked on (D-02).
type AddDevice struct {
	DeviceID    string      `json:"deviceId"` // a pseudonym
	Description sealed.Data `json:"description,omitzero"`
	At          time.Time   `json:"at"`
}

// Decide names it once, while it can still be before it is touched.
func (c AddDevice) Decide(s Session) ([]Event, error) {
	if err := s.allow("AddDevice", Running, Paused, Suspended); err != nil {
		return nil, err
	}
	if slices.Contains(s.Devices, c.DeviceID) {
		return nil, nil
	}
	return []Event{DeviceInScope{
		SessionID: s.SessionID, SupportRequestID: s.SupportRequestID,
		DeviceID: c.DeviceID, Description: c.Description, AddedAt: s.notBefore(c.At),
	}}, nil
}

// DeviceInScope: this device may be worked on from now on (D-02).
type DeviceInScope struct {
	SessionID        string      `json:"sessionId"`
	SupportRequestID string      `json:"supportRequestId"`
	DeviceID         string      `json:"deviceId"`
	Description      sealed.Data `json:"description,omitzero"`
	AddedAt          time.Time   `json:"addedAt"`
}

// EventType is the recorded name.
func (DeviceInScope) EventType() string { return "session.device_in_scope.v1" }

// Evolve adds it.
func (e DeviceInScope) Evolve(s Session) Session {
	s.Devices, s.Last = append(slices.Clip(s.Devices), e.DeviceID), e.AddedAt
	return s
}
