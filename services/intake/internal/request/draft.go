package request

import (
	"strings"
	"time"

	"aanvraag.internal/services/kernel/sealed"
	"aanvraag.internal/services/platform/decider"
)

// Limits is the content of the policy "draft": how long what is not sent lasts.
type Limits struct {
	LinkSeconds int64 `json:"linkSeconds"` // a link works for less than that (G-01)
	LifeSeconds int64 `json:"lifeSeconds"` // a draft lives for less than that (G-03)
}

// FirstLimits are half an hour for the link and a day for the draft.
func FirstLimits() Limits { return Limits{LinkSeconds: 30 * 60, LifeSeconds: 24 * 60 * 60} }

// Draft opens a request for somebody who still has to press the button himself.
type Draft struct {
	Reference string  `json:"reference"` // see [Reference]
	Channel   Channel `json:"channel"`

	// What is known of the person already; either may be missing.
	Contact sealed.Data `json:"contact,omitzero"`
	Problem sealed.Data `json:"problem,omitzero"`

	// AutoSubmitted is the header of that name of the mail that this is about, and
	// Bounce tells that the mail reports about another one's delivery.
	AutoSubmitted string `json:"autoSubmitted,omitzero"`
	Bounce        bool   `json:"bounce,omitzero"`

	LinkHash string    `json:"linkHash"`        // keyed hash of the link's code
	Device   string    `json:"device,omitzero"` // keyed hash of the staff's device
	Limits   Limits    `json:"limits"`          // in force At
	At       time.Time `json:"at"`
}

// Decide opens a draft with its first link (G-01). What a machine answered or a
// mail server returned opens none (G-15).
func (c Draft) Decide(r Request) ([]Event, error) {
	switch {
	case r.State != StateNone:
		return nil, errSubmitted
	case c.Bounce || automatic(c.AutoSubmitted):
		return nil, errAutomatic
	}
	expires := c.At.Add(seconds(c.Limits.LifeSeconds))
	return []Event{
		Drafted{
			Reference: c.Reference, Channel: c.Channel, DraftedAt: c.At, ExpiresAt: expires,
			Contact: c.Contact, Problem: c.Problem,
		},
		link(c.LinkHash, c.Device, c.Limits, expires, c.At),
	}, nil
}

// automatic tells by the header Auto-Submitted whether no person sent a mail: it
// says something else than "no" (RFC 3834).
func automatic(header string) bool {
	word, _, _ := strings.Cut(header, ";")
	word = strings.ToLower(strings.TrimSpace(word))
	return word != "" && word != "no"
}

func seconds(n int64) time.Duration { return time.Duration(n) * time.Second }

var errAutomatic = &decider.Rejection{
	Kind: decider.Precondition, Code: "AUTOMATIC_MAIL", Rule: "G-15",
	Reason: "an automatic reply or a bounce is from nobody, and opens no request",
}
