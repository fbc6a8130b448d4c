package rpc

import (
	"context"
	"strings"

	"connectrpc.com/connect/v2"

	commonv1 "aanvraag.internal/proto/gen/aanvraag/common/v1"
)

// How sure we are of a caller, as event metadata records it (P8).
const (
	AuthNone      = "none"       // no token
	AuthToken     = "token"      // a bearer token over a network
	AuthInProcess = "in-process" // a bearer token that never left this process
)

// Caller is who makes a call.
type Caller struct {
	Role commonv1.Role
	// Subject is pseudonymous: a staff account, a service's name, a request's id.
	Subject string
	// SupportRequestID is the one request that a customer's token is for.
	SupportRequestID string
	// Authentication is one of the Auth constants.
	Authentication string
}

var public = Caller{Role: commonv1.Role_ROLE_PUBLIC, Authentication: AuthNone}

type callerKey struct{}

// CallerFrom is who makes the call that ctx belongs to; without one, the public.
func CallerFrom(ctx context.Context) Caller {
	if c, ok := ctx.Value(callerKey{}).(Caller); ok {
		return c
	}
	return public
}

// WithCaller makes ctx belong to a call of c. The authentication interceptor does
// so for every call; a test of a handler may.
func WithCaller(ctx context.Context, c Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, c)
}

// Own refuses a customer whose token is for another support request than this one:
// PERMISSION_DENIED, reason NOT_YOURS (D-04). Everybody else passes; whether his
// role may call at all was decided before. Ask it before anything is loaded, so
// that a foreign id and an unknown one get the same answer.
func Own(ctx context.Context, supportRequestID string) error {
	c := CallerFrom(ctx)
	if c.Role != commonv1.Role_ROLE_CUSTOMER {
		return nil
	}
	// Ids are UUIDs, which may be written in either case.
	if c.SupportRequestID != "" && strings.EqualFold(c.SupportRequestID, supportRequestID) {
		return nil
	}
	return Fail(connect.CodePermissionDenied, ReasonNotYours, "this is not your support request", nil)
}
