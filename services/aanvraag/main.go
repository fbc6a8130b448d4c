// Command aanvraag runs a support desk's paid remote support: without arguments
// the whole system in one process, with a command one of its tools.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"aanvraag.internal/services/aanvraag/internal/system"
)

// cli is every command and flag. Each flag is also an environment variable:
// --data is AANVRAAG_DATA.
type cli struct {
	Serve   serveCmd   `cmd:"" default:"withargs"                                                 help:"Run the system (the default command)."`
	Demo    demoCmd    `cmd:"" help:"Take one request through its whole life, told line by line."`
	Token   tokenCmd   `cmd:"" help:"Print a bearer token for a role."`
	Audit   auditCmd   `cmd:"" help:"Read and check the history."`
	Parked  parkedCmd  `cmd:"" help:"Decide what becomes of events that could not be handled."`
	Bank    bankCmd    `cmd:"" help:"Take in what the bank reports."`
	Bench   benchCmd   `cmd:"" help:"Measure this program on this machine."`
	Torture tortureCmd `cmd:"" help:"Bring faults over this program on this machine."`
}

// streams are where a command writes.
type streams struct{ out, err io.Writer }

func main() {
	os.Exit(execute(os.Args[1:], streams{out: os.Stdout, err: os.Stderr}))
}

// execute runs one command and answers the exit status: 0 when all is well, 1
// when it failed, 2 when it was asked wrongly.
func execute(args []string, io streams) int {
	var c cli
	parser, err := kong.New(
		&c,
		kong.Name("aanvraag"),
		kong.Description("Paid remote support, from request to settled invoice, every step an event."),
		kong.DefaultEnvars("AANVRAAG"),
		kong.Writers(io.out, io.err),
		kong.UsageOnError(),
	)
	if err != nil {
		panic(err)
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(io.err, "error: %v\nhint: aanvraag --help\n", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(io); err != nil {
		fmt.Fprintf(io.err, "error: %v\n", err)
		if h := hint(err); h != "" {
			fmt.Fprintf(io.err, "hint: %s\n", h)
		}
		if errors.Is(err, system.ErrUsage) {
			return 2
		}
		return 1
	}
	return 0
}

// hinted is an error with advice for whoever reads it.
type hinted struct {
	error
	advice string
}

func (h hinted) Unwrap() error { return h.error }

// usage is an error of whoever asked: it says so by the exit status.
func usage(err error, advice string) error {
	if !errors.Is(err, system.ErrUsage) {
		err = fmt.Errorf("%w: %w", system.ErrUsage, err)
	}
	return hinted{err, advice}
}

func hint(err error) string {
	if h, ok := errors.AsType[hinted](err); ok {
		return h.advice
	}
	return ""
}

func logger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
