package agreement

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// NoteLink takes in that the desk made a link for a draft, and on which device.
type NoteLink struct {
	SupportRequestID string    `json:"supportRequestId"`
	Device           string    `json:"device,omitzero"` // keyed hash; empty when it was not named
	At               time.Time `json:"at"`
}

// Decide remembers each device once (G-02).
func (c NoteLink) Decide(s Consent) ([]Event, error) {
	if c.Device == "" || slices.Contains(s.Devices, c.Device) {
		return nil, nil
	}
	return []Event{LinkNoted{SupportRequestID: c.SupportRequestID, Device: c.Device, NotedAt: c.At}}, nil
}

// LinkNoted: the desk made a link for this request on that device (G-02).
type LinkNoted struct {
	SupportRequestID string    `json:"supportRequestId"`
	Device           string    `json:"device"` // keyed hash, in hex
	NotedAt          time.Time `json:"notedAt"`
}

// EventType is the recorded name.
func (LinkNoted) EventType() string { return "consent.link_noted.v1" }

// Evolve remembers the device.
func (e LinkNoted) Evolve(c Consent) Consent {
	c.Devices = append(slices.Clip(c.Devices), e.Device)
	return c
}

// NoteExpiry takes in that the request was a draft that nobody sent.
type NoteExpiry struct {
	SupportRequestID string    `json:"supportRequestId"`
	ExpiredAt        time.Time `json:"expiredAt"`
}

// Decide remembers it once (G-03).
func (c NoteExpiry) Decide(s Consent) ([]Event, error) {
	if s.Expired {
		return nil, nil
	}
	return []Event{RequestExpired(c)}, nil
}

// RequestExpired: the request was never sent and never will be, so nobody agrees to
// anything for it (G-03).
type RequestExpired struct {
	SupportRequestID string    `json:"supportRequestId"`
	ExpiredAt        time.Time `json:"expiredAt"`
}

// EventType is the recorded name.
func (RequestExpired) EventType() string { return "consent.request_expired.v1" }

// Evolve remembers it.
func (RequestExpired) Evolve(c Consent) Consent {
	c.Expired = true
	return c
}

// checkGiver refuses the desk, which agrees to nothing for the customer (G-02), and
// what is agreed too late (G-03).
func (c Give) checkGiver(s Consent) error {
	switch {
	case c.ByOthers:
		return errOthers
	case s.Expired:
		return errExpired
	}
	return nil
}

var (
	errOthers = &decider.Rejection{
		Kind: decider.Denied, Code: "PERMISSION_DENIED", Rule: "G-02",
		Reason: "the customer agrees himself; nobody does it for him",
	}
	errExpired = &decider.Rejection{
		Kind: decider.Precondition, Code: "EXPIRED", Rule: "G-03",
		Reason:  "this draft was not sent in time and is gone",
		Details: map[string]string{"expired": "draft"},
	}
)
