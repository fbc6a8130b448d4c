// Package reception is the chamber of calls and mails: that somebody came in, and
// where the menu led him (G-14). It is pure.
package reception

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a contact stream.
type (
	Event   = decider.Event[Contact]
	Command = decider.Command[Contact, Event]
)

// Contact is one call or mail; the zero Contact has not come in. It holds nothing
// of the person: what he said goes into his draft, if there is one.
type Contact struct {
	RoutedTo         string // a purpose of the menu
	SupportRequestID string // of the draft; empty unless it was routed to support
}

// Events lists every event type of a contact stream.
func Events() []Event { return []Event{Received{}, Routed{}} }

// Received: somebody called or wrote (G-14).
type Received struct {
	Channel    string    `json:"channel"`    // as requests name it
	MenuChoice int       `json:"menuChoice"` // the key that was pressed; 0 for none
	ReceivedAt time.Time `json:"receivedAt"`
}

// EventType is the recorded name.
func (Received) EventType() string { return "contact.received.v1" }

// Evolve changes nothing: where it leads follows.
func (Received) Evolve(c Contact) Contact { return c }

// Routed: where the menu led (G-14).
type Routed struct {
	To               string    `json:"to"`
	SupportRequestID string    `json:"supportRequestId,omitzero"` // of the draft that it opens
	RoutedAt         time.Time `json:"routedAt"`
}

// EventType is the recorded name.
func (Routed) EventType() string { return "contact.routed.v1" }

// Evolve remembers where.
func (e Routed) Evolve(c Contact) Contact {
	c.RoutedTo, c.SupportRequestID = e.To, e.SupportRequestID
	return c
}

// Choice is one key of the menu, and the purpose that it leads to.
type Choice struct {
	Key     int    `json:"key"`
	Purpose string `json:"purpose"`
}

// The purposes that mean something here; a menu may have more.
const (
	Reception = "reception"
	Support   = "support"
)

// Receive records a contact.
type Receive struct {
	Channel          string    `json:"channel"`
	MenuChoice       int       `json:"menuChoice"`
	SupportRequestID string    `json:"supportRequestId"` // of the draft, if it comes to one
	Menu             []Choice  `json:"menu"`             // of the directory in force At
	At               time.Time `json:"at"`
}

// Decide routes by the menu. Support alone opens a request; who is led elsewhere
// has none, and who chose nothing that the menu has is led to reception (G-14).
func (c Receive) Decide(known Contact) ([]Event, error) {
	if known.RoutedTo != "" {
		return nil, errRecorded
	}
	routed := Routed{To: c.RoutedTo(), RoutedAt: c.At}
	if routed.To == Support {
		routed.SupportRequestID = c.SupportRequestID
	}
	return []Event{Received{Channel: c.Channel, MenuChoice: c.MenuChoice, ReceivedAt: c.At}, routed}, nil
}

// RoutedTo is the purpose of the key that was pressed; reception for one that the menu
// does not have (G-14).
func (c Receive) RoutedTo() string {
	for _, choice := range c.Menu {
		if choice.Key == c.MenuChoice {
			return choice.Purpose
		}
	}
	return Reception
}

var errRecorded = &decider.Rejection{
	Kind: decider.Exists, Code: "CONTACT_RECORDED", Rule: "P5",
	Reason: "this contact id is taken; another contact needs an id of its own",
}
