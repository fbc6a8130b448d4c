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
	"sync"
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

	// folded remembers how far recent streams were folded, so that a command reads
	// on from there. It is a hint (R6): the append still names the head it decided
	// on, and another process may have gone further.
	folded *lru.Cache[string, folded[S]]
}

// Bounds of memory: recent keys, about 100 bytes each, and recent states.
const (
	recentKeys   = 1 << 15
	recentStates = 1 << 13
)

// New describes the streams "<category>-<id>". events holds one sample of each
// event type that they may contain.
func New[S any, E decider.Event[S]](store eventstore.Store, category string, events []E) *Aggregate[S, E] {
	keys, err := lru.New[uuid.UUID, string](recentKeys)
	if err != nil {
		panic(err) // only for a size below one
	}
	states, err := lru.New[string, folded[S]](recentStates)
	if err != nil {
		panic(err) // the same
	}
	return &Aggregate[S, E]{category: category, codec: NewCodec[S](events), store: store, keys: keys, folded: states}
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
	stream := a.Stream(id)
	h := a.open(stream)
	if err := h.read(ctx, a.store, stream); err != nil {
		return Result[S]{}, err
	}
	a.remember(stream, h)
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
	h := a.open(stream)
	for range maxTries {
		if err := h.read(ctx, a.store, stream); err != nil {
			return Result[S]{}, err
		}
		if h.commands.has(env.CommandID) {
			return a.repeat(ctx, stream, env)
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
			return a.recorded(stream, h, env, events, proposed, done), nil
		}
		if !errors.As(err, new(*eventstore.Conflict)) && !errors.Is(err, eventstore.ErrOutcomeUnknown) {
			return Result[S]{}, fmt.Errorf("append to %s: %w", stream, err)
		}
		// Somebody was faster, or the answer was lost: one path, read on and look.
	}
	return Result[S]{}, errBusy
}

// recorded is the answer to a command whose events were just stored.
func (a *Aggregate[S, E]) recorded(
	stream string, h history[S, E], env Envelope, events []E, proposed []eventstore.Proposed, done eventstore.Appended,
) Result[S] {
	result := Result[S]{
		State:    decider.Fold(h.state, events...),
		Revision: done.Head.Revision,
		Position: done.Position,
		Events:   stored(stream, h.head, proposed, done),
	}
	h.state, h.head, h.position = result.State, done.Head, done.Position
	h.commands.add(env.CommandID)
	a.remember(stream, h)
	return result
}

// repeat answers a command that the stream holds already: it reads the whole
// stream again, up to what the command left.
func (a *Aggregate[S, E]) repeat(ctx context.Context, stream string, env Envelope) (Result[S], error) {
	h := history[S, E]{codec: a.codec, folded: beginning[S](), sought: env.CommandID}
	if err := h.read(ctx, a.store, stream); err != nil {
		return Result[S]{}, err
	}
	if h.mine == nil {
		return Result[S]{}, fmt.Errorf("stream %s no longer holds command %s", stream, env.CommandID)
	}
	if subtle.ConstantTimeCompare(h.mine.fingerprint, env.Fingerprint) != 1 {
		return Result[S]{}, errOtherBody
	}
	return h.mine.result, nil
}

// folded is a stream as far as it was read. Events leave the states before them
// as they were, so it is shared without copying.
type folded[S any] struct {
	state    S
	head     eventstore.Head
	position eventstore.Position
	commands *commands
}

func beginning[S any]() folded[S] {
	return folded[S]{head: eventstore.Empty, commands: &commands{ids: make(map[uuid.UUID]struct{})}}
}

// commands are those that left events in a stream: all that were folded, and maybe
// some behind them, since everybody who reads the same stream shares the set.
type commands struct {
	mu  sync.Mutex
	ids map[uuid.UUID]struct{}
}

func (c *commands) add(id uuid.UUID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ids[id] = struct{}{}
}

func (c *commands) has(id uuid.UUID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, has := c.ids[id]
	return has
}

// open is what is remembered of a stream: nothing, at worst.
func (a *Aggregate[S, E]) open(stream string) history[S, E] {
	f, known := a.folded.Get(stream)
	if !known {
		f = beginning[S]()
	}
	return history[S, E]{codec: a.codec, folded: f}
}

// remember keeps a state, unless a later one is known.
func (a *Aggregate[S, E]) remember(stream string, h history[S, E]) {
	if h.head.Revision == eventstore.NoStream {
		return
	}
	if f, known := a.folded.Peek(stream); !known || f.head.Revision < h.head.Revision {
		a.folded.Add(stream, h.folded)
	}
}

// history is a stream on the way to its end, and what one command left in it.
type history[S any, E decider.Event[S]] struct {
	folded[S]

	codec *Codec[S, E]

	sought uuid.UUID // the command whose trace is looked for; none, usually
	mine   *trace[S]
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
		var m eventstore.Metadata
		if err := json.Unmarshal(r.Metadata, &m); err != nil {
			return fmt.Errorf("metadata of event %d of %s: %w", r.Revision, r.Stream, err)
		}
		h.state, h.head, h.position = e.Evolve(h.state), r.Head(), r.Position
		if m.CommandIndex == 0 {
			h.commands.add(m.CommandID)
		}
		if h.sought != uuid.Nil && m.CommandID == h.sought {
			h.look(r, m)
		}
	}
	return nil
}

// look remembers r, which the command that is sought recorded.
func (h *history[S, E]) look(r eventstore.Recorded, m eventstore.Metadata) {
	if h.mine == nil {
		h.mine = &trace[S]{fingerprint: m.Fingerprint}
	}
	h.mine.result = Result[S]{
		State: h.state, Revision: r.Revision, Position: r.Position,
		Events: append(h.mine.result.Events, r), Repeated: true,
	}
}

// stored rebuilds what the log holds after an append of ours.
func stored(stream string, after eventstore.Head, proposed []eventstore.Proposed, done eventstore.Appended) []eventstore.Recorded {
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
