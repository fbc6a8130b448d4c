package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	dialTimeout = 2 * time.Second

	// A wait between two attempts is this long, and up to as much longer, so that
	// not all come back at once.
	reconnectWait = 250 * time.Millisecond

	// A server that hangs without closing its connections is given up after
	// between two and three of these.
	pingInterval = 5 * time.Second
	missedPings  = 2
)

// Dial connects to a NATS server or cluster, such as "nats://a:4222,nats://b:4222",
// and does not wait for it: also when no server is there yet, it tries for ever,
// in the background. An URL may carry a user and password; with takes other
// credentials, such as [AsApplication]. The caller closes the connection.
//
// While the server is away nothing is kept to be sent later: every publish and
// request answers an error at once ([nats.ErrReconnectBufExceeded]), and
// subscriptions stand. A refused password, too, is tried again, and logged. A
// server that comes back on its old address is found within half a second.
func Dial(url string, log *slog.Logger, with ...nats.Option) (*nats.Conn, error) {
	opts := append(options(log),
		nats.Timeout(dialTimeout),
		nats.RetryOnFailedConnect(true),
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(reconnectWait),
		nats.ReconnectJitter(reconnectWait, reconnectWait),
		nats.ReconnectBufSize(-1),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(missedPings),
		nats.ConnectHandler(func(nc *nats.Conn) { log.Info("bus connected", "server", nc.ConnectedServerName()) }),
		nats.ReconnectErrHandler(func(_ *nats.Conn, err error) {
			level := slog.LevelDebug
			if errors.Is(err, nats.ErrAuthorization) {
				level = slog.LevelError
			}
			log.Log(context.Background(), level, "bus not reached", "error", err)
		}),
	)
	nc, err := nats.Connect(url, append(opts, with...)...)
	if err != nil {
		return nil, fmt.Errorf("connect to NATS: %w", err)
	}
	if !nc.IsConnected() {
		log.Warn("bus is not there yet; its services wait for it", "error", nc.LastError())
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
