package referral

import (
	"strings"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Approve is the agreement of a second person.
type Approve struct {
	By string    `json:"by"` // account
	At time.Time `json:"at"`
}

// Decide asks for four eyes (D-05). Accounts that differ in case alone may be one
// person's, and so may one without a name be.
func (c Approve) Decide(r Referral) ([]Event, error) {
	if err := r.in("ApproveReferral", Raised); err != nil {
		return nil, err
	}
	if c.By == "" || strings.EqualFold(c.By, r.RaisedBy) {
		return nil, errFourEyes
	}
	return []Event{ReferralApproved{ApprovedBy: c.By, ApprovedAt: c.At.UTC()}}, nil
}

var errFourEyes = &decider.Rejection{
	Kind: decider.Denied, Code: "FOUR_EYES", Article: "8", Rule: "D-05",
	Reason: "a referral needs two people, each with an account; whoever raised it cannot approve it",
}
