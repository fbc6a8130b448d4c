package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"regexp"
	"strings"
	"syscall"

	"connectrpc.com/connect/v2"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/rpc"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/vault/natskeys"
	"aanvraag.internal/services/platform/views"
)

// away tells whether an error says something of a resource and nothing of the
// event: the same event may be handled once the resource is back, so such a try
// does not count, however many there are. A lost race is one: somebody else has
// the resource.
func away(err error) bool {
	return errors.Is(err, ErrNotYet) || errors.Is(err, ErrAway) ||
		logAway(err) || keysAway(err) || lostRace(err) || cutOff(err) || machineAway(err)
}

// logAway tells whether the event log, and what is made of it, cannot be reached.
func logAway(err error) bool {
	return isAny(err, eventstore.ErrUnavailable, eventstore.ErrOutcomeUnknown, eventstore.ErrFull,
		eventstore.ErrClosed, views.ErrStopped)
}

// keysAway tells whether the keys of personal data cannot be used, whoever's.
func keysAway(err error) bool {
	return isAny(err, vault.ErrClosed, vault.ErrDisk, natskeys.ErrBucket, natskeys.ErrUnsynced, natskeys.ErrSyncUnknown)
}

func lostRace(err error) bool {
	r, rejected := errors.AsType[*decider.Rejection](err)
	return rejected && r.Kind == decider.Aborted || errors.As(err, new(*eventstore.Conflict))
}

// cutOff tells whether time was over, or another service could not answer now.
func cutOff(err error) bool {
	if isAny(err, context.Canceled, context.DeadlineExceeded) {
		return true
	}
	if coded, ok := errors.AsType[*connect.Error](err); ok && coded != nil {
		switch coded.Code() {
		case connect.CodeUnavailable, connect.CodeDeadlineExceeded, connect.CodeResourceExhausted,
			connect.CodeCanceled, connect.CodeAborted:
			return true
		}
	}
	return false
}

// machineAway tells whether a network, a disk, a database or NATS failed, where the
// keys of personal data may be.
func machineAway(err error) bool {
	if isAny(err, io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed,
		nats.ErrTimeout, nats.ErrNoResponders, nats.ErrConnectionClosed, nats.ErrDisconnected,
		nats.ErrConnectionReconnecting, nats.ErrReconnectBufExceeded, jetstream.ErrNoStreamResponse) {
		return true
	}
	if _, refused := errors.AsType[jetstream.JetStreamError](err); refused {
		return true
	}
	if _, network := errors.AsType[net.Error](err); network {
		return true
	}
	if errors.As(err, new(*fs.PathError)) || errors.As(err, new(syscall.Errno)) {
		return true
	}
	coded, ok := errors.AsType[interface {
		error
		Code() int
	}](err)
	return ok && unwell[coded.Code()&0xff]
}

// unwell are SQLite's codes for a file that cannot be used now: busy, locked, no
// memory, read only, I/O error, full, cannot open.
var unwell = map[int]bool{5: true, 6: true, 7: true, 8: true, 10: true, 13: true, 14: true}

func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}

// Faults of an event that have a text of their own.
var (
	errUnreadable = errors.New("the body is not a message of its type")
	errUnknown    = errors.New("this program does not know the type")
	errGone       = errors.New("the event is not on the bus")
)

// panicked is a handler's panic. Its value may quote the event.
type panicked struct {
	kind  string // Go type of the value
	stack []byte
}

func (p *panicked) Error() string { return fmt.Sprintf("handler panicked (%s)\n%s", p.kind, p.stack) }

// code is how reasons are spelled by rules and by other services.
var code = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)

// reason says why an event is parked, in codes and fixed sentences alone: a text
// made by a handler or a library may quote the event, and what is recorded stays.
// The log line with the event's id tells more.
func reason(err error) string {
	if err == nil {
		return ""
	}
	if r, ok := errors.AsType[*decider.Rejection](err); ok {
		return strings.TrimSpace(fmt.Sprintf("%s (%s)", r.Code, r.Rule))
	}
	if c, ok := errors.AsType[*eventstore.Corrupt](err); ok {
		return c.Error()
	}
	if h, ok := errors.AsType[*bus.HeaderError](err); ok {
		return h.Error()
	}
	if p, ok := errors.AsType[*panicked](err); ok {
		return "the handler panicked (" + p.kind + ")"
	}
	for _, fixed := range []error{errUnreadable, errUnknown, errGone, ErrNotYet, ErrAway} {
		if errors.Is(err, fixed) {
			return fixed.Error()
		}
	}
	if coded, ok := errors.AsType[*connect.Error](err); ok && coded != nil {
		if why := rpc.Reason(coded); code.MatchString(why) {
			return "another service answered " + why
		}
		return "another service answered " + coded.Code().String()
	}
	switch {
	case logAway(err):
		return "the event log cannot be reached"
	case keysAway(err):
		return "the keys of personal data cannot be used"
	case away(err):
		return ErrAway.Error()
	}
	return "internal error; the log of the listener tells more"
}
