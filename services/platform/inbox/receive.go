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
	"aanvraag.internal/services/platform/parking"
)

// receive handles one delivery (R4, R5): drop what was handled; let what queues
// behind a parked event be; where it is not known that everything before it was
// handled, fetch and handle that first; then handle it. The subscriber sees to it
// that no two deliveries of one event stream are here at once, and tries again in
// place after an error.
func (i *Inbox) receive(m *message.Message) error {
	ctx := m.Context()
	e, read := bus.Carried(ctx)
	if !read {
		return errNotOurs
	}
	s := source{e.Service, e.Stream}
	var changed <-chan struct{}
	for {
		settled, err := i.deliver(ctx, s, e)
		if settled || err != nil {
			return err
		}
		// A retry is under way. It must not be acknowledged, because the retry may
		// have read the bus before it came; what it does not handle is handled here.
		if changed != nil {
			select {
			case <-changed:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		changed = i.pairs.changed(s) // and look once more, for news of just before
	}
}

var errNotOurs = errors.New("the message does not come from our subscriber")

// pass remembers an event of no interest, where it is certain that nothing before
// it waits to be handled. More than half of what comes is such.
func (i *Inbox) pass(e bus.Envelope) bool {
	if _, wanted := i.cfg.Handlers[e.Type]; wanted || foreign(e.Type) {
		return false
	}
	s := source{e.Service, e.Stream}
	if pair, current := i.pairs.get(s); !current || pair.Held() {
		return false
	}
	last, known := i.handled.Get(s)
	if e.Previous != eventstore.NoStream && (!known || e.Previous > last) {
		return false // a hole, see fill
	}
	i.metrics.ignored.WithLabelValues(e.Service).Inc()
	i.remember(e)
	return true
}

// deliver handles one delivery, unless a retry of its event stream is under way:
// then it is not settled. Settled without an error is to be acknowledged.
func (i *Inbox) deliver(ctx context.Context, s source, e bus.Envelope) (settled bool, err error) {
	done, err := i.turns.take(ctx, s)
	if err != nil {
		return false, err
	}
	defer done()
	last, known := i.handled.Get(s)
	if known && e.Revision <= last {
		i.repeated(e)
		return true, nil
	}
	pair, current := i.pairs.get(s)
	if !known || !current || pair.Held() {
		// Only the log can tell that an event may be left unhandled; asked after the
		// event came, it also knows whether a retry will find it on the bus.
		if pair, err = i.load(ctx, s); err != nil {
			return false, err
		}
	}
	var floor uint64
	hole := e.Previous != eventstore.NoStream && (!known || e.Previous > last) && int64(e.Previous) > pair.Through()
	if hole && !pair.Held() {
		// The log is asked again after the floor is read: what was parked has an
		// acknowledged message, and must not be taken for handled.
		if floor, err = i.floor(ctx, e); err != nil {
			return false, err
		}
		if pair, err = i.load(ctx, s); err != nil {
			return false, err
		}
	}
	if settled, decided := i.decided(pair, e); decided {
		return settled, nil
	}
	if hole {
		err = i.fill(ctx, e, pair, floor)
	}
	if err == nil {
		err = i.try(ctx, e)
	}
	if !errors.Is(err, errParked) {
		return err == nil, err
	}
	if pair, err = i.load(ctx, s); err != nil {
		return false, err
	}
	if settled, decided := i.decided(pair, e); decided {
		return settled, nil
	}
	return false, fmt.Errorf("event %s: its event stream was parked and released meanwhile", e.ID)
}

// decided tells whether the log says what to do with an event: to let it be
// (settled), or to wait for the end of a retry.
func (i *Inbox) decided(pair parking.Pair, e bus.Envelope) (settled, decided bool) {
	switch {
	case pair.State == parking.Retrying:
		return false, true
	case pair.State == parking.Parked:
		i.metrics.queued.WithLabelValues(e.Service).Inc()
		return true, true
	case int64(e.Revision) <= pair.Through(), pair.Skips(int64(e.Revision)):
		i.repeated(e)
		return true, true
	}
	return false, false
}

func (i *Inbox) repeated(e bus.Envelope) { i.metrics.repeated.WithLabelValues(e.Service).Inc() }

// load asks the log for a pair.
func (i *Inbox) load(ctx context.Context, s source) (parking.Pair, error) {
	found, err := i.lot.Load(ctx, i.id(s))
	if err != nil {
		return parking.Pair{}, fmt.Errorf("look up what is parked: %w", err)
	}
	return found.State, nil
}

// floor is the sequence up to which all messages of the service were acknowledged.
func (i *Inbox) floor(ctx context.Context, e bus.Envelope) (uint64, error) {
	consumer, err := i.js.Consumer(ctx, bus.StreamName(e.Service), i.cfg.Service)
	if err != nil {
		return 0, i.unfilled(ctx, e, fmt.Errorf("look at consumer: %w", err))
	}
	return consumer.CachedInfo().AckFloor.Stream, nil
}

// fill handles, in order, every event of e's stream before e that this process
// did not handle and that no process acknowledged.
//
// It may leave out what lies below the consumer's acknowledgement floor, since
// acknowledgements follow the handling, or a parking that the pair, read after the
// floor, knows of. What it handles twice, because another replica is at it too, the
// target stream recognises.
func (i *Inbox) fill(ctx context.Context, e bus.Envelope, pair parking.Pair, floor uint64) error {
	stream, err := i.js.Stream(ctx, bus.StreamName(e.Service))
	if err != nil {
		return i.unfilled(ctx, e, fmt.Errorf("look at JetStream stream: %w", err))
	}
	subjects := bus.StreamSubjects(e.Service, e.Stream)
	for sequence := floor + 1; ; sequence++ {
		m, err := stream.GetMsg(ctx, sequence, jetstream.WithGetMsgSubject(subjects))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			return nil // e itself is gone: the stream was emptied meanwhile
		}
		if err != nil {
			return i.unfilled(ctx, e, fmt.Errorf("read from %d on: %w", sequence, err))
		}
		sequence = m.Sequence
		before, err := bus.ReadStored(e.Service, m.Subject, m.Header, m.Data)
		if err != nil {
			continue // it is parked by itself
		}
		if before.Revision >= e.Revision {
			return nil
		}
		last, known := i.handled.Get(source{before.Service, before.Stream})
		if known && before.Revision <= last || int64(before.Revision) <= pair.Through() || pair.Skips(int64(before.Revision)) {
			continue
		}
		i.metrics.fetched.WithLabelValues(e.Service).Inc()
		if err := i.try(ctx, before); err != nil {
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
	if !wanted && !foreign(e.Type) {
		i.metrics.ignored.WithLabelValues(e.Service).Inc()
		i.remember(e)
		return nil
	}
	if !wanted {
		return fmt.Errorf("event %s: %w", e.ID, errUnknown)
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
	s := source{e.Service, e.Stream}
	if last, known := i.handled.Get(s); !known || e.Revision > last {
		i.handled.Add(s, e.Revision)
	}
}

func (i *Inbox) decodeAndCall(ctx context.Context, h Handler, e bus.Envelope) (err error) {
	defer func() {
		// A panic is one event's fault and must not end the others.
		if p := recover(); p != nil {
			err = &panicked{kind: fmt.Sprintf("%T", p), stack: debug.Stack()}
		}
	}()
	m := h.New()
	if proto.Unmarshal(e.Body, m) != nil {
		return errUnreadable // protobuf's own error could quote the body
	}
	return h.Handle(ctx, Inbound{Envelope: e, Message: m, Handler: i.cfg.Service})
}
