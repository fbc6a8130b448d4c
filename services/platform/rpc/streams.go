package rpc

import (
	"context"
	"errors"

	"connectrpc.com/connect/v2"
)

// streams ends calls that would go on for as long as what they watch lives, once
// closing is done; their callers are told to come back.
type streams struct{ closing context.Context }

var errClosing = errors.New("the process is stopping")

func (s streams) intercept(next connect.ServerFunc) connect.ServerFunc {
	return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
		if s.closing == nil || spec.StreamType == connect.StreamTypeUnary {
			return next(ctx, spec, stream)
		}
		ctx, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		defer context.AfterFunc(s.closing, func() { cancel(errClosing) })()
		err := next(ctx, spec, stream)
		if errors.Is(context.Cause(ctx), errClosing) {
			return unavailable()
		}
		return err
	}
}
