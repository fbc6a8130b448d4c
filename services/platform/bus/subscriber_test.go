package bus_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

const patience = 8 * time.Second

func subscribe(t *testing.T, nc *nats.Conn, cfg bus.SubscriberConfig) <-chan *message.Message {
	t.Helper()
	cfg.Durable = "notification"
	cfg.Backoff = bus.Backoff{Min: time.Millisecond, Max: 5 * time.Millisecond}
	s, err := bus.NewSubscriber(nc, cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	out, err := s.Subscribe(ctx, "billing")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cancel(); _ = s.Close() })
	return out
}

func next(t *testing.T, out <-chan *message.Message) (*message.Message, bus.Envelope) {
	t.Helper()
	select {
	case m := <-out:
		if m == nil {
			t.Fatal("the subscription ended")
		}
		e, err := bus.Parse(m)
		if err != nil {
			t.Fatal(err)
		}
		return m, e
	case <-time.After(patience):
		t.Fatal("nothing came")
		return nil, bus.Envelope{}
	}
}

func publish(t *testing.T, nc *nats.Conn, events ...bus.Envelope) {
	t.Helper()
	stream(t, nc)
	msgs := make([]*message.Message, len(events))
	for i, e := range events {
		msgs[i] = e.Message()
	}
	if err := publisher(t, nc).Publish("billing", msgs...); err != nil {
		t.Fatal(err)
	}
}

func TestOneEventStreamComesInOrderAndOthersDoNotWaitForIt(t *testing.T) {
	nc := start(t)
	out := subscribe(t, nc, bus.SubscriberConfig{})
	publish(t, nc, event("invoice-1", 0), event("invoice-1", 1), event("invoice-2", 0), event("invoice-3", 0))

	first := make(map[string]*message.Message)
	for range 3 {
		m, e := next(t, out) // none is acknowledged yet
		if e.Revision != 0 {
			t.Fatalf("revision %d of %s came before the one before it was acknowledged", e.Revision, e.Stream)
		}
		first[e.Stream] = m
	}
	if len(first) != 3 {
		t.Fatalf("%d event streams at once, want 3", len(first))
	}
	for _, m := range first {
		m.Ack()
	}
	m, e := next(t, out)
	if e.Stream != "invoice-1" || e.Revision != 1 {
		t.Errorf("then came revision %d of %s", e.Revision, e.Stream)
	}
	m.Ack()
}

func TestARefusedMessageComesAgainBeforeTheNextOfItsStream(t *testing.T) {
	nc := start(t)
	out := subscribe(t, nc, bus.SubscriberConfig{})
	publish(t, nc, event("invoice-1", 0), event("invoice-1", 1))
	for range 5 {
		m, e := next(t, out)
		if e.Revision != 0 {
			t.Fatalf("revision %d came", e.Revision)
		}
		m.Nack()
	}
	m, _ := next(t, out)
	m.Ack()
	m, e := next(t, out)
	if e.Revision != 1 {
		t.Errorf("revision %d came", e.Revision)
	}
	m.Ack()
}

func TestAHeldMessageIsNotGivenToAnotherReplica(t *testing.T) {
	nc := start(t)
	publish(t, nc, event("invoice-1", 0), event("invoice-1", 1))
	cfg := bus.SubscriberConfig{AckWait: 300 * time.Millisecond}
	one := subscribe(t, nc, cfg)
	held, _ := next(t, one)
	two := subscribe(t, nc, cfg)
	select {
	case m := <-two:
		t.Fatalf("the other replica got %s", m.UUID)
	case <-time.After(3 * cfg.AckWait): // a wait for nothing to happen
	}
	held.Ack()
}

func TestWhatIsHeldAtTheEndComesBackAtOnce(t *testing.T) {
	nc := start(t)
	publish(t, nc, event("invoice-1", 0), event("invoice-1", 1), event("invoice-2", 0))
	s, err := bus.NewSubscriber(nc, bus.SubscriberConfig{Durable: "notification"})
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.Subscribe(t.Context(), "billing")
	if err != nil {
		t.Fatal(err)
	}
	m, _ := next(t, out)
	closed := make(chan struct{})
	go func() { _ = s.Close(); close(closed) }()
	<-m.Context().Done()
	m.Nack()
	<-closed

	out = subscribe(t, nc, bus.SubscriberConfig{})
	got := map[string]int{}
	for range 3 { // well before the AckWait is over
		m, e := next(t, out)
		got[fmt.Sprintf("%s/%d", e.Stream, e.Revision)]++
		m.Ack()
	}
	if len(got) != 3 {
		t.Errorf("got %v", got)
	}
}

// A process that was killed gave nothing back. Where no other can be listening, the
// next one need not wait until the AckWait is over.
func TestASoleListenerGetsAtOnceWhatADeadOneHeld(t *testing.T) {
	nc := start(t)
	publish(t, nc, event("invoice-1", 0), event("invoice-1", 1), event("invoice-2", 0))
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	cfg := bus.SubscriberConfig{AckWait: time.Minute, Sole: true}
	dead, err := js.CreateOrUpdateConsumer(t.Context(), bus.StreamName("billing"), jetstream.ConsumerConfig{
		Durable: "notification", AckPolicy: jetstream.AckExplicitPolicy, AckWait: cfg.AckWait, MaxDeliver: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	held, err := dead.Fetch(3)
	if err != nil {
		t.Fatal(err)
	}
	handled := <-held.Messages()
	if err := handled.DoubleAck(t.Context()); err != nil {
		t.Fatal(err)
	}
	for m := range held.Messages() {
		_ = m // held for ever
	}

	out := subscribe(t, nc, cfg)
	got := map[string]bool{}
	for range 2 {
		m, e := next(t, out)
		got[fmt.Sprintf("%s/%d", e.Stream, e.Revision)] = true
		m.Ack()
	}
	if !got["invoice-1/1"] || !got["invoice-2/0"] {
		t.Errorf("got %v", got)
	}
}

func TestAnUnreadableMessageStopsNothingAndIsKept(t *testing.T) {
	nc := start(t)
	s := stream(t, nc)
	if err := nc.Publish("aanvraag.billing.InvoiceIssued.invoice-1", []byte("?")); err != nil {
		t.Fatal(err)
	}
	publish(t, nc, event("invoice-1", 0))
	out := subscribe(t, nc, bus.SubscriberConfig{})
	m, _ := next(t, out)
	m.Ack()
	c, err := s.Consumer(t.Context(), "notification")
	if err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		info, err := c.Info(t.Context())
		return err == nil && info.Delivered.Stream == 2 && info.NumAckPending == 1 && info.AckFloor.Stream == 0
	})
}

// Protection: Term behind SetAside alone, in refuse. A message that goes before note
// of it is kept is lost without a word (R5).
func TestR5AnUnreadableMessageGoesOnceNoteOfItIsKept(t *testing.T) {
	nc := start(t)
	s := stream(t, nc)
	if err := nc.Publish("aanvraag.billing.InvoiceIssued.invoice-1", []byte("?")); err != nil {
		t.Fatal(err)
	}
	noted := make(chan bus.Unreadable, 8)
	away := errors.New("the log is away")
	answers := make(chan error, 3)
	answers <- away
	answers <- away
	answers <- nil
	out := subscribe(t, nc, bus.SubscriberConfig{SetAside: func(_ context.Context, u bus.Unreadable) error {
		noted <- u
		return <-answers
	}})
	publish(t, nc, event("invoice-1", 0))
	m, _ := next(t, out)
	m.Ack()
	for range 3 {
		u := <-noted
		if u.Service != "billing" || u.Sequence != 1 || u.StoredAt.IsZero() || u.Problem.Error() != "header ce-specversion is missing" {
			t.Errorf("noted %+v", u)
		}
	}
	c, err := s.Consumer(t.Context(), "notification")
	if err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		info, err := c.Info(t.Context())
		return err == nil && info.NumAckPending == 0 && info.AckFloor.Stream == 2
	})
}

// Whoever looks for an event stream on the bus looks by subject, and would pass over
// such a message. Protection: ReadStored.
func TestAMessageThatStandsElsewhereThanItSaysIsUnreadable(t *testing.T) {
	nc := start(t)
	stream(t, nc)
	noted := make(chan bus.Unreadable, 8)
	out := subscribe(t, nc, bus.SubscriberConfig{SetAside: func(_ context.Context, u bus.Unreadable) error {
		noted <- u
		return nil
	}})
	for subject, source := range map[string]string{
		"aanvraag.billing.InvoiceIssued.invoice-2":  "aanvraag/billing",
		"aanvraag.billing.InvoiceSettled.invoice-1": "aanvraag/billing",
		"aanvraag.billing.InvoiceIssued.invoice-1":  "aanvraag/intake",
	} {
		m := &nats.Msg{Subject: subject, Header: nats.Header{}}
		for k, v := range event("invoice-1", 0).Message().Metadata {
			m.Header[k] = []string{v}
		}
		m.Header.Del(nats.MsgIdHdr)
		m.Header["ce-source"] = []string{source}
		if err := nc.PublishMsg(m); err != nil {
			t.Fatal(err)
		}
		if u := <-noted; !strings.HasPrefix(u.Problem.Error(), "header ce-s") {
			t.Errorf("%s: %v", subject, u.Problem)
		}
	}
	publish(t, nc, event("invoice-1", 0))
	m, _ := next(t, out)
	m.Ack()
}

func TestASubscriptionOutlivesItsJetStreamStream(t *testing.T) {
	nc := start(t)
	out := subscribe(t, nc, bus.SubscriberConfig{})
	publish(t, nc, event("invoice-1", 0))
	m, _ := next(t, out)
	m.Ack()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), bus.StreamName("billing")); err != nil {
		t.Fatal(err)
	}
	streamAfter(t, nc, bus.Settle)
	publish(t, nc, event("invoice-2", 0))
	m, e := next(t, out)
	if e.Stream != "invoice-2" {
		t.Errorf("got %s", e.Stream)
	}
	m.Ack()
}

func TestManyEventStreamsAreAllDeliveredInOrder(t *testing.T) {
	nc := start(t)
	out := subscribe(t, nc, bus.SubscriberConfig{})
	var events []bus.Envelope
	for r := range 10 {
		for s := range 50 {
			events = append(events, event(fmt.Sprintf("invoice-%d", s), eventstore.Revision(r)))
		}
	}
	publish(t, nc, events...)
	want := map[string]eventstore.Revision{}
	for range events {
		m, e := next(t, out)
		if e.Revision != want[e.Stream] {
			t.Fatalf("%s: revision %d, want %d", e.Stream, e.Revision, want[e.Stream])
		}
		want[e.Stream]++
		m.Ack()
	}
}

func await(t *testing.T, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-deadline:
			t.Fatal("it never came about")
		case <-time.After(5 * time.Millisecond):
		}
	}
}
