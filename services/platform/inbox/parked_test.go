package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/parking"
)

// lot is an operator at the wire's log.
func (w *wire) lot() *parking.Lot { return parking.New(w.store, clock.NewFrozen(decided, nil)) }

func pairOf(stream string) parking.ID {
	return parking.ID{Listener: "notification", Service: "billing", Stream: stream}
}

// operator is the envelope of an operator's command.
func operator() command.Envelope {
	return command.Envelope{
		CommandID: uuid.New(), Fingerprint: []byte{1}, Correlation: "7f3c", DecidedAt: decided,
		Actor: eventstore.Actor{Kind: "administrator", ID: "ada", Authentication: "token"},
	}
}

func (w *wire) pair(stream string) parking.Pair {
	w.t.Helper()
	found, err := w.lot().Load(w.t.Context(), pairOf(stream))
	if err != nil {
		w.t.Fatal(err)
	}
	return found.State
}

func (w *wire) awaitState(stream string, state parking.State) parking.Pair {
	w.t.Helper()
	await(w.t, func() bool { return w.pair(stream).State == state })
	return w.pair(stream)
}

func (w *wire) retry(stream string) {
	w.t.Helper()
	if _, err := w.lot().Retry(w.t.Context(), pairOf(stream), operator()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *wire) skip(stream string, revision eventstore.Revision) {
	w.t.Helper()
	_, err := w.lot().Skip(w.t.Context(), pairOf(stream), operator(), revision, "made by a test of the printer")
	if err != nil {
		w.t.Fatal(err)
	}
}

// awaitRest waits until every message up to a sequence is acknowledged.
func (w *wire) awaitRest(sequence uint64) {
	w.t.Helper()
	await(w.t, func() bool {
		c, err := w.js.Consumer(w.t.Context(), bus.StreamName("billing"), "notification")
		return err == nil && c.CachedInfo().AckFloor.Stream >= sequence && c.CachedInfo().NumAckPending == 0
	})
}

// parkings are the recorded types of all parking streams, in log order.
func (w *wire) parkings() []string {
	w.t.Helper()
	var out []string
	for r, err := range w.store.ReadAll(w.t.Context(), 0, eventstore.Filter{Prefixes: []string{parking.Prefix}}) {
		if err != nil {
			w.t.Fatal(err)
		}
		out = append(out, r.Type)
	}
	return out
}

// patient is the configuration of a listener that tries three times.
func patient(w *wire, h handle) inbox.Config {
	cfg := config(w, h)
	cfg.Tries = 3
	return cfg
}

// faulty is a handler whose journal lacks what it is told to fail at.
type faulty struct {
	journal
	fails sync.Map // value of the message: error
	tries atomic.Int64
}

func (f *faulty) handle(_ context.Context, _ inbox.Inbound, m *wrapperspb.StringValue) error {
	if err, has := f.fails.Load(m.GetValue()); has {
		f.tries.Add(1)
		return err.(error)
	}
	f.add(m.GetValue())
	return nil
}

var errRule = &decider.Rejection{Code: "CONSENT_MISSING", Rule: "O-07", Reason: "it names Wilhelmina"}

func failing(values ...string) *faulty {
	f := &faulty{}
	for _, v := range values {
		f.fails.Store(v, error(errRule))
	}
	return f
}

// Protection: the count in try; "parked" in decided, by which the later ones queue;
// the state of a retry in attempt.
func TestR5APoisonedEventIsParkedAndOthersFlowAndTheQueueFollowsInOrder(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/1")
	run(t, patient(w, f.handle))
	w.publish(events("invoice-1", 0, 3)...)
	w.publish(events("invoice-2", 0, 3)...)
	f.want(t, "invoice-2", 4)
	p := w.awaitState("invoice-1", parking.Parked)
	w.awaitRest(8)
	if got := f.of("invoice-1"); !slices.Equal(got, []string{"invoice-1/0"}) {
		t.Fatalf("handled %v past the parked one", got)
	}
	want := parking.Place{
		EventID: event("invoice-1", 1).ID.String(), Type: "google.protobuf.StringValue",
		Revision: 1, Previous: 0, Tries: 3, Reason: "CONSENT_MISSING (O-07)", Correlation: "7f3c",
	}
	if p.Place != want || f.tries.Load() != 3 {
		t.Errorf("after %d tries parked at\n     %+v\nwant %+v", f.tries.Load(), p.Place, want)
	}

	f.fails.Clear()
	w.retry("invoice-1")
	f.want(t, "invoice-1", 4)
	if p := w.awaitState("invoice-1", parking.Released); p.Through() != 3 {
		t.Errorf("released through %d", p.Through())
	}
	w.publish(events("invoice-1", 4, 9)...)
	f.want(t, "invoice-1", 10)
	if got := len(f.of("invoice-1")); got != 10 {
		t.Errorf("%d events handled", got)
	}
}

// Were the message acknowledged first, a crash would leave the event neither
// handled nor parked. Protection: two, each enough alone. try answers errParked only
// once Park did, and deliver then acknowledges by what the log says.
func TestR5NothingIsAcknowledgedBeforeTheParkingIsOnRecord(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/0")
	full := &gatedStore{Store: w.store}
	full.refuse(eventstore.ErrFull)
	cfg := patient(w, f.handle)
	cfg.Store = full
	run(t, cfg)
	w.publish(event("invoice-1", 0))
	await(t, func() bool { return full.refused.Load() > 2 })
	c, err := w.js.Consumer(t.Context(), bus.StreamName("billing"), "notification")
	if err != nil {
		t.Fatal(err)
	}
	if c.CachedInfo().AckFloor.Stream != 0 {
		t.Error("it was acknowledged")
	}
	full.refuse(nil)
	w.awaitState("invoice-1", parking.Parked)
	w.awaitRest(1)
}

// A process died between the record and the acknowledgement: another one finds the
// message again, and lets it be, even before the news of it come. Protection: the
// load for an unknown event stream in deliver.
func TestR5WhatAnEarlierProcessParkedIsNotTriedAgain(t *testing.T) {
	w, f := newWire(t), &faulty{}
	quiet := make(chan struct{})
	cfg := patient(w, f.handle)
	cfg.Store = late{w.store, quiet}
	run(t, cfg)
	w.publish(event("invoice-2", 0))
	f.want(t, "invoice-2", 1)
	close(quiet)
	e := event("invoice-1", 0)
	err := w.lot().Park(t.Context(), pairOf("invoice-1"), parking.Place{
		EventID: e.ID.String(), Type: e.Type, Revision: 0, Previous: -1, Tries: 10, Reason: "INTERNAL",
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.publish(events("invoice-1", 0, 2)...)
	w.awaitRest(4)
	if got := f.of("invoice-1"); len(got) != 0 {
		t.Errorf("handled %v", got)
	}
}

// Protection: Skips, in events, and Through in decided, for the event that comes
// again.
func TestR5ASkipLeavesOutExactlyOneEventForEver(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/2")
	stop := run(t, patient(w, f.handle))
	w.publish(events("invoice-1", 0, 4)...)
	w.awaitState("invoice-1", parking.Parked)
	f.fails.Clear() // it could be handled now, and must not be
	w.skip("invoice-1", 2)
	w.awaitState("invoice-1", parking.Released)
	want := []string{"invoice-1/0", "invoice-1/1", "invoice-1/3", "invoice-1/4"}
	if got := f.of("invoice-1"); !slices.Equal(got, want) {
		t.Fatalf("handled %v", got)
	}
	steps, err := w.lot().History(t.Context(), pairOf("invoice-1"))
	if err != nil {
		t.Fatal(err)
	}
	if s := steps[1]; s.Type != "parking.skipped.v1" || s.Revision != 2 || s.Reason != "made by a test of the printer" ||
		s.Metadata.Actor != operator().Actor {
		t.Errorf("recorded %+v", s)
	}

	// A relay fills the bus again, and a new process remembers nothing.
	stop()
	w.again("invoice-1", 0, 4)
	run(t, patient(w, f.handle))
	w.publish(event("invoice-1", 5))
	await(t, func() bool { return slices.Contains(f.of("invoice-1"), "invoice-1/5") })
	if slices.Contains(f.of("invoice-1"), "invoice-1/2") {
		t.Errorf("handled %v", f.of("invoice-1"))
	}
}

// again publishes events once more, as a relay that fills a bus again.
func (w *wire) again(stream string, from, to eventstore.Revision) {
	w.t.Helper()
	for _, e := range events(stream, from, to) {
		m := e.Message()
		m.Metadata.Set(nats.MsgIdHdr, uuid.NewString())
		if err := w.pub.Publish("billing", m); err != nil {
			w.t.Fatal(err)
		}
	}
}

// Protection: caughtUp, which begins what was wanted while nobody listened; load in
// deliver, without which the new process knows of no parking.
func TestR5ParkingSurvivesARestart(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/1")
	stop := run(t, patient(w, f.handle))
	w.publish(events("invoice-1", 0, 2)...)
	w.awaitState("invoice-1", parking.Parked)
	w.awaitRest(3)
	stop()

	f.fails.Clear()
	stop = run(t, patient(w, f.handle))
	w.publish(events("invoice-1", 3, 4)...)
	w.awaitRest(5)
	if got := f.of("invoice-1"); len(got) != 1 {
		t.Fatalf("handled %v behind the parked one", got)
	}
	stop()
	w.retry("invoice-1")
	run(t, patient(w, f.handle))
	f.want(t, "invoice-1", 5)
	w.awaitState("invoice-1", parking.Released)
}

// Protection: the retry reads the bus from its beginning, since places there are
// others after it was made anew.
func TestR5ParkingSurvivesAWipedBus(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/1")
	run(t, patient(w, f.handle))
	w.publish(events("invoice-0", 0, 9)...)
	w.publish(events("invoice-1", 0, 2)...)
	w.awaitState("invoice-1", parking.Parked)
	w.awaitRest(13)
	if err := w.js.DeleteStream(t.Context(), bus.StreamName("billing")); err != nil {
		t.Fatal(err)
	}
	if _, err := bus.EnsureStream(t.Context(), w.js, "billing", bus.Settle); err != nil {
		t.Fatal(err)
	}
	w.again("invoice-1", 0, 3)
	w.awaitRest(4)
	if got := f.of("invoice-1"); !slices.Equal(got, []string{"invoice-1/0"}) {
		t.Fatalf("handled %v", got)
	}
	f.fails.Clear()
	w.retry("invoice-1")
	f.want(t, "invoice-1", 4)
	w.awaitState("invoice-1", parking.Released)
}

// unheard is a message type that no program of today is linked with.
func unheard(t *testing.T) protoreflect.MessageDescriptor {
	t.Helper()
	file, err := protodesc.NewFile(&descriptorpb.FileDescriptorProto{
		Name: new("future.proto"), Package: new("aanvraag.future.v1"), Syntax: new("proto3"),
		MessageType: []*descriptorpb.DescriptorProto{{Name: new("Unheard")}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file.Messages().Get(0)
}

// A publisher that was updated first tells what this listener does not know yet.
// Protection: errUnknown in try, and foreign.
func TestR5AnUnknownTypeIsParkedAtOnceAndHandledByANewerListener(t *testing.T) {
	w, f := newWire(t), &faulty{}
	cfg := patient(w, f.handle)
	cfg.Tries = 1 << 20
	stop := run(t, cfg)
	news := event("invoice-1", 1)
	news.Type, news.Body = "aanvraag.future.v1.Unheard", nil
	w.publish(event("invoice-1", 0), news, event("invoice-1", 2))
	p := w.awaitState("invoice-1", parking.Parked)
	if p.Place.Tries != 1 || p.Place.Type != news.Type || p.Place.Revision != 1 {
		t.Errorf("parked at %+v", p.Place)
	}
	w.awaitRest(3)
	stop()

	descriptor := unheard(t)
	cfg = patient(w, f.handle)
	cfg.Handlers[news.Type] = inbox.Handler{
		New: func() proto.Message { return dynamicpb.NewMessage(descriptor) },
		Handle: func(_ context.Context, in inbox.Inbound) error {
			f.add(fmt.Sprintf("%s/%d", in.Stream, in.Revision))
			return nil
		},
	}
	run(t, cfg)
	w.retry("invoice-1")
	f.want(t, "invoice-1", 3)
	w.awaitState("invoice-1", parking.Released)
}

// Protection: that the later ones are acknowledged at all ("parked" in decided).
// Held instead, the 1,024th would be the last message of anybody.
func TestR5ALongQueueStopsNobody(t *testing.T) {
	const queued = 2000
	w, f := newWire(t), failing("invoice-1/0")
	run(t, patient(w, f.handle))
	w.publish(event("invoice-1", 0))
	w.awaitState("invoice-1", parking.Parked)
	for r := eventstore.Revision(1); r <= queued; r += 500 {
		w.publish(events("invoice-1", r, r+499)...)
	}
	w.publish(events("invoice-2", 0, 9)...)
	f.want(t, "invoice-2", 10)
	w.awaitRest(queued + 11)
	f.fails.Clear()
	w.retry("invoice-1")
	f.want(t, "invoice-1", queued+1)
}

// Protection: away, in try.
func TestR5WhatIsAwayForAnyTimeParksNothing(t *testing.T) {
	w, f := newWire(t), &faulty{}
	f.fails.Store("invoice-1/0", fmt.Errorf("append: %w", eventstore.ErrUnavailable))
	run(t, patient(w, f.handle))
	w.publish(events("invoice-1", 0, 1)...)
	await(t, func() bool { return f.tries.Load() > 30 })
	f.fails.Clear()
	f.want(t, "invoice-1", 2)
	if got := w.parkings(); len(got) != 0 {
		t.Errorf("recorded %v", got)
	}
}

// Protection: SetAside, and Term only after it. A message that says nothing of
// itself is on record before it goes.
func TestR5AnUnreadableMessageIsParkedByItselfBeforeItGoes(t *testing.T) {
	w, f := newWire(t), &faulty{}
	full := &gatedStore{Store: w.store}
	full.refuse(eventstore.ErrFull)
	cfg := patient(w, f.handle)
	cfg.Store = full
	registry := prometheus.NewRegistry()
	run(t, cfg, registry)
	if err := w.nc.Publish("aanvraag.billing.StringValue.invoice-1", []byte("Wilhelmina")); err != nil {
		t.Fatal(err)
	}
	w.publish(events("invoice-1", 0, 1)...)
	f.want(t, "invoice-1", 2)
	await(t, func() bool { return full.refused.Load() > 0 })
	if got := w.parkings(); len(got) != 0 {
		t.Fatalf("recorded %v", got)
	}
	full.refuse(nil)
	w.awaitRest(3)
	stream := w.unreadable()
	p := w.pair(stream)
	if p.State != parking.Parked || p.Message == nil || p.Message.Sequence != 1 || p.Place.Reason != "header ce-specversion is missing" {
		t.Fatalf("parked as %+v", p)
	}
	await(t, func() bool { return gauge(t, registry) == 1 })

	w.retry(stream)
	await(t, func() bool { return slices.Contains(w.parkings(), "parking.failed.v1") })
	w.skip(stream, 0)
	w.awaitState(stream, parking.Released)
	await(t, func() bool { return gauge(t, registry) == 0 })
	w.again("invoice-1", 2, 2)
	f.want(t, "invoice-1", 3)
}

// unreadable is the pair's event stream of the one unreadable message.
func (w *wire) unreadable() string {
	w.t.Helper()
	for r, err := range w.store.ReadAll(w.t.Context(), 0, eventstore.Filter{Prefixes: []string{parking.Prefix}}) {
		if err != nil {
			w.t.Fatal(err)
		}
		id, err := parking.ParseStream(r.Stream)
		if err != nil {
			w.t.Fatal(err)
		}
		if strings.HasPrefix(id.Stream, "unreadable-") {
			return id.Stream
		}
	}
	w.t.Fatal("no unreadable message is parked")
	return ""
}

// Protection: reason. What stands in the log cannot be taken out of it.
func TestNothingThatAnEventSaysIsInTheReasonOfItsParking(t *testing.T) {
	const canary = "Wilhelmina"
	w, f := newWire(t), &faulty{}
	f.fails.Store("invoice-1/0", errors.New("no such customer: "+canary))
	f.fails.Store("invoice-2/0", error(errRule))
	log := &lines{}
	cfg := patient(w, func(ctx context.Context, in inbox.Inbound, m *wrapperspb.StringValue) error {
		if in.Stream == "invoice-3" {
			panic(canary)
		}
		return f.handle(ctx, in, m)
	})
	cfg.Log = slog.New(slog.NewTextHandler(log, nil))
	run(t, cfg)
	broken := event("invoice-4", 0)
	broken.Body = []byte(canary)
	w.publish(event("invoice-1", 0), event("invoice-2", 0), event("invoice-3", 0), broken)
	reasons := map[string]string{}
	for i := range 4 {
		stream := fmt.Sprintf("invoice-%d", i+1)
		reasons[stream] = w.awaitState(stream, parking.Parked).Place.Reason
	}
	for stream, want := range map[string]string{
		"invoice-1": "internal error; the log of the listener tells more",
		"invoice-2": "CONSENT_MISSING (O-07)",
		"invoice-3": "the handler panicked (string)",
		"invoice-4": "the body is not a message of its type",
	} {
		if reasons[stream] != want {
			t.Errorf("%s: %q", stream, reasons[stream])
		}
	}
	for r, err := range w.store.ReadAll(t.Context(), 0, eventstore.Filter{}) {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(r.Data)+string(r.Metadata), canary) {
			t.Errorf("%s holds %s", r.Stream, r.Data)
		}
	}
	await(t, func() bool { return strings.Count(log.String(), "event is parked") == 4 }) // the line follows the record
}

// gauge is the number of parked pairs as the metrics tell it.
func gauge(t testing.TB, registry *prometheus.Registry) float64 {
	t.Helper()
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "aanvraag_inbox_parked" {
			return f.GetMetric()[0].GetGauge().GetValue()
		}
	}
	t.Fatal("there is no such gauge")
	return 0
}

// gatedStore refuses appends, or holds them up, when it is told to.
type gatedStore struct {
	eventstore.Store
	refused atomic.Int64

	mu     sync.Mutex
	err    error
	before func(types []string) // called before each append
}

func (s *gatedStore) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *gatedStore) Append(
	ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed,
) (eventstore.Appended, error) {
	s.mu.Lock()
	err, before := s.err, s.before
	s.mu.Unlock()
	if err != nil {
		s.refused.Add(1)
		return eventstore.Appended{}, err
	}
	if before != nil {
		var types []string
		for _, e := range events {
			types = append(types, e.Type)
		}
		before(types)
	}
	return s.Store.Append(ctx, stream, after, events)
}
