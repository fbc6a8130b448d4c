package esdbserver

import (
	"context"
	"errors"
	"fmt"

	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"

	"aanvraag.internal/services/platform/eventstore"
)

// Append stores what a client proposes, as one atomic whole, and answers once it is
// durable. An expectation that does not hold is an answer, not an error. A repeat
// whose events already follow the expected revision answers where they stand; after
// "any" that holds at the stream's beginning only, so R3 wants a revision.
func (s *Server) Append(stream streams.Streams_AppendServer) error {
	answer, err := s.answer(stream.Context(), stream)
	if err != nil {
		stream.SetTrailer(trailer(err))
		return failure(err)
	}
	return stream.SendAndClose(answer)
}

func (s *Server) answer(ctx context.Context, from receiver) (*streams.AppendResp, error) {
	p, err := receive(from)
	if err != nil {
		return nil, err
	}
	done, err := s.keep(ctx, p)
	var c *eventstore.Conflict
	switch {
	case errors.As(err, &c):
		return unexpected(p.expect, c.Actual), nil
	case err != nil:
		return nil, err
	}
	return stored(done), nil
}

// keep finds the head that the expectation means, and appends after it.
func (s *Server) keep(ctx context.Context, p *proposal) (eventstore.Appended, error) {
	after, err := s.start(ctx, p)
	for err == nil {
		if err := s.fits(ctx, p, after); err != nil {
			return eventstore.Appended{}, err
		}
		done, failed := s.store.Append(ctx, p.stream, after, p.events)
		var c *eventstore.Conflict
		if !errors.As(failed, &c) {
			if failed == nil {
				s.remember(p.stream, done.Head)
			}
			return done, failed
		}
		if p.expect.kind == exact && c.Actual != p.expect.revision || p.expect.kind == absent {
			return eventstore.Appended{}, c
		}
		if c.Actual == after.Revision && !blind(after) {
			return eventstore.Appended{}, fmt.Errorf("stream %s refuses its own head: %s", p.stream, c.Error())
		}
		// Somebody was faster: the conflict tells where the stream ends now.
		after, err = s.head(ctx, p.stream, c.Actual)
	}
	return eventstore.Appended{}, err
}

// start is the head to try first. A wrong guess costs a conflict, which tells the
// right one, so no stream is read to its end.
func (s *Server) start(ctx context.Context, p *proposal) (eventstore.Head, error) {
	switch p.expect.kind {
	case exact:
		return s.head(ctx, p.stream, p.expect.revision)
	case absent:
		return eventstore.Empty, nil
	}
	if kept, ok := s.heads.Get(p.stream); ok {
		return kept, nil
	}
	if p.expect.kind == anything {
		return eventstore.Empty, nil
	}
	head, err := s.head(ctx, p.stream, 0)
	if err == nil && blind(head) {
		return eventstore.Empty, &eventstore.Conflict{Stream: p.stream, Expected: 0, Actual: eventstore.NoStream}
	}
	return head, err
}

// fits compares the hashes that the client sent with those that the chain will have.
// They count at the head of the stream only: elsewhere the append is a conflict, or
// a repeat, which is recognised by its ids.
func (s *Server) fits(ctx context.Context, p *proposal, after eventstore.Head) error {
	if blind(after) {
		return nil
	}
	i := p.misfit(after)
	if i < 0 {
		return nil
	}
	for _, err := range s.store.ReadStream(ctx, p.stream, after.Revision) {
		return err
	}
	return invalid("event %s carries a chain hash ($chain) that does not follow from revision %d of stream %s",
		p.events[i].ID, after.Revision+eventstore.Revision(i), p.stream)
}

// head is the head just after a revision. It is blind when there is no such event.
func (s *Server) head(ctx context.Context, stream string, revision eventstore.Revision) (eventstore.Head, error) {
	if revision == eventstore.NoStream {
		return eventstore.Empty, nil
	}
	if kept, ok := s.heads.Get(stream); ok && kept.Revision == revision {
		return kept, nil
	}
	for r, err := range s.store.ReadStream(ctx, stream, revision-1) {
		if err != nil {
			return eventstore.Head{}, err
		}
		s.remember(stream, r.Head())
		return r.Head(), nil
	}
	return eventstore.Head{Revision: revision}, nil
}

// blind tells a head of an event that is not there. An append after it conflicts,
// because no event has the hash zero.
func blind(h eventstore.Head) bool {
	return h.Hash == eventstore.Hash{} && h.Revision != eventstore.NoStream
}

// remember keeps the newest head that was seen of a stream. What is kept is true for
// ever, so it may lag behind.
func (s *Server) remember(stream string, h eventstore.Head) {
	if kept, ok := s.heads.Peek(stream); !ok || kept.Revision < h.Revision {
		s.heads.Add(stream, h)
	}
}

func stored(done eventstore.Appended) *streams.AppendResp {
	position := uint64(done.Position)
	return &streams.AppendResp{Result: &streams.AppendResp_Success_{Success: &streams.AppendResp_Success{
		CurrentRevisionOption: &streams.AppendResp_Success_CurrentRevision{CurrentRevision: uint64(done.Head.Revision)},
		PositionOption: &streams.AppendResp_Success_Position{
			Position: &streams.AppendResp_Position{CommitPosition: position, PreparePosition: position},
		},
	}}}
}

// unexpected answers an expectation that does not hold; "any" always does.
func unexpected(e expectation, actual eventstore.Revision) *streams.AppendResp {
	w := &streams.AppendResp_WrongExpectedVersion{}
	switch e.kind {
	case exact:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedRevision{ExpectedRevision: uint64(e.revision)}
	case absent:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedNoStream{ExpectedNoStream: &shared.Empty{}}
	case present:
		w.ExpectedRevisionOption = &streams.AppendResp_WrongExpectedVersion_ExpectedStreamExists{ExpectedStreamExists: &shared.Empty{}}
	}
	if actual == eventstore.NoStream {
		w.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentNoStream{CurrentNoStream: &shared.Empty{}}
	} else {
		w.CurrentRevisionOption = &streams.AppendResp_WrongExpectedVersion_CurrentRevision{CurrentRevision: uint64(actual)}
	}
	return &streams.AppendResp{Result: &streams.AppendResp_WrongExpectedVersion_{WrongExpectedVersion: w}}
}
