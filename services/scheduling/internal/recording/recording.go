// Package recording is the chamber of one session's recording (article 6): it
// exists only when the session is recorded, has a key of its own, and that key is
// destroyed once the bill is satisfied.
package recording

import "aanvraag.internal/services/platform/decider"

// Event and Command of a recording stream.
type (
	Event   = decider.Event[Recording]
	Command = decider.Command[Recording, Event]
)

// Stage is where a recording stands.
type Stage string

// The stages. None is a recording that was never made (S-01).
const (
	None      Stage = ""
	Recorded  Stage = "RECORDING"
	Kept      Stage = "KEPT"
	Due       Stage = "DELETION_DUE"
	Destroyed Stage = "DESTROYED"
)

// Recording is one session's recording. Its id is the session's.
type Recording struct {
	SessionID        string
	SupportRequestID string
	KeyID            string // of its key in the vault
	Stage            Stage
}
