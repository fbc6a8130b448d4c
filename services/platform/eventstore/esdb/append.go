package esdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"google.golang.org/grpc/codes"

	"aanvraag.internal/services/platform/eventstore"
)

// MaxAppendBytes bounds one append: data, metadata and types of its events together.
// It is what the database accepts by default (MaxAppendSize).
const MaxAppendBytes = 1 << 20

// attempt is one append on its way.
type attempt struct {
	stream string
	after  eventstore.Head
	events []client.EventData
	head   eventstore.Head // where the stream ends, if it is stored as it is
}

// Append stores events after the given head, see [eventstore.Store]. It answers
// [eventstore.ErrUnavailable] when nothing was sent.
func (s *Store) Append(ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed) (eventstore.Appended, error) {
	if err := s.gate.enter(); err != nil {
		return eventstore.Appended{}, err
	}
	defer s.gate.leave()
	if err := ctx.Err(); err != nil {
		return eventstore.Appended{}, err
	}
	a, err := propose(stream, after, events)
	var done eventstore.Appended
	if err == nil {
		done, err = s.append(ctx, a)
	}
	if err != nil {
		return eventstore.Appended{}, fmt.Errorf("append to %s: %w", stream, err)
	}
	s.remember(stream, done.Head)
	s.last.reach(done.Position)
	return done, nil
}

// propose makes what is sent if the stream's head is after.
func propose(stream string, after eventstore.Head, events []eventstore.Proposed) (*attempt, error) {
	switch {
	case !ours(stream):
		return nil, fmt.Errorf("%q cannot be the name of a stream", stream)
	case len(events) == 0:
		return nil, errors.New("no events")
	case len(events) > eventstore.MaxAppendEvents:
		return nil, fmt.Errorf("%w: %d events", eventstore.ErrTooLarge, len(events))
	}
	a := &attempt{stream: stream, after: after, head: after, events: make([]client.EventData, len(events))}
	total := 0
	for i, e := range events {
		if n := len(e.Data) + len(e.Metadata); n > eventstore.MaxEventBytes {
			return nil, fmt.Errorf("%w: %s has %d bytes", eventstore.ErrTooLarge, e.Type, n)
		}
		wire, err := a.chain(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Type, err)
		}
		a.events[i] = wire
		total += len(wire.Data) + len(wire.Metadata) + 2*len(wire.EventType)
	}
	if total > MaxAppendBytes {
		return nil, fmt.Errorf("%w: %d bytes together", eventstore.ErrTooLarge, total)
	}
	return a, nil
}

// chain gives the next event its link. It copies the caller's bytes: the client may
// still use them after Append has returned.
func (a *attempt) chain(e eventstore.Proposed) (client.EventData, error) {
	switch {
	case e.ID == uuid.Nil:
		return client.EventData{}, errors.New("an event needs an id")
	case !utf8.ValidString(e.Type):
		return client.EventData{}, errors.New("the type of an event is UTF-8")
	}
	next := a.head.Revision + 1
	a.head = eventstore.Head{Revision: next, Hash: eventstore.Chain(a.head.Hash, a.stream, next, e)}
	metadata, err := eventstore.WithChain(e.Metadata, a.head.Hash)
	if err != nil {
		return client.EventData{}, err
	}
	return client.EventData{
		EventID: e.ID, EventType: e.Type, ContentType: client.ContentTypeJson,
		Data: slices.Clone(e.Data), Metadata: metadata,
	}, nil
}

func (s *Store) append(ctx context.Context, a *attempt) (eventstore.Appended, error) {
	if s.contradicts(a.stream, a.after) {
		return s.settle(ctx, a)
	}
	answer, err := s.send(ctx, a)
	switch refused := refusal(a.stream, err); {
	case err == nil:
		return s.confirm(ctx, a, eventstore.Position(answer.CommitPosition))
	case errors.Is(err, eventstore.ErrUnavailable), errors.Is(err, eventstore.ErrClosed):
		return eventstore.Appended{}, err
	case isCode(err, client.ErrorCodeWrongExpectedVersion):
		return s.standingOrConflict(ctx, a)
	case refused != nil:
		return eventstore.Appended{}, refused
	case isStatus(err, codes.InvalidArgument):
		return s.disputed(ctx, a, err)
	default:
		return s.search(ctx, a, err)
	}
}

func (s *Store) send(ctx context.Context, a *attempt) (*client.WriteResult, error) {
	var expected client.ExpectedRevision = client.NoStream{}
	if a.after.Revision > eventstore.NoStream {
		expected = client.Revision(uint64(a.after.Revision))
	}
	return call(ctx, s.link, func(ctx context.Context, c *client.Client) (*client.WriteResult, error) {
		return c.AppendToStream(ctx, a.stream, client.AppendToStreamOptions{ExpectedRevision: expected}, a.events...)
	})
}

// patience is how long a confirmation waits for the live subscription, which has the
// event about when the answer comes.
const patience = 20 * time.Millisecond

// confirm looks what stands where a successful append should have ended. The
// database also answers success when other bytes with the same ids were there before.
func (s *Store) confirm(ctx context.Context, a *attempt, told eventstore.Position) (eventstore.Appended, error) {
	if r, ok := s.tail.find(ctx, told, patience); ok && r.Stream == a.stream && r.Head() == a.head {
		return eventstore.Appended{Head: a.head, Position: told}, nil
	}
	p, err := s.streamPage(ctx, a.stream, a.head.Revision-1, 1)
	switch {
	case err != nil:
		return eventstore.Appended{}, unknown(ctx, err)
	case len(p.events) == 1 && p.events[0].Head() == a.head:
		return eventstore.Appended{Head: a.head, Position: p.events[0].Position}, nil
	}
	return s.standingOrConflict(ctx, a)
}

// standingOrConflict settles an append that was not stored now. When that fails, an
// earlier try of it may still have been stored.
func (s *Store) standingOrConflict(ctx context.Context, a *attempt) (eventstore.Appended, error) {
	done, err := s.settle(ctx, a)
	if err != nil && !errors.As(err, new(*eventstore.Conflict)) {
		err = unknown(ctx, err)
	}
	return done, err
}

// search looks whether an append of unknown outcome is stored. That it is not there
// proves nothing, because it may still be under way.
func (s *Store) search(ctx context.Context, a *attempt, cause error) (eventstore.Appended, error) {
	if ctx.Err() == nil {
		if f, err := s.find(ctx, a); err == nil && f.standing {
			return f.done, nil
		}
	}
	return eventstore.Appended{}, unknown(ctx, cause)
}

func unknown(ctx context.Context, cause error) error {
	if err := ctx.Err(); err != nil && !errors.Is(cause, err) {
		cause = errors.Join(cause, err)
	}
	return fmt.Errorf("%w: %w", eventstore.ErrOutcomeUnknown, cause)
}

// lag is how long a node may take to have read what another one has told, and
// glance how often it is asked meanwhile.
const (
	lag    = time.Second
	glance = 20 * time.Millisecond
)

// settle answers an append that was not stored now: where its events stand, or the
// conflict. A stream that looks as the append expects it comes from a node that lags
// behind the one that refused, and is read again.
func (s *Store) settle(ctx context.Context, a *attempt) (eventstore.Appended, error) {
	for waited := time.Duration(0); ; waited += glance {
		f, err := s.find(ctx, a)
		switch {
		case err != nil:
			return eventstore.Appended{}, err
		case f.standing:
			return f.done, nil
		case f.head != a.after:
			return eventstore.Appended{}, &eventstore.Conflict{
				Stream: a.stream, Expected: a.after.Revision, Actual: f.head.Revision,
			}
		case waited >= lag:
			return eventstore.Appended{}, fmt.Errorf("%w: the node that is read from lags behind", eventstore.ErrUnavailable)
		}
		select {
		case <-time.After(glance):
		case <-ctx.Done():
			return eventstore.Appended{}, ctx.Err()
		}
	}
}

// disputed answers an append that the database called invalid: a conflict when that
// was about the head, else the complaint.
func (s *Store) disputed(ctx context.Context, a *attempt, complaint error) (eventstore.Appended, error) {
	f, err := s.find(ctx, a)
	switch {
	case err != nil:
		return eventstore.Appended{}, errors.Join(complaint, err)
	case f.standing:
		return f.done, nil
	case f.head != a.after:
		return eventstore.Appended{}, &eventstore.Conflict{
			Stream: a.stream, Expected: a.after.Revision, Actual: f.head.Revision,
		}
	}
	return eventstore.Appended{}, complaint
}

// finding is what a stream says about an append.
type finding struct {
	standing bool // exactly its events follow its head
	done     eventstore.Appended
	head     eventstore.Head // of the stream
}

// find reads the stream from the head of an append on (rule R3).
func (s *Store) find(ctx context.Context, a *attempt) (finding, error) {
	from := max(a.after.Revision, 0) - 1 // to see the head itself
	p, err := s.streamPage(ctx, a.stream, from, len(a.events)+1)
	if err != nil {
		return finding{}, unread(ctx, a.stream, err)
	}
	if done, ok := a.standing(p.events); ok {
		return finding{standing: true, done: done}, nil
	}
	head, err := s.head(ctx, a.stream)
	if err != nil {
		return finding{}, unread(ctx, a.stream, err)
	}
	return finding{head: head}, nil
}

// standing tells whether events, which begin with the one of the expected head if
// there is one, are that head and then exactly those of the append, by id.
func (a *attempt) standing(events []eventstore.Recorded) (eventstore.Appended, bool) {
	before := eventstore.Empty
	if a.after.Revision > eventstore.NoStream && len(events) > 0 {
		before, events = events[0].Head(), events[1:]
	}
	if before != a.after || len(events) < len(a.events) {
		return eventstore.Appended{}, false
	}
	for i, e := range a.events {
		if events[i].ID != e.EventID {
			return eventstore.Appended{}, false
		}
	}
	last := events[len(a.events)-1]
	return eventstore.Appended{Head: last.Head(), Position: last.Position}, true
}

// head is where a stream ends.
func (s *Store) head(ctx context.Context, stream string) (eventstore.Head, error) {
	p, err := s.readStream(ctx, stream, client.ReadStreamOptions{Direction: client.Backwards, From: client.End{}}, 1)
	if err != nil || len(p.events) == 0 {
		return eventstore.Empty, err
	}
	s.remember(stream, p.events[0].Head())
	return p.events[0].Head(), nil
}
