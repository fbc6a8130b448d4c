package session

import "aanvraag.internal/services/platform/decider"

// Person is who wants something of a session.
type Person struct {
	Subject    string `json:"subject,omitzero"`    // a pseudonym; empty: it follows from something
	Dispatcher bool   `json:"dispatcher,omitzero"` // may do so for everybody
}

// mayChange refuses a colleague: a session is for whoever started it or is booked
// for it, and for a dispatcher. Of an old session it is not known who started it.
func (s Session) mayChange(p Person) error {
	if p.Subject == "" || p.Dispatcher || s.StartedBy == "" || s.did(p.Subject) {
		return nil
	}
	return errNotYours
}

var errNotYours = &decider.Rejection{
	Kind: decider.Denied, Code: "NOT_YOUR_SESSION", Rule: "P8",
	Reason: "a session is paused, resumed and ended by whoever started it or is booked for it, or by a dispatcher",
}
