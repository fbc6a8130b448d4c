package sqlite

import (
	"sync"

	"aanvraag.internal/services/platform/eventstore"
)

// maxTailBytes bounds the data and metadata that the tail keeps.
const maxTailBytes = 16 << 20

// tail keeps the most recent events in memory, so subscribers that are up to date
// do not each read them back from the file.
type tail struct {
	recent *recent // told under the same lock, so whoever sees an event here finds it there

	mu      sync.RWMutex
	ring    []eventstore.Recorded // position p stands at p modulo its length
	first   eventstore.Position   // of the oldest one kept; last+1 when there is none
	last    eventstore.Position
	bytes   int
	changed chan struct{} // closed and replaced by each transaction
}

func newTail(size int, last eventstore.Position) *tail {
	return &tail{
		recent: newRecent(),
		ring:   make([]eventstore.Recorded, size), first: last + 1, last: last, changed: make(chan struct{}),
	}
}

func (t *tail) slot(p eventstore.Position) *eventstore.Recorded {
	return &t.ring[uint64(p)%uint64(len(t.ring))]
}

func (t *tail) end() eventstore.Position {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.last
}

// keep remembers a stream that was read whole from the file, with what was
// committed since a position that was the end before the reading began. Where not
// all of that is still here, the stream is not remembered.
func (t *tail) keep(stream string, events []eventstore.Recorded, from eventstore.Position) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if since, complete := t.of(stream, from); complete {
		t.recent.keep(stream, events, since)
	}
}

// of gives the events of one stream after a position; complete tells that all of
// them are still in memory.
func (t *tail) of(stream string, after eventstore.Position) (events []eventstore.Recorded, complete bool) {
	if after+1 < t.first {
		return nil, false
	}
	for p := after + 1; p <= t.last; p++ {
		if r := t.slot(p); r.Stream == stream {
			events = append(events, *r)
		}
	}
	return events, true
}

// add appends committed events and wakes whoever waits for news.
func (t *tail) add(events []eventstore.Recorded) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, r := range events {
		if t.last+1-t.first == eventstore.Position(len(t.ring)) {
			t.drop()
		}
		*t.slot(r.Position) = r
		t.last = r.Position
		t.bytes += len(r.Data) + len(r.Metadata)
	}
	for t.bytes > maxTailBytes {
		t.drop()
	}
	t.recent.add(events)
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *tail) drop() {
	r := t.slot(t.first)
	t.bytes -= len(r.Data) + len(r.Metadata)
	*r = eventstore.Recorded{}
	t.first++
}

// news is what lies after a position.
type news struct {
	batch   eventstore.Batch
	stored  bool // the events are no longer in memory: read them up to end
	end     eventstore.Position
	changed <-chan struct{} // closed by the next transaction
}

// after gives the matching events after a position, as one batch. Its Through
// equals the position when there is nothing new.
func (t *tail) after(at eventstore.Position, filter eventstore.Filter) news {
	t.mu.RLock()
	defer t.mu.RUnlock()
	n := news{batch: eventstore.Batch{Through: at}, end: t.last, changed: t.changed}
	if at+1 < t.first {
		n.stored = true
		return n
	}
	for p := at + 1; p <= t.last && len(n.batch.Events) < page; p++ {
		if r := t.slot(p); filter.Match(r.Stream) {
			n.batch.Events = append(n.batch.Events, *r)
		}
		n.batch.Through = p
	}
	return n
}
