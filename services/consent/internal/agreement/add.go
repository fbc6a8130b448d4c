package agreement

import (
	"slices"

	"aanvraag.internal/services/platform/decider"
)

// RequestState is the state of the support request, in intake's words.
type RequestState string

// The states in which an agreement can still change.
const (
	Submitted  RequestState = "SUBMITTED" // an offer: all of it can be replaced
	Accepted   RequestState = "ACCEPTED"  // from here on it can only be added to
	Scheduled  RequestState = "SCHEDULED"
	InProgress RequestState = "IN_PROGRESS"
	Paused     RequestState = "PAUSED"
)

// open are the states between acceptance and the end of the work.
var open = []RequestState{Accepted, Scheduled, InProgress, Paused}

// add decides on a request that is no offer any more. What was accepted names its
// documents and its price for ever, in force or not, so only declarations can be
// added, and only while there is work to do (O-07). Whoever does so must be the
// customer: a request's id is no proof of that (P8).
func (c Give) add(s Consent) ([]Event, error) {
	if !c.ByToken {
		return nil, errToken
	}
	if s.Agreement.same(c.On(s)) && !s.takenBack() {
		return nil, nil
	}
	if !slices.Contains(open, c.RequestState) || !c.agreedTo(s.Agreement) || !c.adds(s.Agreement.Declarations) {
		return nil, c.illegal()
	}
	return c.record(s, c.On(s)), nil
}

// On is what would be recorded, if no rule forbade it, by a customer whose consent
// is s. What he agreed to by its bytes stays what it was then.
func (c Give) On(s Consent) Agreement {
	a := c.Agreement()
	if s.Attached && c.RequestState != Submitted && c.agreedTo(s.Agreement) {
		a.Documents, a.Tariff, a.Button = s.Agreement.Documents, s.Agreement.Tariff, s.Agreement.Button
	}
	return a
}

// agreedTo tells whether the very bytes are named that an agreement is to.
func (c Give) agreedTo(a Agreement) bool {
	return len(a.Documents) == 2 &&
		a.Documents[0].SHA256 == c.Shown.OnlineSupport.SHA256 &&
		a.Documents[1].SHA256 == c.Shown.General.SHA256 &&
		a.Tariff.SHA256 == c.Shown.Tariff.SHA256
}

// adds tells whether the declarations take nothing of the earlier ones back. The
// backup may be declared anew, with its confirmation (D-01); marketing is free
// (O-08); for whom he agreed is settled (O-10).
func (d Declarations) adds(was Declarations) bool {
	return (d.Backup != "" || was.Backup == "") &&
		(d.RecordingNoticeSeen || !was.RecordingNoticeSeen) &&
		(d.StartImmediately || !was.StartImmediately) &&
		(d.WithdrawalLossAcknowledged || !was.WithdrawalLossAcknowledged) &&
		d.AuthorityDeclared == was.AuthorityDeclared
}

func (c Give) illegal() *decider.Rejection {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Rule: "O-07",
		Reason:  "a request that is " + string(c.RequestState) + " does not allow this change of what was agreed",
		Details: map[string]string{"from": string(c.RequestState), "command": "GiveConsent"},
	}
}

// StateNeeded answers a wish that only the state of the request decides: ask
// intake, and decide again.
var StateNeeded = &decider.Rejection{
	Kind: decider.Precondition, Code: "REQUEST_STATE_NEEDED", Rule: "O-07",
	Reason: "what is attached changes only as the state of its request allows",
}

var errToken = &decider.Rejection{
	Kind: decider.Denied, Code: "CUSTOMER_TOKEN_REQUIRED", Rule: "P8",
	Reason: "from acceptance on, only the customer adds to what he agreed to, by the token of this request",
}
