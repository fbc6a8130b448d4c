package system

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/esdb"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/vault/natskeys"
)

// engines are what the services stand on, wherever it is.
type engines struct {
	store eventstore.Store
	bus   *nats.Conn
	vault *vault.Vault

	// alone says that nobody else is on the bus.
	alone bool
	// available tells why no command can be taken now, or nil.
	available func() error
	// broken is closed once nothing can be acknowledged any more until the process
	// starts anew; why says what broke.
	broken []fault

	closers []func() error
}

// fault is something that ends the process when its channel is closed.
type fault struct {
	happened <-chan struct{}
	err      error
}

var (
	errBus  = errors.New("the embedded bus did not start")
	errLog  = errors.New("writing to the event log failed")
	errKeys = errors.New("writing to the key store failed")
	errAway = errors.New("the event log cannot be reached")
)

// busPatience is how long a start waits for the embedded bus. Commands need none of
// it, and a bus with a long history takes a while.
const busPatience = 15 * time.Millisecond

// open opens log, keys and bus. The caller closes what it answers, error or not.
func (e *engines) open(ctx context.Context, cfg Config, clk clock.Clock) error {
	if err := e.openStore(ctx, cfg, clk); err != nil {
		return fmt.Errorf("event log: %w", err)
	}
	if err := e.openBus(cfg); err != nil {
		return err
	}
	end, err := e.store.End(ctx)
	if err != nil {
		return fmt.Errorf("event log: %w", err)
	}
	err = e.openVault(ctx, cfg, clk, end > 0)
	if err != nil && !errors.Is(err, ErrKeysMissing) {
		return fmt.Errorf("vault: %w", err)
	}
	return err
}

func (e *engines) close() error {
	var errs []error
	for i := range e.closers {
		errs = append(errs, e.closers[len(e.closers)-1-i]())
	}
	return errors.Join(errs...)
}

func (e *engines) openStore(ctx context.Context, cfg Config, clk clock.Clock) error {
	e.available = func() error { return nil }
	switch cfg.Store {
	case "":
		options := []sqlite.Option{sqlite.WithClock(clk)}
		if cfg.Lone {
			options = append(options, sqlite.WithoutGroupCommit())
		}
		s, err := sqlite.Open(LogFile(cfg.Data), options...)
		if err != nil {
			return err
		}
		e.store = s
		e.broken = append(e.broken, fault{s.Failed(), errLog})
	case MemoryStore:
		e.store = memory.New()
	default:
		s, err := esdb.Open(ctx, cfg.Store)
		if err != nil {
			return err
		}
		e.store = s
		e.available = func() error {
			if s.Available() {
				return nil
			}
			return errAway
		}
	}
	e.closers = append(e.closers, e.store.Close)
	return nil
}

func (e *engines) openBus(cfg Config) error {
	if cfg.Bus != "" {
		conn, err := bus.Dial(cfg.Bus, cfg.Log, credentials(cfg.Bus, bus.AsApplication(BusDir(cfg.Data)))...)
		if err != nil {
			return err
		}
		e.bus = conn
		e.closers = append(e.closers, closing(conn))
		return nil
	}
	server, err := bus.BeginServer(BusDir(cfg.Data), cfg.Log, busPatience)
	if err != nil {
		return err
	}
	e.broken = append(e.broken, fault{server.Failed(), errBus})
	e.closers = append(e.closers, func() error {
		server.Shutdown()
		return nil
	})
	if e.bus, err = server.Connect(); err != nil {
		return err
	}
	e.alone = true
	e.closers = append(e.closers, closing(e.bus))
	return nil
}

// credentials are those of this machine's bus for an URL that carries none.
func credentials(address string, local nats.Option) []nats.Option {
	if strings.Contains(address, "@") {
		return nil
	}
	return []nats.Option{local}
}

func closing(conn *nats.Conn) func() error {
	return func() error {
		conn.Close()
		return nil
	}
}

// openVault opens the vault over this directory's keys or, where the bus is shared,
// over the keys there; then the directory has the key that wraps them, which all
// processes share, and what this process alone records. A log with a history has
// keys; where there are none, none are made.
func (e *engines) openVault(ctx context.Context, cfg Config, clk clock.Clock, history bool) error {
	keys := KeysDir(cfg.Data)
	want := vault.Config{Dir: keys, Clock: clk}
	if cfg.Bus == "" {
		if history && !vault.Exists(keys) {
			return ErrKeysMissing
		}
	} else {
		want.Dir = filepath.Join(keys, cmp.Or(cfg.Service, "all"))
		want.KEK = filepath.Join(keys, "kek.json")
		if err := os.MkdirAll(want.Dir, 0o700); err != nil {
			return err
		}
		system, err := bus.Dial(cmp.Or(cfg.BusSystem, cfg.Bus), cfg.Log, credentials(cfg.BusSystem, bus.AsSystem(BusDir(cfg.Data)))...)
		if err != nil {
			return err
		}
		e.closers = append(e.closers, closing(system))
		shared, err := natskeys.Open(ctx, natskeys.Config{
			Conn: e.bus, System: system, Replicas: cfg.BusReplicas, List: filepath.Join(want.Dir, "destroyed-shared.log"), Log: cfg.Log,
		})
		if err != nil {
			return err
		}
		if history && shared.Fresh() {
			return errors.Join(ErrKeysMissing, shared.Close())
		}
		want.Keys = shared
	}
	v, err := vault.OpenWith(ctx, want)
	if err != nil {
		return err
	}
	e.vault = v
	e.broken = append(e.broken, fault{v.Failed(), errKeys})
	e.closers = append(e.closers, v.Close)
	return nil
}

// ready tells why the process cannot do its work now, or nil.
func (e *engines) ready() error {
	for _, f := range e.broken {
		select {
		case <-f.happened:
			return f.err
		default:
		}
	}
	return e.available()
}

// watch ends with an error once the log or the keys can no longer be trusted to
// keep anything: after a failed sync nothing more is acknowledged, and the process
// ends.
func (e *engines) watch(ctx context.Context) error {
	ended := make(chan error, len(e.broken))
	for _, f := range e.broken {
		go func() {
			select {
			case <-f.happened:
				ended <- f.err
			case <-ctx.Done():
				ended <- nil
			}
		}()
	}
	if len(e.broken) == 0 {
		<-ctx.Done()
		return nil
	}
	return <-ended
}
