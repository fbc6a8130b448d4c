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
	// WithdrawalLossAcknowledged: he knows that his right of withdrawal ends with full
	// performance.
	WithdrawalLossAcknowledged bool `json:"withdrawalLossAcknowledged,omitzero"`
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
	Button           Button     `json:"button,omitzero"`
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
		slices.Equal(a.Documents, b.Documents) && a.Tariff == b.Tariff &&
		a.Button == b.Button && a.Declarations == b.Declarations
}

// PartyKind decides which law protects the customer.
type PartyKind string

// The kinds. The zero value is that nobody told.
const (
	Business PartyKind = "business"
	Consumer PartyKind = "consumer"
)

// Consent is the newest agreement for one support request, and what consent knows of
// that request. Each request has its own (O-07).
type Consent struct {
	Agreement Agreement // its flags are those that still stand
	Evidence  Evidence  // of that agreement
	Submitted bool      // the request was submitted
	Attached  bool      // the newest agreement is attached to it
	Withheld  bool      // the newest agreement does not bind, and never will
	// Withdrawn are the purposes that were taken back from the newest agreement, in
	// order (O-09).
	Withdrawn []Withdrawal

	Reference   string // of the request
	PartyKind   PartyKind
	ConcludedAt time.Time // when the request was accepted; zero before
	Ended       End       // how the request ended

	Receipt  ReceiptIssued // the newest
	Contract Contract

	// Of a request that the desk drafted.
	Devices []string // keyed hashes of those on which it made links (G-02)
	Expired bool     // it was never sent (G-03)
}

// Withdrawal is one purpose that was taken back.
type Withdrawal struct {
	Purpose Purpose
	At      time.Time
}

// takenBack tells whether the newest agreement was taken back as a whole.
func (c Consent) takenBack() bool {
	return slices.ContainsFunc(c.Withdrawn, func(w Withdrawal) bool { return w.Purpose == WholeAgreement })
}
