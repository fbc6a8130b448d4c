package rpc

import (
	"context"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
)

// Request is a message that asks for a change.
type Request interface {
	proto.Message
	GetIdempotencyKey() string
}

// clientSpace is the UUIDv5 name space of the commands of clients.
var clientSpace = uuid.MustParse("5f6f0f7e-3f0a-5c41-8b52-9a0d7f1e4c63")

// CommandID is the id under which the log knows a client's command. It derives from
// the idempotency key, so that no choice of a key can make it the id of a command
// that a service derives from an event.
func CommandID(key uuid.UUID) uuid.UUID { return uuid.NewSHA1(clientSpace, key[:]) }

const (
	fieldIdempotencyKey = "idempotency_key"
	fieldIfRevision     = "if_revision"
)

// NewCommand makes the envelope of a request's command: who, when, and how a
// repeat is recognised (P5, P8). fingerprint is a keyed hash, because the canonical
// request may hold personal data of few possible values. correlation is the support
// request. Errors are INVALID_ARGUMENT: a key that is no UUID, a field that this
// version does not know.
func NewCommand(
	ctx context.Context, clk clock.Clock, fingerprint func([]byte) []byte, req Request, correlation string,
) (command.Envelope, error) {
	key, err := uuid.Parse(req.GetIdempotencyKey())
	if err != nil || key == uuid.Nil {
		return command.Envelope{}, InvalidField(fieldIdempotencyKey, "string.uuid", "must be a UUID")
	}
	body, err := canonical(req, fieldIdempotencyKey)
	if err != nil {
		return command.Envelope{}, err
	}
	caller := CallerFrom(ctx)
	return command.Envelope{
		CommandID:   CommandID(key),
		Fingerprint: fingerprint(body),
		Correlation: correlation,
		Actor: eventstore.Actor{
			Kind: RoleName(caller.Role), ID: caller.Subject, Authentication: caller.Authentication,
		},
		DecidedAt:  clk.Now(),
		IfRevision: ifRevision(req),
	}, nil
}

// ifRevision is the revision that the caller names, if he names one.
func ifRevision(req proto.Message) *eventstore.Revision {
	m := req.ProtoReflect()
	field := m.Descriptor().Fields().ByName(fieldIfRevision)
	if field == nil || field.Kind() != protoreflect.Int64Kind || !field.HasPresence() || !m.Has(field) {
		return nil
	}
	return new(eventstore.Revision(m.Get(field).Int()))
}
