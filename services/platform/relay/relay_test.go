package relay_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/relay"
)

func TestMain(m *testing.M) { bustest.Main(m) }

const patience = 10 * time.Second

// decided is the instant of every test event.
var decided = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

// bench is a log and a bus, and nothing between them.
type bench struct {
	t     testing.TB
	store eventstore.Store
	nc    *nats.Conn
	js    jetstream.JetStream

	mu    sync.Mutex
	heads map[string]eventstore.Head
}

func newBench(t testing.TB) *bench {
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
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	return &bench{t: t, store: store, nc: nc, js: js, heads: make(map[string]eventstore.Head)}
}

// record appends one event of a type with a text to an event stream.
func (b *bench) record(stream, typ, text string) eventstore.Recorded {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	head, known := b.heads[stream]
	if !known {
		head = eventstore.Empty
	}
	meta, err := json.Marshal(eventstore.Metadata{CorrelationID: "7f3c", DecidedAt: decided})
	if err != nil {
		b.t.Fatal(err)
	}
	p := eventstore.Proposed{
		ID:   eventstore.EventID(stream, uuid.Nil, int(head.Revision)+1),
		Type: typ, Data: []byte(fmt.Sprintf("%q", text)), Metadata: meta,
	}
	done, err := b.store.Append(context.Background(), stream, head, []eventstore.Proposed{p})
	if err != nil {
		b.t.Fatal(err)
	}
	b.heads[stream] = done.Head
	return eventstore.Recorded{ID: p.ID, Stream: stream, Revision: done.Head.Revision, Position: done.Position}
}

// publish is the test service's publish.go: "public" is, "private" is not.
func publish(r eventstore.Recorded) (proto.Message, error) {
	switch r.Type {
	case "public":
		var text string
		err := json.Unmarshal(r.Data, &text)
		return wrapperspb.String(text), err
	case "private":
		return nil, nil
	default:
		return nil, errors.New("unknown event type")
	}
}

func (b *bench) config() relay.Config {
	return relay.Config{
		Service: "billing", Store: b.store, Publish: publish, Conn: b.nc,
		Check:   10 * time.Millisecond,
		Backoff: bus.Backoff{Min: time.Millisecond, Max: 10 * time.Millisecond},
	}
}

// run starts a relay; stop ends it and answers what Run answered.
func (b *bench) run(cfg relay.Config) (r *relay.Relay, stop func() error) {
	b.t.Helper()
	r, err := relay.New(cfg)
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.Run(ctx) }()
	stop = sync.OnceValue(func() error { cancel(); return <-done })
	b.t.Cleanup(func() { _ = stop() })
	return r, stop
}

// onBus is what the JetStream stream holds, in order.
func (b *bench) onBus() []bus.Envelope {
	b.t.Helper()
	ctx := context.Background()
	s, err := b.js.Stream(ctx, bus.StreamName("billing"))
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	if err != nil {
		b.t.Fatal(err)
	}
	var out []bus.Envelope
	for sequence := uint64(1); ; sequence++ {
		m, err := s.GetMsg(ctx, sequence, jetstream.WithGetMsgSubject(bus.ServiceSubjects("billing")))
		if errors.Is(err, jetstream.ErrMsgNotFound) || errors.Is(err, jetstream.ErrStreamNotFound) {
			return out
		}
		if err != nil {
			b.t.Fatal(err)
		}
		sequence = m.Sequence
		e, err := bus.ParseNATS(m.Header, m.Data)
		if err != nil {
			continue
		}
		out = append(out, e)
	}
}

// wantAll waits until the bus holds n events, and checks that they are exactly
// the log's public ones, each once, in order, with the right predecessor.
func (b *bench) wantAll(n int) {
	b.t.Helper()
	await(b.t, func() bool { return len(b.onBus()) >= n })
	got := b.onBus()
	last := map[string]eventstore.Revision{}
	i := 0
	for r, err := range b.store.ReadAll(context.Background(), 0, eventstore.Filter{}) {
		if err != nil {
			b.t.Fatal(err)
		}
		if r.Type != "public" {
			continue
		}
		if i >= len(got) {
			b.t.Fatalf("event %d of %s is not on the bus", r.Revision, r.Stream)
		}
		previous, known := last[r.Stream]
		if !known {
			previous = eventstore.NoStream
		}
		last[r.Stream] = r.Revision
		e := got[i]
		if e.ID != r.ID || e.Position != r.Position || e.Revision != r.Revision || e.Previous != previous {
			b.t.Fatalf("place %d holds revision %d (previous %d, position %d) of %s, want revision %d (previous %d, position %d) of %s",
				i, e.Revision, e.Previous, e.Position, e.Stream, r.Revision, previous, r.Position, r.Stream)
		}
		i++
	}
	if i != len(got) || i != n {
		b.t.Fatalf("%d on the bus, %d public events in the log, want %d", len(got), i, n)
	}
}

func await(t testing.TB, is func() bool) {
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

func TestEveryPublicEventIsOnTheBusOnceAndInOrder(t *testing.T) {
	b := newBench(t)
	for i := range 100 {
		b.record(fmt.Sprintf("invoice-%d", i%7), "public", "history")
		b.record(fmt.Sprintf("invoice-%d", i%3), "private", "")
	}
	cfg := b.config()
	cfg.Batch = 16
	r, _ := b.run(cfg)
	b.wantAll(100)
	for i := range 20 {
		b.record(fmt.Sprintf("invoice-%d", i%7), "public", "live")
	}
	last := b.record("invoice-1", "private", "")
	b.wantAll(120)
	await(t, func() bool { return r.Published() == last.Position })

	e := b.onBus()[0]
	if e.Type != "google.protobuf.StringValue" || e.Correlation != "7f3c" || !e.Time.Equal(decided) || e.Service != "billing" {
		t.Errorf("got %+v", e)
	}
}

func TestARestartedRelayGoesOnWhereTheBusEnds(t *testing.T) {
	b := newBench(t)
	for range 30 {
		b.record("invoice-1", "public", "")
		b.record("invoice-1", "private", "")
		cfg := b.config()
		_, stop := b.run(cfg) // nothing is remembered from the one before
		await(t, func() bool { return len(b.onBus()) == int(b.heads["invoice-1"].Revision+1)/2 })
		if err := stop(); err != nil {
			t.Fatal(err)
		}
	}
	b.wantAll(30)
}

func TestARelayKilledInTheMiddleOfABatchLeavesNoHoleAndNoDouble(t *testing.T) {
	b := newBench(t)
	for i := range 400 {
		b.record(fmt.Sprintf("invoice-%d", i%11), "public", "")
	}
	for round := 1; len(b.onBus()) < 400; round++ {
		reached := make(chan struct{})
		var once sync.Once
		cfg := b.config()
		cfg.Batch = 32
		n := 0
		cfg.Publish = func(r eventstore.Recorded) (proto.Message, error) {
			if n++; n == 80 {
				once.Do(func() { close(reached) })
			}
			return publish(r)
		}
		_, stop := b.run(cfg)
		select {
		case <-reached: // two batches are out, the third is under way
		case <-time.After(200 * time.Millisecond):
		}
		_ = stop()
		if round > 200 {
			t.Fatal("no progress")
		}
	}
	b.wantAll(400)
}

func TestTwoRelaysAtOnceAreHarmless(t *testing.T) {
	b := newBench(t)
	cfg := b.config()
	cfg.Batch = 8
	b.run(cfg)
	b.run(cfg)
	for i := range 500 {
		b.record(fmt.Sprintf("invoice-%d", i%5), "public", "")
	}
	b.wantAll(500)
}

// A relay that slept through everything knows nothing of it, and JetStream has
// forgotten the ids by then: only the fence is left.
func TestARelayThatWakesUpLatePublishesNothingTwice(t *testing.T) {
	b := newBench(t)
	window := 100 * time.Millisecond // the shortest that JetStream takes
	if _, err := b.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: bus.StreamName("billing"), Subjects: []string{bus.ServiceSubjects("billing")}, Duplicates: window,
	}); err != nil {
		t.Fatal(err)
	}
	for range 10 {
		b.record("invoice-1", "public", "")
	}
	asleep, wake := make(chan struct{}), make(chan struct{})
	sleeper := b.config()
	sleeper.Batch = 1
	n := 0
	sleeper.Publish = func(r eventstore.Recorded) (proto.Message, error) {
		if n++; n == 5 {
			close(asleep)
			<-wake
		}
		return publish(r)
	}
	late, _ := b.run(sleeper)
	<-asleep
	b.run(b.config())
	b.wantAll(10)
	<-time.After(3 * window)
	close(wake)
	last := b.record("invoice-1", "public", "")
	await(t, func() bool { return late.Published() == last.Position })
	b.wantAll(11)
}

// Two versions of a service may disagree on what is public. What one of them
// publishes must still leave no hole in what both publish.
func TestTwoVersionsAtOnceLoseNothingThatBothPublish(t *testing.T) {
	b := newBench(t)
	next := b.config()
	next.Publish = func(r eventstore.Recorded) (proto.Message, error) {
		if r.Type == "private" {
			return wrapperspb.Bool(true), nil
		}
		return publish(r)
	}
	for i := range 1500 {
		b.record("invoice-1", []string{"public", "public", "private"}[i%3], "")
	}
	b.run(b.config())
	b.run(next)
	last := b.record("invoice-1", "public", "")
	await(t, func() bool {
		got := b.onBus()
		return len(got) > 0 && got[len(got)-1].ID == last.ID
	})
	seen := map[eventstore.Revision]int{}
	for _, e := range b.onBus() {
		seen[e.Revision]++
	}
	for r := range eventstore.Revision(1500) {
		if r%3 != 2 && seen[r] != 1 || seen[r] > 1 {
			t.Fatalf("revision %d is on the bus %d times", r, seen[r])
		}
	}
}

func TestADeletedJetStreamStreamIsRefilledWhileRunning(t *testing.T) {
	b := newBench(t)
	for range 50 {
		b.record("invoice-1", "public", "")
	}
	b.run(b.config())
	b.wantAll(50)
	if err := b.js.DeleteStream(t.Context(), bus.StreamName("billing")); err != nil {
		t.Fatal(err)
	}
	b.wantAll(50)
}

func TestAPurgedJetStreamStreamIsRefilledWhileRunning(t *testing.T) {
	b := newBench(t)
	for range 50 {
		b.record("invoice-1", "public", "")
	}
	b.run(b.config())
	b.wantAll(50)
	for range 2 { // the second refill has the ids of the first against it
		s, err := b.js.Stream(t.Context(), bus.StreamName("billing"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		b.wantAll(50)
	}
}

func TestAForeignMessageAtTheEndDoesNotConfuseTheRelay(t *testing.T) {
	b := newBench(t)
	b.record("invoice-1", "public", "")
	_, stop := b.run(b.config())
	b.wantAll(1)
	_ = stop()
	if _, err := b.js.Publish(t.Context(), "aanvraag.billing.X.y", nil); err != nil {
		t.Fatal(err)
	}
	b.record("invoice-1", "public", "")
	b.run(b.config())
	b.wantAll(2)
}

func TestAnEventThatCannotBePublishedStopsTheRelayAndIsNamed(t *testing.T) {
	b := newBench(t)
	b.record("invoice-1", "public", "")
	bad := b.record("invoice-2", "invoice.invented.v9", "")
	b.record("invoice-1", "public", "")
	r, err := relay.New(b.config())
	if err != nil {
		t.Fatal(err)
	}
	err = r.Run(t.Context())
	if u := (*relay.Unpublishable)(nil); !errors.As(err, &u) || u.Event.ID != bad.ID {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), bad.ID.String()) || !strings.Contains(err.Error(), "invoice.invented.v9") {
		t.Errorf("%q does not name the event", err)
	}
	for _, e := range b.onBus() {
		if e.Position > bad.Position {
			t.Errorf("position %d was published past it", e.Position)
		}
	}
}

func TestABusOfAnotherLogIsLeftAlone(t *testing.T) {
	b := newBench(t)
	b.record("invoice-1", "public", "")
	b.record("invoice-1", "public", "")
	_, stop := b.run(b.config())
	b.wantAll(2)
	_ = stop()

	b.store, b.heads = memory.New(), map[string]eventstore.Head{} // an older backup
	b.record("invoice-1", "public", "")
	b.record("invoice-9", "public", "")
	warned := make(chan struct{})
	cfg := b.config()
	cfg.Log = slog.New(&onError{warned: warned})
	b.run(cfg)
	select {
	case <-warned:
	case <-time.After(patience):
		t.Fatal("nobody was told")
	}
	if got := b.onBus(); len(got) != 2 {
		t.Errorf("%d on the bus", len(got))
	}
}

// onError closes warned at the first error that is logged.
type onError struct {
	once   sync.Once
	warned chan struct{}
}

func (h *onError) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelError }
func (h *onError) WithAttrs([]slog.Attr) slog.Handler           { return h }
func (h *onError) WithGroup(string) slog.Handler                { return h }
func (h *onError) Handle(context.Context, slog.Record) error {
	h.once.Do(func() { close(h.warned) })
	return nil
}

func TestAWipedBusRefillsAndNoEffectIsDoubled(t *testing.T) {
	b := newBench(t)
	var mu sync.Mutex
	effects := map[uuid.UUID]int{} // by command id: what the target stream recognises
	calls := 0
	in := func() func() {
		i, err := inbox.New(inbox.Config{
			Service: "notification", Conn: b.nc, Store: b.store, Sources: []string{"billing"},
			Delivery: bus.SubscriberConfig{Backoff: bus.Backoff{Min: time.Millisecond, Max: 5 * time.Millisecond}},
			Handlers: inbox.ByType(inbox.On(func(_ context.Context, in inbox.Inbound, _ *wrapperspb.StringValue) error {
				mu.Lock()
				defer mu.Unlock()
				effects[in.Command(0, decided).CommandID] = 1
				calls++
				return nil
			})),
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- i.Run(ctx) }()
		stop := sync.OnceFunc(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		t.Cleanup(stop)
		return stop
	}
	count := func() (int, int) { mu.Lock(); defer mu.Unlock(); return len(effects), calls }

	stop := in()
	b.run(b.config())
	for i := range 60 {
		b.record(fmt.Sprintf("invoice-%d", i%4), "public", "")
	}
	await(t, func() bool { n, _ := count(); return n == 60 })

	if err := b.js.DeleteStream(t.Context(), bus.StreamName("billing")); err != nil {
		t.Fatal(err)
	}
	b.wantAll(60)
	b.record("invoice-1", "public", "")
	await(t, func() bool { n, _ := count(); return n == 61 })
	if _, c := count(); c != 61 {
		t.Errorf("%d calls for 61 events, though the inbox remembered them", c)
	}

	stop() // and now it forgets
	if err := b.js.DeleteStream(t.Context(), bus.StreamName("billing")); err != nil {
		t.Fatal(err)
	}
	b.wantAll(61)
	in()
	await(t, func() bool { _, c := count(); return c == 122 })
	if n, _ := count(); n != 61 {
		t.Errorf("%d effects of 61 events", n)
	}
}
