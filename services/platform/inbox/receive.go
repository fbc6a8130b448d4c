package inbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

// receive handles one delivery (R4): drop what was handled; where it is not known
// that everything before it was, fetch and handle that first; then handle it. The
// subscriber sees to it that no two deliveries of one event stream are here at
// once, and tries again in place after an error.
func (i *Inbox) receive(m *message.Message) error {
	ctx := m.Context()
	e, err := bus.Parse(m)
	if err != nil {
		return fmt.Errorf("read message: %w", err)
	}
	last, known := i.handled.Get(source{e.Service, e.Stream})
	switch {
	case known && e.Revision <= last:
		i.metrics.repeated.WithLabelValues(e.Service).Inc()
		return nil
	case e.Previous == eventstore.NoStream, known && e.Previous <= last:
	default:
		if err := i.fill(ctx, e); err != nil {
			return err
		}
	}
	return i.handle(ctx, e)
}

// fill handles, in order, every event of e's stream before e that this process
// did not handle and that no process acknowledged.
//
// It may leave out what lies below the consumer's acknowledgement floor, since
// acknowledgements follow the handling. What it handles twice, because another
// replica is at it too, the target stream recognises.
func (i *Inbox) fill(ctx context.Context, e bus.Envelope) error {
	consumer, err := i.js.Consumer(ctx, bus.StreamName(e.Service), i.cfg.Service)
	if err != nil {
		return i.unfilled(ctx, e, fmt.Errorf("look at consumer: %w", err))
	}
	stream, err := i.js.Stream(ctx, bus.StreamName(e.Service))
	if err != nil {
		return i.unfilled(ctx, e, fmt.Errorf("look at JetStream stream: %w", err))
	}
	subjects := bus.StreamSubjects(e.Service, e.Stream)
	for sequence := consumer.CachedInfo().AckFloor.Stream + 1; ; sequence++ {
		m, err := stream.GetMsg(ctx, sequence, jetstream.WithGetMsgSubject(subjects))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil // e itself is gone: the stream was emptied meanwhile
		}
		if err != nil {
			return i.unfilled(ctx, e, fmt.Errorf("read from %d on: %w", sequence, err))
		}
		sequence = m.Sequence
		before, err := bus.ParseNATS(m.Header, m.Data)
		if err != nil {
			continue // the subscriber logs and counts it
		}
		if before.Revision >= e.Revision {
			return nil
		}
		last, known := i.handled.Get(source{before.Service, before.Stream})
		if known && before.Revision <= last {
			continue
		}
		i.metrics.fetched.WithLabelValues(e.Service).Inc()
		if err := i.handle(ctx, before); err != nil {
			return err
		}
	}
}

func (i *Inbox) unfilled(ctx context.Context, e bus.Envelope, err error) error {
	if ctx.Err() == nil {
		i.cfg.Log.Warn("events before this one cannot be fetched",
			"service", i.cfg.Service, "source", e.Service, "event", e.ID, "type", e.Type, "error", err)
	}
	return fmt.Errorf("fetch what lies before event %s: %w", e.ID, err)
}

// handle gives one event to its handler and remembers that it was handled. The
// log names the event, never its body.
func (i *Inbox) handle(ctx context.Context, e bus.Envelope) error {
	h, wanted := i.cfg.Handlers[e.Type]
	if !wanted {
		i.metrics.ignored.WithLabelValues(e.Service).Inc()
		i.remember(e)
		return nil
	}
	err := i.decodeAndCall(ctx, h, e)
	if err == nil {
		i.metrics.handled.WithLabelValues(e.Service, e.Type).Inc()
		i.remember(e)
		return nil
	}
	if ctx.Err() != nil {
		return err // the inbox is ending
	}
	i.metrics.failed.WithLabelValues(e.Service, e.Type).Inc()
	level := slog.LevelError
	if errors.Is(err, ErrNotYet) {
		level = slog.LevelDebug
	}
	i.cfg.Log.Log(ctx, level, "event not handled; its event stream waits",
		"service", i.cfg.Service, "source", e.Service, "event", e.ID, "type", e.Type, "error", err)
	return err
}

func (i *Inbox) remember(e bus.Envelope) {
	i.handled.Add(source{e.Service, e.Stream}, e.Revision)
}

func (i *Inbox) decodeAndCall(ctx context.Context, h Handler, e bus.Envelope) (err error) {
	defer func() {
		// A panic is one event's fault and must not end the others.
		if p := recover(); p != nil {
			err = fmt.Errorf("handler panicked (%T)\n%s", p, debug.Stack())
		}
	}()
	m := h.New()
	if proto.Unmarshal(e.Body, m) != nil {
		return errUnreadable // protobuf's own error could quote the body
	}
	return h.Handle(ctx, Inbound{Envelope: e, Message: m, Handler: i.cfg.Service})
}

var errUnreadable = errors.New("the body is not a message of its type")
