package recording

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// RecordDestroyed says that the vault has destroyed the key.
type RecordDestroyed struct {
	KeyID string    `json:"keyId"`
	Actor string    `json:"actor"`
	At    time.Time `json:"at"` // when the key was destroyed
}

// Decide records the proof once, and only of a deletion that was due: before the
// bill is satisfied, in part or not at all, the recording is kept (S-05).
func (c RecordDestroyed) Decide(r Recording) ([]Event, error) {
	switch r.Stage {
	case Destroyed:
		return nil, nil
	case Due:
		if c.KeyID != r.KeyID {
			return nil, errKey
		}
		return []Event{KeyDestroyed{
			SessionID: r.SessionID, SupportRequestID: r.SupportRequestID,
			KeyID: c.KeyID, DestroyedAt: c.At.UTC(), Actor: c.Actor,
		}}, nil
	}
	return nil, &decider.Rejection{
		Kind: decider.Precondition, Code: "ILLEGAL_STATE", Article: "6", Rule: "S-05",
		Reason:  "a recording is destroyed only after the bill is satisfied",
		Details: map[string]string{"from": string(r.Stage), "command": "DestroyRecording"},
	}
}

var errKey = &decider.Rejection{
	Kind: decider.Invalid, Code: "KEY_MISMATCH", Article: "6", Rule: "S-09",
	Reason: "the key that was destroyed is not this recording's",
}
