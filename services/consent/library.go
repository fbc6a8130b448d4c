package consent

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"aanvraag.internal/services/consent/internal/terms"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
)

// library reads the documents as the log has them now. What it remembers spares
// reading the texts again; each call reads on from there, so it never answers from
// memory alone. It is safe for concurrent use.
type library struct {
	store   eventstore.Store
	codec   *command.Codec[terms.Document, terms.Event]
	shelves map[string]*atomic.Pointer[shelf] // by kind
}

// shelf is one document as far as it was read. It is never changed.
type shelf struct {
	document terms.Document
	head     eventstore.Head
}

func newLibrary(store eventstore.Store) *library {
	l := &library{store: store, codec: termsCodec, shelves: map[string]*atomic.Pointer[shelf]{}}
	for _, kind := range kinds {
		l.shelves[kind] = new(atomic.Pointer[shelf])
		l.shelves[kind].Store(&shelf{head: eventstore.Empty})
	}
	return l
}

// document is all versions of one of the kinds.
func (l *library) document(ctx context.Context, kind string) (terms.Document, error) {
	stream := "policy-" + kind
	was := l.shelves[kind].Load()
	now := *was
	for r, err := range l.store.ReadStream(ctx, stream, now.head.Revision) {
		if err != nil {
			return terms.Document{}, fmt.Errorf("read %s: %w", stream, err)
		}
		if err := eventstore.Verify(now.head, r); err != nil {
			return terms.Document{}, err
		}
		e, err := l.codec.Decode(r.Type, r.Data)
		if err != nil {
			return terms.Document{}, fmt.Errorf("event %d of %s: %w", r.Revision, stream, err)
		}
		now.document, now.head = e.Evolve(now.document), r.Head()
	}
	if now.head != was.head {
		// Whoever read further in the meantime keeps his place.
		l.shelves[kind].CompareAndSwap(was, &now)
	}
	return now.document, nil
}

// at is one of the documents, and its version in force at an instant. Without one
// it answers POLICY_MISSING; nothing is ever assumed (P2).
func (l *library) at(ctx context.Context, kind string, at time.Time) (terms.Document, terms.Version, error) {
	d, err := l.document(ctx, kind)
	if err != nil {
		return terms.Document{}, terms.Version{}, err
	}
	v, ok := d.At(at)
	if !ok {
		return terms.Document{}, terms.Version{}, missing(kind)
	}
	return d, v, nil
}

func missing(kind string) error {
	return &decider.Rejection{
		Kind: decider.Precondition, Code: "POLICY_MISSING", Rule: "P2",
		Reason:  "no version of this policy is in force",
		Details: map[string]string{"policy": kind},
	}
}
