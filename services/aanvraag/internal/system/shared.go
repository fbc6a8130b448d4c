package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore/esdbserver"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/run"
)

// RunLog serves the embedded event log of a data directory to other processes, in
// the protocol of EventStoreDB, until ctx ends. ready is called once, with the
// connection string.
func RunLog(ctx context.Context, listen, data string, log *slog.Logger, ready func(url string)) (err error) {
	if err := loopback(listen); err != nil {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	defer func() { _ = listener.Close() }() // the server closed it, if it came to serve
	store, err := sqlite.Open(LogFile(data))
	if err != nil {
		return fmt.Errorf("event log: %w", err)
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	broken := engines{broken: []fault{{store.Failed(), errLog}}}
	server := esdbserver.New(store, log)
	return run.InOrder(
		ctx, log,
		run.Part{Name: "disk", Run: broken.watch},
		run.Part{Name: "log", Run: func(ctx context.Context) error {
			ended := make(chan error, 1)
			go func() { ended <- server.Serve(listener) }()
			ready("esdb://" + listener.Addr().String() + "?tls=false")
			select {
			case err := <-ended:
				return err
			case <-ctx.Done():
			}
			stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drain)
			defer cancel()
			return errors.Join(server.Stop(stop), <-ended)
		}},
	)
}

// RunBus serves a NATS server with JetStream to the other processes of this machine
// until ctx ends. ready is called once, with its URL.
func RunBus(ctx context.Context, listen, data string, log *slog.Logger, ready func(url string)) error {
	server, err := bus.StartListening(bus.ServerConfig{Dir: BusDir(data), Listen: listen, Log: log})
	if errors.Is(err, bus.ErrNotLoopback) {
		return fmt.Errorf("%w: %w", ErrUsage, err)
	}
	if err != nil {
		return err
	}
	ready(server.URL())
	<-ctx.Done()
	server.Shutdown()
	return nil
}
