package warranty

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Register opens a case: by phone, or since a claim was raised on a request.
type Register struct {
	SupportRequestID string      `json:"supportRequestId,omitzero"`
	Grounds          sealed.Data `json:"grounds,omitzero"`
	At               time.Time   `json:"at"`
}

// Decide opens it once (W-03). The claim of a request that is told again changes
// nothing.
func (c Register) Decide(claim Claim) ([]Event, error) {
	if claim.Stage != None {
		if c.SupportRequestID != "" && claim.SupportRequestID == c.SupportRequestID {
			return nil, nil
		}
		return nil, ErrExists
	}
	return []Event{ClaimRegistered{SupportRequestID: c.SupportRequestID, Grounds: c.Grounds, RegisteredAt: c.At}}, nil
}

// ErrExists answers a claim under an id that stands for another one.
var ErrExists = &decider.Rejection{
	Kind: decider.Exists, Code: "WARRANTY_CLAIM_EXISTS", Article: "4", Rule: "W-03",
	Reason: "this id already stands for another claim",
}
