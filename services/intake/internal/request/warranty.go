package request

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Warranty is where a claim on a request stands (W-04).
type Warranty string

// The stages of a claim. NoClaim is a request that nobody claims warranty for.
const (
	NoClaim  Warranty = ""
	Claimed  Warranty = "claimed"
	Granted  Warranty = "granted"
	Rejected Warranty = "rejected"
)

// WarrantyRaised: the customer believes that it is warranty after all (W-04).
type WarrantyRaised struct {
	ClaimID  string    `json:"claimId"`
	RaisedAt time.Time `json:"raisedAt"`
}

// EventType is the recorded name.
func (WarrantyRaised) EventType() string { return "request.warranty_raised.v1" }

// Evolve remembers the claim. What was worked stays as it is.
func (e WarrantyRaised) Evolve(r Request) Request {
	r.WarrantyClaim, r.Warranty = e.ClaimID, Claimed
	return r.changed(e.RaisedAt)
}

// WarrantyDecided: the claim was granted or rejected.
type WarrantyDecided struct {
	ClaimID   string    `json:"claimId"`
	Granted   bool      `json:"granted"`
	DecidedAt time.Time `json:"decidedAt"`
}

// EventType is the recorded name.
func (WarrantyDecided) EventType() string { return "request.warranty_decided.v1" }

// Evolve settles the claim.
func (e WarrantyDecided) Evolve(r Request) Request {
	r.Warranty = Rejected
	if e.Granted {
		r.Warranty = Granted
	}
	return r.changed(e.DecidedAt)
}

// RaiseWarranty claims warranty for a request that was sent.
type RaiseWarranty struct {
	ClaimID string    `json:"claimId"` // UUID
	At      time.Time `json:"at"`
}

// Decide takes a claim in on a request with work to come, under way or done, once
// (W-04). There is nothing to claim for one that ended without work.
func (c RaiseWarranty) Decide(r Request) ([]Event, error) {
	switch {
	case r.State == StateNone:
		return nil, Unknown
	case r.WarrantyClaim != "":
		return nil, nil
	case r.State != StateSubmitted && !r.agreed() &&
		r.State != StateClosed && r.State != StateInvoiced && r.State != StateSettled:
		return nil, illegal(r, "raise-warranty-claim", "4", "W-04")
	}
	return []Event{WarrantyRaised{ClaimID: c.ClaimID, RaisedAt: c.At}}, nil
}

// DecideWarranty takes in the decision on the claim.
type DecideWarranty struct {
	ClaimID string    `json:"claimId"`
	Granted bool      `json:"granted"`
	At      time.Time `json:"at"`
}

// Decide settles the claim that was raised, once: what was rejected is never warranty
// later, and what was granted is never billed later (W-03).
func (c DecideWarranty) Decide(r Request) ([]Event, error) {
	if r.WarrantyClaim != c.ClaimID || r.Warranty != Claimed {
		return nil, nil
	}
	return []Event{WarrantyDecided{ClaimID: c.ClaimID, Granted: c.Granted, DecidedAt: c.At}}, nil
}

var errUndecided = &decider.Rejection{
	Kind: decider.Precondition, Code: "WARRANTY_UNDECIDED", Article: "4", Rule: "W-04",
	Reason: "warranty was claimed for this request, and nobody decided on it yet",
}
