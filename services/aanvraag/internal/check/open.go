package check

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/vault"
)

// Opened is a data directory to look at. Close lets go of it.
type Opened struct {
	Subject

	closers []func() error
}

// Close lets go of everything that was opened.
func (o *Opened) Close() error {
	var errs []error
	for i := range o.closers {
		errs = append(errs, o.closers[len(o.closers)-1-i]())
	}
	return errors.Join(errs...)
}

// Beside looks at the data directory of a process that runs, or of none: at log,
// spool, views and recordings. Bus and keys are that process's alone.
func Beside(data string) (*Opened, error) {
	store, err := sqlite.OpenReadOnly(system.LogFile(data))
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	return &Opened{
		Subject: Subject{Store: store, Mail: filepath.Join(data, "mail"), Views: []string{filepath.Join(data, "views")}, Blobs: system.BlobsDir(data)},
		closers: []func() error{store.Close},
	}, nil
}

// Stopped looks at a whole data directory that no process serves, its bus and keys
// too. The embedded bus is started for it; nothing is published.
func Stopped(data string, log *slog.Logger) (_ *Opened, err error) {
	o, err := Beside(data)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("check: %w", err), o.Close())
		}
	}()
	for _, dir := range []string{system.BusDir(data), system.KeysDir(data)} {
		if _, err := os.Stat(dir); err != nil {
			return nil, err // looking must not make them
		}
	}
	server, err := bus.StartServer(system.BusDir(data), log)
	if err != nil {
		return nil, err
	}
	o.closers = append(o.closers, func() error {
		server.Shutdown()
		return nil
	})
	if o.Bus, err = server.Connect(); err != nil {
		return nil, err
	}
	o.closers = append(o.closers, func() error {
		o.Bus.Close()
		return nil
	})
	keys, err := vault.OpenFiles(system.KeysDir(data))
	if err != nil {
		return nil, err
	}
	o.Keys, o.closers = keys, append(o.closers, keys.Close)
	return o, nil
}
