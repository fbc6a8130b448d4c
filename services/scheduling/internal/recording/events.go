package recording

import (
	"slices"
	"time"

	"aanvraag.internal/services/kernel/sealed"
)

// Events lists every event type of a recording stream.
func Events() []Event {
	return []Event{
		RecordingStarted{},
		RecordingEnded{},
		DeletionDue{},
		KeyDestroyed{},
		RecordingUploaded{},
		DurationVerified{},
		DurationResolved{},
		RecordingAccessed{},
		HoldPlaced{},
		HoldReleased{},
		RetentionCapReached{},
		DestructionBegun{},
		RecordingDeleted{},
		RecordingStopped{},
	}
}

// RecordingStarted: the session is recorded under a key of its own (S-01, S-05).
type RecordingStarted struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	KeyID            string    `json:"keyId"`
	StartedAt        time.Time `json:"startedAt"`
	CapAt            time.Time `json:"capAt,omitzero"` // when it goes whatever happens (S-06)
}

// EventType is the recorded name.
func (RecordingStarted) EventType() string { return "recording.started.v1" }

// Evolve starts.
func (e RecordingStarted) Evolve(Recording) Recording {
	return Recording{
		SessionID: e.SessionID, SupportRequestID: e.SupportRequestID, KeyID: e.KeyID, Stage: Recorded, CapAt: e.CapAt,
	}
}

// RecordingEnded: nothing is added any more; it is kept until the bill is satisfied.
type RecordingEnded struct {
	EndedAt time.Time `json:"endedAt"`
}

// EventType is the recorded name.
func (RecordingEnded) EventType() string { return "recording.ended.v1" }

// Evolve ends.
func (RecordingEnded) Evolve(r Recording) Recording {
	r.Stage = Kept
	return r
}

// DeletionDue: the bill is satisfied, is never made, or was not paid within all
// terms, so the recording must go (S-05, S-06). A later one makes it due earlier.
type DeletionDue struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	InvoiceID        string    `json:"invoiceId"` // the bill that was satisfied, if that is the cause
	DueAt            time.Time `json:"dueAt"`
	Cause            Cause     `json:"cause,omitzero"`      // empty: the bill was satisfied
	DeadlineAt       time.Time `json:"deadlineAt,omitzero"` // by when it is carried out
}

// EventType is the recorded name.
func (DeletionDue) EventType() string { return "recording.deletion_due.v1" }

// Evolve makes it due.
func (e DeletionDue) Evolve(r Recording) Recording {
	r.Stage, r.InvoiceID, r.DueAt, r.DeadlineAt, r.Cause = Due, e.InvoiceID, e.DueAt, e.DeadlineAt, e.Cause
	if r.Cause == "" {
		r.Cause = Settled
	}
	return r
}

// KeyDestroyed: the key is gone, and with it the content in every copy (S-05,
// S-09). What stays tells which key, when and by whom.
type KeyDestroyed struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	KeyID            string    `json:"keyId"`
	DestroyedAt      time.Time `json:"destroyedAt"`
	Actor            string    `json:"actor"`
	LateSeconds      int64     `json:"lateSeconds,omitzero"` // behind the deadline
}

// EventType is the recorded name.
func (KeyDestroyed) EventType() string { return "recording.key_destroyed.v1" }

// Evolve destroys.
func (e KeyDestroyed) Evolve(r Recording) Recording {
	r.Stage, r.DestroyedAt, r.Actor, r.LateSeconds = Destroyed, e.DestroyedAt, e.Actor, e.LateSeconds
	return r
}

// RecordingUploaded: the whole recording lies sealed on disk.
type RecordingUploaded struct {
	SessionID        string `json:"sessionId"`
	SupportRequestID string `json:"supportRequestId"`
	Uploaded
	UploadedAt time.Time `json:"uploadedAt"`
}

// EventType is the recorded name.
func (RecordingUploaded) EventType() string { return "recording.uploaded.v1" }

// Evolve remembers what identifies it.
func (e RecordingUploaded) Evolve(r Recording) Recording {
	r.Upload = &e.Uploaded
	return r
}

// DurationVerified: the recorded duration was held against the measured one (S-03).
// The difference is recorded less measured.
type DurationVerified struct {
	SessionID        string `json:"sessionId"`
	SupportRequestID string `json:"supportRequestId"`
	MeasuredSeconds  int64  `json:"measuredSeconds"`
	RecordedSeconds  int64  `json:"recordedSeconds"`
	DeltaSeconds     int64  `json:"deltaSeconds"`
	Flagged          bool   `json:"flagged"`
}

// EventType is the recorded name.
func (DurationVerified) EventType() string { return "recording.duration_verified.v1" }

// Evolve flags.
func (e DurationVerified) Evolve(r Recording) Recording {
	r.Flagged = e.Flagged
	return r
}

// DurationResolved: a person looked at the difference (S-03).
type DurationResolved struct {
	SessionID        string      `json:"sessionId"`
	SupportRequestID string      `json:"supportRequestId"`
	Note             sealed.Data `json:"note"`
	ResolvedAt       time.Time   `json:"resolvedAt"`
}

// EventType is the recorded name.
func (DurationResolved) EventType() string { return "recording.duration_resolved.v1" }

// Evolve resolves.
func (DurationResolved) Evolve(r Recording) Recording {
	r.Resolved = true
	return r
}

// RecordingAccessed: somebody sees the recording, and why (S-04).
type RecordingAccessed struct {
	SessionID        string      `json:"sessionId"`
	SupportRequestID string      `json:"supportRequestId"`
	Actor            string      `json:"actor"`
	Customer         bool        `json:"customer,omitzero"` // who sees his own session
	Reason           sealed.Data `json:"reason,omitzero"`
	AccessedAt       time.Time   `json:"accessedAt"`
}

// EventType is the recorded name.
func (RecordingAccessed) EventType() string { return "recording.accessed.v1" }

// Evolve changes nothing.
func (RecordingAccessed) Evolve(r Recording) Recording { return r }

// HoldPlaced: the deletion waits (S-08).
type HoldPlaced struct {
	SessionID        string `json:"sessionId"`
	SupportRequestID string `json:"supportRequestId"`
	Hold
	Reason   sealed.Data `json:"reason"`
	PlacedAt time.Time   `json:"placedAt"`
}

// EventType is the recorded name.
func (HoldPlaced) EventType() string { return "recording.hold_placed.v1" }

// Evolve holds.
func (e HoldPlaced) Evolve(r Recording) Recording {
	r.Holds = append(slices.Clip(r.Holds), e.Hold)
	return r
}

// HoldReleased: this hold stands no more. Where it was the last one, and the
// deletion is due, the members tell from when and by when (S-08).
type HoldReleased struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	HoldID           string    `json:"holdId"`
	ReleasedAt       time.Time `json:"releasedAt"`
	DueAt            time.Time `json:"dueAt,omitzero"`
	DeadlineAt       time.Time `json:"deadlineAt,omitzero"`
}

// EventType is the recorded name.
func (HoldReleased) EventType() string { return "recording.hold_released.v1" }

// Evolve releases.
func (e HoldReleased) Evolve(r Recording) Recording {
	r.Holds = slices.DeleteFunc(slices.Clone(r.Holds), func(h Hold) bool { return h.HoldID == e.HoldID })
	r.Released = append(slices.Clip(r.Released), e.HoldID)
	if !e.DueAt.IsZero() {
		r.DueAt, r.DeadlineAt = e.DueAt, e.DeadlineAt
	}
	return r
}

// RetentionCapReached: it was kept as long as anything may be, paid or not (S-06).
type RetentionCapReached struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	CapAt            time.Time `json:"capAt"`
}

// EventType is the recorded name.
func (RetentionCapReached) EventType() string { return "recording.retention_cap_reached.v1" }

// Evolve changes nothing: the deletion follows in the same append.
func (RetentionCapReached) Evolve(r Recording) Recording { return r }

// DestructionBegun: nothing held it any more, and nothing holds it from here on.
type DestructionBegun struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	BegunAt          time.Time `json:"begunAt"`
}

// EventType is the recorded name.
func (DestructionBegun) EventType() string { return "recording.destruction_begun.v1" }

// Evolve begins.
func (DestructionBegun) Evolve(r Recording) Recording {
	r.Stage = Destroying
	return r
}

// RecordingDeleted: the sealed file is gone too. Its digest and size are what it
// had (S-05, S-09).
type RecordingDeleted struct {
	SessionID        string    `json:"sessionId"`
	SupportRequestID string    `json:"supportRequestId"`
	CiphertextSHA256 string    `json:"ciphertextSha256"` // hex; empty when it was never whole
	Size             int64     `json:"size"`
	DeletedAt        time.Time `json:"deletedAt"`
	Actor            string    `json:"actor"`
}

// EventType is the recorded name.
func (RecordingDeleted) EventType() string { return "recording.deleted.v1" }

// Evolve deletes.
func (e RecordingDeleted) Evolve(r Recording) Recording {
	r.DeletedAt = e.DeletedAt
	return r
}
