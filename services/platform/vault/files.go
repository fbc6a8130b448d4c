package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

const (
	keysFile      = "keys.db"
	destroyedFile = "destroyed.log"
)

// Files is the embedded [KeyStore] and [AccessLog]: an SQLite file for keys,
// tombstones and openings, and beside it the list of destroyed ids.
type Files struct {
	db     *sql.DB
	conn   *sql.Conn
	writer *writer
	empty  bool // there was no key when it was opened

	once   sync.Once
	closed error

	// Owned by the writer's goroutine.
	list    *destroyedList
	queries queries
}

// Failed is closed once the disk failed to confirm a write: nothing is stored any
// more, and the process should end.
func (f *Files) Failed() <-chan struct{} { return f.writer.failed }

// Fresh tells whether the directory held no key when it was opened.
func (f *Files) Fresh() bool { return f.empty }

var (
	_ KeyStore  = (*Files)(nil)
	_ AccessLog = (*Files)(nil)
)

// A destroyed key's row stays, with as many zeros in place of the bytes. Rows of
// keys are only ever added at the end and never change their size, so erasure does
// not hang on what SQLite leaves behind where it moves rows between pages.
const schema = `
CREATE TABLE IF NOT EXISTS keys (
	seq     INTEGER PRIMARY KEY,
	id      TEXT NOT NULL UNIQUE,
	wrapped BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS destroyed (
	seq INTEGER PRIMARY KEY,
	id  TEXT NOT NULL UNIQUE,
	at  TEXT NOT NULL -- RFC 3339, UTC
) STRICT;
CREATE TABLE IF NOT EXISTS openings (
	seq     INTEGER PRIMARY KEY,
	at      INTEGER NOT NULL, -- Unix time in nanoseconds
	actor   TEXT NOT NULL,
	reason  TEXT NOT NULL,
	subject TEXT NOT NULL,
	purpose TEXT NOT NULL,
	field   TEXT NOT NULL,
	place   TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS openings_by_subject ON openings (subject, seq);
`

// pragmas in their order: with exclusive locking set first, the write-ahead log
// needs no shared memory, and a second process is refused.
var pragmas = []string{
	"busy_timeout=500",
	"locking_mode=EXCLUSIVE",
	"journal_mode=WAL",
	"synchronous=FULL",
	"secure_delete=ON",
	"temp_store=MEMORY",
}

type queries struct {
	key, tombstone, create, zero, bury *sql.Stmt
	record, openings, truncate         *sql.Stmt

	prepared []*sql.Stmt // all of them
}

func (q *queries) prepare(ctx context.Context, conn *sql.Conn) error {
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&q.key, "SELECT wrapped FROM keys WHERE id = ?"},
		{&q.tombstone, "SELECT at FROM destroyed WHERE id = ?"},
		{&q.create, "INSERT INTO keys (id, wrapped) VALUES (?, ?) ON CONFLICT DO NOTHING"},
		{&q.zero, "UPDATE keys SET wrapped = zeroblob(length(wrapped)) WHERE id = ?"},
		{&q.bury, "INSERT INTO destroyed (id, at) VALUES (?, ?) ON CONFLICT DO NOTHING"},
		{&q.record, "INSERT INTO openings (at, actor, reason, subject, purpose, field, place) VALUES (?, ?, ?, ?, ?, ?, ?)"},
		{&q.openings, "SELECT at, actor, reason, subject, purpose, field, place FROM openings WHERE subject = ? ORDER BY seq"},
		{&q.truncate, "DELETE FROM openings WHERE at < ?"},
	} {
		var err error
		if *s.stmt, err = conn.PrepareContext(ctx, s.text); err != nil {
			return fmt.Errorf("prepare %q: %w", s.text, err)
		}
		q.prepared = append(q.prepared, *s.stmt)
	}
	return nil
}

// close lets go of the statements. A connection with one left stays open, and
// locked, behind the driver's back.
func (q *queries) close() error {
	var errs []error
	for _, s := range q.prepared {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// OpenFiles opens the key store of a directory, and makes it at first start. It
// answers [ErrInUse] while another process holds it.
func OpenFiles(dir string) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make key directory: %w", err)
	}
	f := &Files{}
	if err := f.open(dir); err != nil {
		_ = f.release() // what failed before says more
		if sqliteCode(err) == sqlite3.SQLITE_BUSY {
			err = ErrInUse
		}
		return nil, fmt.Errorf("open key store %s: %w", dir, err)
	}
	return f, nil
}

func (f *Files) open(dir string) error {
	ctx := context.Background()
	path, err := filepath.Abs(filepath.Join(dir, keysFile))
	if err != nil {
		return err
	}
	// Made here and not by SQLite, so that nobody else can read it; its write-ahead
	// log inherits the mode.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	if f.db, err = sql.Open("sqlite", (&url.URL{Scheme: "file", Path: path}).String()); err != nil {
		return err
	}
	if f.conn, err = f.db.Conn(ctx); err != nil {
		return err
	}
	conn := f.conn
	for _, p := range pragmas {
		if _, err := conn.ExecContext(ctx, "PRAGMA "+p); err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
	}
	if _, err := conn.ExecContext(ctx, schema); err != nil {
		return fmt.Errorf("schema: %w", err)
	}
	if err := f.queries.prepare(ctx, conn); err != nil {
		return err
	}
	if err := conn.QueryRowContext(ctx, "SELECT NOT EXISTS (SELECT 1 FROM keys)").Scan(&f.empty); err != nil {
		return err
	}
	if f.list, err = openDestroyedList(filepath.Join(dir, destroyedFile)); err != nil {
		return err
	}
	if err := syncDir(dir); err != nil {
		return err
	}
	// Before the writer starts, this goroutine owns what is the writer's.
	tombstones, err := readTombstones(ctx, conn)
	if err != nil {
		return err
	}
	f.writer = startWriter(conn)
	return f.reconcile(ctx, tombstones)
}

// Close waits for calls that are running, then releases the files. Closing twice
// is harmless.
func (f *Files) Close() error {
	f.once.Do(func() { f.closed = f.release() })
	return f.closed
}

func (f *Files) release() error {
	var errs []error
	if f.writer != nil {
		f.writer.close()
	}
	if f.list != nil {
		errs = append(errs, f.list.close())
	}
	if f.conn != nil {
		errs = append(errs, f.queries.close(), f.conn.Close())
	}
	if f.db != nil {
		errs = append(errs, f.db.Close())
	}
	return errors.Join(errs...)
}

// Get implements [KeyStore].
func (f *Files) Get(ctx context.Context, id string) ([]byte, error) {
	var wrapped []byte
	var answer error // an answer about this id must not fail the others' transaction
	err := f.writer.do(ctx, &job{run: func() error {
		var err error
		wrapped, err = f.find(id)
		if errors.Is(err, ErrErased) || errors.Is(err, ErrNoKey) {
			answer, err = err, nil
		}
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("read key %s: %w", id, err)
	}
	return wrapped, answer
}

// find runs on the writer's goroutine.
func (f *Files) find(id string) ([]byte, error) {
	var at string
	if err := f.queries.tombstone.QueryRow(id).Scan(&at); err == nil {
		return nil, ErrErased
	} else if !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	var wrapped []byte
	err := f.queries.key.QueryRow(id).Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNoKey
	}
	return wrapped, err
}

// Create implements [KeyStore]; here all keys are made, or none.
func (f *Files) Create(ctx context.Context, keys []WrappedKey) ([][]byte, error) {
	var standing [][]byte
	var answer error
	err := f.writer.do(ctx, &job{durable: true, run: func() error {
		var err error
		standing, err = f.create(keys)
		if errors.Is(err, ErrErased) {
			answer, err = err, nil
		}
		return err
	}})
	if err != nil {
		return nil, fmt.Errorf("create keys: %w", err)
	}
	return standing, answer
}

// create runs on the writer's goroutine. It inserts nothing until it knows that
// no id was destroyed: the transaction goes on for others.
func (f *Files) create(keys []WrappedKey) ([][]byte, error) {
	standing := make([][]byte, len(keys))
	for i, k := range keys {
		var err error
		if standing[i], err = f.find(k.ID); err != nil && !errors.Is(err, ErrNoKey) {
			return nil, err
		}
	}
	for i, k := range keys {
		if standing[i] != nil {
			continue
		}
		if _, err := f.queries.create.Exec(k.ID, k.Wrapped); err != nil {
			return nil, err
		}
		var err error
		if standing[i], err = f.find(k.ID); err != nil { // another one, if keys names an id twice
			return nil, err
		}
	}
	return standing, nil
}

// Destroy implements [KeyStore].
func (f *Files) Destroy(ctx context.Context, id string, at time.Time) (time.Time, error) {
	first := at.UTC()
	err := f.writer.do(ctx, &job{durable: true, shred: true, run: func() error {
		var text string
		err := f.queries.tombstone.QueryRow(id).Scan(&text)
		if err == nil {
			first, err = time.Parse(time.RFC3339Nano, text)
			return err
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		// The list first: whatever happens next, opening the store finishes it.
		if err := f.list.add(tombstone{id: id, at: first}); err != nil {
			return err
		}
		return f.bury(tombstone{id: id, at: first})
	}})
	if err != nil {
		return time.Time{}, err
	}
	return first, nil
}

// bury runs on the writer's goroutine.
func (f *Files) bury(t tombstone) error {
	if _, err := f.queries.zero.Exec(t.id); err != nil {
		return err
	}
	_, err := f.queries.bury.Exec(t.id, t.at.Format(time.RFC3339Nano))
	return err
}
