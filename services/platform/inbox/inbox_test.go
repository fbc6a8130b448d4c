package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/inbox"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const patience = 10 * time.Second

// decided is the instant of every test event.
var decided = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// wire is a bus with a publisher of billing's events.
type wire struct {
	t   testing.TB
	nc  *nats.Conn
	js  jetstream.JetStream
	pub *bus.Publisher

	store eventstore.Store // where the listener records what it parks
}

func newWire(t testing.TB) *wire {
	t.Helper()
	s, err := bus.StartServer(t.TempDir(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	nc, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bus.EnsureStream(t.Context(), js, "billing", 0); err != nil {
		t.Fatal(err)
	}
	pub, err := bus.NewPublisher(nc)
	if err != nil {
		t.Fatal(err)
	}
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	return &wire{t: t, nc: nc, js: js, pub: pub, store: store}
}

func (w *wire) publish(events ...bus.Envelope) {
	w.t.Helper()
	msgs := make([]*message.Message, len(events))
	for i, e := range events {
		msgs[i] = e.Message()
	}
	if err := w.pub.Publish("billing", msgs...); err != nil {
		w.t.Fatal(err)
	}
}

// event is a StringValue of "<stream>/<revision>".
func event(stream string, revision eventstore.Revision) bus.Envelope {
	body, err := proto.Marshal(wrapperspb.String(fmt.Sprintf("%s/%d", stream, revision)))
	if err != nil {
		panic(err)
	}
	return bus.Envelope{
		ID: eventstore.EventID(stream, uuid.Nil, int(revision)), Type: "google.protobuf.StringValue",
		Service: "billing", Stream: stream, Revision: revision, Previous: revision - 1,
		Position: eventstore.Position(revision) + 1, Correlation: "7f3c", Time: decided, Body: body,
	}
}

func events(stream string, from, to eventstore.Revision) []bus.Envelope {
	var out []bus.Envelope
	for r := from; r <= to; r++ {
		out = append(out, event(stream, r))
	}
	return out
}

// journal remembers what was handled, in order.
type journal struct {
	mu   sync.Mutex
	seen []string
}

func (j *journal) add(s string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seen = append(j.seen, s)
}

func (j *journal) of(stream string) []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	var out []string
	for _, s := range j.seen {
		if strings.HasPrefix(s, stream+"/") {
			out = append(out, s)
		}
	}
	return out
}

// want waits for n entries of stream, and checks that they are 0 to n-1 in order.
func (j *journal) want(t testing.TB, stream string, n int) {
	t.Helper()
	await(t, func() bool { return len(j.of(stream)) >= n })
	for i, s := range j.of(stream) {
		if s != fmt.Sprintf("%s/%d", stream, i) {
			t.Fatalf("handled %v", j.of(stream))
		}
	}
}

func await(t testing.TB, is func() bool) {
	t.Helper()
	deadline := time.After(patience)
	for !is() {
		select {
		case <-deadline:
			t.Fatal("it never came about")
		case <-time.After(2 * time.Millisecond):
		}
	}
}

type handle = func(context.Context, inbox.Inbound, *wrapperspb.StringValue) error

func config(w *wire, h handle) inbox.Config {
	return inbox.Config{
		Service: "notification", Conn: w.nc, Store: w.store, Sources: []string{"billing"},
		Handlers: inbox.ByType(inbox.On(h)), Tries: 1 << 20, // what is parked has tests of its own
		Delivery: bus.SubscriberConfig{Backoff: bus.Backoff{Min: time.Millisecond, Max: 5 * time.Millisecond}},
	}
}

// run starts an inbox and waits until it listens.
func run(t testing.TB, cfg inbox.Config, metrics ...prometheus.Registerer) (stop func()) {
	t.Helper()
	in, err := inbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range metrics {
		for _, c := range in.Collectors() {
			m.MustRegister(c)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	<-in.Running()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func TestEachEventStreamIsHandledOnceAndInOrder(t *testing.T) {
	w := newWire(t)
	var j journal
	run(t, config(w, func(_ context.Context, in inbox.Inbound, m *wrapperspb.StringValue) error {
		j.add(m.GetValue())
		if in.Correlation != "7f3c" || in.Handler != "notification" {
			t.Errorf("got %+v", in)
		}
		return nil
	}))
	for i := range 5 {
		w.publish(events(fmt.Sprintf("invoice-%d", i), 0, 9)...)
	}
	for i := range 5 {
		j.want(t, fmt.Sprintf("invoice-%d", i), 10)
	}
}

func TestAnEventDeliveredAgainIsDropped(t *testing.T) {
	w := newWire(t)
	var j journal
	run(t, config(w, func(_ context.Context, _ inbox.Inbound, m *wrapperspb.StringValue) error {
		j.add(m.GetValue())
		return nil
	}))
	w.publish(events("invoice-1", 0, 4)...)
	for r := range eventstore.Revision(5) { // as a relay refills: other message ids
		m := event("invoice-1", r).Message()
		m.Metadata.Set(nats.MsgIdHdr, fmt.Sprintf("again-%d", r))
		if err := w.pub.Publish("billing", m); err != nil {
			t.Fatal(err)
		}
	}
	w.publish(event("invoice-1", 5))
	j.want(t, "invoice-1", 6)
}

func TestAFailingEventHoldsUpItsOwnStreamOnly(t *testing.T) {
	w := newWire(t)
	var j journal
	var mu sync.Mutex
	healed, tries := false, 0
	run(t, config(w, func(_ context.Context, _ inbox.Inbound, m *wrapperspb.StringValue) error {
		mu.Lock()
		defer mu.Unlock()
		if m.GetValue() == "invoice-1/1" && !healed {
			tries++
			return errors.New("not today")
		}
		j.add(m.GetValue())
		return nil
	}))
	w.publish(events("invoice-1", 0, 3)...)
	w.publish(events("invoice-2", 0, 3)...)
	j.want(t, "invoice-2", 4)
	await(t, func() bool { mu.Lock(); defer mu.Unlock(); return tries > 3 })
	if got := j.of("invoice-1"); !slices.Equal(got, []string{"invoice-1/0"}) {
		t.Fatalf("handled %v past the failing one", got)
	}
	mu.Lock()
	healed = true
	mu.Unlock()
	j.want(t, "invoice-1", 4)
}

// A process took the first events and died without a word; JetStream gives the
// younger ones to the next process first.
func TestEventsThatComeBeforeTheirPredecessorsWaitForThem(t *testing.T) {
	w := newWire(t)
	w.publish(events("invoice-1", 0, 4)...)
	s, err := w.js.Stream(t.Context(), bus.StreamName("billing"))
	if err != nil {
		t.Fatal(err)
	}
	dead, err := s.CreateOrUpdateConsumer(t.Context(), jetstream.ConsumerConfig{
		Durable: "notification", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second, MaxAckPending: 1024,
	})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := dead.Fetch(4)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for m := range taken.Messages() {
		if n++; n == 1 {
			if err := m.DoubleAck(t.Context()); err != nil { // revision 0 was handled
				t.Fatal(err)
			}
		}
	}
	if n != 4 {
		t.Fatalf("took %d", n)
	}

	var j journal
	j.add("invoice-1/0")
	run(t, config(w, func(_ context.Context, _ inbox.Inbound, m *wrapperspb.StringValue) error {
		j.add(m.GetValue())
		return nil
	}))
	j.want(t, "invoice-1", 5) // long before 1 to 3 are delivered again
	w.publish(event("invoice-1", 5))
	j.want(t, "invoice-1", 6)
}

func TestAFailureWhileFetchingHoldsUpTheStreamToo(t *testing.T) {
	w := newWire(t)
	w.publish(events("invoice-1", 0, 2)...)
	s, err := w.js.Stream(t.Context(), bus.StreamName("billing"))
	if err != nil {
		t.Fatal(err)
	}
	dead, err := s.CreateOrUpdateConsumer(t.Context(), jetstream.ConsumerConfig{
		Durable: "notification", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := dead.Fetch(2)
	if err != nil {
		t.Fatal(err)
	}
	for range taken.Messages() {
	}
	var j journal
	failures := 3
	run(t, config(w, func(_ context.Context, _ inbox.Inbound, m *wrapperspb.StringValue) error {
		if failures > 0 && m.GetValue() == "invoice-1/1" {
			failures--
			return fmt.Errorf("the customer: %w", inbox.ErrNotYet)
		}
		j.add(m.GetValue())
		return nil
	}))
	j.want(t, "invoice-1", 3)
}

func TestWhatCannotBeReadStopsNoOtherStreamAndIsNotSkipped(t *testing.T) {
	w := newWire(t)
	var j journal
	log := &lines{}
	cfg := config(w, func(_ context.Context, in inbox.Inbound, m *wrapperspb.StringValue) error {
		if in.Stream == "invoice-3" {
			panic(m.GetValue())
		}
		j.add(m.GetValue())
		return nil
	})
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	run(t, cfg)
	poison := event("invoice-1", 0)
	poison.Body = []byte("secret name")
	w.publish(poison, event("invoice-1", 1))
	w.publish(events("invoice-3", 0, 0)...)
	w.publish(events("invoice-2", 0, 3)...)
	j.want(t, "invoice-2", 4)
	await(t, func() bool {
		return strings.Contains(log.String(), poison.ID.String()) &&
			strings.Contains(log.String(), event("invoice-3", 0).ID.String())
	})
	if got := j.of("invoice-1"); len(got) != 0 {
		t.Errorf("handled %v behind the poison", got)
	}
	if s := log.String(); strings.Contains(s, "secret") || strings.Contains(s, "invoice-3/0") {
		t.Errorf("a body is in the log:\n%s", s)
	}
}

func TestNotYetAlarmsNobody(t *testing.T) {
	w := newWire(t)
	var j journal
	log := &lines{}
	tries := 0
	cfg := config(w, func(_ context.Context, _ inbox.Inbound, m *wrapperspb.StringValue) error {
		if tries++; tries < 5 {
			return inbox.ErrNotYet
		}
		j.add(m.GetValue())
		return nil
	})
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	run(t, cfg)
	w.publish(event("invoice-1", 0))
	j.want(t, "invoice-1", 1)
	if s := log.String(); s != "" {
		t.Errorf("logged:\n%s", s)
	}
}

// A type that this program knows and does not handle is ignored on purpose.
// Protection: foreign, in handle.
func TestAKnownTypeWithoutHandlerIsAcknowledged(t *testing.T) {
	w := newWire(t)
	var j journal
	run(t, config(w, func(_ context.Context, _ inbox.Inbound, m *wrapperspb.StringValue) error {
		j.add(m.GetValue())
		return nil
	}))
	other := event("invoice-1", 0)
	other.Type, other.Body = "google.protobuf.Int32Value", []byte("?")
	w.publish(other, event("invoice-1", 1))
	await(t, func() bool { return len(j.of("invoice-1")) == 1 })
	await(t, func() bool {
		c, err := w.js.Consumer(t.Context(), bus.StreamName("billing"), "notification")
		return err == nil && c.CachedInfo().AckFloor.Stream == 2
	})
}

func TestTwoReplicasHandleEachEventStreamInOrder(t *testing.T) {
	w := newWire(t)
	var mu sync.Mutex
	last := map[string]eventstore.Revision{}
	n := 0
	h := func(_ context.Context, in inbox.Inbound, _ *wrapperspb.StringValue) error {
		mu.Lock()
		defer mu.Unlock()
		reached, known := last[in.Stream]
		if !known {
			reached = eventstore.NoStream
		}
		if in.Revision > reached+1 {
			t.Errorf("%s: revision %d after %d", in.Stream, in.Revision, reached)
		}
		if in.Revision == reached+1 { // a repeat is what the target stream recognises
			last[in.Stream] = in.Revision
			n++
		}
		return nil
	}
	run(t, config(w, h))
	run(t, config(w, h))
	for r := range eventstore.Revision(30) {
		for i := range 5 {
			w.publish(event(fmt.Sprintf("invoice-%d", i), r))
		}
	}
	await(t, func() bool { mu.Lock(); defer mu.Unlock(); return n == 150 })
}

func TestACommandFollowsFromItsEventAlone(t *testing.T) {
	in := inbox.Inbound{Envelope: event("invoice-1", 3), Handler: "notification"}
	a := in.Command(0, decided)
	if a.CommandID != in.Command(0, decided.Add(time.Hour)).CommandID {
		t.Error("the command id depends on the time")
	}
	other := in
	other.Handler = "intake"
	if a.CommandID == in.Command(1, decided).CommandID || a.CommandID == other.Command(0, decided).CommandID {
		t.Error("two commands share an id")
	}
	if a.Causation != in.ID || a.Correlation != "7f3c" || !a.DecidedAt.Equal(decided) {
		t.Errorf("got %+v", a)
	}
	if a.Actor != (eventstore.Actor{Kind: "service", ID: "notification", Authentication: "in-process"}) {
		t.Errorf("got %+v", a.Actor)
	}
	if *a.Source != (eventstore.Source{Handler: "notification", Stream: "invoice-1", Revision: 3}) {
		t.Errorf("got %+v", a.Source)
	}
}

// BenchmarkPublishToHandler is the time from a publish to its handler.
func BenchmarkPublishToHandler(b *testing.B) {
	w := newWire(b)
	came := make(chan struct{})
	run(b, config(w, func(context.Context, inbox.Inbound, *wrapperspb.StringValue) error {
		came <- struct{}{}
		return nil
	}))
	var times []time.Duration
	r := eventstore.Revision(0)
	for b.Loop() {
		start := b.Elapsed()
		w.publish(event("invoice-1", r))
		<-came
		times = append(times, b.Elapsed()-start)
		r++
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "us-median")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "us-p99")
}

// lines is a log that can be read while it is written.
type lines struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
