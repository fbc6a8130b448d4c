package recording

import (
	"strconv"
	"time"

	"aanvraag.internal/services/platform/decider"
)

// FinishUpload says that the whole recording lies sealed on disk. What it is held
// against comes from the session and from the recording policy.
type FinishUpload struct {
	Uploaded
	RecordedSeconds  int64     `json:"recordedSeconds"`
	MeasuredSeconds  int64     `json:"measuredSeconds"`
	ToleranceSeconds int64     `json:"toleranceSeconds"` // differences above it are flagged
	MaxBytes         int64     `json:"maxBytes"`
	At               time.Time `json:"at"`
}

// Decide takes one recording, and holds its duration against the measured one
// (S-03): exactly the tolerance is fine, a second more is flagged.
func (c FinishUpload) Decide(r Recording) ([]Event, error) {
	if err := r.Accepts(c.Bytes, c.MaxBytes); err != nil {
		return nil, err
	}
	if c.Bytes == 0 {
		return nil, errEmpty
	}
	delta := c.RecordedSeconds - c.MeasuredSeconds
	return []Event{
		RecordingUploaded{
			SessionID: r.SessionID, SupportRequestID: r.SupportRequestID, Uploaded: c.Uploaded, UploadedAt: c.At.UTC(),
		},
		DurationVerified{
			SessionID: r.SessionID, SupportRequestID: r.SupportRequestID,
			MeasuredSeconds: c.MeasuredSeconds, RecordedSeconds: c.RecordedSeconds, DeltaSeconds: delta,
			Flagged: max(delta, -delta) > c.ToleranceSeconds,
		},
	}, nil
}

// Accepts tells whether content of that size may be taken: of a session that has
// ended, once, while nothing asks for its deletion. Who receives it asks before
// the first byte, too.
func (r Recording) Accepts(bytes, most int64) error {
	switch {
	case r.Stage == None:
		return ErrUnknown
	case r.Upload != nil:
		return errComplete
	case r.Stage != Kept:
		return illegal(r, "S-05", "UploadRecording", "a recording is taken after its session ended and before its deletion is due")
	case bytes > most:
		return &decider.Rejection{
			Kind: decider.Invalid, Code: "RECORDING_TOO_LARGE", Article: "6", Rule: "S-01",
			Reason:  "the recording is larger than is kept",
			Details: map[string]string{"maxBytes": strconv.FormatInt(most, 10)},
		}
	}
	return nil
}

var (
	errComplete = &decider.Rejection{
		Kind: decider.Exists, Code: "UPLOAD_COMPLETE", Article: "6", Rule: "S-09",
		Reason: "the recording is whole; nothing replaces it",
	}
	errEmpty = &decider.Rejection{
		Kind: decider.Invalid, Code: "UPLOAD_EMPTY", Article: "6", Rule: "S-03",
		Reason: "a recording without content cannot be held against anything",
	}
)
