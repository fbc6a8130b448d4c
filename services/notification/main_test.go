package notification

import (
	"context"
	"encoding/hex"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	notificationv1 "aanvraag.internal/proto/gen/aanvraag/notification/v1"
	"aanvraag.internal/proto/gen/aanvraag/notification/v1/notificationv1connect"
	"aanvraag.internal/services/kernel/party"
	"aanvraag.internal/services/notification/internal/letters"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/relay"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/vault"
)

func TestMain(m *testing.M) { bustest.Main(m) }

// monday is a Monday, 09:00 in Amsterdam.
var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// canary is personal data that must be in the spool and nowhere else.
var canary = party.Contact{
	Name: "Wilhelmina Zwartkruis", CompanyName: "Zwartkruis Tuinen B.V.",
	Email: "wilhelmina@zwartkruis.example", Phone: "+31612345678",
}

// desk is notification alone. The other services are logs of their own, whose
// relays fill the bus.
type desk struct {
	t       testing.TB
	store   eventstore.Store
	clock   *clock.Frozen
	vault   *vault.Vault
	keys    *rpc.Keys
	conn    *nats.Conn
	busDir  string
	spool   string
	sources map[string]*source

	sender  Sender // of the next start
	service *Service
	server  *connect.Server
	stop    func()
}

// open starts notification and waits until it listens. A store other than one in
// memory may be given; it stays the caller's.
func open(t testing.TB, change ...func(*desk)) *desk {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	d := &desk{
		t: t, store: memory.New(), clock: clock.NewFrozen(monday, nil),
		busDir: t.TempDir(), spool: t.TempDir(), sources: map[string]*source{},
	}
	server, err := bus.StartServer(d.busDir, log)
	check(t, err)
	t.Cleanup(server.Shutdown)
	d.conn, err = server.Connect()
	check(t, err)
	t.Cleanup(d.conn.Close)
	d.vault, err = vault.Open(t.TempDir(), d.clock)
	check(t, err)
	t.Cleanup(func() { check(t, d.vault.Close()) })
	d.keys, err = rpc.OpenKeys(t.TempDir())
	check(t, err)
	d.sender, err = OpenSpool(d.spool)
	check(t, err)
	for _, c := range change {
		c(d)
	}
	for _, name := range []string{"intake", "scheduling", "billing", "consent"} {
		d.sources[name] = startSource(t, name, d.conn)
	}
	d.start()
	t.Cleanup(func() { d.stop() })
	return d
}

// start runs a new process's worth of notification, which remembers nothing.
func (d *desk) start() {
	d.t.Helper()
	log := slog.New(slog.DiscardHandler)
	var err error
	d.service, err = New(d.t.Context(), service.House{
		Store: d.store, Bus: d.conn, Vault: d.vault, Clock: d.clock, Keys: d.keys, Log: log,
		ViewDir: d.t.TempDir(), Metrics: prometheus.NewRegistry(),
	}, Config{Sender: d.sender, From: "Supportdesk <support@desk.example>", Domain: "aanvraag.invalid", Terms: library{}})
	check(d.t, err)
	d.server = rpc.NewServer(rpc.ServerConfig{Clock: d.clock, Authenticator: d.keys, Log: log})
	d.service.Register(d.server)
	d.stop = background(d.t, d.service.Run)
	select {
	case <-d.service.Ready():
	case <-time.After(10 * time.Second):
		d.t.Fatal("notification did not become ready")
	}
}

// background runs until the answered function is called.
func background(t testing.TB, run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- run(ctx) }()
	return func() {
		cancel()
		check(t, <-ended)
	}
}

// source is another service: a log of public events and a relay.
type source struct {
	t     testing.TB
	store *memory.Store
	next  map[string]eventstore.Head
	count int
}

func startSource(t testing.TB, name string, conn *nats.Conn) *source {
	t.Helper()
	s := &source{t: t, store: memory.New(), next: map[string]eventstore.Head{}}
	r, err := relay.New(relay.Config{
		Service: name, Store: s.store, Conn: conn, Publish: published, Check: 20 * time.Millisecond,
	})
	check(t, err)
	t.Cleanup(background(t, r.Run))
	return s
}

// published reads what [source.tell] stored: the message itself, in hex.
func published(r eventstore.Recorded) (proto.Message, error) {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(r.Type))
	if err != nil {
		return nil, err
	}
	body, err := hex.DecodeString(strings.Trim(string(r.Data), `"`))
	if err != nil {
		return nil, err
	}
	m := kind.New().Interface()
	return m, proto.Unmarshal(body, m)
}

// tell records a public event as the next one of a stream, and answers its id.
func (d *desk) tell(from, stream string, m proto.Message) uuid.UUID {
	d.t.Helper()
	s := d.sources[from]
	body, err := proto.Marshal(m)
	check(d.t, err)
	s.count++
	commandID := uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%s %d", from, s.count))
	metadata, err := json.Marshal(eventstore.Metadata{CommandID: commandID, DecidedAt: d.clock.Now()})
	check(d.t, err)
	head, known := s.next[stream]
	if !known {
		head = eventstore.Empty
	}
	id := eventstore.EventID(stream, commandID, 0)
	done, err := s.store.Append(d.t.Context(), stream, head, []eventstore.Proposed{{
		ID: id, Type: string(proto.MessageName(m)),
		Data: fmt.Appendf(nil, "%q", hex.EncodeToString(body)), Metadata: metadata,
	}})
	check(d.t, err)
	s.next[stream] = done.Head
	return id
}

// await waits until the stream of a request has n events.
func (d *desk) await(request string, n int) {
	d.t.Helper()
	ctx, cancel := context.WithTimeout(d.t.Context(), 10*time.Second)
	defer cancel()
	if err := eventstore.Await(ctx, d.store, "notification-"+request, eventstore.Revision(n-2)); err != nil {
		d.t.Fatalf("waiting for %d events about %s: %v; there are %v", n, request, err, d.types(request))
	}
}

// letters is the state of a request's letters.
func (d *desk) letters(request string) letters.Letters {
	d.t.Helper()
	found, err := d.service.letters.Load(d.t.Context(), request)
	check(d.t, err)
	return found.State
}

// types are the recorded names of a request's events.
func (d *desk) types(request string) []string {
	d.t.Helper()
	var out []string
	for r, err := range d.store.ReadStream(d.t.Context(), "notification-"+request, eventstore.NoStream) {
		check(d.t, err)
		out = append(out, r.Type)
	}
	return out
}

// files are the mails in the spool, by name.
func (d *desk) files() map[string]string {
	d.t.Helper()
	out := map[string]string{}
	check(d.t, filepath.WalkDir(d.spool, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		out[e.Name()] = string(data)
		return err
	}))
	return out
}

func (d *desk) names() []string { return slices.Sorted(maps.Keys(d.files())) }

// emptyBus deletes all that the services told; their relays tell it again.
func (d *desk) emptyBus() {
	d.t.Helper()
	js, err := jetstream.New(d.conn)
	check(d.t, err)
	for name := range d.sources {
		check(d.t, js.DeleteStream(d.t.Context(), bus.StreamName(name)))
	}
}

// list asks as a service would.
func (d *desk) list(request string) []*notificationv1.Notification {
	d.t.Helper()
	client := notificationv1connect.NewNotificationServiceClient(rpc.InProcess(d.server, d.keys, "intake", d.clock))
	got, err := client.ListNotifications(d.t.Context(), &notificationv1.ListNotificationsRequest{SupportRequestId: request})
	check(d.t, err)
	return got.GetNotifications()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
