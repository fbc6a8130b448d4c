package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"aanvraag.internal/services/aanvraag/internal/torture"
)

// tortureCmd runs fault programs over this program on this machine.
type tortureCmd struct {
	Names    []string      `arg:""                                                                                                 help:"Fault programs to run; default: all." name:"program"     optional:""`
	Rounds   int           `help:"How often each brings its fault; default: as in published figures, or until --duration is over." placeholder:"N"`
	Quick    bool          `help:"As often as in the tests."`
	Duration time.Duration `help:"How long each may take, such as 10m; default: as long as it takes."                              placeholder:"D"`
	Seed     uint64        `help:"What decides whatever is random, as an earlier result told it; default: any."                    placeholder:"N"`
	Dir      string        `help:"Directory on the disk to try; default: the one for temporary files."                             placeholder:"PATH"                          type:"existingdir"`
	JSON     bool          `help:"Print one JSON document."                                                                        name:"json"`
	Part     string        `help:"Be a part of a fault program; the arguments are its own."                                        hidden:""`
}

// Run answers an error when an invariant broke, or when a control group did not. Its
// results go to standard output, how far it is to a terminal on standard error.
func (c *tortureCmd) Run(ctx context.Context, io streams) error {
	if c.Part != "" {
		return torture.Main(ctx, append([]string{c.Part}, c.Names...))
	}
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	err = torture.Run(ctx, torture.Config{
		Program: []string{program}, Names: c.Names, Rounds: c.Rounds, Quick: c.Quick, Duration: c.Duration,
		Seed: c.Seed, Dir: c.Dir, JSON: c.JSON, Out: io.out, Err: io.err,
	})
	switch {
	case errors.Is(err, torture.ErrUnknown):
		return usage(err, "aanvraag torture --help")
	case err != nil && torture.OnlyNotRun(err):
		return usage(err, "run it as root on a Linux machine that has loop devices and mkfs.ext4")
	}
	return err
}

// Help lists the programs.
func (*tortureCmd) Help() string {
	var list strings.Builder
	list.WriteString("Fault programs:\n")
	for _, p := range torture.Programs() {
		fmt.Fprintf(&list, "\n  %s: %s (%d %s)", p.Name, p.Title, p.Long, p.Unit)
	}
	return list.String()
}
