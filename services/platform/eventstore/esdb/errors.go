package esdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
)

func isCode(err error, code client.ErrorCode) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && e.Code() == code
}

// isStatus tells what the other side answered, where the client has no code for it.
func isStatus(err error, code codes.Code) bool { return status.Code(err) == code }

// expected tells an answer of the database from a failure to get one.
func expected(err error) bool {
	if isCorrupt(err) {
		return true
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		switch e.Code() {
		case client.ErrorCodeWrongExpectedVersion, client.ErrorCodeResourceNotFound, client.ErrorCodeStreamDeleted,
			client.ErrorCodeNotLeader, client.ErrorCodeAccessDenied:
			return true
		}
	}
	switch status.Code(err) {
	case codes.InvalidArgument, codes.ResourceExhausted, codes.DataLoss:
		return true
	default:
		return false
	}
}

// refusal is the error of an append that the database has certainly not stored; nil
// for any other.
func refusal(stream string, err error) error {
	switch {
	case isStatus(err, codes.InvalidArgument) && strings.Contains(err.Error(), "Maximum Append Size"):
		return fmt.Errorf("%w: %w", eventstore.ErrTooLarge, err) // it is configured with a lower bound
	case isStatus(err, codes.ResourceExhausted):
		return fmt.Errorf("%w: %w", eventstore.ErrFull, err)
	case isCode(err, client.ErrorCodeStreamDeleted):
		return deleted(stream, err)
	case isCode(err, client.ErrorCodeNotLeader):
		return fmt.Errorf("%w: %w", eventstore.ErrUnavailable, err)
	case isCode(err, client.ErrorCodeAccessDenied), isCode(err, client.ErrorCodeUnauthenticated),
		isCode(err, client.ErrorCodeUnsupportedFeature):
		return err
	default:
		return nil
	}
}

// unread is the error of a read. Whatever is not an answer of the database makes it
// [eventstore.ErrUnavailable].
func unread(ctx context.Context, stream string, err error) error {
	switch {
	case err == nil, errors.Is(err, eventstore.ErrUnavailable), errors.Is(err, eventstore.ErrClosed),
		errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil && errors.Is(err, ctx.Err()),
		isCorrupt(err), isStatus(err, codes.InvalidArgument):
		return err
	case isCode(err, client.ErrorCodeStreamDeleted):
		return deleted(stream, err)
	case isStatus(err, codes.DataLoss):
		return errors.Join(err, &eventstore.Corrupt{Stream: stream, Problem: "the server says so"})
	default:
		return fmt.Errorf("%w: %w", eventstore.ErrUnavailable, err)
	}
}

// deleted is what a stream of ours can only be when somebody else did it.
func deleted(stream string, err error) error {
	return errors.Join(err, &eventstore.Corrupt{Stream: stream, Problem: "its stream was deleted"})
}

func isCorrupt(err error) bool { return errors.As(err, new(*eventstore.Corrupt)) }
