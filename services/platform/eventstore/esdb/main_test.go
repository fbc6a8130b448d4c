package esdb

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/esdbserver"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/eventstore/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// host is a server of the protocol that can be stopped and started again at the
// same address.
type host struct {
	t       testing.TB
	store   eventstore.Store
	address string
	server  *esdbserver.Server
	served  chan error
}

func newHost(t testing.TB, wrap func(eventstore.Store) eventstore.Store) *host {
	t.Helper()
	log, err := sqlite.Open(filepath.Join(t.TempDir(), "events.db"))
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, store: log, address: "127.0.0.1:0"}
	if wrap != nil {
		h.store = wrap(log)
	}
	h.start()
	t.Cleanup(func() {
		h.stop()
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

func (h *host) start() {
	h.t.Helper()
	l, err := net.Listen("tcp", h.address)
	if err != nil {
		h.t.Fatal(err)
	}
	h.address = l.Addr().String()
	h.server, h.served = esdbserver.New(h.store, slog.New(slog.DiscardHandler)), make(chan error, 1)
	go func(s *esdbserver.Server, served chan<- error) { served <- s.Serve(l) }(h.server, h.served)
}

// stop ends the server as abruptly as a crash does, if it runs.
func (h *host) stop() {
	h.t.Helper()
	if h.server == nil {
		return
	}
	at := make(chan struct{})
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	go func() { defer close(at); _ = h.server.Stop(ctx) }()
	<-at
	if err := <-h.served; err != nil {
		h.t.Error(err)
	}
	h.server = nil
}

func connect(t testing.TB, address string, opts ...Option) *Store {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s, err := Open(ctx, "esdb://"+address+"?tls=false", opts...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, eventstore.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

// wire is a way to a host that can be cut: every connection breaks, new ones are fine.
type wire struct {
	listener net.Listener
	to       string
	copy     func(io.Writer, io.Reader)

	mu    sync.Mutex
	conns map[net.Conn]bool
	done  sync.WaitGroup
}

func newWire(t testing.TB, to string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{listener: l, to: to, conns: make(map[net.Conn]bool)}
	w.copy = func(to io.Writer, from io.Reader) { _, _ = io.Copy(to, from) }
	w.begin(t)
	return w
}

func (w *wire) begin(t testing.TB) {
	w.done.Go(w.serve)
	t.Cleanup(func() {
		_ = w.listener.Close()
		w.cut()
		w.done.Wait()
	})
}

func (w *wire) serve() {
	for {
		near, err := w.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", w.to)
		if err != nil {
			_ = near.Close()
			continue
		}
		w.mu.Lock()
		w.conns[near], w.conns[far] = true, true
		w.mu.Unlock()
		w.done.Go(func() { w.carry(near, far) })
		w.done.Go(func() { w.carry(far, near) })
	}
}

func (w *wire) carry(from, to net.Conn) {
	w.copy(to, from)
	_, _ = to.Close(), from.Close()
	w.mu.Lock()
	delete(w.conns, from)
	w.mu.Unlock()
}

func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.conns {
		_ = c.(*net.TCPConn).SetLinger(0)
		_ = c.Close()
	}
}

func TestTheClientKeepsThePromisesOfTheStore(t *testing.T) {
	wires := make(map[eventstore.Store]*wire)
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		w := newWire(t, newHost(t, nil).address)
		s := connect(t, w.listener.Addr().String())
		wires[s] = w
		return s
	}, storetest.StartsEmpty(), storetest.ObjectsOnly(), storetest.Interrupts(func(_ *testing.T, s eventstore.Store) {
		wires[s].cut()
	}))
}

// This is how a server that lives elsewhere is tried: everything happens on one log.
func TestItKeepsThemOnOneServerThatOthersFilledAndWithLittleMemory(t *testing.T) {
	h := newHost(t, nil)
	onOneLog(t, "esdb://"+h.address+"?tls=false", func(s *settings) { s.tail = 3 })
}

func TestTheServerThatTheEnvironmentNamesKeepsThem(t *testing.T) {
	to := os.Getenv("AANVRAAG_TEST_ESDB")
	if to == "" {
		t.Skip("AANVRAAG_TEST_ESDB names no server: set it to a connection string, such as esdb://localhost:2113?tls=false")
	}
	onOneLog(t, to)
}

func onOneLog(t *testing.T, connectionString string, opts ...Option) {
	t.Helper()
	storetest.Run(t, func(t *testing.T) eventstore.Store {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		s, err := Open(ctx, connectionString, opts...)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}, storetest.ObjectsOnly(), storetest.Interrupts(func(_ *testing.T, s eventstore.Store) {
		s.(*Store).link.drop()
	}))
}

// drop gives up the connection, as if it were lost.
func (l *link) drop() {
	l.mu.Lock()
	s := l.current
	l.mu.Unlock()
	if s != nil {
		s.end()
		l.suspect(s, errRetired)
	}
}
