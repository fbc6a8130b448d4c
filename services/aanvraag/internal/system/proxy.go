package system

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"

	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/run"
)

// DoorConfig is what the one address for all clients knows: where each service is.
type DoorConfig struct {
	Listen string            // a loopback address
	To     map[string]string // service → base URL
	Log    *slog.Logger
}

// RunDoor passes every call on to the service that it is for, until ctx ends. ready
// is called once, with the base URL, when it listens. It keeps nothing and knows no
// rule: what a call may do is judged where it arrives.
func RunDoor(ctx context.Context, cfg DoorConfig, ready func(url string)) error {
	if err := loopback(cfg.Listen); err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	backends := map[string]*url.URL{}
	for name, text := range cfg.To {
		to, err := base(text)
		if err != nil {
			return fmt.Errorf("%w: service %s: %w", ErrUsage, name, err)
		}
		backends[name] = to
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { _ = listener.Close() }() // the server closed it, if it came to serve
	closing, endStreams := context.WithCancel(context.Background())
	defer endStreams()
	server := rpc.HTTPServer(rpc.Proxy(rpc.ProxyConfig{Backends: backends, Closing: closing, Log: cfg.Log}))
	return run.InOrder(ctx, cfg.Log,
		door(cfg.Log, listener, server, endStreams, func() { ready("http://" + listener.Addr().String()) }),
	)
}
