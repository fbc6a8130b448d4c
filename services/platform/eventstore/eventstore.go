// Package eventstore is the port to the event log: append-only streams with
// optimistic concurrency, one global order, and subscriptions that go from
// history to live without a hole. Engines live in sub-packages; storetest holds
// the one suite that every engine passes.
package eventstore

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Revision is an event's place in its own stream, from 0.
type Revision int64

// NoStream is the revision of a stream that has no event yet.
const NoStream Revision = -1

// Position is an event's place in the whole log. It orders events and resumes
// reads; it is never an argument of arithmetic, because only the engine knows
// which values exist. The zero Position lies before the first event.
type Position uint64

// Head is where a stream ends: the expectation of an append.
type Head struct {
	Revision Revision
	Hash     Hash // chain hash of the last event; zero for an empty stream
}

// Empty is the head of a stream that has no event yet.
var Empty = Head{Revision: NoStream}

// Proposed is an event on its way into the log. Data and Metadata are JSON and
// are stored byte for byte.
type Proposed struct {
	ID       uuid.UUID // deterministic, see [EventID]
	Type     string
	Data     []byte
	Metadata []byte
}

// Recorded is an event of the log.
type Recorded struct {
	Stream     string
	Revision   Revision
	Position   Position
	ID         uuid.UUID
	Type       string
	Data       []byte
	Metadata   []byte
	Hash       Hash      // see [Chain]
	RecordedAt time.Time // when the engine stored it; bookkeeping, not part of the hash
}

// Head is the stream's head just after r.
func (r Recorded) Head() Head { return Head{Revision: r.Revision, Hash: r.Hash} }

// Appended says where an append ended.
type Appended struct {
	Head     Head
	Position Position // of the last event
}

// Batch is what a subscription delivers: events in log order, and how far it has
// seen. Every event that matches and lies at or before Through has been delivered
// by this batch or an earlier one. Events may be empty: then only Through moved.
type Batch struct {
	Events  []Recorded
	Through Position
}

// Filter selects events by the prefix of their stream's name, such as "invoice-".
// The zero Filter selects all.
type Filter struct{ Prefixes []string }

// Match tells whether the filter selects stream.
func (f Filter) Match(stream string) bool {
	if len(f.Prefixes) == 0 {
		return true
	}
	for _, p := range f.Prefixes {
		if strings.HasPrefix(stream, p) {
			return true
		}
	}
	return false
}

// Store is the port. Implementations are safe for concurrent use. Every method
// returns promptly when its context ends. After Close every call answers
// [ErrClosed].
type Store interface {
	// Append adds events to stream as one atomic whole, after the given head, and
	// returns once they are durable. If the stream's head differs it answers a
	// [*Conflict] and stores nothing, with one exception: if exactly these events
	// (by id) already follow the given head, it answers where they stand, so a
	// retry after a lost answer is harmless. [ErrOutcomeUnknown] means the events
	// may or may not be there: read the stream and look (reliability rule R3).
	Append(ctx context.Context, stream string, after Head, events []Proposed) (Appended, error)

	// ReadStream yields the events of stream after a revision (NoStream: from the
	// first), in order, to the end. A missing stream yields nothing.
	ReadStream(ctx context.Context, stream string, after Revision) iter.Seq2[Recorded, error]

	// ReadAll yields the matching events after a position, in log order, up to
	// the end of the log as it was when the read began, then stops.
	ReadAll(ctx context.Context, after Position, filter Filter) iter.Seq2[Recorded, error]

	// Subscribe yields history after a position and goes on live, without hole or
	// double, until ctx ends or the loop stops. A fault is yielded once, as the
	// last element.
	Subscribe(ctx context.Context, after Position, filter Filter) iter.Seq2[Batch, error]

	// End is the position of the last event; zero for an empty log.
	End(ctx context.Context) (Position, error)

	// Close waits for calls that are running, then releases everything.
	Close() error
}

// Errors of the port. Engines wrap them with what was being done.
var (
	// ErrClosed answers every call after Close.
	ErrClosed = errors.New("event store closed")
	// ErrOutcomeUnknown answers an append that was sent but whose answer was lost.
	ErrOutcomeUnknown = errors.New("outcome of append unknown")
	// ErrUnavailable answers calls while the log cannot be reached or written.
	ErrUnavailable = errors.New("event store unavailable")
	// ErrFull answers an append that the log has no room for. Nothing is stored.
	ErrFull = errors.New("event store full")
	// ErrTooLarge answers an append above the engine's size limits. Nothing is stored.
	ErrTooLarge = errors.New("event too large")
)

// Conflict answers an append whose expectation does not hold.
type Conflict struct {
	Stream           string
	Expected, Actual Revision
}

func (c *Conflict) Error() string {
	return fmt.Sprintf("stream %s is at revision %d, not %d", c.Stream, c.Actual, c.Expected)
}

// Corrupt names the first event whose stored bytes no longer agree with the chain.
type Corrupt struct {
	Stream   string
	Revision Revision
	Position Position
	Problem  string
}

func (c *Corrupt) Error() string {
	return fmt.Sprintf("event %d of stream %s (position %d) is damaged: %s", c.Revision, c.Stream, c.Position, c.Problem)
}

// Limits that every engine enforces on one event (bytes of data plus metadata)
// and on one append (events).
const (
	MaxEventBytes   = 512 << 10
	MaxAppendEvents = 1024
)
