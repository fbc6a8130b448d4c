// Package bus carries public events over NATS JetStream, behind Watermill's
// Publisher and Subscriber. A publisher can fence itself with the last sequence;
// a subscriber keeps the order of each event stream and lets nothing else wait.
//
// What the bus holds can always be refilled from the event log, so it may lose
// its last moments with the power without harm.
package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	serverName = "aanvraag"

	// startTimeout bounds how long a server may take to recover its files.
	startTimeout = 30 * time.Second
)

// Server is a NATS server with JetStream inside this process. From [StartServer]
// it listens on no port, and only connections of its own process reach it; from
// [StartListening] it is the bus of other processes.
type Server struct {
	server *server.Server
	log    *slog.Logger
	dir    string // of the passwords; empty when nobody needs one
}

// StartServer starts a server whose JetStream lives in dir, and waits until it
// serves.
func StartServer(dir string, log *slog.Logger) (*Server, error) {
	s, err := start(&server.Options{DontListen: true, StoreDir: dir}, log)
	if err != nil {
		return nil, err
	}
	return &Server{server: s, log: log}, nil
}

// start completes the options, and waits until a server with them serves.
func start(opts *server.Options, log *slog.Logger) (*server.Server, error) {
	opts.ServerName = serverName
	opts.JetStream = true
	opts.DisableJetStreamBanner = true
	opts.NoSigs = true
	opts.NoLog = true
	s, err := server.NewServer(opts)
	if err != nil {
		return nil, fmt.Errorf("configure NATS server: %w", err)
	}
	said := &serverLog{log: log}
	s.SetLoggerV2(said, false, false, false)
	s.Start()
	if err := serving(s, said); err != nil {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, err
	}
	return s, nil
}

func serving(s *server.Server, said *serverLog) error {
	const look = 100 * time.Millisecond
	for range startTimeout / look {
		if s.ReadyForConnections(look) {
			if s.JetStreamEnabled() {
				return nil
			}
			break
		}
		if said.fatal.Load() != nil {
			break
		}
	}
	if fatal := said.fatal.Load(); fatal != nil {
		return fmt.Errorf("start NATS server: %s", *fatal)
	}
	return errors.New("NATS server did not start with JetStream; its log says why")
}

// Connect opens a connection inside the process. The caller closes it.
func (s *Server) Connect() (*nats.Conn, error) {
	opts := append(options(s.log), nats.InProcessServer(s.server))
	if s.dir != "" {
		opts = append(opts, AsApplication(s.dir))
	}
	nc, err := nats.Connect("", opts...)
	if err != nil {
		return nil, fmt.Errorf("connect to embedded NATS: %w", err)
	}
	return nc, nil
}

// Shutdown stops the server and waits until its files are closed.
func (s *Server) Shutdown() {
	s.server.Shutdown()
	s.server.WaitForShutdown()
}

// serverLog sends the server's log to slog. Its notices are details to us.
type serverLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string] // why the server gave up
}

func (l *serverLog) at(level slog.Level, format string, v []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, "nats: "+fmt.Sprintf(format, v...))
	}
}

// Fatalf does not end the process, as the server's own log would.
func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.fatal.CompareAndSwap(nil, &text)
	l.at(slog.LevelError, format, v)
}

func (l *serverLog) Noticef(format string, v ...any) { l.at(slog.LevelDebug, format, v) }
func (l *serverLog) Warnf(format string, v ...any)   { l.at(slog.LevelWarn, format, v) }
func (l *serverLog) Errorf(format string, v ...any)  { l.at(slog.LevelError, format, v) }
func (l *serverLog) Debugf(format string, v ...any)  { l.at(slog.LevelDebug, format, v) }
func (l *serverLog) Tracef(format string, v ...any)  { l.at(slog.LevelDebug, format, v) }
