package request

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Drafted: the staff opened the request; its customer has not sent it (G-01).
type Drafted struct {
	Reference string      `json:"reference"`
	Channel   Channel     `json:"channel"`
	DraftedAt time.Time   `json:"draftedAt"`
	ExpiresAt time.Time   `json:"expiresAt"` // G-03
	Contact   sealed.Data `json:"contact,omitzero"`
	Problem   sealed.Data `json:"problem,omitzero"`
}

// EventType is the recorded name.
func (Drafted) EventType() string { return "request.drafted.v1" }

// Evolve begins the draft.
func (e Drafted) Evolve(r Request) Request {
	r.State, r.Reference, r.Channel = StateDrafted, e.Reference, e.Channel
	r.DraftedAt, r.ExpiresAt = e.DraftedAt, e.ExpiresAt
	r.Contact, r.Problem = e.Contact, e.Problem
	return r.changed(e.DraftedAt)
}

// LinkIssued: a one-time link was made for the customer; any earlier one is void (G-01).
type LinkIssued struct {
	Hash      string    `json:"hash"`            // keyed, of the link's code, in hex
	Device    string    `json:"device,omitzero"` // keyed hash of the device it was made on, in hex
	IssuedAt  time.Time `json:"issuedAt"`
	ExpiresAt time.Time `json:"expiresAt"`
}

// EventType is the recorded name.
func (LinkIssued) EventType() string { return "request.link_issued.v1" }

// Evolve replaces the link, and remembers the device.
func (e LinkIssued) Evolve(r Request) Request {
	r.Link = Link{Hash: e.Hash, ExpiresAt: e.ExpiresAt}
	if e.Device != "" && !slices.Contains(r.Devices, e.Device) {
		r.Devices = append(slices.Clone(r.Devices), e.Device)
	}
	return r.changed(e.IssuedAt)
}

// LinkUsed: the customer pressed the button behind his link (G-01). What he sent
// follows.
type LinkUsed struct {
	UsedAt time.Time `json:"usedAt"`
	// SameDevice tells that it was a device on which the staff had made a link
	// (G-02). A device that was not named is not known to be the same.
	SameDevice bool `json:"sameDevice"`
}

// EventType is the recorded name.
func (LinkUsed) EventType() string { return "request.link_used.v1" }

// Evolve spends the link.
func (e LinkUsed) Evolve(r Request) Request {
	r.Link.UsedAt = e.UsedAt
	return r.changed(e.UsedAt)
}

// Expired: the draft was not sent in time (G-03).
type Expired struct {
	ExpiredAt time.Time `json:"expiredAt"`
}

// EventType is the recorded name.
func (Expired) EventType() string { return "request.expired.v1" }

// Evolve ends the draft, and lets go of the person.
func (e Expired) Evolve(r Request) Request {
	r.State = StateExpired
	r.Contact, r.Problem = sealed.Data{}, sealed.Data{}
	return r.changed(e.ExpiredAt)
}

// KeysDestroyed: what was sealed of the person can never be opened again (G-03, W-01).
type KeysDestroyed struct {
	Keys []DestroyedKey `json:"keys"`
	At   time.Time      `json:"at"`
}

// EventType is the recorded name.
func (KeysDestroyed) EventType() string { return "request.keys_destroyed.v1" }

// Evolve remembers that nothing is left to forget.
func (e KeysDestroyed) Evolve(r Request) Request {
	r.ForgottenAt = e.At
	return r.changed(e.At)
}
