package request

import (
	"slices"
	"strings"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Link lets the customer send a draft, once (G-01). Of its code only a keyed hash
// is kept.
type Link struct {
	Hash      string
	ExpiresAt time.Time // it works before, and not at that instant
	UsedAt    time.Time // zero while it was not used
}

// Reissue makes a new link for a draft; the one before no longer works.
type Reissue struct {
	LinkHash string    `json:"linkHash"`
	Device   string    `json:"device,omitzero"`
	Limits   Limits    `json:"limits"` // in force At
	At       time.Time `json:"at"`
}

// Decide gives a link to a draft that lives (G-01, G-03).
func (c Reissue) Decide(r Request) ([]Event, error) {
	switch {
	case r.State == StateNone:
		return nil, Unknown
	case r.outlived(c.At):
		return nil, errDraftExpired
	case r.State != StateDrafted:
		return nil, illegal(r, "reissue", "", "G-01")
	}
	return []Event{link(c.LinkHash, c.Device, c.Limits, r.ExpiresAt, c.At)}, nil
}

// link ends no later than its draft.
func link(hash, device string, limits Limits, draftEnds, at time.Time) LinkIssued {
	expires := at.Add(seconds(limits.LinkSeconds))
	if expires.After(draftEnds) {
		expires = draftEnds
	}
	return LinkIssued{Hash: hash, Device: device, IssuedAt: at, ExpiresAt: expires}
}

// Admit tells whether whoever shows a code, by its keyed hash, holds the link of
// this draft at an instant: nil, or why not (G-01, G-03). Whether it has expired is
// told to nobody who does not hold it.
func (r Request) Admit(hash string, at time.Time) error {
	switch {
	case r.State == StateNone:
		return Unknown
	case r.outlived(at):
		return errDraftExpired
	case hash == "":
		return errLinkRequired
	case hash != r.Link.Hash:
		return errLinkWrong
	case !r.Link.UsedAt.IsZero():
		return errLinkUsed
	case !at.Before(r.Link.ExpiresAt):
		return errLinkExpired
	}
	return nil
}

// outlived tells whether a draft was not sent in time. That it expired is recorded
// soon after; nothing depends on how soon.
func (r Request) outlived(at time.Time) bool {
	return r.State == StateExpired || r.State == StateDrafted && !at.Before(r.ExpiresAt)
}

// sameDevice tells whether a link was made on the device that shows it (G-02).
func (r Request) sameDevice(device string) bool {
	return device != "" && slices.Contains(r.Devices, device)
}

// codeLength is sixteen letters and digits of five bits each: 80 bits, which nobody
// guesses in the minutes that a link lives.
const codeLength = 16

// Code spells the first 80 bits of a secret as a link's code, such as
// "7F3K-29QD-0MXW-V51T". The secret has at least ten bytes.
func Code(secret []byte) string {
	var b strings.Builder
	for i := range codeLength {
		if i > 0 && i%4 == 0 {
			b.WriteByte('-')
		}
		at := 5 * i
		two := uint16(secret[at/8]) << 8
		if at/8+1 < len(secret) {
			two |= uint16(secret[at/8+1])
		}
		b.WriteByte(spoken[two>>(11-at%8)&31])
	}
	return b.String()
}

// misread are letters that no code has, for the digits that they look like.
var misread = strings.NewReplacer("O", "0", "I", "1", "L", "1", "-", "", " ", "")

// TypedCode is a code as somebody typed it, in the one spelling that is hashed:
// without hyphens and spaces, in capitals.
func TypedCode(typed string) string { return misread.Replace(strings.ToUpper(typed)) }

var (
	errLinkRequired = &decider.Rejection{
		Kind: decider.Precondition, Code: "LINK_REQUIRED", Rule: "G-01",
		Reason: "this request was drafted for its customer: only he sends it, with the code of his link",
	}
	errLinkWrong = &decider.Rejection{
		Kind: decider.Denied, Code: "LINK_WRONG", Rule: "G-01",
		Reason: "this is not the code of this request's newest link",
	}
	errLinkUsed = &decider.Rejection{
		Kind: decider.Precondition, Code: "LINK_USED", Rule: "G-01",
		Reason: "this link was used; it works once",
	}
	errLinkExpired = &decider.Rejection{
		Kind: decider.Precondition, Code: "EXPIRED", Rule: "G-01",
		Reason:  "this link has expired; the desk can give a new one",
		Details: map[string]string{"expired": "link"},
	}
	errDraftExpired = &decider.Rejection{
		Kind: decider.Precondition, Code: "EXPIRED", Rule: "G-03",
		Reason:  "this draft was not sent in time and is gone",
		Details: map[string]string{"expired": "draft"},
	}
)
