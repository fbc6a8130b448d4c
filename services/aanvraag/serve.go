package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"syscall"
	"time"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/sandbox"
)

// serveCmd runs the whole system in one process.
type serveCmd struct {
	Listen       string     `default:"127.0.0.1:8080"                                                                                     help:"Loopback address to serve on; port 0 takes any that is free."`
	Data         string     `default:"data"                                                                                               help:"Directory for the event log, keys, bus, views and mail."      type:"path"`
	Sandbox      bool       `help:"Freeze the clock: it moves only when AdvanceClock moves it."`
	SandboxStart string     `help:"Where the frozen clock begins, such as 2026-11-23T08:00:00Z; default: now."                            placeholder:"INSTANT"`
	AllowOrigin  []string   `help:"Origin that may call from a browser; may be repeated."                                                 placeholder:"URL"`
	SMTP         string     `help:"Mail server, smtp://user:password@host:port or smtps://…; default: the spool in the data directory."   name:"smtp"                                                         placeholder:"URL"`
	MailFrom     string     `default:"support@libra.nl"                                                                                   help:"Sender of letters."`
	MailDomain   string     `default:"aanvraag.invalid"                                                                                   help:"Domain in the ids of letters; one of your own."`
	LogLevel     slog.Level `default:"info"                                                                                               help:"debug, info, warn or error."`
}

// Run serves until the process is asked to stop.
func (c *serveCmd) Run(ctx context.Context, io streams) error {
	start := clock.System{}.Now()
	if c.SandboxStart != "" {
		var err error
		if start, err = time.Parse(time.RFC3339, c.SandboxStart); err != nil {
			return usage(fmt.Errorf("--sandbox-start: %w", err), "write it like 2026-11-23T08:00:00Z")
		}
		if !c.Sandbox {
			return usage(errors.New("--sandbox-start without --sandbox"), "add --sandbox to freeze the clock")
		}
	}
	err := system.Run(ctx, system.Config{
		Listen: c.Listen, Data: c.Data, Sandbox: c.Sandbox, SandboxStart: start,
		Origins: c.AllowOrigin, SMTP: c.SMTP, MailFrom: c.MailFrom, MailDomain: c.MailDomain, Log: logger(io.err, c.LogLevel),
	}, func(url string) { fmt.Fprintf(io.out, "ready %s\n", url) })
	switch {
	case errors.Is(err, system.ErrUsage):
		return usage(err, "aanvraag serve --help")
	case errors.Is(err, sqlite.ErrLocked):
		return hinted{err, "another process serves this data directory; stop it, or choose another with --data"}
	case errors.Is(err, system.ErrSandbox):
		return hinted{err, "add --sandbox, or choose another with --data"}
	case errors.Is(err, sandbox.ErrNotSandbox):
		return hinted{err, "leave --sandbox out, or choose an empty directory with --data"}
	case errors.Is(err, system.ErrKeysMissing):
		return hinted{err, "restore the folder keys that was backed up beside this log"}
	case errors.Is(err, syscall.EADDRINUSE):
		return hinted{err, "something else listens there; choose another port with --listen, 0 for any that is free"}
	}
	return err
}
