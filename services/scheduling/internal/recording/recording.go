// Package recording is the chamber of one session's recording (article 6): it
// exists only when the session is recorded, has a key of its own, and that key is
// destroyed once the bill is satisfied, unless something holds it.
package recording

import (
	"slices"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Event and Command of a recording stream.
type (
	Event   = decider.Event[Recording]
	Command = decider.Command[Recording, Event]
)

// Stage is where a recording stands.
type Stage string

// The stages. None is a recording that was never made (S-01).
const (
	None       Stage = ""
	Recorded   Stage = "RECORDING"
	Stopped    Stage = "STOPPED" // the customer took his consent back; the session goes on (O-09)
	Kept       Stage = "KEPT"
	Due        Stage = "DELETION_DUE"
	Destroying Stage = "DESTROYING" // decided: the key is on its way out, and no hold of its own stops it
	Destroyed  Stage = "DESTROYED"
)

// Cause is why a recording must go.
type Cause string

// The causes. Deletions of before there were several have none: the bill was
// satisfied.
const (
	Settled      Cause = "SETTLED"
	NotInvoiced  Cause = "NOT_INVOICED"  // refused, cancelled, or closed with nothing to bill (S-06)
	RetentionCap Cause = "RETENTION_CAP" // kept as long as anything may be (S-06)
)

// Recording is one session's recording. Its id is the session's.
type Recording struct {
	SessionID        string
	SupportRequestID string
	KeyID            string // of its key in the vault
	Stage            Stage
	CapAt            time.Time // when it goes whatever happens; zero: no cap was set

	Upload   *Uploaded // nil before the recording is whole
	Flagged  bool      // recorded and measured duration differ too much (S-03)
	Resolved bool      // and a person has looked

	Cause       Cause
	InvoiceID   string
	DueAt       time.Time
	DeadlineAt  time.Time // by when it is carried out; zero: none was set
	Holds       []Hold    // placed and not released
	Released    []string  // ids of holds that were
	DestroyedAt time.Time
	LateSeconds int64
	Actor       string // who destroyed the key
	DeletedAt   time.Time
}

// Uploaded identifies the whole recording.
type Uploaded struct {
	SHA256           string `json:"sha256"`           // of the content, hex
	CiphertextSHA256 string `json:"ciphertextSha256"` // of the sealed file, hex
	Bytes            int64  `json:"bytes"`            // of content
	Size             int64  `json:"size"`             // of the sealed file
}

// Hold is a reason to wait with the deletion (S-08).
type Hold struct {
	HoldID   string `json:"holdId"`
	Kind     string `json:"kind"`
	Owner    string `json:"owner"`    // pseudonym of who answers for it
	ReviewOn string `json:"reviewOn"` // local date, YYYY-MM-DD
}

// held tells whether a hold of this recording's own stands. Only [Begin] asks, so
// whatever else holds a recording comes in there.
func (r Recording) held() bool { return len(r.Holds) > 0 }

// Held is held, for who wants to know why nothing happens.
func (r Recording) Held() bool { return r.held() }

func (r Recording) hold(id string) bool {
	return slices.ContainsFunc(r.Holds, func(h Hold) bool { return h.HoldID == id })
}

// ErrUnknown answers for a session that was not recorded, or whose recording was
// not uploaded (S-01).
var ErrUnknown = &decider.Rejection{
	Kind: decider.Missing, Code: "RECORDING_UNKNOWN", Article: "6", Rule: "S-01",
	Reason: "there is no such recording",
}

func illegal(r Recording, rule, command, reason string) error {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "6", Rule: rule, Reason: reason,
		Details: map[string]string{"from": string(r.Stage), "command": command},
	}
}
