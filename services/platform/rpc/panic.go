package rpc

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"

	"connectrpc.com/connect/v2"
	"github.com/google/uuid"
)

// recovery turns a panic into an internal error. The process goes on: a handler
// holds nothing that outlives its call.
type recovery struct{ log *slog.Logger }

func (r recovery) intercept(next connect.ServerFunc) connect.ServerFunc {
	return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) (err error) {
		defer func() {
			value := recover()
			if value == nil {
				return
			}
			id := uuid.NewString()
			err = internalError(id)
			if confidential(spec) {
				return
			}
			r.log.ErrorContext(ctx, "panic", "procedure", procedure(spec), "error_id", id,
				"panic", panicText(value), "stack", string(debug.Stack()))
		}()
		return next(ctx, spec, stream)
	}
}

// panicText is what may stand in a log. Only the runtime's own texts are known to
// quote no request; the stack says where any other came from.
func panicText(value any) string {
	if err, ok := value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("a %T", value)
}
