package parking

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking/internal/pair"
)

// category of the streams "parking-<listener>.<service>.<event stream>".
const category = "parking"

// Result is what the log says of a pair after a command.
type Result = command.Result[Pair]

// Lot reads and writes the parking streams. It is safe for concurrent use.
type Lot struct {
	store eventstore.Store
	clock clock.Clock
	pairs *command.Aggregate[pair.Pair, pair.Event]
	codec *command.Codec[pair.Pair, pair.Event]
}

// New keeps what is parked in store.
func New(store eventstore.Store, clk clock.Clock) *Lot {
	return &Lot{
		store: store,
		clock: clk,
		pairs: command.New(store, category, pair.Events()),
		codec: command.NewCodec[pair.Pair](pair.Events()),
	}
}

// Stream is the name of a pair's parking stream.
func (l *Lot) Stream(id ID) string { return l.pairs.Stream(id.String()) }

// Load reads what the log says of a pair; the zero Pair when nothing.
func (l *Lot) Load(ctx context.Context, id ID) (Result, error) { return l.pairs.Load(ctx, id.String()) }

// Apply gives what is known of a pair after one more event of its parking stream.
func (l *Lot) Apply(p Pair, r eventstore.Recorded) (Pair, error) {
	e, err := l.decode(r)
	if err != nil {
		return p, err
	}
	return e.Evolve(p), nil
}

func (l *Lot) decode(r eventstore.Recorded) (pair.Event, error) {
	e, err := l.codec.Decode(r.Type, r.Data)
	if err != nil {
		return nil, fmt.Errorf("event %d of %s: %w", r.Revision, r.Stream, err)
	}
	return e, nil
}

// commands is the UUIDv5 name space of the commands that a listener gives.
var commands = uuid.MustParse("4b0f7a52-2a63-5c0e-9a0b-0f3d1f5f6c19")

// MessageID is an id for a message that tells none.
func MessageID(service string, m Message) uuid.UUID {
	return uuid.NewSHA1(commands, fmt.Appendf(nil, "message %s %d %d", service, m.Sequence, m.StoredAt.UnixNano()))
}

// Park records that a listener cannot handle an event. It answers once that is
// durable, also when another replica was first. message is set for what cannot be
// read.
func (l *Lot) Park(ctx context.Context, id ID, at Place, message *Message) error {
	wish := pair.Park{Place: at, Message: message, At: l.clock.Now()}
	return l.execute(ctx, id, at, "park "+at.EventID, wish)
}

// Fail records that an attempt ended at an event that could not be handled.
func (l *Lot) Fail(ctx context.Context, id ID, attempt int, at Place) error {
	wish := pair.Fail{Place: at, Attempt: attempt, At: l.clock.Now()}
	return l.execute(ctx, id, at, fmt.Sprintf("fail %d", attempt), wish)
}

// Release records that an attempt handled or skipped everything through the
// revision of at.
func (l *Lot) Release(ctx context.Context, id ID, attempt int, at Place) error {
	wish := pair.Release{Attempt: attempt, Through: at.Revision, At: l.clock.Now()}
	return l.execute(ctx, id, at, fmt.Sprintf("release %d", attempt), wish)
}

func (l *Lot) execute(ctx context.Context, id ID, at Place, name string, wish pair.Command) error {
	env := command.Envelope{
		CommandID:   uuid.NewSHA1(commands, []byte(name)),
		Correlation: Correlation(id, at),
		Actor:       eventstore.Actor{Kind: "service", ID: id.Listener, Authentication: "in-process"},
		DecidedAt:   l.clock.Now(),
		Source:      &eventstore.Source{Handler: id.Listener, Stream: id.Stream, Revision: eventstore.Revision(at.Revision)},
	}
	if event, err := uuid.Parse(at.EventID); err == nil {
		env.Causation = event
	}
	_, err := l.pairs.Execute(ctx, id.String(), env, wish)
	return err
}

// Correlation is what the events of a pair are about: the support request of the
// event that it stands at, else the pair itself.
func Correlation(id ID, at Place) string {
	if at.Correlation != "" {
		return at.Correlation
	}
	return Prefix + id.String()
}

// Retry records an operator's wish that what has queued be handled; its listener
// does it. It answers PARKED_UNKNOWN (R5).
func (l *Lot) Retry(ctx context.Context, id ID, env command.Envelope) (Result, error) {
	return l.pairs.Execute(ctx, id.String(), env, pair.Retry{At: env.DecidedAt})
}

// Skip records an operator's wish that the event with this revision, at which the
// pair must be parked, never be handled, and that the rest of the queue be. It
// answers PARKED_UNKNOWN, PARKED_ELSEWHERE or ILLEGAL_STATE (R5).
func (l *Lot) Skip(ctx context.Context, id ID, env command.Envelope, revision eventstore.Revision, reason string) (Result, error) {
	return l.pairs.Execute(ctx, id.String(), env, pair.Skip{Revision: int64(revision), Reason: reason, At: env.DecidedAt})
}
