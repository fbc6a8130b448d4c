package views

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"aanvraag.internal/services/platform/eventstore"
)

// checkpoint remembers how far the rows are, and by which event to recognise the
// log that they came from.
const checkpoint = `
CREATE TABLE view_checkpoint (
	id       INTEGER PRIMARY KEY CHECK (id = 1),
	position INTEGER NOT NULL,
	stream   TEXT    NOT NULL,
	revision INTEGER NOT NULL,
	place    INTEGER NOT NULL,
	hash     BLOB    NOT NULL,
	whole    INTEGER NOT NULL -- 1: nothing was written since a view left the file in order
) STRICT;
INSERT INTO view_checkpoint VALUES (1, 0, '', -1, 0, x'', 0);
`

// maxReaders bounds the connections that queries share.
const maxReaders = 8

// file is the one writing connection. It takes no context: a statement that could
// be interrupted costs a goroutine, and none of them waits for anything.
type file struct {
	db      *sql.DB
	tx      Tx
	pending int                 // events of the open transaction; 0: none is open
	begun   bool                // a transaction is open
	through eventstore.Position // what has been seen
	saved   eventstore.Position // the checkpoint in the file
	last    eventstore.Recorded // the last event that became rows; Stream "": none
	kept    eventstore.Recorded // last, as the file has it
	trusted bool                // it was not checked, for it was left in order
}

func openPool(path, mode string, most int, pragmas ...string) (*sql.DB, error) {
	query := url.Values{"mode": {mode}, "_time_format": {"sqlite"}, "_pragma": append(pragmas, "busy_timeout(5000)")}
	location := url.URL{Path: path}
	db, err := sql.Open("sqlite", "file:"+location.EscapedPath()+"?"+query.Encode())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(most)
	db.SetMaxIdleConns(most)
	return db, nil
}

func openReaders(path string) (*sql.DB, error) {
	db, err := openPool(path, "ro", maxReaders, "query_only(1)")
	if err != nil {
		return nil, err
	}
	if err := db.Ping(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func openFile(path, mode string) (*file, error) {
	db, err := openPool(path, mode, 1, "journal_mode(WAL)", "synchronous(NORMAL)")
	if err != nil {
		return nil, err
	}
	conn, err := db.Conn(context.Background())
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return &file{db: db, tx: Tx{conn: conn, stmts: make(map[string]*sql.Stmt)}}, nil
}

// createFile makes a file with the schema that stands before the first event.
func createFile(path, schema string) (*file, error) {
	f, err := openFile(path, "rwc")
	if err != nil {
		return nil, err
	}
	if err := f.tx.script("BEGIN IMMEDIATE;" + checkpoint + schema + "\n;COMMIT"); err != nil {
		return nil, errors.Join(fmt.Errorf("make the tables: %w", err), f.close(), removeFile(path))
	}
	return f, nil
}

// load reads the file's checkpoint, and checks the file unless it was left in order:
// to check it takes the longer the more it holds, see [View.inspect]. Every error means
// damage.
func (f *file) load() error {
	var hash []byte
	var whole bool
	err := f.tx.QueryRow(`SELECT position, stream, revision, place, hash, whole FROM view_checkpoint`).
		Scan(&f.saved, &f.last.Stream, &f.last.Revision, &f.last.Position, &hash, &whole)
	if err != nil {
		return err
	}
	copy(f.last.Hash[:], hash)
	f.through, f.kept = f.saved, f.last
	if f.trusted = whole; whole {
		return nil
	}
	return verdict(f.tx.QueryRow(quickCheck))
}

const quickCheck = `PRAGMA quick_check(1)`

func verdict(row *sql.Row) error {
	var said string
	if err := row.Scan(&said); err != nil {
		return err
	}
	if said != "ok" {
		return fmt.Errorf("%w: %s", ErrDamaged, said)
	}
	return nil
}

// ErrDamaged stops a view whose file turned out to be damaged. The next start builds it
// anew.
var ErrDamaged = errors.New("the file is damaged")

// damaged tells whether a fault is the file's own.
func damaged(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return errors.Is(err, ErrDamaged) || ok && (e.Code()&0xff == sqlite3.SQLITE_CORRUPT || e.Code()&0xff == sqlite3.SQLITE_NOTADB)
}

// leave notes that the file is in order. Should that fail, the next start checks it.
func (f *file) leave() error {
	if f.begun {
		return nil
	}
	return f.tx.Exec(`UPDATE view_checkpoint SET whole = 1 WHERE whole = 0`)
}

func (f *file) begin() error {
	if f.begun {
		return nil
	}
	if err := f.tx.Exec(`BEGIN IMMEDIATE`); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	f.begun = true
	return nil
}

func (f *file) took(e eventstore.Recorded) {
	f.pending++
	f.last = eventstore.Recorded{Stream: e.Stream, Revision: e.Revision, Position: e.Position, Hash: e.Hash}
}

// save commits what is pending together with the checkpoint.
func (f *file) save() error {
	if !f.begun && f.through == f.saved {
		return nil
	}
	if err := f.begin(); err != nil {
		return err
	}
	if err := f.tx.flush(); err != nil {
		return fmt.Errorf("write rows: %w", err)
	}
	var moved int64
	err := f.tx.QueryRow(
		`UPDATE view_checkpoint SET position = ?, stream = ?, revision = ?, place = ?, hash = ?, whole = 0 WHERE position = ? RETURNING position`,
		int64(f.through), f.last.Stream, int64(f.last.Revision), int64(f.last.Position), f.last.Hash[:], int64(f.saved),
	).Scan(&moved)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return errors.New("checkpoint moved by another process")
	case err != nil:
		return fmt.Errorf("write checkpoint: %w", err)
	}
	if err := f.tx.Exec(`COMMIT`); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	f.begun, f.pending, f.saved, f.kept = false, 0, f.through, f.last
	return nil
}

// rollback goes back to what the file has. Its error is of no interest: after some
// faults SQLite has rolled back already, and if it could not, the next BEGIN tells.
func (f *file) rollback() {
	f.tx.forget()
	if f.begun {
		_ = f.tx.Exec(`ROLLBACK`)
	}
	f.begun, f.pending, f.through, f.last = false, 0, f.saved, f.kept
}

func (f *file) close() error { return errors.Join(f.tx.close(), f.db.Close()) }

// removeFile removes a database with what SQLite keeps beside it. The database
// goes first: without its WAL it could be half of two states.
func removeFile(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-shm", "-wal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
