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
	"net"
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
// and [BeginServer] it listens on no port, and only connections of its own process
// reach it; from [StartListening] it is the bus of other processes.
type Server struct {
	log *slog.Logger
	dir string // of the passwords; empty when nobody needs one

	tried  chan struct{} // closed when it serves, or never will
	failed chan struct{} // closed when it never will
	server *server.Server
	err    error
}

// StartServer starts a server whose JetStream lives in dir, and waits until it
// serves.
func StartServer(dir string, log *slog.Logger) (*Server, error) {
	s := begin(&server.Options{DontListen: true, StoreDir: dir}, log, "")
	<-s.tried
	if s.err != nil {
		return nil, s.err
	}
	return s, nil
}

// BeginServer is [StartServer] for who has other things to do: it waits no longer
// than patience. To find its way around its files a server takes the longer the
// more they hold, some 0.1 s for 65,000 event streams; meanwhile a connection is
// one to a bus that is away. Should the server not come, [Server.Failed] tells.
func BeginServer(dir string, log *slog.Logger, patience time.Duration) (*Server, error) {
	s := begin(&server.Options{DontListen: true, StoreDir: dir}, log, "")
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-s.tried:
	case <-t.C:
		return s, nil
	}
	if s.err != nil {
		return nil, s.err
	}
	return s, nil
}

func begin(opts *server.Options, log *slog.Logger, dir string) *Server {
	s := &Server{log: log, dir: dir, tried: make(chan struct{}), failed: make(chan struct{})}
	go func() {
		defer close(s.tried)
		if s.server, s.err = start(opts, log); s.err != nil {
			close(s.failed)
		}
	}()
	return s
}

// Failed is closed when the server turns out not to start; its log says why.
func (s *Server) Failed() <-chan struct{} { return s.failed }

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

// errStarting answers a connection that comes too early.
var errStarting = errors.New("the embedded NATS server is starting")

// InProcessConn is for the library, which calls it until it has a connection.
func (s *Server) InProcessConn() (net.Conn, error) {
	select {
	case <-s.tried:
		if s.err != nil {
			return nil, s.err
		}
		return s.server.InProcessConn()
	default:
		return nil, errStarting
	}
}

// Starting tells whether a fault may be that of a bus that is still finding its way
// around its files, see [BeginServer]: nobody need be told of the first few.
func Starting(err error, failures int) bool {
	const few = 4
	return failures <= few && errors.Is(err, nats.ErrReconnectBufExceeded)
}

// earlyWait is between two attempts to connect to a server that is starting.
const earlyWait = 10 * time.Millisecond

// Connect opens a connection inside the process. The caller closes it.
func (s *Server) Connect() (*nats.Conn, error) {
	opts := append(options(s.log),
		nats.InProcessServer(s),
		nats.RetryOnFailedConnect(true),
		nats.ReconnectWait(earlyWait),
		nats.ReconnectJitter(0, 0),
		nats.ReconnectBufSize(-1),
	)
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
	<-s.tried
	if s.err != nil {
		return
	}
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
