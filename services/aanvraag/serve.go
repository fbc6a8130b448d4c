package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/audit"
	"aanvraag.internal/services/billing"
	"aanvraag.internal/services/consent"
	"aanvraag.internal/services/intake"
	"aanvraag.internal/services/legal"
	"aanvraag.internal/services/notification"
	"aanvraag.internal/services/operations"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/sandbox"
	"aanvraag.internal/services/scheduling"
)

// serveCmd runs the system: all of it in this process, or one part of it.
type serveCmd struct {
	Part         string            `arg:""                                                                                                                                                                 default:"all"                                                                       enum:"all,log,bus,consent,intake,scheduling,billing,notification,audit,operations,legal,door" help:"What to run: all in this process, or one of log, bus, consent, intake, scheduling, billing, notification, audit, operations, legal and door, each a process of its own." optional:""`
	Listen       string            `help:"Loopback address to serve on; port 0 takes any that is free. Default: 127.0.0.1 with the part's own port."                                                       placeholder:"HOST:PORT"`
	Data         string            `default:"data"                                                                                                                                                         help:"Directory for what this process keeps: event log, keys, bus, views and mail." type:"path"`
	Store        string            `help:"Event log: esdb://… for an EventStoreDB, memory: for one that is gone with the process. Default: in the data directory; of a single part: this machine's log."   placeholder:"URL"`
	GroupCommit  bool              `default:"true"                                                                                                                                                         help:"Let appends to the embedded event log share a sync of the disk."              negatable:""`
	Bus          string            `help:"NATS servers, such as nats://a:4222,nats://b:4222. Default: in this process; of a single part: this machine's bus."                                              placeholder:"URL"`
	BusSystem    string            `help:"The same servers with a user of the system account, who may ask whether they sync what they store. Default: this machine's bus."                                 placeholder:"URL"`
	BusReplicas  int               `default:"1"                                                                                                                                                            help:"On how many NATS servers each key of personal data is kept."`
	Door         string            `default:"http://127.0.0.1:8080"                                                                                                                                        help:"Where a single service reaches the others."                                   placeholder:"URL"`
	To           map[string]string `help:"Where the door finds a service, such as billing=http://127.0.0.1:8084; may be repeated. Default: the ports of this machine."                                     placeholder:"SERVICE=URL"`
	Sandbox      bool              `help:"Freeze the clock: it moves only when AdvanceClock moves it."`
	SandboxStart string            `help:"Where the frozen clock begins, such as 2026-11-23T08:00:00Z; default: now."                                                                                      placeholder:"INSTANT"`
	AllowOrigin  []string          `help:"Origin that may call from a browser; may be repeated."                                                                                                           placeholder:"URL"`
	SMTP         string            `help:"Mail server, smtp://user:password@host:port or smtps://…; default: the spool in the data directory."                                                             name:"smtp"                                                                         placeholder:"URL"`
	MailFrom     string            `default:"support@libra.nl"                                                                                                                                             help:"Sender of letters."`
	MailDomain   string            `default:"aanvraag.invalid"                                                                                                                                             help:"Domain in the ids of letters; one of your own."`
	LogLevel     slog.Level        `default:"info"                                                                                                                                                         help:"debug, info, warn or error."`
}

// ports are where the parts are found on one machine, unless they are told.
var ports = map[string]string{
	"all": "8080", "door": "8080", "log": "2113", "bus": "4222",
	consent.Name: "8081", intake.Name: "8082", scheduling.Name: "8083",
	billing.Name: "8084", notification.Name: "8085", audit.Name: "8086", operations.Name: "8087",
	legal.Name: "8088",
}

func at(part string) string { return net.JoinHostPort("127.0.0.1", ports[part]) }

// collect is how much the heap grows, in percent of what is alive, before it is
// collected. A server has memory to spare: half the collections of the default
// give a twentieth of its processor time back to commands. GOGC wins.
const collect = 200

// syncing is how many goroutines may wait for the disk without keeping a core from
// others: the scheduler is slow to notice that a system call takes long. With it
// two cores did a fifth more commands. GOMAXPROCS wins.
const syncing = 2

// tune sets the runtime to a server's work.
func tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collect)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + syncing)
	}
}

// Run serves until the process is asked to stop.
func (c *serveCmd) Run(ctx context.Context, io streams) error {
	log := logger(io.err, c.LogLevel)
	tune()
	ready := func(url string) { fmt.Fprintf(io.out, "ready %s\n", url) }
	listen := cmp.Or(c.Listen, at(c.Part))
	var err error
	switch c.Part {
	case "log":
		err = system.RunLog(ctx, listen, c.Data, log, ready)
	case "bus":
		err = system.RunBus(ctx, listen, c.Data, log, ready)
	case "door":
		to := map[string]string{}
		for _, name := range system.Services() {
			to[name] = cmp.Or(c.To[name], "http://"+at(name))
		}
		err = system.RunDoor(ctx, system.DoorConfig{Listen: listen, To: to, Log: log}, ready)
	default:
		var cfg system.Config
		if cfg, err = c.config(listen, log); err == nil {
			err = system.Run(ctx, cfg, ready)
		}
	}
	return explain(err)
}

func (c *serveCmd) config(listen string, log *slog.Logger) (system.Config, error) {
	start := clock.System{}.Now()
	if c.SandboxStart != "" {
		var err error
		if start, err = time.Parse(time.RFC3339, c.SandboxStart); err != nil {
			return system.Config{}, usage(fmt.Errorf("--sandbox-start: %w", err), "write it like 2026-11-23T08:00:00Z")
		}
		if !c.Sandbox {
			return system.Config{}, usage(errors.New("--sandbox-start without --sandbox"), "add --sandbox to freeze the clock")
		}
	}
	cfg := system.Config{
		Listen: listen, Data: c.Data, Store: c.Store, Lone: !c.GroupCommit, Door: c.Door,
		Bus: c.Bus, BusSystem: c.BusSystem, BusReplicas: c.BusReplicas,
		Sandbox: c.Sandbox, SandboxStart: start,
		Origins: c.AllowOrigin, SMTP: c.SMTP, MailFrom: c.MailFrom, MailDomain: c.MailDomain, Log: log,
	}
	if c.Part != "all" {
		cfg.Service = c.Part
		cfg.Store = cmp.Or(cfg.Store, "esdb://"+at("log")+"?tls=false")
		cfg.Bus = cmp.Or(cfg.Bus, "nats://"+at("bus"))
	}
	return cfg, nil
}

// explain adds advice to what an operator can mend.
func explain(err error) error {
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
