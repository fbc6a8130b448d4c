package inbox

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"testing"

	"connectrpc.com/connect/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/vault/natskeys"
)

type sqliteError int

func (e sqliteError) Error() string { return "database" }
func (e sqliteError) Code() int     { return int(e) }

// Protection: each line of away. A resource that is away must not park what a
// minute later would have been handled.
func TestR5AnOutageIsToldFromAFaultOfTheEvent(t *testing.T) {
	coded := func(c connect.Code) error { return connect.NewError(c, "so it is") }
	for _, err := range []error{
		ErrNotYet, ErrAway, eventstore.ErrUnavailable, eventstore.ErrOutcomeUnknown, eventstore.ErrFull,
		eventstore.ErrClosed, &eventstore.Conflict{}, context.Canceled, context.DeadlineExceeded,
		coded(connect.CodeUnavailable), coded(connect.CodeDeadlineExceeded), coded(connect.CodeResourceExhausted),
		coded(connect.CodeCanceled), coded(connect.CodeAborted), vault.ErrClosed, rpc.NotYet(),
		&decider.Rejection{Kind: decider.Aborted, Code: "CONFLICT", Rule: "P6"},
		&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, &net.DNSError{}, &fs.PathError{Err: syscall.ENOSPC},
		vault.ErrDisk, natskeys.ErrBucket, natskeys.ErrUnsynced, natskeys.ErrSyncUnknown, nats.ErrTimeout, nats.ErrNoResponders, jetstream.ErrJetStreamNotEnabled, jetstream.ErrNoStreamResponse,
		sqliteError(13), sqliteError(5 | 2<<8), sqliteError(10),
	} {
		if !away(fmt.Errorf("handle: %w", err)) {
			t.Errorf("%T %v counts as a try", err, err)
		}
	}
	for _, err := range []error{
		errors.New("anything else"), errUnreadable, errUnknown, &panicked{}, &decider.Rejection{Code: "ILLEGAL_STATE"},
		&decider.Rejection{Kind: decider.Missing}, coded(connect.CodeFailedPrecondition), coded(connect.CodeInternal),
		coded(connect.CodeNotFound), &eventstore.Corrupt{}, eventstore.ErrTooLarge, vault.ErrErased, vault.ErrTampered,
		sqliteError(19),
	} {
		if away(fmt.Errorf("handle: %w", err)) {
			t.Errorf("%T %v is tried for ever", err, err)
		}
	}
}

// Protection: code, in reason: what another service says is not ours to trust.
func TestTheReasonOfAnotherServiceIsACodeOrNothing(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{rpc.Fail(connect.CodeNotFound, "INVOICE_UNKNOWN", "no invoice of Wilhelmina", nil), "another service answered INVOICE_UNKNOWN"},
		{rpc.Fail(connect.CodeNotFound, "Wilhelmina", "", nil), "another service answered not_found"},
		{connect.NewError(connect.CodeInternal, "Wilhelmina"), "another service answered internal"},
		{fmt.Errorf("Wilhelmina: %w", eventstore.ErrUnavailable), "the event log cannot be reached"},
		{fmt.Errorf("Wilhelmina: %w", vault.ErrDisk), "the keys of personal data cannot be used"},
		{&eventstore.Corrupt{Stream: "request-1", Revision: 3, Position: 9, Problem: "it is damaged"}, "event 3 of stream request-1 (position 9) is damaged: it is damaged"},
		{fmt.Errorf("Wilhelmina: %w", &net.DNSError{Name: "wilhelmina.example"}), ErrAway.Error()},
	} {
		if got := reason(fmt.Errorf("Wilhelmina: %w", c.err)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
