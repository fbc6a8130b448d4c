// Package agreement is the chamber of what one customer agreed to for one support
// request: two documents and a price sheet, by the bytes that he was shown, and
// his declarations, each on its own (O-01 to O-10). It is pure.
package agreement

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a consent stream.
type (
	Event   = decider.Event[Consent]
	Command = decider.Command[Consent, Event]
)

// What an agreement names (O-01, O-07).
const (
	OnlineSupport = "terms.online-support" // the nine articles
	General       = "terms.general"        // the general terms
	Tariff        = "tariff"               // the price sheet
)

// Backup is the customer's answer about his backup (D-01). The zero value is no
// answer yet.
type Backup string

// The answers.
const (
	BackupMade        Backup = "made"
	BackupNotNeeded   Backup = "not_needed"
	BackupNoneProceed Backup = "none_proceed" // needs a second confirmation
)

// Document is one document as it was agreed to.
type Document struct {
	policy.Ref
	Language string `json:"language"`
}

// Declarations are the customer's own, one flag for each purpose: none of them is
// concluded from another (O-08). A flag that he did not set is recorded as such.
type Declarations struct {
	AgreeTerms           bool   `json:"agreeTerms"`           // O-04
	AgreePrice           bool   `json:"agreePrice"`           // O-04
	NotUnderWarranty     bool   `json:"notUnderWarranty"`     // W-02
	Backup               Backup `json:"backup,omitzero"`      // D-01
	ProceedWithoutBackup bool   `json:"proceedWithoutBackup"` // D-01, the second confirmation
	RecordingNoticeSeen  bool   `json:"recordingNoticeSeen"`  // S-02
	StartImmediately     bool   `json:"startImmediately"`
	AuthorityDeclared    bool   `json:"authorityDeclared"`    // O-10
	Marketing            bool   `json:"marketing"`            // O-08, never a condition
}

// Agreement is one act of agreeing, which its ConsentID alone names. GivenAt is the server's clock, and the hashes
// are those of what the server serves: the customer's tick is the trigger, not the
// proof (O-05).
type Agreement struct {
	ConsentID        string     `json:"consentId"`
	SupportRequestID string     `json:"supportRequestId"`
	Documents        []Document `json:"documents"` // online support, then general
	Tariff           policy.Ref `json:"tariff"`
	GivenAt          time.Time  `json:"givenAt"`
	// SameDevice tells that it was given on a device on which the desk had made a link
	// for the request (G-02). A device that was not named is not known to be the same.
	SameDevice bool `json:"sameDevice,omitzero"`
	Declarations
}

// Refs are all that the agreement names, as a decision's policy references (P2).
func (a Agreement) Refs() []policy.Ref {
	refs := make([]policy.Ref, 0, len(a.Documents)+1)
	for _, d := range a.Documents {
		refs = append(refs, d.Ref)
	}
	return append(refs, a.Tariff)
}

// IsZero tells whether nothing was agreed yet.
func (a Agreement) IsZero() bool { return a.ConsentID == "" }

// same tells whether two acts agree to the same, at whatever instants.
func (a Agreement) same(b Agreement) bool {
	return a.SupportRequestID == b.SupportRequestID &&
		slices.Equal(a.Documents, b.Documents) && a.Tariff == b.Tariff && a.Declarations == b.Declarations
}

// Consent is the newest agreement for one support request, and whether that
// request exists. Each request has its own (O-07).
type Consent struct {
	Agreement Agreement
	Submitted bool // the request was submitted
	Attached  bool // the newest agreement is attached to it

	// Of a request that the desk drafted.
	Devices []string // keyed hashes of those on which it made links (G-02)
	Expired bool     // it was never sent (G-03)
}
