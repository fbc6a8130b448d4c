package storetest

import (
	"errors"
	"strconv"
	"sync"
	"testing"

	"aanvraag.internal/services/platform/eventstore"
)

// interrupted cuts the connection again and again under writers and subscribers.
// Writers do as rule R3 says: whatever an append answers, they read, look for their
// own ids, and try again. Subscribers do nothing at all.
func interrupted(t *testing.T, s store) {
	const writers, rounds, cuts = 6, 40, 8
	written := make(chan struct{}, writers*rounds)
	var group sync.WaitGroup
	for i := range writers {
		group.Go(func() {
			stream := s.stream([]string{"thing", "other"}[i%2], "-", i)
			head := eventstore.Empty
			for round := range rounds {
				var ok bool
				if head, ok = s.insist(stream, head, proposed(stream, strconv.Itoa(round), 2)); !ok {
					return
				}
				written <- struct{}{}
			}
		})
	}
	const total = writers * rounds * 2
	for i := range cuts {
		group.Go(func() { s.collect(total, eventstore.Filter{}) })
		group.Go(func() { s.collect(total/2, s.by([]string{"thing-", "other-"}[i%2])) })
		for range writers * rounds / cuts / 2 {
			select {
			case <-written:
			case <-s.ctx.Done():
			}
		}
		s.interrupt(t, s.Store)
	}
	group.Wait()
	for s.ctx.Err() == nil {
		if _, err := s.End(s.ctx); err == nil {
			break
		}
	}
	events := s.all()
	if heads := verify(t, events); len(events) != total || len(heads) != writers {
		t.Errorf("%d events of %d streams are stored", len(events), len(heads))
	}
}

// insist appends until the events are certain to stand after head (R3).
func (s store) insist(stream string, head eventstore.Head, events []eventstore.Proposed) (eventstore.Head, bool) {
	for s.ctx.Err() == nil {
		done, err := s.Append(s.ctx, stream, head, events)
		switch {
		case err == nil:
			return done.Head, true
		case errors.Is(err, eventstore.ErrUnavailable), errors.Is(err, eventstore.ErrOutcomeUnknown):
		default:
			s.t.Errorf("append to %s after %d: %v", stream, head.Revision, err)
			return head, false
		}
		n := 0
		for r, err := range s.ReadStream(s.ctx, stream, head.Revision) {
			if err != nil {
				break
			}
			if n >= len(events) || r.ID != events[n].ID {
				s.t.Errorf("event %s stands at revision %d of %s", r.ID, r.Revision, stream)
				return head, false
			}
			if n++; n == len(events) {
				return r.Head(), true
			}
		}
	}
	s.t.Errorf("append to %s after %d did not succeed in time", stream, head.Revision)
	return head, false
}
