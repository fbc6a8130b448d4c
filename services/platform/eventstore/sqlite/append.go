package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"aanvraag.internal/services/platform/eventstore"
)

// job is one append on its way through the writer.
type job struct {
	stream  string
	after   eventstore.Head
	events  []eventstore.Recorded // complete but for position and time
	bytes   int
	state   atomic.Int32
	answer  chan outcome // holds one
	result  outcome      // of the writer, until it is answered
	waiting bool         // for the writer: the result rests on this transaction
}

type outcome struct {
	done eventstore.Appended
	err  error
}

// Who holds a job.
const (
	queued    int32 = iota // nobody yet
	taken                  // the writer: it may be stored
	abandoned              // nobody any more: it will not be stored
)

// Append stores events after the given head, see [eventstore.Store].
func (s *Store) Append(ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed) (eventstore.Appended, error) {
	if err := s.gate.enter(); err != nil {
		return eventstore.Appended{}, err
	}
	defer s.gate.leave()
	if err := ctx.Err(); err != nil {
		return eventstore.Appended{}, err
	}
	if s.queue == nil {
		return eventstore.Appended{}, ErrReadOnly
	}
	size, err := check(stream, events)
	if err != nil {
		return eventstore.Appended{}, err
	}
	j := &job{
		stream: stream, after: after, bytes: size,
		events: chain(stream, after, events, size),
		answer: make(chan outcome, 1), waiting: true,
	}
	select {
	case s.queue <- j:
	case <-ctx.Done():
		return eventstore.Appended{}, ctx.Err()
	}
	select {
	case o := <-j.answer:
		return o.done, o.err
	case <-ctx.Done():
	}
	if j.state.CompareAndSwap(queued, abandoned) {
		return eventstore.Appended{}, ctx.Err()
	}
	return eventstore.Appended{}, fmt.Errorf("append to %s: %w: %w", stream, eventstore.ErrOutcomeUnknown, ctx.Err())
}

func check(stream string, events []eventstore.Proposed) (size int, err error) {
	switch {
	case stream == "":
		return 0, errors.New("append to a stream without a name")
	case len(events) == 0:
		return 0, fmt.Errorf("append to %s: no events", stream)
	case len(events) > eventstore.MaxAppendEvents:
		return 0, fmt.Errorf("append to %s: %w: %d events", stream, eventstore.ErrTooLarge, len(events))
	}
	for _, e := range events {
		n := len(e.Data) + len(e.Metadata)
		if n > eventstore.MaxEventBytes {
			return 0, fmt.Errorf("append to %s: %w: %s has %d bytes", stream, eventstore.ErrTooLarge, e.Type, n)
		}
		size += n
	}
	return size, nil
}

// chain makes what is to be recorded if the stream's head is after. It copies the
// caller's bytes: the writer and subscribers use them after Append has returned.
func chain(stream string, after eventstore.Head, events []eventstore.Proposed, size int) []eventstore.Recorded {
	buf := make([]byte, 0, size)
	own := func(b []byte) []byte {
		start := len(buf)
		buf = append(buf, b...)
		return buf[start:len(buf):len(buf)]
	}
	out := make([]eventstore.Recorded, len(events))
	head := after
	for i, e := range events {
		head = eventstore.Head{
			Revision: head.Revision + 1,
			Hash:     eventstore.Chain(head.Hash, stream, head.Revision+1, e),
		}
		out[i] = eventstore.Recorded{
			Stream: stream, Revision: head.Revision, Hash: head.Hash,
			ID: e.ID, Type: e.Type, Data: own(e.Data), Metadata: own(e.Metadata),
		}
	}
	return out
}
