package sqlite

import (
	"database/sql/driver"
	"fmt"
	"strings"
)

// chunk is how many rows the larger of the two insert statements takes. The
// driver's binding looks every argument up in the whole list, so more is slower.
const chunk = 8

var (
	insertEvent  = insert("events (position, stream, revision, event_id, type, data, metadata, hash, recorded_at)", 9, 1)
	insertEvents = insert("events (position, stream, revision, event_id, type, data, metadata, hash, recorded_at)", 9, chunk)
)

const insertStream = `INSERT INTO streams (id, name) VALUES (?, ?)`

func insert(into string, columns, rows int) string {
	row := "(?" + strings.Repeat(", ?", columns-1) + ")"
	return "INSERT INTO " + into + " VALUES " + row + strings.Repeat(", "+row, rows-1)
}

// insert puts the new streams and the rows into the open transaction.
func (w *writer) insert(at int64) error {
	for i, name := range w.fresh {
		if err := w.conn.run(insertStream, w.lastStream+int64(i)+1, name); err != nil {
			return fmt.Errorf("insert stream: %w", err)
		}
	}
	w.dirty += 3 // a leaf of the table, of its index and of the streams
	recordedAt := driver.Value(at)
	for from := 0; from < len(w.rows); {
		text, n := insertEvents, chunk
		if len(w.rows)-from < chunk {
			text, n = insertEvent, 1
		}
		s, err := w.conn.prepare(text, 0)
		if err != nil {
			return err
		}
		s.args = s.args[:0]
		for i := from; i < from+n; i++ {
			w.bind(s, i, recordedAt)
		}
		if err := s.runBound(); err != nil {
			return fmt.Errorf("insert events: %w", err)
		}
		from += n
	}
	return nil
}

func (w *writer) bind(s *stmt, i int, recordedAt driver.Value) {
	r := &w.rows[i]
	s.arg(int64(r.Position))
	s.arg(w.keys[i])
	s.arg(int64(r.Revision))
	s.arg(r.ID[:])
	s.arg(r.Type)
	s.arg(r.Data)
	s.arg(r.Metadata)
	s.arg(r.Hash[:])
	s.arg(recordedAt)
	w.dirty += 1 + (len(r.Data)+len(r.Metadata))/int(w.pageSize)
}

// checkpointPages is how far the write-ahead log grows before its pages go back
// into the file.
const checkpointPages = 2000

// checkpoint moves the write-ahead log into the file when it has grown. SQLite
// would do so inside COMMIT, and would keep its faults to itself.
func (w *writer) checkpoint() {
	if w.broken != nil || w.dirty < checkpointPages {
		return
	}
	w.dirty = 0
	err := w.conn.run(`PRAGMA wal_checkpoint(PASSIVE)`)
	if err != nil && code(err) != codeFull && code(err) != codeBusy {
		_ = w.fault(fmt.Errorf("checkpoint: %w", err), false)
	}
}
