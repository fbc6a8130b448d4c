package scheduling

import (
	"strings"
	"time"

	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/views"
	"aanvraag.internal/services/scheduling/internal/recording"
)

// recordingSchema is what the deadlines of recordings depend on: when the deletion
// is due, in Unix microseconds, 0 while it is not; and how many holds stand.
const recordingSchema = `
CREATE TABLE recording (
	session_id TEXT PRIMARY KEY,
	due        INTEGER NOT NULL,
	holds      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;`

// projectRecording keeps the deadlines of a recording: none to destroy it while
// something holds it (S-08), and none at all once its key is gone.
func projectRecording(tx *views.Tx, table *deadlines.Table, r eventstore.Recorded, e recording.Event) error {
	id := strings.TrimPrefix(r.Stream, "recording-")
	switch e := e.(type) {
	case recording.RecordingStarted:
		if !e.CapAt.IsZero() {
			if err := table.Set(tx, deadlines.Due{Kind: dueCap, ID: id, At: e.CapAt}); err != nil {
				return err
			}
		}
		return tx.Exec(`INSERT INTO recording VALUES (?, 0, 0)`, id)
	case recording.RetentionCapReached:
		return table.Clear(tx, dueCap, id)
	case recording.DeletionDue:
		return awaitDestruction(tx, table, id, e.DueAt, 0)
	case recording.HoldPlaced:
		return awaitDestruction(tx, table, id, time.Time{}, 1)
	case recording.HoldReleased:
		return awaitDestruction(tx, table, id, e.DueAt, -1)
	case recording.KeyDestroyed:
		if err := table.Clear(tx, dueDestroy, id); err != nil {
			return err
		}
		if err := table.Clear(tx, dueCap, id); err != nil {
			return err
		}
		return tx.Exec(`DELETE FROM recording WHERE session_id = ?`, id)
	}
	return nil // no row depends on it
}

// awaitDestruction takes over a new time, if there is one, and a hold more or less.
func awaitDestruction(tx *views.Tx, table *deadlines.Table, id string, at time.Time, holds int64) error {
	var due, held int64
	if err := tx.QueryRow(`SELECT due, holds FROM recording WHERE session_id = ?`, id).Scan(&due, &held); err != nil {
		return err
	}
	if !at.IsZero() {
		due = at.UnixMicro()
	}
	held += holds
	if err := tx.Exec(`UPDATE recording SET due = ?, holds = ? WHERE session_id = ?`, due, held, id); err != nil {
		return err
	}
	if held > 0 || due == 0 {
		return table.Clear(tx, dueDestroy, id)
	}
	return table.Set(tx, deadlines.Due{Kind: dueDestroy, ID: id, At: time.UnixMicro(due).UTC()})
}
