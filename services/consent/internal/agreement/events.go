package agreement

import "time"

// Events lists every event type of a consent stream.
func Events() []Event {
	return []Event{Given{}, RequestSubmitted{}, Attached{}, LinkNoted{}, RequestExpired{}}
}

// Given: the customer agreed. A later one replaces it.
type Given struct{ Agreement }

// EventType is the recorded name.
func (Given) EventType() string { return "consent.given.v1" }

// Evolve replaces what was agreed before.
func (e Given) Evolve(c Consent) Consent {
	c.Agreement, c.Attached = e.Agreement, false
	return c
}

// RequestSubmitted: the support request that the agreement is for exists.
type RequestSubmitted struct {
	SupportRequestID string    `json:"supportRequestId"`
	SubmittedAt      time.Time `json:"submittedAt"`
}

// EventType is the recorded name.
func (RequestSubmitted) EventType() string { return "consent.request_submitted.v1" }

// Evolve remembers that the request exists.
func (RequestSubmitted) Evolve(c Consent) Consent {
	c.Submitted = true
	return c
}

// Attached: agreement and request are both there, whichever came first. It has all
// that others need, so that they never hear of an agreement for a request that
// does not exist.
type Attached struct {
	Agreement
	AttachedAt time.Time `json:"attachedAt"`
}

// EventType is the recorded name.
func (Attached) EventType() string { return "consent.attached.v1" }

// Evolve remembers that others were told.
func (e Attached) Evolve(c Consent) Consent {
	c.Attached = true
	return c
}
