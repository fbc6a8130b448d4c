package vault

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// tombstone is a destroyed key's id, and when that was.
type tombstone struct {
	id string
	at time.Time
}

// destroyedList is the file of destroyed ids, one line each: instant, space, id.
// It outlives a restore of keys.db (rules section 8 (5)). Not safe for concurrent use.
type destroyedList struct {
	file *os.File
	size int64 // of the whole lines in it
	held []tombstone
}

func openDestroyedList(path string) (*destroyedList, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	l := &destroyedList{file: file}
	if err := l.read(path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return l, nil
}

// read takes the whole lines. A last line that does not end is a destruction that
// was never acknowledged; it is cut off.
func (l *destroyedList) read(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data = data[:bytes.LastIndexByte(data, '\n')+1]
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		instant, id, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		at, err := time.Parse(time.RFC3339Nano, instant)
		if err != nil || id == "" {
			return fmt.Errorf("line %d of %s is damaged; mend it by hand, no destroyed key may return", number, path)
		}
		l.held = append(l.held, tombstone{id: id, at: at})
	}
	l.size = int64(len(data))
	return l.file.Truncate(l.size)
}

// add makes tombstones durable. After a failed write the next one takes its place.
func (l *destroyedList) add(stones ...tombstone) error {
	var lines []byte
	for _, t := range stones {
		lines = t.at.AppendFormat(lines, time.RFC3339Nano)
		lines = append(lines, ' ')
		lines = append(lines, t.id...)
		lines = append(lines, '\n')
	}
	if _, err := l.file.WriteAt(lines, l.size); err != nil {
		return fmt.Errorf("write list of destroyed keys: %w", err)
	}
	if err := l.file.Sync(); err != nil {
		return fmt.Errorf("write list of destroyed keys: %w", errors.Join(errDisk, err))
	}
	l.size += int64(len(lines))
	return nil
}

func (l *destroyedList) close() error { return l.file.Close() }

func readTombstones(ctx context.Context, conn *sql.Conn) ([]tombstone, error) {
	rows, err := conn.QueryContext(ctx, "SELECT id, at FROM destroyed ORDER BY seq")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var stones []tombstone
	for rows.Next() {
		var id, text string
		if err := rows.Scan(&id, &text); err != nil {
			return nil, err
		}
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return nil, fmt.Errorf("tombstone of %s: %w", id, err)
		}
		stones = append(stones, tombstone{id: id, at: at})
	}
	return stones, rows.Err()
}

// reconcile replays the list onto the keys, in case they were restored from a
// backup, and the tombstones onto the list, in case that was lost.
func (f *Files) reconcile(ctx context.Context, buried []tombstone) error {
	listed := f.list.held
	f.list.held = nil
	return f.writer.do(ctx, &job{durable: true, shred: true, run: func() error {
		if lost := without(buried, listed); len(lost) > 0 {
			if err := f.list.add(lost...); err != nil {
				return err
			}
		}
		for _, t := range without(listed, buried) {
			if err := f.bury(t); err != nil {
				return fmt.Errorf("destroy %s again: %w", t.id, err)
			}
		}
		return nil
	}})
}

// without answers the stones whose ids are not among others.
func without(stones, others []tombstone) []tombstone {
	known := make(map[string]bool, len(others))
	for _, t := range others {
		known[t.id] = true
	}
	var rest []tombstone
	for _, t := range stones {
		if !known[t.id] {
			rest = append(rest, t)
		}
	}
	return rest
}
