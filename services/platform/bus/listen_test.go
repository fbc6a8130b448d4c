package bus_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
)

func listen(t testing.TB, cfg bus.ServerConfig) *bus.Server {
	t.Helper()
	cfg.Log = quiet
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	s, err := bus.StartListening(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	return s
}

func dial(t testing.TB, url string, with ...nats.Option) *nats.Conn {
	t.Helper()
	nc, err := bus.Dial(url, quiet, with...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

func within[T comparable](t testing.TB, what string, look func() T, want T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for got := look(); got != want; got = look() {
		if (bus.Backoff{Min: time.Millisecond, Max: 10 * time.Millisecond}).Wait(ctx, 3) != nil {
			t.Fatalf("%s: still %v, want %v", what, got, want)
		}
	}
}

func TestOnlyTheTwoUsersComeIn(t *testing.T) {
	dir := t.TempDir()
	s := listen(t, bus.ServerConfig{Dir: dir})
	for name, with := range map[string][]nats.Option{
		"nobody":           nil,
		"a wrong password": {nats.UserInfo("application", "guess")},
		"an empty one":     {nats.UserInfo("system", "")},
		"a hash":           {nats.UserInfo("application", "$2a$04$")},
	} {
		nc, err := nats.Connect(s.URL(), with...)
		if !errors.Is(err, nats.ErrAuthorization) {
			t.Errorf("%s: %v, want a refusal", name, err)
		}
		nc.Close()
	}
	for name, with := range map[string]nats.Option{"application": bus.AsApplication(dir), "system": bus.AsSystem(dir)} {
		nc := dial(t, s.URL(), with)
		within(t, name, nc.Status, nats.CONNECTED)
	}
	nc, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	publish(t, nc, event("invoice-1", 0))
}

func TestOnlyTheSystemUserMayAskHowTheServerIsConfigured(t *testing.T) {
	for _, noSync := range []bool{false, true} {
		dir := t.TempDir()
		s := listen(t, bus.ServerConfig{Dir: dir, NoSync: noSync})
		ask := func(as nats.Option) string {
			nc := dial(t, s.URL(), as)
			within(t, "connection", nc.Status, nats.CONNECTED)
			m, err := nc.Request("$SYS.REQ.SERVER.PING.JSZ", nil, patience)
			if errors.Is(err, nats.ErrNoResponders) {
				return ""
			}
			if err != nil {
				t.Fatal(err)
			}
			return string(m.Data)
		}
		if got := ask(bus.AsSystem(dir)); strings.Contains(got, `"sync_always":true`) == noSync {
			t.Errorf("NoSync %v: the server says %s", noSync, got)
		}
		if got := ask(bus.AsApplication(dir)); got != "" {
			t.Errorf("the application was told %s", got)
		}
	}
}

func TestPasswordsStayAndAreForTheirOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bus")
	listen(t, bus.ServerConfig{Dir: dir}).Shutdown()
	read := func() (all string) {
		for _, name := range []string{"application.password", "system.password"} {
			path := filepath.Join(dir, name)
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("%s has mode %04o", name, info.Mode().Perm())
			}
			data, err := os.ReadFile(path)
			if err != nil || len(data) != 65 {
				t.Errorf("%s holds %d bytes, %v, want 256 bits in hexadecimal and a line end", name, len(data), err)
			}
			all += string(data)
		}
		return all
	}
	first := read()
	if first[:65] == first[65:] {
		t.Error("both users have one password")
	}
	listen(t, bus.ServerConfig{Dir: dir}).Shutdown()
	if read() != first {
		t.Error("the passwords changed with a restart")
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o666} {
		if err := os.Chmod(filepath.Join(dir, "system.password"), mode); err != nil {
			t.Fatal(err)
		}
		_, err := bus.StartListening(bus.ServerConfig{Dir: dir, Listen: "127.0.0.1:0", Log: quiet})
		if !errors.Is(err, bus.ErrPermissions) {
			t.Errorf("mode %04o: %v, want ErrPermissions", mode, err)
		}
	}
}

func TestNoOtherMachineReachesTheBus(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:4222", "[::]:0", "example.org:4222"} {
		_, err := bus.StartListening(bus.ServerConfig{Dir: t.TempDir(), Listen: address, Log: quiet})
		if !errors.Is(err, bus.ErrNotLoopback) {
			t.Errorf("%s: %v, want ErrNotLoopback", address, err)
		}
	}
}

func TestAnAddressInUseIsToldAtOnce(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	began := clock.System{}.Now()
	_, err = bus.StartListening(bus.ServerConfig{Dir: t.TempDir(), Listen: taken.Addr().String(), Log: quiet})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v, want that the address is in use", err)
	}
	took := clock.System{}.Now().Sub(began)
	if took > patience {
		t.Errorf("it took %v", took)
	}
}

func TestADirectoryGoesFromTheEmbeddedBusToOneOfItsOwn(t *testing.T) {
	dir := t.TempDir()
	embedded, err := bus.StartServer(dir, quiet)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := embedded.Connect()
	if err != nil {
		t.Fatal(err)
	}
	publish(t, nc, event("invoice-1", 0))
	nc.Close()
	embedded.Shutdown()

	nc = dial(t, listen(t, bus.ServerConfig{Dir: dir}).URL(), bus.AsApplication(dir))
	m, e := next(t, subscribe(t, nc, bus.SubscriberConfig{}))
	m.Ack()
	if e.ID != event("invoice-1", 0).ID {
		t.Errorf("got %v", e)
	}
}

// TestWhatIsPublishedWhileTheBusIsAwayFailsAtOnceAndIsNotKept dials before the
// server, its directory and its passwords are there, and takes it away again.
func TestWhatIsPublishedWhileTheBusIsAwayFailsAtOnceAndIsNotKept(t *testing.T) {
	dir, address := filepath.Join(t.TempDir(), "later"), freeAddress(t)
	var tries atomic.Int64
	nc := dial(t, "nats://"+address, bus.AsApplication(dir),
		nats.ReconnectErrHandler(func(*nats.Conn, error) { tries.Add(1) }))
	p := publisher(t, nc)
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	fails := func() {
		t.Helper()
		within(t, "connection", nc.IsConnected, false)
		for range 1000 { // waiting for each would take too long
			err := p.Publish("billing", event("invoice-1", 0).Message())
			if !errors.Is(err, nats.ErrReconnectBufExceeded) && !errors.Is(err, nats.ErrHeadersNotSupported) {
				t.Fatalf("publish: %v, want a failure at once", err)
			}
			if _, err := js.Stream(t.Context(), "AANVRAAG_BILLING"); !errors.Is(err, nats.ErrReconnectBufExceeded) {
				t.Fatalf("request: %v, want a failure at once", err)
			}
		}
	}
	fails()
	out := subscribe(t, nc, bus.SubscriberConfig{}) // stands, and tries by itself
	within(t, "five tries", func() bool { return tries.Load() >= 5 }, true)
	for revision := range eventstore.Revision(2) {
		s := listen(t, bus.ServerConfig{Dir: dir, Listen: address})
		within(t, "connection", nc.IsConnected, true)
		publish(t, nc, event("invoice-1", revision))
		m, e := next(t, out)
		m.Ack()
		if e.Revision != revision {
			t.Errorf("revision %d came, want %d", e.Revision, revision)
		}
		if info, err := stream(t, nc).Info(t.Context()); err != nil || info.State.LastSeq != uint64(revision)+1 {
			t.Errorf("%d messages were stored, %v, want %d", info.State.LastSeq, err, revision+1)
		}
		s.Shutdown()
		fails()
	}
}

func TestARefusedPasswordIsTriedAgain(t *testing.T) {
	dir := t.TempDir()
	s := listen(t, bus.ServerConfig{Dir: dir})
	password, err := os.ReadFile(filepath.Join(dir, "application.password"))
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int64
	nc := dial(t, s.URL(), nats.UserInfoHandler(func() (string, string) {
		if asked.Add(1) < 4 {
			return "application", "guess"
		}
		return "application", strings.TrimSpace(string(password))
	}))
	within(t, "connection", nc.IsConnected, true)
	if asked.Load() < 4 {
		t.Error("connected with a wrong password")
	}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
