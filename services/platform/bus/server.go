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
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// startTimeout bounds how long the embedded server may take to recover its files.
const startTimeout = 30 * time.Second

// Server is an embedded NATS server with JetStream. It listens on no port: only
// connections of its own process reach it.
type Server struct {
	server *server.Server
	log    *slog.Logger
}

// StartServer starts a server whose JetStream lives in dir, and waits until it
// serves.
func StartServer(dir string, log *slog.Logger) (*Server, error) {
	s, err := server.NewServer(&server.Options{
		ServerName:             "aanvraag",
		DontListen:             true,
		JetStream:              true,
		StoreDir:               dir,
		DisableJetStreamBanner: true,
		NoSigs:                 true,
		NoLog:                  true,
	})
	if err != nil {
		return nil, fmt.Errorf("configure embedded NATS: %w", err)
	}
	s.SetLoggerV2(serverLog{log}, false, false, false)
	s.Start()
	if !s.ReadyForConnections(startTimeout) || !s.JetStreamEnabled() {
		s.Shutdown()
		s.WaitForShutdown()
		return nil, errors.New("embedded NATS did not start with JetStream; its log says why")
	}
	return &Server{server: s, log: log}, nil
}

// Connect opens a connection inside the process. The caller closes it.
func (s *Server) Connect() (*nats.Conn, error) {
	nc, err := nats.Connect("", append(options(s.log), nats.InProcessServer(s.server))...)
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

// Dial connects to a NATS cluster, such as "nats://a:4222,nats://b:4222". Once
// connected it reconnects for ever. The caller closes it.
func Dial(url string, log *slog.Logger) (*nats.Conn, error) {
	nc, err := nats.Connect(url, options(log)...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	return nc, nil
}

func options(log *slog.Logger) []nats.Option {
	return []nats.Option{
		nats.Name("aanvraag"),
		nats.MaxReconnects(-1),
		nats.ErrorHandler(func(_ *nats.Conn, sub *nats.Subscription, err error) {
			subject := ""
			if sub != nil {
				subject = sub.Subject
			}
			log.Error("bus error", "subject", subject, "error", err)
		}),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("bus disconnected", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { log.Info("bus reconnected", "server", nc.ConnectedServerName()) }),
	}
}

// serverLog sends the server's log to slog. Its notices are details to us.
type serverLog struct{ log *slog.Logger }

func (l serverLog) at(level slog.Level, format string, v []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, "nats: "+fmt.Sprintf(format, v...))
	}
}

func (l serverLog) Noticef(format string, v ...any) { l.at(slog.LevelDebug, format, v) }
func (l serverLog) Warnf(format string, v ...any)   { l.at(slog.LevelWarn, format, v) }
func (l serverLog) Errorf(format string, v ...any)  { l.at(slog.LevelError, format, v) }
func (l serverLog) Fatalf(format string, v ...any)  { l.at(slog.LevelError, format, v) }
func (l serverLog) Debugf(format string, v ...any)  { l.at(slog.LevelDebug, format, v) }
func (l serverLog) Tracef(format string, v ...any)  { l.at(slog.LevelDebug, format, v) }
