package sqlite

import (
	"errors"
	"fmt"
	"strings"
)

// The file says in its header what it is.
const (
	applicationID = 0x61616e76 // "aanv"
	schemaVersion = 1
)

// ErrForeign answers the opening of a file that is not an event log, or one of a
// newer version than this program knows.
var ErrForeign = errors.New("not an event log of this program")

// Blobs hold data and metadata, because TEXT promises an encoding and we promise
// bytes; the view log shows them as text to whoever looks with a SQLite shell.
var schema = []string{
	`CREATE TABLE streams (
		id   INTEGER PRIMARY KEY,
		name TEXT NOT NULL UNIQUE
	) STRICT`,
	`CREATE TABLE events (
		position    INTEGER PRIMARY KEY,
		stream      INTEGER NOT NULL REFERENCES streams (id),
		revision    INTEGER NOT NULL,
		event_id    BLOB    NOT NULL,
		type        TEXT    NOT NULL,
		data        BLOB    NOT NULL,
		metadata    BLOB    NOT NULL,
		hash        BLOB    NOT NULL,
		recorded_at INTEGER NOT NULL
	) STRICT`,
	`CREATE UNIQUE INDEX events_by_stream ON events (stream, revision)`,
	refuse("UPDATE", "events"), refuse("DELETE", "events"),
	refuse("UPDATE", "streams"), refuse("DELETE", "streams"),
	`CREATE VIEW log AS
		SELECT e.position, s.name AS stream, e.revision, e.type, CAST(e.data AS TEXT) AS data,
			CAST(e.metadata AS TEXT) AS metadata, lower(hex(e.event_id)) AS event_id, lower(hex(e.hash)) AS hash,
			strftime('%Y-%m-%dT%H:%M:%SZ', e.recorded_at / 1000000000, 'unixepoch') AS recorded_at
		FROM events e JOIN streams s ON s.id = e.stream`,
	fmt.Sprintf(`PRAGMA application_id = %d`, applicationID),
	fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion),
}

func refuse(change, table string) string {
	return fmt.Sprintf(
		`CREATE TRIGGER no_%s_of_%s BEFORE %s ON %s BEGIN SELECT RAISE(ABORT, 'the event log is append-only'); END`,
		strings.ToLower(change), table, change, table,
	)
}

// recognise tells whether the file is an event log that we know, or still blank.
func recognise(c *conn) (blank bool, err error) {
	app, err := c.number(`PRAGMA application_id`)
	if err != nil {
		return false, fmt.Errorf("read the application id: %w", err)
	}
	version, err := c.number(`PRAGMA user_version`)
	if err != nil {
		return false, fmt.Errorf("read the schema version: %w", err)
	}
	objects, err := c.number(`SELECT count(*) FROM sqlite_schema`)
	if err != nil {
		return false, fmt.Errorf("read the schema: %w", err)
	}
	switch {
	case app == 0 && version == 0 && objects == 0:
		return true, nil
	case app != applicationID:
		return false, fmt.Errorf("%w: application id %#x", ErrForeign, app)
	case version != schemaVersion:
		return false, fmt.Errorf("%w: schema version %d, this program knows %d", ErrForeign, version, schemaVersion)
	}
	return false, nil
}

// create makes a blank file an event log, as one transaction.
func create(c *conn) error {
	// The journal mode is kept in the file's header and cannot change inside a
	// transaction.
	if _, err := c.number(`PRAGMA journal_mode = WAL`); err != nil {
		return err
	}
	if err := c.run(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	for _, s := range schema {
		if err := c.run(s); err != nil {
			return errors.Join(err, c.run(`ROLLBACK`))
		}
	}
	return c.run(`COMMIT`)
}
