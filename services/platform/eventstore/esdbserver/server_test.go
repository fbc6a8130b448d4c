package esdbserver_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/gossip"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/serverfeatures"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/shared"
	"github.com/EventStore/EventStore-Client-Go/v4/protos/streams"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
)

// cause is the gRPC error below those of the client.
func cause(err error) error {
	if failed, ok := errors.AsType[*esdb.Error](err); ok {
		return failed.Err()
	}
	return err
}

// raw is a connection without the client's own sense.
func (h house) raw() *grpc.ClientConn {
	h.t.Helper()
	conn, err := grpc.NewClient(h.addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

func TestWhateverDoesMoreThanGrowTheLogIsUnimplemented(t *testing.T) {
	h := onDisk(t)
	h.fill("thing-1", 2)
	refused := func(name string, err error) {
		t.Helper()
		s, _ := status.FromError(cause(err))
		if s.Code() != codes.Unimplemented || !strings.Contains(s.Message(), "only grows") {
			t.Errorf("%s is answered %v", name, err)
		}
	}
	_, err := h.client.DeleteStream(h.ctx, "thing-1", esdb.DeleteStreamOptions{})
	refused("a deletion", err)
	_, err = h.client.TombstoneStream(h.ctx, "thing-1", esdb.TombstoneStreamOptions{})
	refused("a tombstone", err)
	refused("a persistent subscription", h.client.CreatePersistentSubscription(h.ctx, "thing-1", "group", esdb.PersistentStreamSubscriptionOptions{}))

	conn := h.raw()
	for _, method := range []string{
		"/event_store.client.projections.Projections/Create",
		"/event_store.client.users.Users/Create",
		"/event_store.client.operations.Operations/StartScavenge",
		"/event_store.client.streams.Streams/Vanish",
	} {
		refused(method, conn.Invoke(h.ctx, method, &shared.Empty{}, &shared.Empty{}))
	}
	batch, err := streams.NewStreamsClient(conn).BatchAppend(h.ctx)
	if err != nil {
		t.Fatal(err)
	}
	_, err = batch.Recv()
	refused("a batch", err)
	if got := h.length(); got != 2 {
		t.Errorf("the log has %d events", got)
	}
}

func TestTheServerNamesWhatItDoesAndNothingElse(t *testing.T) {
	h := onDisk(t)
	got, err := serverfeatures.NewServerFeaturesClient(h.raw()).GetSupportedMethods(h.ctx, &shared.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, m := range got.GetMethods() {
		names = append(names, m.GetServiceName()+"/"+m.GetMethodName())
	}
	want := "event_store.client.streams.streams/append event_store.client.streams.streams/read " +
		"event_store.client.gossip.gossip/read event_store.client.server_features.serverfeatures/getsupportedmethods"
	if strings.Join(names, " ") != want {
		t.Errorf("the server names %v", names)
	}
	version, err := h.client.GetServerVersion()
	if err != nil || version.Major < 23 {
		t.Errorf("the version is %+v (%v)", version, err)
	}
}

func TestAClientThatLooksForACluterFindsTheOneServer(t *testing.T) {
	h := onDisk(t)
	got, err := gossip.NewGossipClient(h.raw()).Read(h.ctx, &shared.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(h.addr)
	for _, m := range got.GetMembers() {
		if m.GetState() != gossip.MemberInfo_Leader || !m.GetIsAlive() || m.GetHttpEndPoint().GetAddress() != host ||
			fmt.Sprint(m.GetHttpEndPoint().GetPort()) != port {
			t.Errorf("the gossip is %v", m)
		}
	}
	config, err := esdb.ParseConnectionString("esdb://" + h.addr + "," + h.addr + "?tls=false&nodePreference=leader")
	if err != nil || len(config.GossipSeeds) == 0 {
		t.Fatalf("no seeds: %v", err)
	}
	config.Logger = esdb.NoopLogging()
	client, err := esdb.NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if _, err := client.AppendToStream(h.ctx, "thing-1", expecting(esdb.NoStream{}), events("thing-1", "a", 1)...); err != nil {
		t.Error(err)
	}
}

// gated keeps appends waiting until they are let through. One whose call ends goes
// away a while later.
type gated struct {
	eventstore.Store
	entered chan struct{}
	through chan struct{}
	gone    atomic.Bool
}

func gate(store eventstore.Store) *gated {
	return &gated{Store: store, entered: make(chan struct{}, 99), through: make(chan struct{})}
}

func (g *gated) Append(
	ctx context.Context, stream string, after eventstore.Head, events []eventstore.Proposed,
) (eventstore.Appended, error) {
	g.entered <- struct{}{}
	select {
	case <-g.through:
		return g.Store.Append(ctx, stream, after, events)
	case <-ctx.Done():
		<-time.After(20 * time.Millisecond)
		g.gone.Store(true)
		return eventstore.Appended{}, fmt.Errorf("%w: %w", eventstore.ErrOutcomeUnknown, ctx.Err())
	}
}

// The log commits what waits in one go, so all must be let wait at once.
func TestAppendsReachTheLogAtOnceFromEveryConnection(t *testing.T) {
	const clients, each = 4, 8
	store := gate(onDisk(t).store)
	h := serve(t, store)
	var group sync.WaitGroup
	for c := range clients {
		client := h.connect("")
		for i := range each {
			group.Go(func() {
				stream := fmt.Sprintf("thing-%d-%d", c, i)
				if _, err := client.AppendToStream(h.ctx, stream, expecting(esdb.NoStream{}), events(stream, "a", 1)...); err != nil {
					t.Errorf("append to %s: %v", stream, err)
				}
			})
		}
	}
	for n := range clients * each {
		select {
		case <-store.entered:
		case <-h.ctx.Done():
			t.Fatalf("only %d appends wait at the log", n)
		}
	}
	close(store.through)
	group.Wait()
	if got := len(h.verified()); got != clients*each {
		t.Errorf("the log has %d events", got)
	}
}

func TestStopEndsSubscriptionsAndWaitsForTheAppendThatRuns(t *testing.T) {
	store := gate(onDisk(t).store)
	h := serve(t, store)
	subs := []*esdb.Subscription{
		h.subscribe(esdb.SubscribeToAllOptions{From: esdb.Start{}}),
		h.subscribeStream("thing-1", esdb.Start{}),
	}
	appended := make(chan error, 1)
	go func() {
		_, err := h.client.AppendToStream(h.ctx, "thing-1", expecting(esdb.NoStream{}), events("thing-1", "a", 1)...)
		appended <- err
	}()
	<-store.entered
	stopped := make(chan error, 1)
	go func() { stopped <- h.server.Stop(h.ctx) }()
	for _, sub := range subs {
		wants(t, heard(t, sub, 1), "now")
		if e := sub.Recv(); e.SubscriptionDropped == nil || status.Code(e.SubscriptionDropped.Error) != codes.Unavailable {
			t.Errorf("the subscription hears %+v", e)
		}
	}
	select {
	case err := <-stopped:
		t.Errorf("stopped before the append: %v", err)
	case err := <-appended:
		t.Errorf("the append ended before it was stored: %v", err)
	default:
	}
	close(store.through)
	if err := <-appended; err != nil {
		t.Errorf("the append that ran: %v", err)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
	if got := h.length(); got != 1 {
		t.Errorf("the log has %d events", got)
	}
	if _, err := h.connect("&maxDiscoverAttempts=1").ReadAll(h.ctx, esdb.ReadAllOptions{}, 1); err == nil {
		t.Error("a stopped server takes a call")
	}
}

func TestStopCutsOffWhatOutlastsItsContext(t *testing.T) {
	store := gate(onDisk(t).store)
	h := serve(t, store)
	appended := make(chan error, 1)
	go func() {
		_, err := h.client.AppendToStream(h.ctx, "thing-1", expecting(esdb.NoStream{}), events("thing-1", "a", 1)...)
		appended <- err
	}()
	<-store.entered
	ended, end := context.WithCancel(h.ctx)
	end()
	if err := h.server.Stop(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("stop: %v", err)
	}
	if !store.gone.Load() {
		t.Error("a call still uses the log")
	}
	if err := <-appended; status.Code(cause(err)) != codes.Unavailable {
		t.Errorf("the append that was cut off: %v", err)
	}
}

func TestServeReturnsNilOnceStopped(t *testing.T) {
	h := onDisk(t)
	for range 2 {
		if err := h.server.Stop(h.ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	}
	l, err := new(net.ListenConfig).Listen(h.ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.server.Serve(l); err != nil {
		t.Errorf("serve after stop: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("the listener is left open: %v", err)
	}
}
