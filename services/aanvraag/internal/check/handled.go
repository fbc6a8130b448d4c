package check

import (
	"context"
	"slices"
	"strconv"

	"aanvraag.internal/services/platform/eventstore"
)

// handled: what a handler records in a stream about the events of another comes once
// for each of them and in their order (R4). In a stream, no two events of one type
// and place in their command name the same source, and none names a source before
// the last one.
//
// Two categories tell of causes in another way. A series gives numbers to several
// causes at once and names one of them; its own numbers come once, see [series]. A
// parked pair tells of one event as often as somebody tries it.
type handled struct {
	found *findings
	hash  hasher
	last  map[uint64]answered // by stream, handler and source stream
}

// answered is the last source revision, and what was recorded about it.
type answered struct {
	revision eventstore.Revision
	by       []uint64 // types and places
}

func newHandled(found *findings) *handled {
	return &handled{found: found, hash: newHasher(), last: map[uint64]answered{}}
}

func (h *handled) see(_ context.Context, e *event) error {
	s := e.meta.Source
	if s == nil || e.category == "series" || e.category == "parking" {
		return nil
	}
	key := h.hash.of(e.Stream, s.Handler, s.Stream)
	by := h.hash.of(e.Type, strconv.Itoa(e.meta.CommandIndex))
	last, known := h.last[key]
	switch {
	case !known || s.Revision > last.revision:
		h.last[key] = answered{revision: s.Revision, by: append(last.by[:0], by)}
	case s.Revision < last.revision:
		h.found.addf(HandledLate, e.at(), "%s answers event %d of %s after event %d was answered", e.Type, s.Revision, s.Stream, last.revision)
	case slices.Contains(last.by, by):
		h.found.addf(HandledTwice, e.at(), "%s answers event %d of %s again, for %s", e.Type, s.Revision, s.Stream, s.Handler)
	default:
		last.by = append(last.by, by)
		h.last[key] = last
	}
	return nil
}

func (*handled) end(context.Context) error { return nil }
