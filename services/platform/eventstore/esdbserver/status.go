package esdbserver

import (
	"context"
	"errors"
	"strconv"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	"aanvraag.internal/services/platform/eventstore"
)

// failure is how the protocol spells an error of the port. ABORTED is what an
// EventStoreDB answers when it does not know whether an append is stored, and its
// sentence about the size is what clients look for.
func failure(err error) error {
	code := codes.Internal
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*eventstore.Corrupt)):
		code = codes.DataLoss
	case errors.Is(err, eventstore.ErrTooLarge):
		return invalid("Maximum Append Size of %d Exceeded: %v", MaxAppendBytes, err)
	case errors.Is(err, eventstore.ErrFull):
		code = codes.ResourceExhausted
	case errors.Is(err, eventstore.ErrOutcomeUnknown):
		code = codes.Aborted
	case errors.Is(err, eventstore.ErrUnavailable), errors.Is(err, eventstore.ErrClosed):
		code = codes.Unavailable
	case errors.Is(err, context.Canceled):
		code = codes.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		code = codes.DeadlineExceeded
	default:
		if s, ok := status.FromError(err); ok { // of gRPC itself, or of ours
			return s.Err()
		}
	}
	return status.Error(code, err.Error())
}

// grave tells an answer that an operator should hear of.
func grave(err error) bool {
	switch status.Code(err) {
	case codes.DataLoss, codes.Internal, codes.Unknown, codes.ResourceExhausted, codes.Aborted:
		return true
	default:
		return false
	}
}

func invalid(format string, args ...any) error {
	return status.Errorf(codes.InvalidArgument, format, args...)
}

// Exceptions as EventStoreDB names them in the trailer, for clients that look there.
const (
	exceptionKey    = "exception"
	appendTooLarge  = "maximum-append-size-exceeded"
	appendSizeLimit = "maximum-append-size"
	accessDenied    = "access-denied"
)

// trailer is what goes beside the status of a refused append.
func trailer(err error) metadata.MD {
	switch {
	case errors.Is(err, eventstore.ErrTooLarge):
		return metadata.Pairs(exceptionKey, appendTooLarge, appendSizeLimit, strconv.Itoa(MaxAppendBytes))
	case status.Code(err) == codes.PermissionDenied:
		return metadata.Pairs(exceptionKey, accessDenied)
	}
	return nil
}
