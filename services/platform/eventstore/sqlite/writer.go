package sqlite

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
)

// writer owns the one connection that writes; only its goroutine touches it.
type writer struct {
	conn   *conn
	gate   *gate
	tail   *tail
	clock  clock.Clock
	group  int
	commit func(commit func() error) error // stands around COMMIT, for tries of its faults

	heads      *simplelru.LRU[string, head] // committed ones only
	last       eventstore.Position
	lastStream int64

	busy bool // the last transactions had company: another one is worth a short wait

	maxBytes func() int64
	pageSize int64
	maxPages int64 // as SQLite was last told
	dirty    int   // about how many pages the write-ahead log took since its last checkpoint
	broken   error // once set, nothing is stored any more

	// Of the transaction under way.
	jobs  []*job
	rows  []eventstore.Recorded
	keys  []int64         // stream of each row
	fresh []string        // new streams, numbered after lastStream
	moved map[string]head // heads after this transaction
}

// head is a stream's key and where it ends. The zero key is a stream that does not
// exist yet.
type head struct {
	key int64
	eventstore.Head
}

// maxGroupBytes bounds what one transaction takes when events are large.
const maxGroupBytes = 8 << 20

func (s *Store) openWriter(path string, set settings) (_ *writer, err error) {
	if err := makeFile(path); err != nil {
		return nil, err
	}
	c, err := connect(path, "rw", "busy_timeout(2000)", "synchronous(FULL)", "wal_autocheckpoint(0)",
		"journal_size_limit(67108864)", "cache_size(-16000)", "temp_store(MEMORY)", "trusted_schema(OFF)")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.close())
		}
	}()
	blank, err := recognise(c)
	if err != nil {
		return nil, err
	}
	if blank {
		if err := create(c); err != nil {
			return nil, fmt.Errorf("create the schema: %w", err)
		}
	}
	w := &writer{
		conn: c, gate: s.gate, clock: set.clock, group: set.group, commit: set.commit,
		maxBytes: set.maxBytes, moved: make(map[string]head),
	}
	if w.heads, err = simplelru.NewLRU[string, head](set.heads, nil); err != nil {
		return nil, err
	}
	last, err := c.number(`SELECT max(position) FROM events`)
	if err != nil {
		return nil, err
	}
	w.last = eventstore.Position(last)
	if w.lastStream, err = c.number(`SELECT max(id) FROM streams`); err != nil {
		return nil, err
	}
	if w.pageSize, err = c.number(`PRAGMA page_size`); err != nil {
		return nil, err
	}
	return w, nil
}

// serve stores jobs until the queue is closed, in groups, then lets go of the file.
func (w *writer) serve(queue <-chan *job) error {
	for j := range queue {
		w.jobs = append(w.jobs[:0], j)
		w.gather(queue, j.bytes)
		w.store()
		clear(w.jobs)
	}
	return w.conn.close()
}

const (
	// company is how many appends share a transaction when it is worth waiting for
	// more of them: a transaction costs more than the rows that it adds.
	company = 4
	// gathering is that wait. It is short beside the sync of the disk that follows.
	gathering = 400 * time.Microsecond
)

// gather takes what waits, up to the bounds of one transaction.
func (w *writer) gather(queue <-chan *job, bytes int) {
	switch {
	case w.group > 1 && w.busy:
		<-time.After(gathering)
	case w.group > 1:
		// Those who were answered a moment ago are about to append again.
		runtime.Gosched()
	}
	defer func() { w.busy = len(w.jobs) >= company }()
	for len(w.jobs) < w.group && bytes < maxGroupBytes {
		select {
		case j, ok := <-queue:
			if !ok {
				return
			}
			w.jobs = append(w.jobs, j)
			bytes += j.bytes
		default:
			return
		}
	}
}

// store decides about the gathered jobs, stores what they add as one transaction
// and then answers all of them.
func (w *writer) store() {
	w.rows, w.keys, w.fresh = w.rows[:0], w.keys[:0], w.fresh[:0]
	clear(w.moved)
	kept := w.jobs[:0]
	err := w.broken
	for _, j := range w.jobs {
		if !j.state.CompareAndSwap(queued, taken) {
			continue
		}
		kept = append(kept, j)
		if err == nil {
			err = w.decide(j)
		}
	}
	w.jobs = kept
	switch {
	case w.broken != nil:
	case err != nil:
		err = w.fault(err, false)
	case len(w.rows) > 0:
		err = w.write()
	}
	if err == nil {
		w.advance()
	}
	for _, j := range w.jobs {
		if err != nil && j.waiting {
			j.result = outcome{err: err}
		}
		j.answer <- j.result
	}
	w.checkpoint()
	clear(w.rows)
}

// write stores the rows durably. The error is what the jobs are answered.
func (w *writer) write() error {
	at := w.clock.Now().UnixNano()
	for i := range w.rows {
		w.rows[i].RecordedAt = instant(at)
	}
	if err := w.begin(); err != nil {
		return w.fault(err, false)
	}
	if err := w.insert(at); err != nil {
		w.rollback()
		return w.fault(err, false)
	}
	err := w.commit(func() error { return w.conn.run(`COMMIT`) })
	if err != nil {
		w.rollback()
		return w.fault(err, true)
	}
	return nil
}

func (w *writer) begin() error {
	if limit := w.maxBytes() / w.pageSize; limit != w.maxPages {
		if err := w.conn.run(fmt.Sprintf(`PRAGMA max_page_count = %d`, cmp.Or(limit, noLimit))); err != nil {
			return err
		}
		w.maxPages = limit
	}
	return w.conn.run(`BEGIN IMMEDIATE`)
}

// noLimit is SQLite's own bound on the pages of a file; to it, zero means to ask.
const noLimit int64 = 1<<32 - 2

// rollback forgets the transaction. SQLite may have done so by itself, and then
// says that there is none.
func (w *writer) rollback() { _ = w.conn.run(`ROLLBACK`) }

// advance makes the committed transaction known, before anybody is answered.
func (w *writer) advance() {
	if len(w.rows) == 0 {
		return
	}
	for name, h := range w.moved {
		w.heads.Add(name, h)
	}
	w.lastStream += int64(len(w.fresh))
	w.last = w.rows[len(w.rows)-1].Position
	w.tail.add(w.rows)
}

// fault sorts an error of a transaction: a full disk heals, a log that somebody
// else holds for a while too; after anything else nobody knows what is on disk, and
// the log ends.
func (w *writer) fault(err error, committing bool) error {
	switch {
	case code(err) == codeFull:
		return fmt.Errorf("%w: %w", eventstore.ErrFull, err)
	case code(err) == codeBusy && !committing:
		return unavailable(err)
	}
	w.broken = unavailable(err)
	w.gate.fail(w.broken)
	if committing {
		return fmt.Errorf("%w: %w", eventstore.ErrOutcomeUnknown, err)
	}
	return w.broken
}

func unavailable(err error) error {
	return fmt.Errorf("%w: %w", eventstore.ErrUnavailable, err)
}

// instant is how a stored time reads.
func instant(nanoseconds int64) time.Time { return time.Unix(0, nanoseconds).UTC() }
