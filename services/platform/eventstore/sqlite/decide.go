package sqlite

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/eventstore"
)

// decide fills j.result as it will be once this transaction is committed, and adds
// its events to the transaction when its expectation holds.
func (w *writer) decide(j *job) error {
	h, inside := w.moved[j.stream]
	if !inside {
		var err error
		if h, err = w.head(j.stream); err != nil {
			return err
		}
	}
	j.waiting = inside
	if h.Head == j.after {
		w.add(j, h.key)
		return nil
	}
	done, standing, err := w.standing(j, h)
	if err != nil {
		return err
	}
	if standing {
		j.result.done = done
		j.waiting = done.Position > w.last
		return nil
	}
	j.result.err = &eventstore.Conflict{Stream: j.stream, Expected: j.after.Revision, Actual: h.Revision}
	return nil
}

func (w *writer) add(j *job, key int64) {
	if key == 0 {
		w.fresh = append(w.fresh, j.stream)
		key = w.lastStream + int64(len(w.fresh))
	}
	for i := range j.events {
		j.events[i].Position = w.last + eventstore.Position(len(w.rows)+1)
		w.rows = append(w.rows, j.events[i])
		w.keys = append(w.keys, key)
	}
	end := j.events[len(j.events)-1]
	w.moved[j.stream] = head{key: key, Head: end.Head()}
	j.result.done = eventstore.Appended{Head: end.Head(), Position: end.Position}
	j.waiting = true
}

const headQuery = `SELECT s.id, e.revision, e.hash FROM streams s JOIN events e ON e.stream = s.id
	WHERE s.name = ? ORDER BY e.revision DESC LIMIT 1`

// head is where a stream ended after the last transaction.
func (w *writer) head(stream string) (head, error) {
	if h, ok := w.heads.Get(stream); ok {
		return h, nil
	}
	h := head{Head: eventstore.Empty}
	s, err := w.conn.prepare(headQuery, 3)
	if err != nil {
		return h, err
	}
	err = s.each(func(row []driver.Value) (bool, error) {
		revision, _ := row[1].(int64)
		h.key, _ = row[0].(int64)
		h.Revision = eventstore.Revision(revision)
		return false, array(h.Hash[:], row[2])
	}, stream)
	if err != nil {
		return h, fmt.Errorf("read the head of %s: %w", stream, err)
	}
	if h.key != 0 {
		w.heads.Add(stream, h)
	}
	return h, nil
}

const placesQuery = `SELECT revision, position, event_id, hash FROM events
	WHERE stream = ? AND revision BETWEEN ? AND ? ORDER BY revision`

// place is one stored event as a repeated append is compared with it.
type place struct {
	position eventstore.Position
	id       uuid.UUID
	hash     eventstore.Hash
}

// standing tells whether exactly the job's events already follow the head that it
// names, and where.
func (w *writer) standing(j *job, h head) (eventstore.Appended, bool, error) {
	first, last := j.after.Revision, j.after.Revision+eventstore.Revision(len(j.events))
	if first < eventstore.NoStream || last > h.Revision {
		return eventstore.Appended{}, false, nil
	}
	places, err := w.places(h.key, first, last)
	if err != nil {
		return eventstore.Appended{}, false, fmt.Errorf("read %s: %w", j.stream, err)
	}
	if places[0].hash != j.after.Hash { // of no event: zero, as of an empty stream
		return eventstore.Appended{}, false, nil
	}
	for i, e := range j.events {
		if places[i+1].position == 0 || places[i+1].id != e.ID {
			return eventstore.Appended{}, false, nil
		}
	}
	end := places[len(places)-1]
	return eventstore.Appended{
		Head: eventstore.Head{Revision: last, Hash: end.hash}, Position: end.position,
	}, true, nil
}

// places are the events of a stream from one revision to another, both included,
// stored ones and those of the transaction under way.
func (w *writer) places(key int64, first, last eventstore.Revision) ([]place, error) {
	places := make([]place, last-first+1)
	s, err := w.conn.prepare(placesQuery, 4)
	if err != nil {
		return nil, err
	}
	err = s.each(func(row []driver.Value) (bool, error) {
		revision, _ := row[0].(int64)
		position, _ := row[1].(int64)
		p := &places[eventstore.Revision(revision)-first]
		p.position = eventstore.Position(position)
		if err := array(p.id[:], row[2]); err != nil {
			return false, err
		}
		return true, array(p.hash[:], row[3])
	}, key, int64(first), int64(last))
	if err != nil {
		return nil, err
	}
	for i, r := range w.rows {
		if w.keys[i] == key && r.Revision >= first && r.Revision <= last {
			places[r.Revision-first] = place{position: r.Position, id: r.ID, hash: r.Hash}
		}
	}
	return places, nil
}
