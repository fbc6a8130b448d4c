// Package mail remembers which request a mail opened, so that the same mail opens
// one however often it comes in (G-15). A mail is known by a keyed hash of its
// Message-ID alone. It is pure.
package mail

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a mail stream.
type (
	Event   = decider.Event[Mail]
	Command = decider.Command[Mail, Event]
)

// Mail is one mail; the zero Mail has not come in.
type Mail struct {
	SupportRequestID string // that it opens
}

// Events lists every event type of a mail stream.
func Events() []Event { return []Event{Taken{}} }

// Taken: the mail came in, and opens this request.
type Taken struct {
	SupportRequestID string    `json:"supportRequestId"`
	TakenAt          time.Time `json:"takenAt"`
}

// EventType is the recorded name.
func (Taken) EventType() string { return "mail.taken.v1" }

// Evolve remembers the request.
func (e Taken) Evolve(m Mail) Mail {
	m.SupportRequestID = e.SupportRequestID
	return m
}

// Take takes a mail in for a request.
type Take struct {
	SupportRequestID string    `json:"supportRequestId"`
	At               time.Time `json:"at"`
}

// Decide takes it in once. For another request it is refused, with the one that it
// stands for (G-15).
func (c Take) Decide(m Mail) ([]Event, error) {
	switch m.SupportRequestID {
	case "":
		return []Event{Taken{SupportRequestID: c.SupportRequestID, TakenAt: c.At}}, nil
	case c.SupportRequestID:
		return nil, nil
	}
	return nil, &decider.Rejection{
		Kind: decider.Exists, Code: "MAIL_ALREADY_TAKEN", Rule: "G-15",
		Reason:  "this mail came in before and has a request of its own",
		Details: map[string]string{"support_request_id": m.SupportRequestID},
	}
}
