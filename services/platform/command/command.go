// Package command carries a wish to its stream: load, fold, decide, append with
// the expected revision, and after any trouble look in the stream for its own
// trace before deciding again (reliability rules R1 to R3).
package command

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
)

// Envelope says who wants a command, why, and what must hold for it.
type Envelope struct {
	// CommandID recognises a repeat: the client's idempotency key, or an id
	// derived from the event that a reaction answers.
	CommandID uuid.UUID
	// Fingerprint is the keyed hash of the canonical request; a repeat with
	// another one is refused (P5). Reactions have none.
	Fingerprint []byte
	// Correlation is the support request that all of this is about.
	Correlation string
	Causation   uuid.UUID
	Actor       eventstore.Actor
	DecidedAt   time.Time
	HappenedAt  time.Time
	Policies    []eventstore.PolicyRef
	Source      *eventstore.Source
	TZData      string
	// IfRevision, when set, is the only revision the caller accepts to change.
	IfRevision *eventstore.Revision
}

// Result is the answer to a command, derived from the stream alone, so a repeat
// gets the same one for ever.
type Result[S any] struct {
	State    S                     // as the command left it, even when later commands went on
	Revision eventstore.Revision   // of the last event that State knows
	Position eventstore.Position   // of that event; zero when the stream is empty
	Events   []eventstore.Recorded // what the command recorded; none when it was already fulfilled
	Repeated bool                  // an earlier execution of the same command answered
}

// Aggregate is one kind of stream: its category, its state and its events.
// It is safe for concurrent use.
type Aggregate[S any, E decider.Event[S]] struct {
	category string
	codec    *Codec[S, E]
	store    eventstore.Store

	// keys remembers which stream a client's recent idempotency keys went to, so
	// that a key used again for another entity is refused too. It is a courtesy:
	// within one stream the log itself remembers for ever.
	keys *lru.Cache[uuid.UUID, string]
}

// recentKeys bounds the memory of keys: about 100 bytes each.
const recentKeys = 1 << 15

// New describes the streams "<category>-<id>". events holds one sample of each
// event type that they may contain.
func New[S any, E decider.Event[S]](store eventstore.Store, category string, events []E) *Aggregate[S, E] {
	keys, err := lru.New[uuid.UUID, string](recentKeys)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &Aggregate[S, E]{category: category, codec: NewCodec[S](events), store: store, keys: keys}
}

// Stream is the name of the stream of one entity.
func (a *Aggregate[S, E]) Stream(id string) string { return a.category + "-" + id }

// maxTries bounds how often a command is decided anew because others were faster.
const maxTries = 16

// Rejections of this package.
var (
	errBusy = &decider.Rejection{
		Kind: decider.Aborted, Code: "CONFLICT", Rule: "P6",
		Reason: "too many others changed the same thing at the same time; try again",
	}
	errRevision = &decider.Rejection{
		Kind: decider.Aborted, Code: "REVISION_MISMATCH", Rule: "P6",
		Reason: "it has changed since the revision you named; read it again",
	}
	errOtherBody = &decider.Rejection{
		Kind: decider.Exists, Code: "IDEMPOTENCY_CONFLICT", Rule: "P5",
		Reason: "this idempotency key was used for a different request",
	}
)

// Load folds the whole stream of id. A missing stream gives the zero state at
// revision [eventstore.NoStream].
func (a *Aggregate[S, E]) Load(ctx context.Context, id string) (Result[S], error) {
	h := history[S, E]{codec: a.codec, head: eventstore.Empty}
	if err := h.read(ctx, a.store, a.Stream(id)); err != nil {
		return Result[S]{}, err
	}
	return Result[S]{State: h.state, Revision: h.head.Revision, Position: h.position}, nil
}

// Execute decides cmd on the stream of id and records what follows. A command
// that was executed before answers what it answered then. A rule that forbids the
// command answers a [*decider.Rejection].
func (a *Aggregate[S, E]) Execute(ctx context.Context, id string, env Envelope, cmd decider.Command[S, E]) (Result[S], error) {
	stream := a.Stream(id)
	if env.Fingerprint != nil {
		if used, known := a.keys.Get(env.CommandID); known && used != stream {
			return Result[S]{}, errOtherBody
		}
	}
	h := history[S, E]{codec: a.codec, head: eventstore.Empty, command: env.CommandID}
	for range maxTries {
		if err := h.read(ctx, a.store, stream); err != nil {
			return Result[S]{}, err
		}
		if h.mine != nil {
			return h.repeat(env)
		}
		if env.IfRevision != nil && *env.IfRevision != h.head.Revision {
			return Result[S]{}, errRevision
		}
		events, err := cmd.Decide(h.state)
		if err != nil {
			return Result[S]{}, err
		}
		if len(events) == 0 {
			return Result[S]{State: h.state, Revision: h.head.Revision, Position: h.position}, nil
		}
		proposed, err := a.codec.Propose(stream, env, events)
		if err != nil {
			return Result[S]{}, err
		}
		done, err := a.store.Append(ctx, stream, h.head, proposed)
		if err == nil {
			if env.Fingerprint != nil {
				a.keys.Add(env.CommandID, stream)
			}
			return Result[S]{
				State:    decider.Fold(h.state, events...),
				Revision: done.Head.Revision,
				Position: done.Position,
				Events:   recorded(stream, h.head, proposed, done),
			}, nil
		}
		if !errors.As(err, new(*eventstore.Conflict)) && !errors.Is(err, eventstore.ErrOutcomeUnknown) {
			return Result[S]{}, fmt.Errorf("append to %s: %w", stream, err)
		}
		// Somebody was faster, or the answer was lost: one path, read on and look.
	}
	return Result[S]{}, errBusy
}

// history is a stream as far as it was read, and what one command left in it.
type history[S any, E decider.Event[S]] struct {
	codec    *Codec[S, E]
	state    S
	head     eventstore.Head
	position eventstore.Position

	command uuid.UUID // whose trace is looked for
	mine    *trace[S]
}

// trace is what an earlier execution of the same command recorded.
type trace[S any] struct {
	result      Result[S]
	fingerprint []byte
}

// read goes on from where it stopped to the end of the stream, checking the chain.
func (h *history[S, E]) read(ctx context.Context, store eventstore.Store, stream string) error {
	for r, err := range store.ReadStream(ctx, stream, h.head.Revision) {
		if err != nil {
			return fmt.Errorf("read %s: %w", stream, err)
		}
		if err := eventstore.Verify(h.head, r); err != nil {
			return err
		}
		e, err := h.codec.Decode(r.Type, r.Data)
		if err != nil {
			return fmt.Errorf("event %d of %s: %w", r.Revision, stream, err)
		}
		h.state, h.head, h.position = e.Evolve(h.state), r.Head(), r.Position
		if h.command != uuid.Nil {
			if err := h.look(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// look remembers r when the command that is sought recorded it.
func (h *history[S, E]) look(r eventstore.Recorded) error {
	var m eventstore.Metadata
	if err := json.Unmarshal(r.Metadata, &m); err != nil {
		return fmt.Errorf("metadata of event %d of %s: %w", r.Revision, r.Stream, err)
	}
	if m.CommandID != h.command {
		return nil
	}
	if h.mine == nil {
		h.mine = &trace[S]{fingerprint: m.Fingerprint}
	}
	h.mine.result = Result[S]{
		State: h.state, Revision: r.Revision, Position: r.Position,
		Events: append(h.mine.result.Events, r), Repeated: true,
	}
	return nil
}

func (h *history[S, E]) repeat(env Envelope) (Result[S], error) {
	if subtle.ConstantTimeCompare(h.mine.fingerprint, env.Fingerprint) != 1 {
		return Result[S]{}, errOtherBody
	}
	return h.mine.result, nil
}

// recorded rebuilds what the log holds after an append of ours.
func recorded(stream string, after eventstore.Head, proposed []eventstore.Proposed, done eventstore.Appended) []eventstore.Recorded {
	out := make([]eventstore.Recorded, len(proposed))
	head := after
	for i, p := range proposed {
		head = eventstore.Head{
			Revision: head.Revision + 1,
			Hash:     eventstore.Chain(head.Hash, stream, head.Revision+1, p),
		}
		out[i] = eventstore.Recorded{
			Stream: stream, Revision: head.Revision, Hash: head.Hash,
			ID: p.ID, Type: p.Type, Data: p.Data, Metadata: p.Metadata,
		}
	}
	out[len(out)-1].Position = done.Position
	return slices.Clip(out)
}
