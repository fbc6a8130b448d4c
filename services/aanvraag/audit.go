package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/audit"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

// auditCmd reads the event log itself, without the system and beside it.
type auditCmd struct {
	Replay replayCmd `cmd:"" help:"Print the whole history of a support request."`
	Verify verifyCmd `cmd:"" help:"Check that no event of the log was changed, lost or doubled."`
}

// replayCmd prints a request's history.
type replayCmd struct {
	Request string `help:"Support request."                   placeholder:"ID"       required:""`
	Data    string `default:"data"                            help:"Data directory." type:"path"`
	JSON    bool   `help:"One JSON object a line, as stored." name:"json"`
}

// Run reads the log and prints.
func (c *replayCmd) Run(ctx context.Context, std streams) (err error) {
	store, err := openLog(c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	return audit.Replay(ctx, store, c.Request, std.out, audit.ReplayOptions{JSON: c.JSON})
}

// verifyCmd checks the log.
type verifyCmd struct {
	Data string `default:"data" help:"Data directory." type:"path"`
}

// Run reads the log from the first event to the last, and answers an error that
// names the damage.
func (c *verifyCmd) Run(ctx context.Context, std streams) (err error) {
	store, err := openLog(c.Data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	// First of all the file: an event that no page leads to any more is missed by no hash.
	if err := store.Check(ctx); err != nil {
		return fmt.Errorf("verify the log: %w", err)
	}
	report, err := audit.Verify(ctx, store, progress(std.err))
	for _, d := range report.Damages {
		fmt.Fprintf(std.out, "DAMAGED %v\n", d)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "%d events in %d streams agree with their hashes; none is missing, the last is at position %d\n",
		report.Events, report.Streams, report.Position)
	return nil
}

// progress shows how far a reading is to a person at a terminal, and to nobody else.
func progress(w io.Writer) func(done, end eventstore.Position) {
	file, ok := w.(*os.File)
	if !ok {
		return nil
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	return func(done, end eventstore.Position) {
		fmt.Fprintf(w, "\r%d of %d events", done, end)
		if done == end {
			fmt.Fprintln(w)
		}
	}
}

// openLog opens the event log of a data directory for reading.
func openLog(data string) (*sqlite.Store, error) {
	file := system.LogFile(data)
	if _, err := os.Stat(file); err != nil {
		return nil, hinted{fmt.Errorf("no event log: %w", err), "name the data directory with --data"}
	}
	return sqlite.OpenReadOnly(file)
}
