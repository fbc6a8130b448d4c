package referral

import (
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Raise refers a request. Matter is sealed, so what the decision needs of it stands
// beside.
type Raise struct {
	Matter   sealed.Data `json:"matter"`
	By       string      `json:"by"` // account
	ReviewAt time.Time   `json:"reviewAt"`
	At       time.Time   `json:"at"`
}

// Decide raises it unless one stands; after an end it may be raised anew. A hold
// without a time at which somebody looks again would be for ever (D-06, S-08).
func (c Raise) Decide(r Referral) ([]Event, error) {
	if r.Held() {
		return nil, &decider.Rejection{
			Kind: decider.Exists, Code: "REFERRAL_EXISTS", Article: "8", Rule: "D-05",
			Reason: "this support request is referred already",
		}
	}
	if c.By == "" { // who raised it could not be told from who approves it
		return nil, errFourEyes
	}
	if !c.ReviewAt.After(c.At) {
		return nil, &decider.Rejection{
			Kind: decider.Invalid, Code: "REVIEW_IN_PAST", Article: "8", Rule: "D-06",
			Reason: "a hold is reviewed at an instant to come",
		}
	}
	return []Event{ReferralRaised{Matter: c.Matter, RaisedBy: c.By, RaisedAt: c.At.UTC()}}, nil
}
