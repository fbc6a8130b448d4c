package natskeys_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/bus/bustest"
	"aanvraag.internal/services/platform/vault/natskeys"
)

func TestMain(m *testing.M) { bustest.Main(m) }

var (
	quiet = slog.New(slog.DiscardHandler)
	noon  = time.Date(2026, 3, 2, 12, 0, 0, 123456789, time.UTC)
)

const patience = 30 * time.Second

// site is a server and the directory of its files.
type site struct {
	t      testing.TB
	dir    string
	server *bus.Server
	listen string
}

func newSite(t testing.TB) *site {
	t.Helper()
	s := &site{t: t, dir: t.TempDir(), listen: "127.0.0.1:0"}
	s.start(false)
	t.Cleanup(func() { s.server.Shutdown() })
	return s
}

func (s *site) start(noSync bool) {
	s.t.Helper()
	server, err := bus.StartListening(bus.ServerConfig{Dir: s.dir, Listen: s.listen, NoSync: noSync, Log: quiet})
	if err != nil {
		s.t.Fatal(err)
	}
	s.server, s.listen = server, server.URL()[len("nats://"):]
}

func (s *site) application() *nats.Conn {
	s.t.Helper()
	return dial(s.t, s.server.URL(), bus.AsApplication(s.dir))
}

func dial(t testing.TB, url string, with nats.Option) *nats.Conn {
	t.Helper()
	nc, err := bus.Dial(url, quiet, with)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	return nc
}

// process is the configuration of one process of its own; list is where it keeps
// its list.
func (s *site) process(list string) natskeys.Config {
	s.t.Helper()
	return natskeys.Config{
		Conn: s.application(), System: dial(s.t, s.server.URL(), bus.AsSystem(s.dir)), List: list, Log: quiet,
	}
}

func (s *site) open(list string) *natskeys.Store {
	s.t.Helper()
	return open(s.t, s.process(list))
}

func open(t testing.TB, cfg natskeys.Config) *natskeys.Store {
	t.Helper()
	store, err := natskeys.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func (s *site) newList() string { return filepath.Join(s.t.TempDir(), "destroyed.log") }

func (s *site) jetStream() jetstream.JetStream {
	s.t.Helper()
	js, err := jetstream.New(s.application())
	if err != nil {
		s.t.Fatal(err)
	}
	return js
}

// raw is every byte of every file below dir.
func raw(t testing.TB, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// shares reads both shares of a key from the bucket.
func shares(t testing.TB, js jetstream.JetStream, id string) [2][]byte {
	t.Helper()
	s, err := js.Stream(t.Context(), "KV_aanvraag-keys")
	if err != nil {
		t.Fatal(err)
	}
	var both [2][]byte
	for i, kind := range []string{"key", "pad"} {
		m, err := s.GetLastMsgForSubject(t.Context(), "$KV.aanvraag-keys."+kind+"."+id)
		if err != nil {
			t.Fatalf("%s of %s: %v", kind, id, err)
		}
		both[i] = m.Data
	}
	return both
}

// readable tells whether a key can be put together from what files hold.
func readable(files []byte, shares [2][]byte) bool {
	return bytes.Contains(files, shares[0]) && bytes.Contains(files, shares[1])
}

func within(t testing.TB, what string, come func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for !come() {
		if (bus.Backoff{Min: time.Millisecond, Max: 10 * time.Millisecond}).Wait(ctx, 3) != nil {
			t.Fatalf("%s: it did not come", what)
		}
	}
}

// gate forwards connections to a server, until it is shut: then nothing passes,
// and no connection ends.
type gate struct {
	url  string
	shut chan struct{}
}

func newGate(t testing.TB, to string) *gate {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{url: "nats://" + l.Addr().String(), shut: make(chan struct{})}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			onward, err := new(net.Dialer).DialContext(context.Background(), "tcp", to)
			if err != nil {
				_ = from.Close()
				continue
			}
			t.Cleanup(func() { _ = from.Close(); _ = onward.Close() })
			go g.pass(from, onward)
			go g.pass(onward, from)
		}
	}()
	return g
}

func (g *gate) pass(from, to net.Conn) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		select {
		case <-g.shut:
			return
		default:
		}
		if err != nil {
			_ = to.Close()
			return
		}
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}
