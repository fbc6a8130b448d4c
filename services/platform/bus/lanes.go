package bus

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/eventstore"
)

// subscription sorts what comes from one JetStream stream into one lane per
// event stream.
type subscription struct {
	*Subscriber
	ctx     context.Context
	service string
	out     chan *message.Message
	walking sync.WaitGroup // one goroutine per lane

	mu    sync.Mutex
	lanes map[string]*lane // by event stream; a lane exists while it holds messages
	held  map[place]*held  // every message of every lane
}

// place recognises a delivery of a message that is already held. The sequence
// alone does not: a JetStream stream that was made anew counts from one again.
type place struct {
	sequence uint64
	event    uuid.UUID
}

type held struct {
	place    place
	envelope Envelope
	headers  nats.Header
	delivery jetstream.Msg // the latest one; guarded by subscription.mu
}

// lane is the queue of one event stream. Its first message is being handed out;
// it is never empty.
type lane struct{ queue []*held }

func newSubscription(ctx context.Context, service string, s *Subscriber) *subscription {
	return &subscription{
		Subscriber: s, ctx: ctx, service: service, out: make(chan *message.Message),
		lanes: make(map[string]*lane), held: make(map[place]*held),
	}
}

// run takes messages in until the context ends or the connection is closed.
func (s *subscription) run() {
	defer close(s.out)
	ctx, cancel := context.WithCancel(s.ctx)
	s.ctx = ctx
	var alive sync.WaitGroup
	alive.Go(s.heartbeats)
	for wait := time.Duration(0); ctx.Err() == nil; wait = Settle {
		feed, err := s.reopen(ctx, s.service, wait)
		if err != nil {
			break
		}
		err = s.takeAll(feed)
		drain(feed)
		if errors.Is(err, jetstream.ErrConnectionClosed) {
			break
		}
		s.cfg.Log.Debug("bus subscription starts over", "service", s.service, "error", err)
	}
	cancel()
	s.walking.Wait()
	alive.Wait()
	s.giveBack()
}

// The library asks for more messages only when Next is called, and not while its
// last request is still being sent: a goroutine of it that gets no processor in time
// leaves it waiting for messages that nobody asked for, half a minute long (seen
// with nats.go 1.55.0). So after a message Next is called a few times more, and only
// then left to wait.
const (
	firstLook = 10 * time.Millisecond
	lastLook  = time.Second
)

func (s *subscription) takeAll(feed jetstream.MessagesContext) error {
	return s.takeFrom(func(ctx context.Context) (jetstream.Msg, error) { return feed.Next(jetstream.NextContext(ctx)) })
}

func (s *subscription) takeFrom(next func(context.Context) (jetstream.Msg, error)) error {
	for look := firstLook; ; {
		m, err := s.within(look, next)
		switch {
		case err == nil:
			s.take(m)
			look = firstLook
		case errors.Is(err, context.DeadlineExceeded) && s.ctx.Err() == nil:
			look *= 4
		default:
			return err
		}
	}
}

// within waits for a message at most that long or, behind the last look, as long as
// it takes: only then the library notices that the server gives no sign of life.
func (s *subscription) within(look time.Duration, next func(context.Context) (jetstream.Msg, error)) (jetstream.Msg, error) {
	if look > lastLook {
		return next(s.ctx)
	}
	ctx, cancel := context.WithTimeout(s.ctx, look)
	defer cancel()
	return next(ctx)
}

// drain gives back what was pulled but not taken, so that another replica, or
// this one later, need not wait until AckWait is over.
func drain(feed jetstream.MessagesContext) {
	feed.Drain()
	for {
		m, err := feed.Next(jetstream.NextMaxWait(time.Second))
		if err != nil {
			return
		}
		_ = m.Nak() // unanswered, AckWait does the same
	}
}

// take puts a delivery into its lane.
func (s *subscription) take(d jetstream.Msg) {
	e, err := ReadStored(s.service, d.Subject(), d.Headers(), d.Data())
	meta, metaErr := d.Metadata()
	if err != nil || metaErr != nil {
		s.unreadable.WithLabelValues(s.service).Inc()
		s.refuse(d, meta, errors.Join(err, metaErr))
		return
	}
	h := &held{
		place:    place{meta.Sequence.Stream, e.ID},
		envelope: e,
		headers:  d.Headers(),
		delivery: d,
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	if again, ok := s.held[h.place]; ok {
		again.delivery = d
		return
	}
	l, ok := s.lanes[e.Stream]
	if !ok && s.cfg.Pass != nil && s.cfg.Pass(e) {
		_ = d.Ack() // unsent, it comes again and passes again
		return
	}
	s.held[h.place] = h
	if ok {
		l.insert(h)
		return
	}
	l = &lane{queue: []*held{h}}
	s.lanes[e.Stream] = l
	s.walking.Go(func() { s.walk(e.Stream, l, h) })
}

// refuse lets go of a delivery that cannot be read: for good once note of it is
// kept, and never before (R5).
func (s *subscription) refuse(d jetstream.Msg, meta *jetstream.MsgMetadata, problem error) {
	if s.cfg.SetAside == nil || meta == nil {
		s.cfg.Log.Error("message on the bus is unreadable; it stays unacknowledged",
			"stream", StreamName(s.service), "delivery", d.Reply(), "error", problem)
		_ = d.NakWithDelay(s.cfg.Unreadable)
		return
	}
	s.walking.Go(func() {
		err := s.cfg.SetAside(s.ctx, Unreadable{
			Service: s.service, Sequence: meta.Sequence.Stream, StoredAt: meta.Timestamp.UTC(), Problem: problem,
		})
		if err == nil {
			_ = d.Term() // unanswered, it comes again and is recognised
			return
		}
		if s.ctx.Err() == nil {
			s.cfg.Log.Warn("no note is kept yet of an unreadable message",
				"stream", StreamName(s.service), "sequence", meta.Sequence.Stream, "error", err)
		}
		_ = d.NakWithDelay(s.cfg.Backoff.After(int(meta.NumDelivered)))
	})
}

// insert keeps the queue behind its first message in the order of revisions: a
// redelivered message comes after younger ones.
func (l *lane) insert(h *held) {
	i, _ := slices.BinarySearchFunc(l.queue[1:], h.envelope.Revision+1, func(q *held, r eventstore.Revision) int {
		return int(q.envelope.Revision - r)
	})
	l.queue = slices.Insert(l.queue, i+1, h)
}

// walk hands out a lane's messages until none is left.
func (s *subscription) walk(stream string, l *lane, first *held) {
	for h := first; h != nil; {
		if !s.deliver(h) {
			return
		}
		d, next := s.pop(stream, l)
		if err := d.Ack(); err != nil {
			// It comes again and is recognised.
			s.cfg.Log.Debug("acknowledgement not sent", "event", h.envelope.ID, "error", err)
		}
		h = next
	}
}

// pop lets go of a lane's first message. It answers that one's latest delivery
// and the message behind it; when there is none, the lane is gone.
func (s *subscription) pop(stream string, l *lane) (done jetstream.Msg, next *held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := l.queue[0]
	delete(s.held, first.place)
	l.queue = l.queue[1:]
	if len(l.queue) == 0 {
		delete(s.lanes, stream)
		return first.delivery, nil
	}
	return first.delivery, l.queue[0]
}

// deliver hands out one message until it is acknowledged, in place, with a
// backoff after each refusal. It answers false when the subscription ended first.
func (s *subscription) deliver(h *held) bool {
	for failures := 1; ; failures++ {
		ctx, cancel := context.WithCancel(s.ctx)
		acked, answered := s.handOut(watermillMessage(h.envelope, h.headers), context.WithValue(ctx, carried{}, h.envelope))
		cancel()
		if acked || !answered {
			return acked
		}
		if s.cfg.Backoff.Wait(s.ctx, failures) != nil {
			return false
		}
	}
}

func (s *subscription) handOut(m *message.Message, ctx context.Context) (acked, answered bool) {
	m.SetContext(ctx)
	select {
	case s.out <- m:
	case <-ctx.Done():
		return false, false
	}
	select {
	case <-m.Acked():
		return true, true
	case <-m.Nacked():
		return false, true
	case <-ctx.Done():
	}
	// Whoever has it may just be finishing.
	t := time.NewTimer(settleTimeout)
	defer t.Stop()
	select {
	case <-m.Acked():
		return true, true
	case <-m.Nacked():
		return false, true
	case <-t.C:
		return false, false
	}
}

// heartbeats tells JetStream that the held messages are being worked on.
func (s *subscription) heartbeats() {
	t := time.NewTicker(s.cfg.AckWait / 3)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-s.ctx.Done():
			return
		}
		for _, d := range s.deliveries() {
			_ = d.InProgress() // acknowledged meanwhile, or sent again later
		}
	}
}

// giveBack returns what is held to JetStream.
func (s *subscription) giveBack() {
	for _, d := range s.deliveries() {
		_ = d.Nak()
	}
}

// deliveries lists what is held, in the order in which it was published.
func (s *subscription) deliveries() []jetstream.Msg {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*held, 0, len(s.held))
	for _, h := range s.held {
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b *held) int { return int(int64(a.place.sequence) - int64(b.place.sequence)) })
	out := make([]jetstream.Msg, len(all))
	for i, h := range all {
		out[i] = h.delivery
	}
	return out
}

type carried struct{}

// Carried is what a message says that a [Subscriber] handed out with this context,
// as it was read when it came.
func Carried(ctx context.Context) (Envelope, bool) {
	e, ok := ctx.Value(carried{}).(Envelope)
	return e, ok
}

func watermillMessage(e Envelope, h nats.Header) *message.Message {
	m := message.NewMessage(e.ID.String(), e.Body)
	for k, v := range h {
		if len(v) > 0 {
			m.Metadata[k] = v[0]
		}
	}
	return m
}
