package system

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"aanvraag.internal/services/audit"
	"aanvraag.internal/services/billing"
	"aanvraag.internal/services/consent"
	"aanvraag.internal/services/intake"
	"aanvraag.internal/services/notification"
	"aanvraag.internal/services/operations"
	"aanvraag.internal/services/scheduling"
)

// Services are those that can run as processes of their own.
func Services() []string {
	return []string{consent.Name, intake.Name, scheduling.Name, billing.Name, notification.Name, audit.Name, operations.Name}
}

// Config is what an operator decides.
type Config struct {
	// Service is the one service that runs; empty: all of them.
	Service string
	// Listen is a loopback address with a port; port 0 takes any that is free.
	Listen string
	// Data is the directory that holds everything that is not elsewhere: log, keys,
	// bus, views, mail.
	Data string
	// Store is where the event log is: empty for the embedded one in Data, the
	// connection string of an EventStoreDB ("esdb://…"), or [MemoryStore].
	Store string
	// Lone gives each append a transaction of its own, to measure what sharing is
	// worth. It is of the embedded log only.
	Lone bool
	// Bus is a NATS cluster ("nats://…"); empty: the embedded one. Where the bus is
	// shared the keys of personal data are in its key-value store, since several
	// processes need them.
	Bus string
	// BusSystem reaches the same cluster with its system account, which tells
	// whether its servers sync what they store; see natskeys.
	BusSystem string
	// BusReplicas is how many servers of the cluster keep each key.
	BusReplicas int
	// Door is the base URL at which the services that do not run here are reached.
	Door string
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

// MemoryStore names a log that is gone with its process. It serves to measure what
// durability costs.
const MemoryStore = "memory:"

// LogFile is the event log of a data directory.
func LogFile(data string) string { return filepath.Join(data, "log", "events.db") }

// KeysDir holds the signing key and the vault of a data directory.
func KeysDir(data string) string { return filepath.Join(data, "keys") }

// BlobsDir holds the sealed recordings of a data directory.
func BlobsDir(data string) string { return filepath.Join(data, "blobs") }

// BusDir holds the embedded bus of a data directory.
func BusDir(data string) string { return filepath.Join(data, "bus") }

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
	if err := checkPlaces(cfg); err != nil {
		return err
	}
	if cfg.SMTP == "" {
		return nil
	}
	_, err := notification.NewSMTP(cfg.SMTP)
	return err
}

// checkPlaces refuses combinations of log, bus and services that cannot work.
func checkPlaces(cfg Config) error {
	embedded := cfg.Store == ""
	remote := strings.HasPrefix(cfg.Store, "esdb://") || strings.HasPrefix(cfg.Store, "esdb+discover://")
	switch {
	case !embedded && !remote && cfg.Store != MemoryStore:
		return errors.New("an event log elsewhere is named by esdb://… or is memory: alone")
	case cfg.Lone && !embedded:
		return errors.New("group commit can be switched off for the embedded log only")
	case cfg.Sandbox && remote:
		return errors.New("a sandbox needs the embedded event log: its clock stands still for one process only")
	case cfg.Bus != "" && !remote:
		return errors.New("a shared bus needs a shared event log")
	case cfg.Service == "":
		return nil
	case !slices.Contains(Services(), cfg.Service):
		return fmt.Errorf("there is no service %q", cfg.Service)
	case !remote || cfg.Bus == "":
		return errors.New("a service on its own needs a shared event log and a shared bus")
	case cfg.Door == "":
		return errors.New("a service on its own needs the door, at which it reaches the others")
	}
	_, err := base(cfg.Door)
	return err
}

// base reads the base URL of a process of ours.
func base(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return nil, fmt.Errorf("%q is not a base URL like http://127.0.0.1:8080", text)
	}
	return u, nil
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
