package sqlite

import (
	"slices"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"

	"aanvraag.internal/services/platform/eventstore"
)

// Bounds of the streams kept in memory: how many of them, bytes of data and
// metadata in all, and in one of them.
const (
	recentStreams     = 32 << 10
	recentBytes       = 64 << 20
	recentStreamBytes = 256 << 10
)

// recent keeps the streams that were used last whole in memory, so that what every
// command begins with, reading its stream, does not ask the file. One process
// writes the log, and its [tail] tells of each transaction here, so what is kept is
// never behind.
type recent struct {
	mu      sync.Mutex
	streams *simplelru.LRU[string, *whole]
	bytes   int
}

// whole is a stream from its first event to its last.
type whole struct {
	events []eventstore.Recorded // only ever appended to, so readers share it
	bytes  int
}

func newRecent() *recent {
	r := &recent{}
	r.streams, _ = simplelru.NewLRU(recentStreams, func(_ string, w *whole) { r.bytes -= w.bytes }) // an error only for a size below one
	return r
}

// add appends committed events to the streams that are kept, and keeps those that
// begin with them.
func (r *recent) add(events []eventstore.Recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range events {
		w, kept := r.streams.Get(e.Stream)
		if !kept {
			w = &whole{}
		}
		if int(e.Revision) != len(w.events) {
			continue // its beginning is not here
		}
		if !kept {
			r.streams.Add(e.Stream, w)
		}
		w.events = append(w.events, e)
		r.grow(e.Stream, w, size(e))
	}
	r.shrink()
}

func size(e eventstore.Recorded) int { return len(e.Data) + len(e.Metadata) }

// grow counts what a stream takes and lets go of one that is too large.
func (r *recent) grow(stream string, w *whole, by int) {
	w.bytes += by
	r.bytes += by
	if w.bytes > recentStreamBytes {
		r.streams.Remove(stream)
	}
}

func (r *recent) shrink() {
	for r.bytes > recentBytes {
		r.streams.RemoveOldest()
	}
}

// after gives the events of a stream after a revision, if the stream is kept. The
// caller must not change them.
func (r *recent) after(stream string, revision eventstore.Revision) (events []eventstore.Recorded, kept bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w, kept := r.streams.Get(stream)
	if !kept {
		return nil, false
	}
	first := min(max(int(revision)+1, 0), len(w.events))
	return slices.Clip(w.events[first:]), true
}

// keep takes a stream that was read whole from the file, and what was committed
// since the reading began, some of which may have been read too.
func (r *recent) keep(stream string, events, since []eventstore.Recorded) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.streams.Contains(stream) {
		return
	}
	w := &whole{events: slices.Clip(events)}
	for _, e := range since {
		if int(e.Revision) == len(w.events) {
			w.events = append(w.events, e)
		}
	}
	r.streams.Add(stream, w)
	total := 0
	for _, e := range w.events {
		total += size(e)
	}
	r.grow(stream, w, total)
	r.shrink()
}
