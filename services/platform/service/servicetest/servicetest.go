// Package servicetest lets one service run alone in a test: a house of its own,
// callers of every role, and the public events of other services.
package servicetest

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectinprocess"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/vault"
)

// Start is where the clock of a house stands: a Monday morning, 09:00 in Amsterdam.
var Start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// House is a house with one door, on a frozen clock and an event log in memory.
type House struct {
	service.House
	Frozen *clock.Frozen
	Server *connect.Server

	t        testing.TB
	js       jetstream.JetStream
	sent     map[string]eventstore.Revision // last revision by event stream
	position eventstore.Position
}

// New builds a house that is torn down with the test.
func New(t testing.TB) *House {
	t.Helper()
	frozen := clock.NewFrozen(Start, nil)
	keys, err := rpc.OpenKeys(t.TempDir())
	must(t, err)
	sealing, err := vault.Open(t.TempDir(), frozen)
	must(t, err)
	t.Cleanup(func() { must(t, sealing.Close()) })
	nats, err := bus.StartServer(t.TempDir(), slog.New(slog.DiscardHandler))
	must(t, err)
	t.Cleanup(nats.Shutdown)
	conn, err := nats.Connect()
	must(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	must(t, err)
	store := memory.New()
	t.Cleanup(func() { must(t, store.Close()) })
	return &House{
		House: service.House{
			Store: store, Bus: conn, Vault: sealing, Clock: frozen, Keys: keys,
			Log:     slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
			ViewDir: t.TempDir(), BlobDir: t.TempDir(), Metrics: prometheus.NewRegistry(),
		},
		Frozen: frozen,
		Server: rpc.NewServer(rpc.ServerConfig{Clock: frozen, Authenticator: keys}),
		t:      t, js: js, sent: map[string]eventstore.Revision{},
	}
}

// Room is a service under test.
type Room interface {
	Register(server *connect.Server)
	Run(ctx context.Context) error
	Ready() <-chan struct{}
}

// Run registers a service and lets it run until the test ends or stop is called.
func (h *House) Run(room Room) (stop func()) {
	h.t.Helper()
	room.Register(h.Server)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- room.Run(ctx) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			h.t.Errorf("the service ended: %v", err)
		}
	}
	h.t.Cleanup(stop)
	select {
	case <-room.Ready():
	case err := <-ended:
		ended <- nil
		h.t.Fatalf("the service ended before it was ready: %v", err)
	case <-time.After(30 * time.Second):
		h.t.Fatal("the service is not ready after 30 seconds")
	}
	return stop
}

// As is a client that calls with a token of the role; "" calls without one.
func (h *House) As(role string) *connect.Client { return h.client(role, "") }

// Customer is a client that calls with the token of a support request's customer.
func (h *House) Customer(supportRequestID string) *connect.Client {
	return h.client("customer", supportRequestID)
}

func (h *House) client(role, request string) *connect.Client {
	h.t.Helper()
	return connect.NewClient(connectinprocess.New(h.Server), rpc.Bearer(func() (string, error) {
		if role == "" {
			return "", nil
		}
		parsed, err := rpc.ParseRole(role)
		if err != nil {
			return "", err
		}
		return h.Keys.Issue(rpc.Claims{
			Role: parsed, Subject: role, SupportRequestID: request,
			IssuedAt: Start.Add(-time.Hour), ExpiresAt: Start.AddDate(20, 0, 0),
		})
	}))
}

// Tell publishes a public event of another service, as the next revision of an
// event stream there, about a support request.
func (h *House) Tell(from, stream, supportRequestID string, m proto.Message) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_, err := bus.EnsureStream(ctx, h.js, from, 0)
	must(h.t, err)
	body, err := proto.Marshal(m)
	must(h.t, err)
	previous, has := h.sent[stream]
	if !has {
		previous = eventstore.NoStream
	}
	h.position++
	h.sent[stream] = previous + 1
	publisher, err := bus.NewPublisher(h.Bus)
	must(h.t, err)
	must(h.t, publisher.Publish(from, bus.Envelope{
		ID: uuid.New(), Type: string(proto.MessageName(m)), Service: from, Stream: stream,
		Revision: previous + 1, Previous: previous, Position: h.position,
		Correlation: supportRequestID, Time: h.Frozen.Now(), Body: body,
	}.Message()))
}

// Stream is what the log holds of a stream, once it has at least n events.
func (h *House) Stream(stream string, n int) []eventstore.Recorded {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if n > 0 {
		if err := eventstore.Await(ctx, h.Store, stream, eventstore.Revision(n-2)); err != nil {
			h.t.Fatalf("%s has not reached %d events: %v", stream, n, err)
		}
	}
	var out []eventstore.Recorded
	for r, err := range h.Store.ReadStream(ctx, stream, eventstore.NoStream) {
		must(h.t, err)
		out = append(out, r)
	}
	return out
}

// Types are the recorded names of a stream's events, once it has at least n.
func (h *House) Types(stream string, n int) []string {
	h.t.Helper()
	var out []string
	for _, r := range h.Stream(stream, n) {
		out = append(out, r.Type)
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// testWriter sends a log to the test's own.
type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(string(p))
	return len(p), nil
}
