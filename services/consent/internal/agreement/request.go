package agreement

import "time"

// NoteConclusion takes in that the request was accepted: the contract came about
// and the period of withdrawal runs.
type NoteConclusion struct {
	SupportRequestID string    `json:"supportRequestId"`
	ConcludedAt      time.Time `json:"concludedAt"`
}

// Decide concludes once.
func (c NoteConclusion) Decide(s Consent) ([]Event, error) {
	if !s.ConcludedAt.IsZero() {
		return nil, nil
	}
	return []Event{Concluded(c)}, nil
}

// Concluded: there is a contract.
type Concluded struct {
	SupportRequestID string    `json:"supportRequestId"`
	ConcludedAt      time.Time `json:"concludedAt"`
}

// EventType is the recorded name.
func (Concluded) EventType() string { return "consent.concluded.v1" }

// Evolve remembers since when.
func (e Concluded) Evolve(c Consent) Consent {
	c.ConcludedAt = e.ConcludedAt
	return c
}

// End is how a request ended. The zero value is that it goes on.
type End string

// The ends.
const (
	Refused   End = "refused"
	Cancelled End = "cancelled"
	Performed End = "performed" // the work was done and the request closed
)

// NoteEnd takes in that the request ended.
type NoteEnd struct {
	SupportRequestID string    `json:"supportRequestId"`
	How              End       `json:"how"`
	EndedAt          time.Time `json:"endedAt"`
}

// Decide ends once.
func (c NoteEnd) Decide(s Consent) ([]Event, error) {
	if s.Ended != "" {
		return nil, nil
	}
	return []Event{RequestEnded(c)}, nil
}

// RequestEnded: the request was refused, cancelled, or its work is done.
type RequestEnded struct {
	SupportRequestID string    `json:"supportRequestId"`
	How              End       `json:"how"`
	EndedAt          time.Time `json:"endedAt"`
}

// EventType is the recorded name.
func (RequestEnded) EventType() string { return "consent.request_ended.v1" }

// Evolve remembers how.
func (e RequestEnded) Evolve(c Consent) Consent {
	c.Ended = e.How
	return c
}
