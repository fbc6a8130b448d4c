package inbox_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/parking"
)

// Protection: Fail in attempt, and its place, from which the next attempt goes on.
func TestR5ARetryThatFailsFurtherOnStandsThere(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/1", "invoice-1/3")
	run(t, patient(w, f.handle))
	w.publish(events("invoice-1", 0, 5)...)
	w.awaitState("invoice-1", parking.Parked)
	w.awaitRest(6)
	f.fails.Delete("invoice-1/1")
	before := f.tries.Load()
	w.retry("invoice-1")
	await(t, func() bool { return slices.Contains(w.parkings(), "parking.failed.v1") })
	if p := w.pair("invoice-1"); p.State != parking.Parked || p.Place.Revision != 3 || p.Place.Previous != 2 {
		t.Errorf("stands at %+v", p)
	}
	if n := f.tries.Load() - before; n != 1 {
		t.Errorf("an operator waited for %d tries", n)
	}
	f.want(t, "invoice-1", 3)
	f.fails.Clear()
	w.retry("invoice-1")
	f.want(t, "invoice-1", 6)
	if got := f.of("invoice-1"); len(got) != 6 {
		t.Errorf("handled %v", got)
	}
	w.awaitState("invoice-1", parking.Released)
}

// A process dies in the middle of a retry; the next one begins it anew, from the
// parked event on. Protection: caughtUp, and that attempt records nothing when its
// context ends.
func TestR5ARetryOutlivesItsProcess(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/0")
	reached := make(chan struct{})
	cfg := patient(w, func(ctx context.Context, in inbox.Inbound, m *wrapperspb.StringValue) error {
		if in.Revision == 2 {
			close(reached)
			<-ctx.Done()
			return ctx.Err()
		}
		return f.handle(ctx, in, m)
	})
	stop := run(t, cfg)
	w.publish(events("invoice-1", 0, 3)...)
	w.awaitState("invoice-1", parking.Parked)
	w.awaitRest(4)
	f.fails.Clear()
	w.retry("invoice-1")
	<-reached
	stop()
	if p := w.pair("invoice-1"); p.State != parking.Retrying {
		t.Fatalf("it is %s", p.State)
	}
	var again faulty
	run(t, patient(w, again.handle))
	again.want(t, "invoice-1", 4)
	w.awaitState("invoice-1", parking.Released)
}

// What is not on the bus is not skipped by a retry: it stays parked, by whatever
// number of retries, until the bus was filled again. Protection: missing, and the
// last look at the parked event in events.
func TestR5ARetryNeverPassesWhatIsNotOnTheBus(t *testing.T) {
	for name, lost := range map[string]struct {
		sequences []uint64
		revision  int64
	}{
		"the parked event":         {[]uint64{2}, 1},
		"one behind it":            {[]uint64{4}, 3},
		"the parked event and all": {[]uint64{2, 3, 4, 5}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, f := newWire(t), failing("invoice-1/1")
			run(t, patient(w, f.handle))
			w.publish(events("invoice-1", 0, 4)...)
			w.awaitState("invoice-1", parking.Parked)
			w.awaitRest(5)
			s, err := w.js.Stream(t.Context(), bus.StreamName("billing"))
			if err != nil {
				t.Fatal(err)
			}
			for _, sequence := range lost.sequences {
				if err := s.DeleteMsg(t.Context(), sequence); err != nil {
					t.Fatal(err)
				}
			}
			f.fails.Clear()
			for n := 1; n <= 2; n++ {
				w.retry("invoice-1")
				await(t, func() bool {
					got := w.parkings()
					return len(got) == 1+2*n && got[2*n] == "parking.failed.v1"
				})
			}
			p := w.pair("invoice-1").Place
			if p.Revision != lost.revision || p.Reason != "the event is not on the bus" {
				t.Errorf("stands at %+v", p)
			}
			if err := s.Purge(t.Context()); err != nil {
				t.Fatal(err)
			}
			w.again("invoice-1", 0, 4) // as the relay does
			w.retry("invoice-1")
			w.awaitState("invoice-1", parking.Released)
			f.want(t, "invoice-1", 5)
		})
	}
}

// Without this bound an operator could do nothing about an event whose fact never
// comes. Protection: the bound on tries in queue.handle.
func TestR5ARetryDoesNotWaitForEverForAFact(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/0")
	run(t, patient(w, f.handle))
	w.publish(event("invoice-1", 0))
	w.awaitState("invoice-1", parking.Parked)
	f.fails.Store("invoice-1/0", fmt.Errorf("the contact: %w", inbox.ErrNotYet))
	w.retry("invoice-1")
	await(t, func() bool { return slices.Contains(w.parkings(), "parking.failed.v1") })
	if p := w.pair("invoice-1").Place; p.Tries != 3 || p.Reason != inbox.ErrNotYet.Error() {
		t.Errorf("stands at %+v", p)
	}
}

// The log is away in the middle of a retry, for any time: the attempt goes on.
// Protection: logAway in queue.handle.
func TestR5ARetryWaitsForTheLog(t *testing.T) {
	w, f := newWire(t), failing("invoice-1/0")
	run(t, patient(w, f.handle))
	w.publish(event("invoice-1", 0))
	w.awaitState("invoice-1", parking.Parked)
	f.fails.Store("invoice-1/0", fmt.Errorf("append: %w", eventstore.ErrUnavailable))
	before := f.tries.Load()
	w.retry("invoice-1")
	await(t, func() bool { return f.tries.Load()-before > 20 })
	f.fails.Clear()
	w.awaitState("invoice-1", parking.Released)
	if got := w.parkings(); slices.Contains(got, "parking.failed.v1") {
		t.Errorf("recorded %v", got)
	}
}

// A message that an older program could not read takes its place once a newer one
// can; but only that message, and not another one that has its sequence since the
// bus was wiped. Protection: message, and the instant that it compares.
func TestR5AMessageThatCanBeReadNowIsHandledByARetry(t *testing.T) {
	for name, since := range map[string]time.Duration{"it is the same": 0, "it is another": -time.Hour} {
		t.Run(name, func(t *testing.T) {
			w, f := newWire(t), &faulty{}
			w.publish(event("invoice-1", 0))
			m := w.terminated(1)
			m.StoredAt = m.StoredAt.Add(since)
			stream := fmt.Sprintf("unreadable-1-%d", m.StoredAt.UnixMilli())
			if err := w.lot().Park(t.Context(), pairOf(stream), parking.Place{
				EventID: parking.MessageID("billing", m).String(), Previous: -1, Tries: 1, Reason: "header ce-id is missing",
			}, &m); err != nil {
				t.Fatal(err)
			}
			run(t, patient(w, f.handle))
			w.retry(stream)
			if since != 0 {
				await(t, func() bool { return slices.Contains(w.parkings(), "parking.failed.v1") })
				if got := f.of("invoice-1"); len(got) != 0 {
					t.Errorf("handled %v", got)
				}
				return
			}
			w.awaitState(stream, parking.Released)
			f.want(t, "invoice-1", 1)
		})
	}
}

// terminated lets a message go for good, as a program does that cannot read it.
func (w *wire) terminated(sequence uint64) parking.Message {
	w.t.Helper()
	s, err := w.js.Stream(w.t.Context(), bus.StreamName("billing"))
	if err != nil {
		w.t.Fatal(err)
	}
	older, err := s.CreateOrUpdateConsumer(w.t.Context(), jetstream.ConsumerConfig{
		Durable: "notification", AckPolicy: jetstream.AckExplicitPolicy, AckWait: 30 * time.Second, MaxDeliver: -1,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	taken, err := older.Next()
	if err != nil {
		w.t.Fatal(err)
	}
	meta, err := taken.Metadata()
	if err != nil || meta.Sequence.Stream != sequence {
		w.t.Fatalf("took %+v (%v)", meta, err)
	}
	if err := taken.Term(); err != nil {
		w.t.Fatal(err)
	}
	return parking.Message{Sequence: sequence, StoredAt: meta.Timestamp.UTC()}
}
