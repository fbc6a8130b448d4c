// Package bench measures the system: each scenario by itself, over data of its
// own, in ratios against something that ran in the same minute. Machines differ
// and shared ones are noisy, so an absolute figure says little and a ratio much.
//
// Nothing here is part of the system. It is reached as its users reach it, over
// loopback, with the server in a process of its own; what only the engine can
// tell is asked of the engine in this process, and the scenario says so.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Config is what is measured, and how it is told.
type Config struct {
	// Program is the path of this program, which is started again as the server, in
	// the environment Env.
	Program string
	Env     []string
	// Dir is where temporary data goes; its disk is what is measured. Empty: the
	// system's directory for temporary files.
	Dir string
	// Only names the scenarios to run; empty: all.
	Only []string
	// Count is how often all of it is run; at least once.
	Count  int
	Sizes  Sizes
	Format Format
	// Out gets the figures; Err how far it is.
	Out, Err io.Writer
}

// Sizes are how much each scenario does.
type Sizes struct {
	// Clients are the numbers of callers at once that are compared, the most last.
	Clients []int
	// Rounds is how often what is compared takes turns, and Slice how long one turn
	// of a load is.
	Rounds int
	Slice  time.Duration
	// Warm bounds how long a server is warmed up.
	Warm time.Duration
	// FewEvents and Events are the lengths of the histories that are compared.
	FewEvents, Events int
	// Starts is how often a server is started to see how long that takes.
	Starts int
	// Lag is how long the lag of the bus is watched.
	Lag time.Duration
	// Read is how many streams are read.
	Read int
	// Lengths are the lengths of stream that are compared, the shortest first.
	Lengths []int
	// FewStreams and ManyStreams are the numbers of streams that are compared.
	FewStreams, ManyStreams int
}

// Quick takes less than three minutes on two cores.
func Quick() Sizes {
	return Sizes{
		Clients: []int{1, 16, 64}, Rounds: 3, Slice: time.Second, Warm: 10 * time.Second,
		FewEvents: 1000, Events: 100_000, Starts: 5, Lag: 5 * time.Second,
		Read: 1000, Lengths: []int{1, 10, 100, 1000}, FewStreams: 1000, ManyStreams: 100_000,
	}
}

// Full is what published figures come from.
func Full() Sizes {
	return Sizes{
		Clients: []int{1, 16, 64}, Rounds: 5, Slice: 4 * time.Second, Warm: 20 * time.Second,
		FewEvents: 1000, Events: 1_000_000, Starts: 10, Lag: 20 * time.Second,
		Read: 4000, Lengths: []int{1, 10, 100, 1000}, FewStreams: 1000, ManyStreams: 1_000_000,
	}
}

// ErrUnknown answers the name of a scenario that there is not.
var ErrUnknown = errors.New("no such scenario")

// scenario is one thing to measure.
type scenario struct {
	name, title string
	run         func(context.Context, *bench) ([]Result, error)
}

// scenarios are all there are, in the order in which they run.
func scenarios() []scenario {
	return []scenario{
		{"commands", "Durable commands over loopback RPC, everything on", commands},
		{"read", "Read of a stream of 50 events", reading},
		{"flat", "A command against the length and the number of streams", flat},
		{"relay", "From the log over the bus to a handler", relaying},
		{"ready", "From the start of the process to ready", ready},
		{"memory", "Resident memory of the server", resident},
		{"rebuild", "Rebuild of all views", rebuild},
	}
}

// Names are the scenarios that [Config.Only] may name.
func Names() []string {
	var names []string
	for _, s := range scenarios() {
		names = append(names, s.name)
	}
	return names
}

// bench is one run of one scenario.
type bench struct {
	Config
	*rig
	*progress
	dir string // of this scenario alone
}

// rig is what the scenarios of one run share.
type rig struct {
	shared string // directory
	life   *history
	houses map[int]*house // by the events that were asked for
}

// path is a file or directory of the scenario.
func (b *bench) path(name string) string { return filepath.Join(b.dir, name) }

// Run measures. Whatever it started and wrote is gone when it returns, also when
// ctx ended it. It answers [ErrUnknown] for a name that is none.
func Run(ctx context.Context, cfg Config) error {
	for _, name := range cfg.Only {
		if !slices.Contains(Names(), name) {
			return fmt.Errorf("%w: %s; there are %s", ErrUnknown, name, strings.Join(Names(), ", "))
		}
	}
	report := newReport(cfg.Out, cfg.Format)
	for range max(cfg.Count, 1) {
		if err := once(ctx, cfg, report); err != nil {
			return err
		}
	}
	return report.end()
}

// once runs every scenario that is wanted.
func once(ctx context.Context, cfg Config, report *report) (err error) {
	dir, err := os.MkdirTemp(cfg.Dir, "aanvraag-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	shared := &rig{shared: filepath.Join(dir, "shared"), houses: map[int]*house{}}
	for _, s := range scenarios() {
		if len(cfg.Only) > 0 && !slices.Contains(cfg.Only, s.name) {
			continue
		}
		b := &bench{Config: cfg, rig: shared, progress: newProgress(cfg.Err, s.name), dir: filepath.Join(dir, s.name)}
		results, err := s.run(ctx, b)
		if err := errors.Join(err, os.RemoveAll(b.dir)); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		if err := report.add(s, results); err != nil {
			return err
		}
	}
	return nil
}
