package recording

import (
	"time"

	"aanvraag.internal/services/platform/decider"
)

// Begin asks to carry out a deletion that is due. Behind it the key is destroyed,
// so it is here that a hold is in time or too late (S-08).
type Begin struct {
	HeldElsewhere bool      `json:"heldElsewhere,omitzero"` // by something that is not in this stream
	At            time.Time `json:"at"`
}

// Decide begins once, when it is due and nothing holds it. Before, nothing happens.
func (c Begin) Decide(r Recording) ([]Event, error) {
	if r.Stage != Due || c.At.Before(r.DueAt) || r.held() || c.HeldElsewhere {
		return nil, nil
	}
	return []Event{DestructionBegun{SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, BegunAt: c.At.UTC()}}, nil
}

// RecordDestroyed says that the vault has destroyed the key.
type RecordDestroyed struct {
	KeyID string    `json:"keyId"`
	Actor string    `json:"actor"`
	At    time.Time `json:"at"` // when the key was destroyed
}

// Decide records the proof once, and only of a deletion that was begun: before the
// bill is satisfied, in part or not at all, the recording is kept (S-05). By how
// much its deadline was missed is part of the proof.
func (c RecordDestroyed) Decide(r Recording) ([]Event, error) {
	switch r.Stage {
	case Destroyed:
		return nil, nil
	case Destroying:
		if c.KeyID != r.KeyID {
			return nil, errKey
		}
		return []Event{KeyDestroyed{
			SessionID: r.SessionID, SupportRequestID: r.SupportRequestID,
			KeyID: c.KeyID, DestroyedAt: c.At.UTC(), Actor: c.Actor, LateSeconds: r.late(c.At),
		}}, nil
	}
	return nil, illegal(r, "S-05", "DestroyRecording", "a recording is destroyed only after the bill is satisfied")
}

// late is by how many whole seconds an instant misses the deadline.
func (r Recording) late(at time.Time) int64 {
	if r.DeadlineAt.IsZero() {
		return 0
	}
	return max(0, int64(at.Sub(r.DeadlineAt)/time.Second))
}

// RecordDeleted says that the sealed file is gone too. Size is what lay on disk.
type RecordDeleted struct {
	Size  int64     `json:"size"`
	Actor string    `json:"actor"`
	At    time.Time `json:"at"`
}

// Decide records it once, behind the destroyed key, if there was a file: one that
// was uploaded, whole or in part (S-09).
func (c RecordDeleted) Decide(r Recording) ([]Event, error) {
	switch {
	case r.Stage != Destroyed:
		return nil, illegal(r, "S-05", "DeleteRecording", "the file goes after its key")
	case !r.DeletedAt.IsZero() || r.Upload == nil && c.Size == 0:
		return nil, nil
	}
	e := RecordingDeleted{
		SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, Size: c.Size, DeletedAt: c.At.UTC(), Actor: c.Actor,
	}
	if r.Upload != nil {
		e.CiphertextSHA256, e.Size = r.Upload.CiphertextSHA256, r.Upload.Size
	}
	return []Event{e}, nil
}

// Certify tells whether there is a destruction to certify (S-09).
func (r Recording) Certify() error {
	switch r.Stage {
	case None:
		return ErrUnknown
	case Destroyed:
		return nil
	}
	return illegal(r, "S-09", "GetDeletionCertificate", "the recording is not destroyed")
}

var errKey = &decider.Rejection{
	Kind: decider.Invalid, Code: "KEY_MISMATCH", Article: "6", Rule: "S-09",
	Reason: "the key that was destroyed is not this recording's",
}
