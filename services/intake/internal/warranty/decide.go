package warranty

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Grant decides that it is warranty.
type Grant struct {
	Basis sealed.Data `json:"basis"`
	At    time.Time   `json:"at"`
}

// Decide grants an open claim, on a basis that is written down (W-03).
func (c Grant) Decide(claim Claim) ([]Event, error) {
	if claim.Stage == Granted {
		return nil, nil
	}
	if err := open(claim, c.Basis, "grant"); err != nil {
		return nil, err
	}
	return []Event{ClaimGranted{SupportRequestID: claim.SupportRequestID, Basis: c.Basis, GrantedAt: c.At}}, nil
}

// Reject decides that it is not.
type Reject struct {
	Basis sealed.Data `json:"basis"`
	At    time.Time   `json:"at"`
}

// Decide rejects an open claim, on a basis that is written down. A decision stands:
// the other one is a claim of its own (W-03).
func (c Reject) Decide(claim Claim) ([]Event, error) {
	if claim.Stage == Rejected {
		return nil, nil
	}
	if err := open(claim, c.Basis, "reject"); err != nil {
		return nil, err
	}
	return []Event{ClaimRejected{SupportRequestID: claim.SupportRequestID, Basis: c.Basis, RejectedAt: c.At}}, nil
}

// open answers why a claim cannot be decided now; nil when it can.
func open(claim Claim, basis sealed.Data, command string) error {
	switch {
	case claim.Stage == None:
		return Unknown
	case claim.Stage != Open:
		return &decider.Rejection{
			Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "4", Rule: "W-03",
			Reason:  "the claim was decided before",
			Details: map[string]string{"from": string(claim.Stage), "command": command},
		}
	case basis.IsZero():
		return errBasis
	}
	return nil
}

var errBasis = &decider.Rejection{
	Kind: decider.Invalid, Code: "BASIS_REQUIRED", Article: "4", Rule: "W-03",
	Reason: "a claim of warranty is decided on a basis, which is written down",
}
