package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"aanvraag.internal/services/aanvraag/internal/bench"
)

// setsFlag tells whether an environment variable sets one of our flags. The servers
// that are measured get theirs from the command line alone.
func setsFlag(variable string) bool { return strings.HasPrefix(variable, "AANVRAAG_") }

// benchCmd measures this program on this machine.
type benchCmd struct {
	Only      []string `help:"Scenario to run: commands, read, flat, relay, ready, memory or rebuild; may be repeated; default: all." placeholder:"NAME"`
	Full      bool     `help:"Measure at the large sizes that published figures come from."`
	Count     int      `default:"1"                                                                                                   help:"How often to run it all."`
	Dir       string   `help:"Directory on the disk to measure; default: the one for temporary files."                                placeholder:"PATH"              type:"existingdir"`
	JSON      bool     `help:"Print one JSON document."                                                                               name:"json"                     xor:"format"`
	Benchstat bool     `help:"Print lines for benchstat."                                                                             xor:"format"`
}

// Run measures and prints; how far it is goes to standard error.
func (c *benchCmd) Run(ctx context.Context, io streams) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	cfg := bench.Config{
		Program: program, Env: slices.DeleteFunc(os.Environ(), setsFlag), Dir: c.Dir,
		Only: c.Only, Count: c.Count, Sizes: bench.Quick(), Out: io.out, Err: io.err,
	}
	if c.Full {
		cfg.Sizes = bench.Full()
	}
	switch {
	case c.JSON:
		cfg.Format = bench.JSON
	case c.Benchstat:
		cfg.Format = bench.Benchstat
	}
	err = bench.Run(ctx, cfg)
	if errors.Is(err, bench.ErrUnknown) {
		return usage(err, "aanvraag bench --help")
	}
	return err
}
