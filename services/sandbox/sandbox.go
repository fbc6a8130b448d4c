// Package sandbox lets API users move a frozen clock, so that months of a request's
// life pass in a test of theirs.
package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"connectrpc.com/connect/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	sandboxv1 "aanvraag.internal/proto/gen/aanvraag/sandbox/v1"
	"aanvraag.internal/proto/gen/aanvraag/sandbox/v1/sandboxv1connect"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/rpc"
)

// Register puts the sandbox's RPCs on a server.
func Register(server *connect.Server, frozen *clock.Frozen) {
	sandboxv1connect.RegisterSandboxServiceHandler(server, &door{clock: frozen})
}

type door struct {
	sandboxv1connect.UnimplementedSandboxServiceHandler
	clock *clock.Frozen
}

// GetClock implements the RPC.
func (d *door) GetClock(context.Context, *sandboxv1.GetClockRequest) (*sandboxv1.GetClockResponse, error) {
	return &sandboxv1.GetClockResponse{Now: timestamppb.New(d.clock.Now())}, nil
}

// AdvanceClock implements the RPC. The schema lets only forward moves through, ten
// years each; this refuses the one that would leave the years that can be written.
func (d *door) AdvanceClock(_ context.Context, req *sandboxv1.AdvanceClockRequest) (*sandboxv1.AdvanceClockResponse, error) {
	now, err := d.clock.Advance(req.GetBy().AsDuration())
	if errors.Is(err, errEnd) {
		return nil, rpc.InvalidField("by", "sandbox.end", errEnd.Error())
	}
	if err != nil {
		return nil, err
	}
	return &sandboxv1.AdvanceClockResponse{Now: timestamppb.New(now)}, nil
}

// ErrNotSandbox answers the opening of a data directory whose log was written by a
// clock that runs: freezing it would date what follows wrongly.
var ErrNotSandbox = errors.New("this data directory is not a sandbox's")

// errEnd answers a move to an instant that nothing could read back.
var errEnd = errors.New("the sandbox's time ends with the year 9999")

// Open gives the frozen clock of a data directory: at start when it is new,
// otherwise where it stood when the process last ended. used tells that there is
// something in the directory already.
func Open(dir string, start time.Time, used bool) (*clock.Frozen, error) {
	file := clockFile(dir)
	keep := func(now time.Time) error {
		if now.Year() < 0 || now.Year() > 9999 {
			return errEnd
		}
		next := file + ".next"
		if err := os.WriteFile(next, []byte(now.Format(time.RFC3339Nano)), 0o600); err != nil {
			return fmt.Errorf("sandbox clock: %w", err)
		}
		if err := os.Rename(next, file); err != nil {
			return fmt.Errorf("sandbox clock: %w", err)
		}
		return nil
	}
	written, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist) && used:
		return nil, ErrNotSandbox
	case errors.Is(err, os.ErrNotExist):
		if err := keep(start); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, fmt.Errorf("sandbox clock: %w", err)
	default:
		stood, err := time.Parse(time.RFC3339Nano, string(written))
		if err != nil {
			return nil, fmt.Errorf("sandbox clock %s: %w", file, err)
		}
		start = stood
	}
	return clock.NewFrozen(start, keep), nil
}

// Is tells whether a data directory is a sandbox's.
func Is(dir string) bool {
	_, err := os.Stat(clockFile(dir))
	return err == nil
}

func clockFile(dir string) string { return filepath.Join(dir, "sandbox-clock") }
