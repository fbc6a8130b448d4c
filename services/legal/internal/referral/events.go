package referral

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of a referral's stream.
func Events() []Event {
	return []Event{ReferralRaised{}, ReferralApproved{}, ReferralWithdrawn{}, ReferralHandedOver{}, ReferralReleased{}}
}

// ReferralRaised: somebody of the legal role refers a request (D-05), and it is held
// from here on (D-06).
type ReferralRaised struct {
	Matter   sealed.Data `json:"matter"` // request, grounds and date of review
	RaisedBy string      `json:"raisedBy"`
	RaisedAt time.Time   `json:"raisedAt"`
}

// EventType is the recorded name.
func (ReferralRaised) EventType() string { return "referral.raised.v1" }

// Evolve begins anew.
func (e ReferralRaised) Evolve(Referral) Referral {
	return Referral{State: Raised, Matter: e.Matter, RaisedBy: e.RaisedBy, RaisedAt: e.RaisedAt}
}

// ReferralApproved: another person of the legal role agrees (D-05).
type ReferralApproved struct {
	ApprovedBy string    `json:"approvedBy"`
	ApprovedAt time.Time `json:"approvedAt"`
}

// EventType is the recorded name.
func (ReferralApproved) EventType() string { return "referral.approved.v1" }

// Evolve approves.
func (e ReferralApproved) Evolve(r Referral) Referral {
	r.State, r.ApprovedBy, r.ApprovedAt = Approved, e.ApprovedBy, e.ApprovedAt
	return r
}

// ReferralWithdrawn: it is given up before anybody outside knew of it; the hold ends.
type ReferralWithdrawn struct {
	Reason      sealed.Data `json:"reason"`
	WithdrawnAt time.Time   `json:"withdrawnAt"`
}

// EventType is the recorded name.
func (ReferralWithdrawn) EventType() string { return "referral.withdrawn.v1" }

// Evolve withdraws.
func (e ReferralWithdrawn) Evolve(r Referral) Referral {
	r.State, r.EndReason, r.EndedAt = Withdrawn, e.Reason, e.WithdrawnAt
	return r
}

// ReferralHandedOver: an authority has it (D-05); the hold stays.
type ReferralHandedOver struct {
	Receipt      sealed.Data `json:"receipt"` // authority and its reference
	HandedOverAt time.Time   `json:"handedOverAt"`
}

// EventType is the recorded name.
func (ReferralHandedOver) EventType() string { return "referral.handed_over.v1" }

// Evolve hands over.
func (e ReferralHandedOver) Evolve(r Referral) Referral {
	r.State, r.Receipt, r.HandedOverAt = HandedOver, e.Receipt, e.HandedOverAt
	return r
}

// ReferralReleased: the authority needs nothing more; the hold ends.
type ReferralReleased struct {
	Reason     sealed.Data `json:"reason"`
	ReleasedAt time.Time   `json:"releasedAt"`
}

// EventType is the recorded name.
func (ReferralReleased) EventType() string { return "referral.released.v1" }

// Evolve releases.
func (e ReferralReleased) Evolve(r Referral) Referral {
	r.State, r.EndReason, r.EndedAt = Released, e.Reason, e.ReleasedAt
	return r
}
