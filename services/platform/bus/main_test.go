package bus_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/eventstore"
)

func TestMain(m *testing.M) { bustest.Main(m) }

var quiet = slog.New(slog.DiscardHandler)

// at is the instant of every test event.
var at = time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)

func start(t testing.TB) *nats.Conn {
	t.Helper()
	s, err := bus.StartServer(t.TempDir(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	nc, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func stream(t testing.TB, nc *nats.Conn) jetstream.Stream { return streamAfter(t, nc, 0) }

func streamAfter(t testing.TB, nc *nats.Conn, wait time.Duration) jetstream.Stream {
	t.Helper()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := bus.EnsureStream(context.Background(), js, "billing", wait)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func publisher(t testing.TB, nc *nats.Conn) *bus.Publisher {
	t.Helper()
	p, err := bus.NewPublisher(nc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// event is the revision-th event of an event stream of billing.
func event(stream string, revision eventstore.Revision) bus.Envelope {
	return bus.Envelope{
		ID:          eventstore.EventID(stream, uuid.Nil, int(revision)),
		Type:        "aanvraag.billing.v1.InvoiceIssued",
		Service:     "billing",
		Stream:      stream,
		Revision:    revision,
		Previous:    revision - 1,
		Position:    eventstore.Position(revision) + 1,
		Correlation: "7f3c",
		Time:        at,
		Body:        []byte{8, 1},
	}
}
