package relay

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/go-json-experiment/json"
	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

// Unpublishable names the event that stopped a relay.
type Unpublishable struct {
	Event eventstore.Recorded
	Err   error
}

func (u *Unpublishable) Error() string {
	return fmt.Sprintf("event %s (%s, revision %d of %s) cannot be published: %v",
		u.Event.ID, u.Event.Type, u.Event.Revision, u.Event.Stream, u.Err)
}

func (u *Unpublishable) Unwrap() error { return u.Err }

// carry publishes the public ones of events, batch by batch.
func (r *Relay) carry(ctx context.Context, at *place, events []eventstore.Recorded) error {
	msgs := make([]*message.Message, 0, min(len(events), r.cfg.Batch))
	for _, rec := range events {
		e, public, err := r.envelope(ctx, rec)
		if err != nil {
			return err
		}
		if !public {
			continue
		}
		msgs = append(msgs, e.Message())
		if len(msgs) == r.cfg.Batch {
			if err := r.send(ctx, at, msgs); err != nil {
				return err
			}
			msgs = make([]*message.Message, 0, r.cfg.Batch)
		}
	}
	return r.send(ctx, at, msgs)
}

// send publishes one pipelined batch. Each message names the sequence it must
// stand behind, and from the second on also the message: two relays of different
// versions may turn different events public, and then the sequence alone would
// let them weave their batches into each other and lose an event.
func (r *Relay) send(ctx context.Context, at *place, msgs []*message.Message) error {
	if len(msgs) == 0 {
		return nil
	}
	first := at.sequence()
	for i, m := range msgs {
		m.SetContext(ctx)
		m.Metadata[nats.MsgIdHdr] = m.UUID + r.salt
		m.Metadata[bus.ExpectedLastSequence] = strconv.FormatUint(first+uint64(i), 10)
		if i > 0 {
			m.Metadata[bus.ExpectedLastID] = msgs[i-1].UUID + r.salt
		}
	}
	err := r.publisher.Publish(r.cfg.Service, msgs...)
	if errors.Is(err, bus.ErrDuplicate) {
		// A purged stream still remembers the ids of what it held. The fence
		// alone keeps out doubles, so the next try may carry other ids.
		r.salt = "/"
	}
	if err != nil {
		return err
	}
	at.last.Add(uint64(len(msgs)))
	at.holds.Store(true)
	for _, m := range msgs {
		r.metrics.published(m)
	}
	return nil
}

// envelope makes the public form of one event; false when it is private.
func (r *Relay) envelope(ctx context.Context, rec eventstore.Recorded) (bus.Envelope, bool, error) {
	public, err := r.cfg.Publish(rec)
	if err != nil {
		return bus.Envelope{}, false, &Unpublishable{rec, err}
	}
	if public == nil {
		return bus.Envelope{}, false, nil
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(public)
	if err != nil {
		return bus.Envelope{}, false, &Unpublishable{rec, fmt.Errorf("encode: %w", err)}
	}
	var meta eventstore.Metadata
	if err := json.Unmarshal(rec.Metadata, &meta); err != nil {
		return bus.Envelope{}, false, &Unpublishable{rec, fmt.Errorf("read metadata: %w", err)}
	}
	previous, err := r.previous(ctx, rec)
	if err != nil {
		return bus.Envelope{}, false, err
	}
	r.last.Add(rec.Stream, rec.Revision)
	return bus.Envelope{
		ID:          rec.ID,
		Type:        string(public.ProtoReflect().Descriptor().FullName()),
		Service:     r.cfg.Service,
		Stream:      rec.Stream,
		Revision:    rec.Revision,
		Previous:    previous,
		Position:    rec.Position,
		Correlation: meta.CorrelationID,
		Time:        meta.DecidedAt,
		Body:        body,
	}, true, nil
}

// previous is the revision of the last public event before rec in its stream
// (R4), from memory or from the stream itself.
func (r *Relay) previous(ctx context.Context, rec eventstore.Recorded) (eventstore.Revision, error) {
	if last, known := r.last.Get(rec.Stream); known {
		return last, nil
	}
	previous := eventstore.NoStream
	if rec.Revision == 0 {
		return previous, nil
	}
	for earlier, err := range r.cfg.Store.ReadStream(ctx, rec.Stream, eventstore.NoStream) {
		if err != nil {
			return 0, fmt.Errorf("read %s: %w", rec.Stream, err)
		}
		if earlier.Revision >= rec.Revision {
			break
		}
		public, err := r.cfg.Publish(earlier)
		if err != nil {
			return 0, &Unpublishable{earlier, err}
		}
		if public != nil {
			previous = earlier.Revision
		}
	}
	return previous, nil
}
