package torture

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startBus starts a NATS server with JetStream in this process, as the embedded bus
// is one. Its caller ends it.
func startBus(dir string) (*server.Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "torture", DontListen: true, StoreDir: dir, JetStream: true,
		DisableJetStreamBanner: true, NoSigs: true, NoLog: true,
	})
	if err != nil {
		return nil, fmt.Errorf("configure NATS server: %w", err)
	}
	s.Start()
	if !s.ReadyForConnections(30*time.Second) || !s.JetStreamEnabled() {
		stopBus(s)
		return nil, errors.New("NATS server did not start")
	}
	return s, nil
}

func stopBus(s *server.Server) {
	s.Shutdown()
	s.WaitForShutdown()
}

// wire is one process's way to the bus. What the process writes goes through harm,
// which answers what arrives; after it, [wire.cut] and [wire.die] still find the
// connection.
type wire struct {
	server *server.Server
	harm   func(written []byte) (arrives []byte, then func())

	mu   sync.Mutex
	dead bool
	conn net.Conn // the one that is open
}

// connectThrough opens a connection whose writes are harmed. It connects again for
// ever, as a service's does.
func connectThrough(s *server.Server, harm func([]byte) ([]byte, func())) (*wire, *nats.Conn, error) {
	w := &wire{server: s, harm: harm}
	nc, err := nats.Connect("", nats.InProcessServer(w), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1),
		nats.ReconnectWait(2*time.Millisecond), nats.ReconnectJitter(0, 0),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	return w, nc, err
}

// connectTo opens a connection that nothing harms.
func connectTo(s *server.Server) (*nats.Conn, error) {
	return nats.Connect("", nats.InProcessServer(s))
}

// InProcessConn is what the NATS client opens.
func (w *wire) InProcessConn() (net.Conn, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dead {
		return nil, net.ErrClosed
	}
	c, err := w.server.InProcessConn()
	if err != nil {
		return nil, err
	}
	w.conn = c
	return &harmedConn{Conn: c, wire: w}, nil
}

// cut breaks the connection; the next one is well.
func (w *wire) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conn != nil {
		_ = w.conn.Close()
	}
}

// die breaks the connection for good: its process is no more.
func (w *wire) die() {
	w.mu.Lock()
	w.dead = true
	w.mu.Unlock()
	w.cut()
}

type harmedConn struct {
	net.Conn

	wire *wire
}

// Write takes all for written, whatever arrives.
func (c *harmedConn) Write(p []byte) (int, error) {
	arrives, then := c.wire.harm(p)
	if len(arrives) > 0 {
		if n, err := c.Conn.Write(arrives); err != nil {
			return min(n, len(p)), err
		}
	}
	if then != nil {
		then()
	}
	return len(p), nil
}
