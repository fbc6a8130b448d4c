// Package system puts the house together: event log, bus, vault, services and the
// door over HTTP, all in one process or one service in each.
package system

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"connectrpc.com/connect/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/run"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/sandbox"
)

// Run serves until ctx ends. ready is called once, with the base URL, when
// everything answers.
func Run(ctx context.Context, cfg Config, ready func(url string)) (err error) {
	if err := check(cfg); err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { _ = listener.Close() }() // the server closed it, if it came to serve
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	clk, frozen, err := clockOf(cfg)
	if err != nil {
		return err
	}
	keys, err := rpc.OpenKeys(KeysDir(cfg.Data))
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	var under engines
	defer func() { err = errors.Join(err, under.close()) }()
	if err := under.open(ctx, cfg, clk); err != nil {
		return err
	}

	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics, err := rpc.NewMetrics(registry)
	if err != nil {
		return err
	}
	closing, endStreams := context.WithCancel(context.Background())
	defer endStreams()
	server := rpc.NewServer(rpc.ServerConfig{Clock: clk, Authenticator: keys, Log: cfg.Log, Metrics: metrics, Closing: closing})
	services, err := rooms(ctx, cfg, service.House{
		Store: under.store, Bus: under.bus, Vault: under.vault, Clock: clk, Keys: keys, Log: cfg.Log,
		ViewDir: filepath.Join(cfg.Data, "views"), BlobDir: BlobsDir(cfg.Data), Metrics: registry, Alone: under.alone,
	}, server)
	if err != nil {
		return err
	}
	if frozen != nil {
		sandbox.Register(server, frozen)
	}

	all := run.Group("services", services...)
	handler, err := rpc.Handler(rpc.HandlerConfig{
		Servers: []*connect.Server{server}, Gatherer: registry, AllowedOrigins: cfg.Origins, Closing: closing, Log: cfg.Log,
		Ready: func(context.Context) error { return errors.Join(under.ready(), started(all.Ready)) },
	})
	if err != nil {
		return err
	}
	return run.InOrder(ctx, cfg.Log,
		run.Part{Name: "disk", Run: under.watch},
		all,
		door(cfg.Log, listener, rpc.HTTPServer(handler), endStreams, func() { ready("http://" + listener.Addr().String()) }),
	)
}

// clockOf is the machine's clock, or the one that stands still in a sandbox.
func clockOf(cfg Config) (clock.Clock, *clock.Frozen, error) {
	if !cfg.Sandbox {
		if sandbox.Is(cfg.Data) {
			return nil, nil, ErrSandbox
		}
		return clock.System{}, nil, nil
	}
	_, missing := os.Stat(LogFile(cfg.Data))
	frozen, err := sandbox.Open(cfg.Data, cfg.SandboxStart, missing == nil)
	return frozen, frozen, err
}

func started(ready <-chan struct{}) error {
	select {
	case <-ready:
		return nil
	default:
		return errors.New("services are starting")
	}
}
