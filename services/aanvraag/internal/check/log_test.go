package check

import (
	"context"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
)

// twisted is a log that reads otherwise than it was written.
type twisted struct {
	eventstore.Store
	twist func(eventstore.Recorded) (eventstore.Recorded, bool)
}

func (s twisted) Gapless() bool { return true }

func (s twisted) ReadAll(ctx context.Context, after eventstore.Position, f eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for r, err := range s.Store.ReadAll(ctx, after, f) {
			r, kept := s.twist(r)
			if kept && !yield(r, err) {
				return
			}
		}
	}
}

func brokenLog() map[string]broken {
	const stream = "technician-of-a-test"
	registered := map[string]any{"technicianId": "of-a-test", "registeredAt": monday}
	return map[string]broken{
		"work began after the request was cancelled": {func(c *copied) {
			c.stored()
			over := c.first("request.cancelled.v1")
			c.append("appointment-of-a-test", "appointment.started.v1", map[string]any{
				"appointmentId": "of-a-test", "supportRequestId": strings.TrimPrefix(over.Stream, "request-"), "technicianId": "t",
				"sessionId": member(c.t, c.first("appointment.started.v1"), "sessionId"), "recorded": false, "location": "provider",
				"startedAt": monday,
			}, nil)
		}, []Name{BothWon}},
		"a byte is another": {func(c *copied) {
			c.whole()
			private := c.first("session.paused.v1")
			c.Store = twisted{c.Store, func(r eventstore.Recorded) (eventstore.Recorded, bool) {
				if r.ID == private.ID {
					r.Hash[7]++
				}
				return r, true
			}}
		}, []Name{LogDamaged}},
		"an event is gone from between others": {func(c *copied) {
			c.stored()
			private := c.first("policy.published.v1")
			c.Store = twisted{c.Store, func(r eventstore.Recorded) (eventstore.Recorded, bool) { return r, r.ID != private.ID }}
		}, []Name{LogDamaged}},
		"the engine cannot go on": {func(c *copied) {
			c.stored()
			c.Store = unreadableLog{c.Store}
		}, []Name{LogDamaged}},
		"nobody wanted it": {func(c *copied) {
			c.stored().append(stream, "technician.registered.v1", registered, func(m *eventstore.Metadata) { m.Actor.Kind = "" })
		}, []Name{LogMetadata}},
		"it is about nothing": {func(c *copied) {
			c.stored().append(stream, "technician.registered.v1", registered, func(m *eventstore.Metadata) { m.CorrelationID = "" })
		}, []Name{LogMetadata}},
		"no command": {func(c *copied) {
			c.stored().append(stream, "technician.registered.v1", registered, func(m *eventstore.Metadata) { m.CommandID = uuid.Nil })
		}, []Name{LogMetadata}},
		"at no time": {func(c *copied) {
			c.stored().append(stream, "technician.registered.v1", registered, func(m *eventstore.Metadata) { m.DecidedAt = time.Time{} })
		}, []Name{LogMetadata}},
		"a command stands twice with others between": {func(c *copied) {
			c.stored()
			first := uuid.New()
			for _, id := range []uuid.UUID{first, uuid.New(), first} {
				c.append(stream, "technician.registered.v1", registered, func(m *eventstore.Metadata) { m.CommandID = id })
			}
		}, []Name{LogCommand}},
		"an event type is unknown": {func(c *copied) {
			c.stored().append(stream, "technician.renamed.v1", registered, nil)
		}, []Name{LogUnread}},
		"an event has a member that nobody knows": {func(c *copied) {
			c.stored().append(stream, "technician.registered.v1", map[string]any{"technicianName": "x"}, nil)
		}, []Name{LogUnread}},
		"nobody owns the stream": {func(c *copied) {
			c.stored().append("oddity-1", "technician.registered.v1", registered, nil)
		}, []Name{LogUnread}},
		"a parked stream is of no pair": {func(c *copied) {
			c.stored().append("parking-nobody", "parking.retried.v1", map[string]any{"attempt": 1, "retriedAt": monday}, nil)
		}, []Name{LogUnread}},
		"an acknowledged command is gone": {func(c *copied) {
			c.stored().Acknowledged = map[uuid.UUID]string{uuid.New(): "the accept of a test"}
		}, []Name{CommandLost}},
		"a handler answers twice": {func(c *copied) {
			c.stored()
			// Of a request that is still open: nothing later of it was answered.
			for _, e := range slices.Backward(c.log) {
				if e.Type == "assignment.opened.v1" {
					c.append(e.Stream, e.Type, map[string]any{"supportRequestId": member(c.t, e, "supportRequestId")}, func(m *eventstore.Metadata) {
						m.Source = meta(c.t, e).Source
					})
					break
				}
			}
		}, []Name{HandledTwice}},
		"a handler answers an earlier event after a later one": {func(c *copied) {
			c.stored()
			e := c.first("assignment.opened.v1")
			c.append(e.Stream, e.Type, map[string]any{"supportRequestId": member(c.t, e, "supportRequestId")}, func(m *eventstore.Metadata) {
				m.Source = meta(c.t, e).Source
			})
		}, []Name{HandledLate}},
		"what must follow did not": {func(c *copied) { c.without(c.first("request.settled.v1")).stored().Acknowledged = nil }, []Name{NotHandled}},
		"the work of a closed request was never told to it": {func(c *copied) {
			c.without(c.first("request.work_started.v1")).stored()
		}, []Name{LogDamaged, NotHandled}}, // the last event of the request is another one now
		"a pair is parked": {func(c *copied) {
			park(c.without(c.first("request.settled.v1")).stored(), c.first("invoice.settled.v1"))
		}, []Name{Parked}},
		"a pair is parked, and may be": {func(c *copied) {
			c.Parked = append(c.Parked, park(c.without(c.first("request.settled.v1")).stored(), c.first("invoice.settled.v1")))
		}, nil},
		"a pair is parked, and something before it did not follow": {func(c *copied) {
			c.Parked = append(c.Parked, park(c.without(c.first("request.invoiced.v1")).stored(), c.first("invoice.settled.v1")))
		}, []Name{NotHandled}},
		"an event was skipped": {func(c *copied) {
			settled := c.first("invoice.settled.v1")
			id := park(c.without(c.first("request.settled.v1")).stored(), settled)
			lot, place := parking.New(c.Store, clock.NewFrozen(monday, nil)), parking.Place{Revision: int64(settled.Revision)}
			_, err := lot.Skip(c.t.Context(), id, command.Envelope{
				CommandID: uuid.New(), Correlation: "of a test", Actor: eventstore.Actor{Kind: "administrator"}, DecidedAt: monday,
			}, settled.Revision, "of a test")
			must(c.t, err)
			must(c.t, lot.Release(c.t.Context(), id, 1, place))
		}, nil},
	}
}

// park lets intake park at an event of billing.
func park(c *copied, e eventstore.Recorded) parking.ID {
	id := parking.ID{Listener: "intake", Service: "billing", Stream: e.Stream}
	must(c.t, parking.New(c.Store, clock.NewFrozen(monday, nil)).Park(c.t.Context(), id, parking.Place{
		EventID: e.ID.String(), Type: "aanvraag.billing.v1.InvoiceSettled", Revision: int64(e.Revision), Previous: 0, Tries: 10, Reason: "of a test",
	}, nil))
	return id
}

// unreadableLog ends in the middle.
type unreadableLog struct{ eventstore.Store }

func (s unreadableLog) ReadAll(ctx context.Context, after eventstore.Position, f eventstore.Filter) iter.Seq2[eventstore.Recorded, error] {
	return func(yield func(eventstore.Recorded, error) bool) {
		for r, err := range s.Store.ReadAll(ctx, after, f) {
			if r.Position == 40 {
				yield(eventstore.Recorded{}, &eventstore.Corrupt{Stream: r.Stream, Revision: r.Revision, Position: r.Position, Problem: "it is not as it was written"})
				return
			}
			if !yield(r, err) {
				return
			}
		}
	}
}
