package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"

	"aanvraag.internal/services/platform/eventstore"
)

// Bounds of what is read in one go: events, bytes of data and metadata, and
// positions looked at when a filter leaves most of them out.
const (
	page      = 512
	pageBytes = 4 << 20
	window    = 4096
)

// The driver asks for the declared type of each text it reads, unless it reads it
// as a blob.
const columns = `e.position, e.revision, e.event_id, CAST(e.type AS BLOB), e.data, e.metadata, e.hash, e.recorded_at`

// A limit that is bound makes SQLite prepare the statement anew at every use, so
// it stands in the text.
var (
	limit       = ` LIMIT ` + strconv.Itoa(page)
	streamQuery = `SELECT ` + columns + ` FROM events e
	WHERE e.stream = (SELECT id FROM streams WHERE name = ?) AND e.revision > ? ORDER BY e.revision` + limit
)

// The cross join makes SQLite walk the log in order, not one stream after another.
const logQuery = `SELECT ` + columns + `, CAST(s.name AS BLOB) FROM events e CROSS JOIN streams s ON s.id = e.stream
	WHERE e.position > ? AND e.position <= ?`

// ReadStream yields the events of a stream, see [eventstore.Store].
func (s *Store) ReadStream(ctx context.Context, stream string, after eventstore.Revision) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for {
			events, more, err := s.streamEvents(ctx, stream, after)
			if err != nil {
				yield(eventstore.Recorded{}, err)
				return
			}
			for _, r := range events {
				if !yield(r, nil) {
					return
				}
				after = r.Revision
			}
			if !more {
				return
			}
		}
	}
}

// streamEvents gives the next events of a stream, from memory where they are
// there; more tells that it stopped early.
func (s *Store) streamEvents(ctx context.Context, stream string, after eventstore.Revision) (events []eventstore.Recorded, more bool, err error) {
	done, err := s.reading(ctx)
	if err != nil {
		return nil, false, err
	}
	defer done()
	if s.tail == nil {
		return s.streamPage(ctx, stream, after)
	}
	if events, kept := s.tail.recent.after(stream, after); kept {
		return events, false, nil
	}
	end := s.tail.end()
	events, more, err = s.streamPage(ctx, stream, after)
	if err == nil && !more && after <= eventstore.NoStream {
		s.tail.keep(stream, events, end)
	}
	return events, more, err
}

// streamPage reads the next events of a stream from the file.
func (s *Store) streamPage(ctx context.Context, stream string, after eventstore.Revision) (events []eventstore.Recorded, more bool, err error) {
	c, err := s.readers.take(ctx)
	if err != nil {
		return nil, false, err
	}
	defer s.readers.put(c)
	events, more, err = c.events(streamQuery, stream, stream, int64(after))
	if err != nil {
		return nil, false, fmt.Errorf("read stream %s after revision %d: %w", stream, after, err)
	}
	return events, more, nil
}

// reading lets a read in, until done is called.
func (s *Store) reading(ctx context.Context) (done func(), err error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		s.gate.leave()
		return nil, err
	}
	return s.gate.leave, nil
}

// ReadAll yields the matching events of the log, see [eventstore.Store].
func (s *Store) ReadAll(ctx context.Context, after eventstore.Position, filter eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		end, err := s.End(ctx)
		if err != nil {
			yield(eventstore.Recorded{}, err)
			return
		}
		rare, err := s.rare(ctx, filter)
		if err != nil {
			yield(eventstore.Recorded{}, err)
			return
		}
		for at := after; at < end; {
			batch, err := s.readPage(ctx, at, end, filter, rare)
			if err != nil {
				yield(eventstore.Recorded{}, err)
				return
			}
			for _, r := range batch.Events {
				if !yield(r, nil) {
					return
				}
			}
			at = batch.Through
		}
	}
}

// rareStreams is up to how many streams are looked up one by one, because walking
// the whole log for them would take longer.
const rareStreams = 64

// rare tells whether so few streams match that they are sooner read than the log.
func (s *Store) rare(ctx context.Context, filter eventstore.Filter) (bool, error) {
	if len(filter.Prefixes) == 0 {
		return false, nil
	}
	done, err := s.reading(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	c, err := s.readers.take(ctx)
	if err != nil {
		return false, err
	}
	defer s.readers.put(c)
	where, args := names(filter)
	stmt, err := c.prepare(`SELECT s.id FROM streams s WHERE `+where+` LIMIT `+strconv.Itoa(rareStreams+1), 1)
	if err != nil {
		return false, fmt.Errorf("look for streams: %w", err)
	}
	n := 0
	err = stmt.each(func([]driver.Value) (bool, error) {
		n++
		return true, nil
	}, args...)
	if err != nil {
		return false, fmt.Errorf("look for streams: %w", err)
	}
	return n <= rareStreams, nil
}

// The cross join makes SQLite begin with the few streams.
const rareQuery = `SELECT ` + columns + `, CAST(s.name AS BLOB) FROM streams s CROSS JOIN events e ON e.stream = s.id
	WHERE e.position > ? AND e.position <= ?`

// readPage reads the next matching events up to end, by streams or by position.
func (s *Store) readPage(ctx context.Context, after, end eventstore.Position, filter eventstore.Filter, rare bool) (eventstore.Batch, error) {
	if !rare {
		return s.logPage(ctx, after, end, filter)
	}
	done, err := s.reading(ctx)
	if err != nil {
		return eventstore.Batch{}, err
	}
	defer done()
	return s.query(ctx, rareQuery, after, end, filter)
}

// logPage reads the next matching events of the log up to end, which is stored.
func (s *Store) logPage(ctx context.Context, after, end eventstore.Position, filter eventstore.Filter) (eventstore.Batch, error) {
	done, err := s.reading(ctx)
	if err != nil {
		return eventstore.Batch{}, err
	}
	defer done()
	return s.query(ctx, logQuery, after, min(end, after+window), filter)
}

// query reads a page of the matching events after one position and up to another.
func (s *Store) query(ctx context.Context, text string, after, end eventstore.Position, filter eventstore.Filter) (eventstore.Batch, error) {
	c, err := s.readers.take(ctx)
	if err != nil {
		return eventstore.Batch{}, err
	}
	defer s.readers.put(c)
	where, args := names(filter)
	if where != "" {
		text += " AND (" + where + ")"
	}
	args = append([]driver.Value{int64(after), int64(end)}, args...)
	events, more, err := c.events(text+` ORDER BY e.position`+limit, "", args...)
	if err != nil {
		return eventstore.Batch{}, fmt.Errorf("read the log after position %d: %w", after, err)
	}
	if more {
		end = events[len(events)-1].Position
	}
	return eventstore.Batch{Events: events, Through: end}, nil
}

// names is the condition on the name of a stream for a filter, with its arguments;
// empty for a filter that selects all. A prefix is a range of names, because names
// compare byte by byte.
func names(filter eventstore.Filter) (string, []driver.Value) {
	var alternatives []string
	var args []driver.Value
	for _, prefix := range filter.Prefixes {
		args = append(args, prefix)
		if beyond := beyond(prefix); beyond != "" {
			args = append(args, beyond)
			alternatives = append(alternatives, "s.name >= ? AND s.name < ?")
		} else {
			alternatives = append(alternatives, "s.name >= ?")
		}
	}
	return strings.Join(alternatives, " OR "), args
}

// beyond is the first name after all that begin with prefix; none when there is no
// such name.
func beyond(prefix string) string {
	trimmed := prefix
	for strings.HasSuffix(trimmed, "\xff") {
		trimmed = trimmed[:len(trimmed)-1]
	}
	if trimmed == "" {
		return ""
	}
	last := len(trimmed) - 1
	return trimmed[:last] + string([]byte{trimmed[last] + 1})
}

// events runs a query of the columns above, the last argument of which is the
// greatest number of rows. The stream is named by a ninth column when stream is
// empty.
func (c *conn) events(text, stream string, args ...driver.Value) (events []eventstore.Recorded, more bool, err error) {
	width := 8
	if stream == "" {
		width = 9
	}
	s, err := c.prepare(text, width)
	if err != nil {
		return nil, false, err
	}
	bytes := 0
	err = s.each(func(row []driver.Value) (bool, error) {
		r := eventstore.Recorded{Stream: stream}
		if err := c.scan(&r, row); err != nil {
			return false, err
		}
		events = append(events, r)
		bytes += len(r.Data) + len(r.Metadata)
		more = bytes >= pageBytes || len(events) == page
		return !more, nil
	}, args...)
	return events, more, err
}

func (c *conn) scan(r *eventstore.Recorded, row []driver.Value) error {
	position, isPosition := row[0].(int64)
	revision, isRevision := row[1].(int64)
	at, isTime := row[7].(int64)
	r.Position, r.Revision = eventstore.Position(position), eventstore.Revision(revision)
	r.RecordedAt = instant(at)
	name, _ := row[3].([]byte)
	r.Type = c.known(name)
	r.Data, _ = row[4].([]byte)
	r.Metadata, _ = row[5].([]byte)
	if len(row) > 8 {
		stream, _ := row[8].([]byte)
		r.Stream = string(stream)
	}
	err := errors.Join(array(r.ID[:], row[2]), array(r.Hash[:], row[6]))
	if err == nil && !(isPosition && isRevision && isTime) {
		err = errShape
	}
	if err != nil {
		return errors.Join(err, &eventstore.Corrupt{
			Stream: r.Stream, Revision: r.Revision, Position: r.Position, Problem: "it is not as it was written",
		})
	}
	return nil
}
