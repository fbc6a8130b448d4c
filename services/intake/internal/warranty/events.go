package warranty

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of a claim's stream.
func Events() []Event { return []Event{ClaimRegistered{}, ClaimGranted{}, ClaimRejected{}} }

// ClaimRegistered: the customer believes that something is warranty.
type ClaimRegistered struct {
	SupportRequestID string      `json:"supportRequestId,omitzero"`
	Grounds          sealed.Data `json:"grounds,omitzero"`
	RegisteredAt     time.Time   `json:"registeredAt"`
}

// EventType is the recorded name.
func (ClaimRegistered) EventType() string { return "warranty.registered.v1" }

// Evolve opens the case.
func (e ClaimRegistered) Evolve(c Claim) Claim {
	c.Stage, c.SupportRequestID, c.Grounds, c.RegisteredAt = Open, e.SupportRequestID, e.Grounds, e.RegisteredAt
	return c
}

// ClaimGranted: it is warranty; nothing is billed for it.
type ClaimGranted struct {
	SupportRequestID string      `json:"supportRequestId,omitzero"`
	Basis            sealed.Data `json:"basis"`
	GrantedAt        time.Time   `json:"grantedAt"`
}

// EventType is the recorded name.
func (ClaimGranted) EventType() string { return "warranty.granted.v1" }

// Evolve ends the case.
func (e ClaimGranted) Evolve(c Claim) Claim {
	c.Stage, c.Basis, c.DecidedAt = Granted, e.Basis, e.GrantedAt
	return c
}

// ClaimRejected: it is no warranty. Nothing follows that anybody would have to pay:
// the customer may send a request, with a consent of its own (W-03).
type ClaimRejected struct {
	SupportRequestID string      `json:"supportRequestId,omitzero"`
	Basis            sealed.Data `json:"basis"`
	RejectedAt       time.Time   `json:"rejectedAt"`
}

// EventType is the recorded name.
func (ClaimRejected) EventType() string { return "warranty.rejected.v1" }

// Evolve ends the case.
func (e ClaimRejected) Evolve(c Claim) Claim {
	c.Stage, c.Basis, c.DecidedAt = Rejected, e.Basis, e.RejectedAt
	return c
}
