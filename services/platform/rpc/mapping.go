package rpc

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"maps"
	"strconv"
	"strings"

	"connectrpc.com/connect/v2"
	"connectrpc.com/connect/v2/connectproto"
	"github.com/google/uuid"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/protobuf/types/known/durationpb"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/views"
)

// faults gives every error that leaves a code and an ErrorInfo.
type faults struct{ log *slog.Logger }

func (f faults) intercept(next connect.ServerFunc) connect.ServerFunc {
	return func(ctx context.Context, spec connect.Spec, stream connect.ServerStream) error {
		if err := next(ctx, spec, stream); err != nil {
			answer := f.toCaller(ctx, spec, err)
			tellRetry(ctx, answer)
			return answer
		}
		return nil // a nil *connect.Error would not be a nil error
	}
}

// kinds of rejection, as the caller sees them.
var kinds = map[decider.Kind]connect.Code{
	decider.Precondition: connect.CodeFailedPrecondition,
	decider.Invalid:      connect.CodeInvalidArgument,
	decider.Exists:       connect.CodeAlreadyExists,
	decider.Missing:      connect.CodeNotFound,
	decider.Denied:       connect.CodePermissionDenied,
	decider.Aborted:      connect.CodeAborted,
	decider.Exhausted:    connect.CodeResourceExhausted,
}

// toCaller is the one place where an error gets its code. What has none is
// internal: its text goes to the log, and an id that finds it there to the caller.
func (f faults) toCaller(ctx context.Context, spec connect.Spec, err error) *connect.Error {
	if rejection, ok := errors.AsType[*decider.Rejection](err); ok && rejection != nil {
		return rejected(rejection)
	}
	coded, isCoded := errors.AsType[*connect.Error](err)
	isCoded = isCoded && coded != nil
	if isCoded && !coded.IsRemote() {
		return withInfo(coded)
	}
	if known := f.known(ctx, spec, err); known != nil {
		return known
	}
	return f.internal(ctx, spec, err)
}

func rejected(r *decider.Rejection) *connect.Error {
	code, known := kinds[r.Kind]
	if !known {
		code = connect.CodeFailedPrecondition
	}
	metadata := make(map[string]string, len(r.Details)+2)
	maps.Copy(metadata, r.Details)
	if r.Article != "" {
		metadata["article"] = r.Article
	}
	if r.Rule != "" {
		metadata["rule"] = r.Rule
	}
	return retryAfter(Fail(code, r.Code, r.Reason, metadata), r.Details[DetailRetryAfter])
}

// DetailRetryAfter is the detail of a rejection that says after how many whole
// seconds the same wish may succeed. Callers get it as google.rpc.RetryInfo too.
const DetailRetryAfter = "retryAfterSeconds"

func retryAfter(err *connect.Error, seconds string) *connect.Error {
	n, parseErr := strconv.ParseInt(seconds, 10, 64)
	if parseErr != nil || n < 0 {
		return err
	}
	return withDetail(err, &errdetails.RetryInfo{RetryDelay: &durationpb.Duration{Seconds: n}})
}

// tellRetry says it in HTTP's own way too, for clients that know no other.
func tellRetry(ctx context.Context, err *connect.Error) {
	info, ok := connect.CallInfoForServerContext(ctx)
	after := Metadata(err)[DetailRetryAfter]
	if ok && after != "" {
		info.ResponseHeader().Set("Retry-After", after)
	}
}

// withInfo adds what a coded error lacks.
func withInfo(err *connect.Error) *connect.Error {
	for _, d := range err.Details() {
		if d.Type == "google.rpc.ErrorInfo" {
			return err
		}
	}
	reason := strings.ToUpper(err.Code().String())
	return withDetail(err, &errdetails.ErrorInfo{Reason: reason, Domain: Domain})
}

// known is the answer to the errors of the event log, of the key store and of an
// ended call.
func (f faults) known(ctx context.Context, spec connect.Spec, err error) *connect.Error {
	if c, ok := errors.AsType[*eventstore.Corrupt](err); ok {
		f.log.ErrorContext(ctx, "the event log is damaged", "procedure", procedure(spec),
			"stream", c.Stream, "revision", int64(c.Revision), "problem", c.Problem)
		return Fail(connect.CodeDataLoss, ReasonLogDamaged, "the event log is damaged; nothing is answered from it",
			map[string]string{"stream": c.Stream, "revision": strconv.FormatInt(int64(c.Revision), 10)})
	}
	switch {
	case errors.Is(err, eventstore.ErrFull):
		f.log.WarnContext(ctx, "the event log is full", "procedure", procedure(spec))
		return Fail(connect.CodeResourceExhausted, ReasonLogFull, "the event log is full; nothing was recorded", nil)
	case errors.Is(err, views.ErrAhead):
		return Fail(connect.CodeInvalidArgument, ReasonConsistencyTokenInvalid, "the consistency token is not of this log", nil)
	case errors.Is(err, eventstore.ErrTooLarge):
		return Fail(connect.CodeInvalidArgument, ReasonTooLarge, "this is too much to record at once", nil)
	case errors.As(err, new(*eventstore.Conflict)):
		return Fail(connect.CodeAborted, ReasonConflict, "others changed the same thing; try again", nil)
	case errors.Is(err, eventstore.ErrUnavailable),
		errors.Is(err, eventstore.ErrOutcomeUnknown),
		errors.Is(err, eventstore.ErrClosed),
		errors.Is(err, views.ErrStopped):
		f.log.WarnContext(ctx, "the event log cannot be reached", "procedure", procedure(spec), "error", err.Error())
		return unavailable()
	case errors.Is(err, vault.ErrUnavailable), errors.Is(err, vault.ErrClosed):
		f.log.WarnContext(ctx, "the key store cannot be reached", "procedure", procedure(spec), "error", err.Error())
		return unavailable()
	case connect.CodeOf(err) == connect.CodeUnavailable: // of a service that this one asked
		return unavailable()
	case ended(ctx, err, context.DeadlineExceeded, connect.CodeDeadlineExceeded):
		return Fail(connect.CodeDeadlineExceeded, "DEADLINE_EXCEEDED", "it took longer than the call allowed", nil)
	case ended(ctx, err, context.Canceled, connect.CodeCanceled):
		return Fail(connect.CodeCanceled, "CANCELED", "the call was cancelled", nil)
	default:
		return nil
	}
}

// ended tells whether the call ended for that cause, also when a driver or a
// service that this one asked put it in its own words.
func ended(ctx context.Context, err, cause error, code connect.Code) bool {
	return errors.Is(err, cause) || errors.Is(ctx.Err(), cause) || connect.CodeOf(err) == code
}

// NotYet answers a command that needs a fact which is recorded, but whose news has
// not reached this service.
func NotYet() error {
	return Fail(connect.CodeUnavailable, ReasonNotYet,
		"something that this needs is on its way; send the same request again, with the same idempotency key", nil)
}

func unavailable() *connect.Error {
	return Fail(connect.CodeUnavailable, ReasonUnavailable,
		"not available now; send the same request again, with the same idempotency key", nil)
}

func (f faults) internal(ctx context.Context, spec connect.Spec, err error) *connect.Error {
	id := uuid.NewString()
	f.log.ErrorContext(ctx, "internal error", "procedure", procedure(spec), "error_id", id, "error", err.Error())
	return internalError(id)
}

func internalError(id string) *connect.Error {
	return Fail(connect.CodeInternal, ReasonInternal, "internal error", map[string]string{"error_id": id})
}

// procedure is the RPC's path. A caller can make up paths, so one that no service
// declares is not repeated in logs and metrics.
func procedure(spec connect.Spec) string {
	if spec.Schema == nil {
		return "unknown"
	}
	return spec.Procedure
}

// received is the answer to a request that could not be read. Transports and
// codecs give these errors; none of their texts is passed on or logged, because
// they may quote the request.
func received(err error) error {
	if fault, ok := errors.AsType[*bodyFault](err); ok {
		return fault.toCaller()
	}
	coded, ok := errors.AsType[*connect.Error](err)
	if !ok || coded == nil {
		return err
	}
	switch coded.Code() {
	case connect.CodeResourceExhausted:
		return Fail(connect.CodeResourceExhausted, ReasonBodyTooLarge, "the request is larger than is accepted",
			map[string]string{"max_bytes": strconv.Itoa(MaxRequestBytes)})
	case connect.CodeCanceled, connect.CodeDeadlineExceeded:
		return withInfo(connect.NewError(coded.Code(), "the request did not arrive in time"))
	}
	if errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err // the clean end of a client's stream
	}
	return Fail(connect.CodeInvalidArgument, ReasonInvalidBody, "the request's body cannot be read", nil)
}

// Reason is the reason of an error that came from a service, or "".
func Reason(err error) string {
	info := infoOf(err)
	return info.GetReason()
}

// Metadata is the metadata of an error that came from a service; it may be nil.
func Metadata(err error) map[string]string {
	info := infoOf(err)
	return info.GetMetadata()
}

func infoOf(err error) *errdetails.ErrorInfo {
	coded, ok := errors.AsType[*connect.Error](err)
	if !ok || coded == nil {
		return nil
	}
	for _, d := range coded.Details() {
		msg, err := connectproto.UnmarshalErrorDetail(d)
		if info, ok := msg.(*errdetails.ErrorInfo); ok && err == nil {
			return info
		}
	}
	return nil
}
