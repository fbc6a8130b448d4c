// Package memory is an event log that forgets everything when it ends: for tests,
// and as the speed that no durable engine can pass.
package memory

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
)

// Store is an [eventstore.Store] in memory.
type Store struct {
	clock clock.Clock

	mu      sync.RWMutex
	closed  bool
	log     []eventstore.Recorded            // position p stands at p-1
	streams map[string][]eventstore.Position // of each revision
	changed chan struct{}                    // closed and replaced by each append, closed by Close
}

var _ eventstore.Store = (*Store)(nil)

// New is an empty log on the machine's clock.
func New() *Store {
	return &Store{
		clock:   clock.System{},
		streams: make(map[string][]eventstore.Position),
		changed: make(chan struct{}),
	}
}

// Append stores events after the given head, see [eventstore.Store].
func (s *Store) Append(ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed) (eventstore.Appended, error) {
	if err := ctx.Err(); err != nil {
		return eventstore.Appended{}, err
	}
	if err := check(stream, events); err != nil {
		return eventstore.Appended{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return eventstore.Appended{}, eventstore.ErrClosed
	}
	head := s.head(stream)
	if head != after {
		if done, ok := s.standing(stream, after, events); ok {
			return done, nil
		}
		return eventstore.Appended{}, &eventstore.Conflict{Stream: stream, Expected: after.Revision, Actual: head.Revision}
	}
	at := s.clock.Now()
	for _, e := range events {
		r := eventstore.Recorded{
			Stream:     stream,
			Revision:   head.Revision + 1,
			Position:   eventstore.Position(len(s.log) + 1),
			ID:         e.ID,
			Type:       e.Type,
			Data:       bytes.Clone(e.Data),
			Metadata:   bytes.Clone(e.Metadata),
			Hash:       eventstore.Chain(head.Hash, stream, head.Revision+1, e),
			RecordedAt: at,
		}
		s.log = append(s.log, r)
		s.streams[stream] = append(s.streams[stream], r.Position)
		head = r.Head()
	}
	close(s.changed)
	s.changed = make(chan struct{})
	return eventstore.Appended{Head: head, Position: eventstore.Position(len(s.log))}, nil
}

func check(stream string, events []eventstore.Proposed) error {
	switch {
	case stream == "":
		return errors.New("append to a stream without a name")
	case len(events) == 0:
		return fmt.Errorf("append to %s: no events", stream)
	case len(events) > eventstore.MaxAppendEvents:
		return fmt.Errorf("append to %s: %w: %d events", stream, eventstore.ErrTooLarge, len(events))
	}
	for _, e := range events {
		if size := len(e.Data) + len(e.Metadata); size > eventstore.MaxEventBytes {
			return fmt.Errorf("append to %s: %w: %s has %d bytes", stream, eventstore.ErrTooLarge, e.Type, size)
		}
	}
	return nil
}

func (s *Store) head(stream string) eventstore.Head {
	places := s.streams[stream]
	if len(places) == 0 {
		return eventstore.Empty
	}
	return s.at(places[len(places)-1]).Head()
}

func (s *Store) at(p eventstore.Position) eventstore.Recorded { return s.log[p-1] }

// standing answers where events stand when exactly they already follow after.
func (s *Store) standing(stream string, after eventstore.Head, events []eventstore.Proposed) (eventstore.Appended, bool) {
	places := s.streams[stream]
	first := int(after.Revision) + 1
	if first < 0 || first+len(events) > len(places) {
		return eventstore.Appended{}, false
	}
	before := eventstore.Empty
	if first > 0 {
		before = s.at(places[first-1]).Head()
	}
	if before != after {
		return eventstore.Appended{}, false
	}
	for i, e := range events {
		if s.at(places[first+i]).ID != e.ID {
			return eventstore.Appended{}, false
		}
	}
	last := s.at(places[first+len(events)-1])
	return eventstore.Appended{Head: last.Head(), Position: last.Position}, true
}

// End is the position of the last event.
func (s *Store) End(ctx context.Context) (eventstore.Position, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return 0, eventstore.ErrClosed
	}
	return eventstore.Position(len(s.log)), nil
}

// Close ends every subscription and answers [eventstore.ErrClosed] from then on.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return eventstore.ErrClosed
	}
	s.closed = true
	close(s.changed)
	return nil
}

// Gapless tells a verifier that positions run from 1 without a hole.
func (*Store) Gapless() bool { return true }
