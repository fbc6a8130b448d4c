// Package system puts the house together: the embedded event log and bus, the
// vault, all services and the one door over HTTP, in one process.
package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"connectrpc.com/connect/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"aanvraag.internal/proto/gen/aanvraag/consent/v1/consentv1connect"
	"aanvraag.internal/proto/gen/aanvraag/intake/v1/intakev1connect"
	"aanvraag.internal/proto/gen/aanvraag/scheduling/v1/schedulingv1connect"
	"aanvraag.internal/services/audit"
	"aanvraag.internal/services/billing"
	"aanvraag.internal/services/consent"
	"aanvraag.internal/services/intake"
	"aanvraag.internal/services/notification"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/run"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/sandbox"
	"aanvraag.internal/services/scheduling"
)

// Config is what an operator decides.
type Config struct {
	// Listen is a loopback address with a port; port 0 takes any that is free.
	Listen string
	// Data is the directory that holds everything: log, keys, bus, views, mail.
	Data string
	// Sandbox freezes the clock at SandboxStart, or where it stood before.
	Sandbox      bool
	SandboxStart time.Time
	// Origins may call from a browser.
	Origins []string
	// SMTP is where letters go; empty: into the spool, Data/mail.
	SMTP string
	// MailFrom is the sender of letters, MailDomain the right side of their ids.
	MailFrom, MailDomain string
	Log                  *slog.Logger
}

// LogFile is the event log of a data directory.
func LogFile(data string) string { return filepath.Join(data, "log", "events.db") }

// KeysDir holds the signing key and the vault of a data directory.
func KeysDir(data string) string { return filepath.Join(data, "keys") }

// ErrSandbox refuses to let the clock run over the data of a sandbox, whose events
// may lie in the future.
var ErrSandbox = errors.New("this data directory is a sandbox's")

// ErrKeysMissing refuses a log without the keys that belong to it: everybody in it
// would read as erased.
var ErrKeysMissing = errors.New("the event log has a history, and the keys of its personal data are missing")

// ErrUsage marks what the operator asked for and cannot have, whatever the data.
var ErrUsage = errors.New("wrong settings")

// errNotLoopback refuses to serve where anybody could come.
var errNotLoopback = errors.New("only loopback addresses can be served: tokens are signed by a key in the data directory, and there is no other identity source yet")

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
	var clk clock.Clock = clock.System{}
	var frozen *clock.Frozen
	_, missing := os.Stat(LogFile(cfg.Data))
	switch {
	case cfg.Sandbox:
		if frozen, err = sandbox.Open(cfg.Data, cfg.SandboxStart, missing == nil); err != nil {
			return err
		}
		clk = frozen
	case sandbox.Is(cfg.Data):
		return ErrSandbox
	}

	store, err := sqlite.Open(LogFile(cfg.Data), sqlite.WithClock(clk))
	if err != nil {
		return fmt.Errorf("event log: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	keys, err := rpc.OpenKeys(KeysDir(cfg.Data))
	if err != nil {
		return fmt.Errorf("signing key: %w", err)
	}
	sealing, err := vault.Open(KeysDir(cfg.Data), clk)
	if err != nil {
		return fmt.Errorf("vault: %w", err)
	}
	defer func() { err = errors.Join(err, sealing.Close()) }()
	end, err := store.End(ctx)
	if err != nil {
		return fmt.Errorf("event log: %w", err)
	}
	if end > 0 && sealing.Fresh() {
		return ErrKeysMissing
	}
	nats, err := bus.StartServer(filepath.Join(cfg.Data, "bus"), cfg.Log)
	if err != nil {
		return err
	}
	defer nats.Shutdown()
	conn, err := nats.Connect()
	if err != nil {
		return err
	}
	defer conn.Close()

	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics, err := rpc.NewMetrics(registry)
	if err != nil {
		return err
	}
	closing, endStreams := context.WithCancel(context.Background())
	defer endStreams()
	server := rpc.NewServer(rpc.ServerConfig{Clock: clk, Authenticator: keys, Log: cfg.Log, Metrics: metrics, Closing: closing})
	house := service.House{
		Store: store, Bus: conn, Vault: sealing, Clock: clk, Keys: keys, Log: cfg.Log,
		ViewDir: filepath.Join(cfg.Data, "views"), Metrics: registry, Alone: true,
	}
	services, err := rooms(ctx, cfg, house, server)
	if err != nil {
		return err
	}
	if frozen != nil {
		sandbox.Register(server, frozen)
	}

	all := run.Group("services", services...)
	handler, err := rpc.Handler(rpc.HandlerConfig{
		Servers: []*connect.Server{server}, Gatherer: registry, AllowedOrigins: cfg.Origins, Closing: closing, Log: cfg.Log,
		Ready: func(context.Context) error { return serving(all.Ready, store.Failed(), sealing.Failed()) },
	})
	if err != nil {
		return err
	}
	return run.InOrder(ctx, cfg.Log,
		run.Part{Name: "disk", Run: func(ctx context.Context) error { return watch(ctx, store.Failed(), sealing.Failed()) }},
		all,
		door(cfg.Log, listener, rpc.HTTPServer(handler), endStreams, func() { ready("http://" + listener.Addr().String()) }),
	)
}

// rooms makes every service and puts its RPCs on server.
func rooms(ctx context.Context, cfg Config, house service.House, server *connect.Server) ([]run.Part, error) {
	sender, err := sender(cfg)
	if err != nil {
		return nil, err
	}
	// A service calls another as itself, through the same door as everybody.
	client := func(name string) *connect.Client { return rpc.InProcess(server, house.Keys, name, house.Clock) }
	type room interface {
		Register(*connect.Server)
		Run(context.Context) error
		Ready() <-chan struct{}
	}
	var parts []run.Part
	add := func(name string, r room, err error) error {
		if err != nil {
			return err
		}
		r.Register(server)
		parts = append(parts, run.Part{Name: name, Run: r.Run, Ready: r.Ready()})
		return nil
	}
	var errs []error
	{
		s, err := consent.New(ctx, house, consent.Neighbours{
			Requests: intakev1connect.NewIntakeServiceClient(client(consent.Name)),
		})
		errs = append(errs, add(consent.Name, s, err))
	}
	{
		own := client(intake.Name)
		s, err := intake.New(ctx, house, intake.Neighbours{
			Consents: consentv1connect.NewConsentServiceClient(own),
			Sessions: schedulingv1connect.NewSchedulingServiceClient(own),
		})
		errs = append(errs, add(intake.Name, s, err))
	}
	{
		own := client(scheduling.Name)
		s, err := scheduling.New(ctx, house, scheduling.Neighbours{
			Requests: intakev1connect.NewIntakeServiceClient(own),
			Consents: consentv1connect.NewConsentServiceClient(own),
		})
		errs = append(errs, add(scheduling.Name, s, err))
	}
	{
		s, err := billing.New(ctx, house)
		errs = append(errs, add(billing.Name, s, err))
	}
	{
		s, err := notification.New(ctx, house, notification.Config{Sender: sender, From: cfg.MailFrom, Domain: cfg.MailDomain})
		errs = append(errs, add(notification.Name, s, err))
	}
	{
		s, err := audit.New(ctx, house)
		errs = append(errs, add(audit.Name, s, err))
	}
	return parts, errors.Join(errs...)
}

// check refuses, before anything is opened, what cannot be done with any data.
func check(cfg Config) error {
	if err := loopback(cfg.Listen); err != nil {
		return err
	}
	for _, origin := range cfg.Origins {
		if err := http.NewCrossOriginProtection().AddTrustedOrigin(origin); err != nil {
			return fmt.Errorf("allow origin: %w", err)
		}
	}
	if cfg.SMTP == "" {
		return nil
	}
	_, err := notification.NewSMTP(cfg.SMTP)
	return err
}

// sender is the mail server when there is one, else the spool.
func sender(cfg Config) (notification.Sender, error) {
	if cfg.SMTP != "" {
		return notification.NewSMTP(cfg.SMTP)
	}
	return notification.OpenSpool(filepath.Join(cfg.Data, "mail"))
}

// watch ends with an error once the log or the keys can no longer be trusted to
// keep anything: after a failed sync nothing more is acknowledged, and the process ends.
func watch(ctx context.Context, log, keys <-chan struct{}) error {
	select {
	case <-ctx.Done():
		return nil
	case <-log:
		return errLog
	case <-keys:
		return errKeys
	}
}

var (
	errLog  = errors.New("writing to the event log failed")
	errKeys = errors.New("writing to the key store failed")
)

func serving(ready, log, keys <-chan struct{}) error {
	select {
	case <-log:
		return errLog
	case <-keys:
		return errKeys
	default:
	}
	select {
	case <-ready:
		return nil
	default:
		return errors.New("services are starting")
	}
}

// drain is how long running calls may take to end when the process stops.
const drain = 10 * time.Second

// door serves HTTP; stopping ends the streams and lets running calls end first.
func door(log *slog.Logger, listener net.Listener, server *http.Server, endStreams, ready func()) run.Part {
	return run.Part{Name: "door", Run: func(ctx context.Context) error {
		ended := make(chan error, 1)
		go func() { ended <- server.Serve(listener) }()
		ready()
		select {
		case err := <-ended:
			return fmt.Errorf("serve: %w", err)
		case <-ctx.Done():
		}
		endStreams()
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
		defer cancel()
		if err := server.Shutdown(stop); err != nil {
			log.Warn("calls were still running and are cut off", "after", drain, "error", err)
			return server.Close()
		}
		return nil
	}}
}

func loopback(listen string) error {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Errorf("listen address: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("listen on %s: %w", listen, errNotLoopback)
	}
	return nil
}
