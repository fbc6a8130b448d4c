package check

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"google.golang.org/protobuf/proto"

	"aanvraag.internal/services/kernel/policy"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
	"aanvraag.internal/services/platform/service"
	"aanvraag.internal/services/platform/vault"
)

// events are those of a log, in its order.
type events = iter.Seq2[*event, error]

// parser finds out what an event says by itself. It keeps nothing, so several
// goroutines use it at once.
type parser struct {
	subject  Subject
	services []service.Facts
	asked    map[string]bool // types whose members an invariant looks at
	policies *command.Codec[policy.Policy, policy.Event]
	lot      *parking.Lot
}

func newParser(s Subject) *parser {
	p := &parser{
		subject: s, services: services(), asked: map[string]bool{},
		policies: command.NewCodec[policy.Policy](policy.Events()),
		lot:      parking.New(s.Store, clock.System{}), // for its codec: no command is given
	}
	for _, types := range [][]string{
		typesOfRules(),
		{letterSent, letterSkipped, keyDestroyed, keysDestroyed, recordingStarted, recordingUploaded, invoiceIssued},
	} {
		for _, t := range types {
			p.asked[t] = true
		}
	}
	return p
}

// Bounds of what is under way: events in a batch, and batches for each processor.
const (
	perBatch   = 128
	batchesPer = 4
)

type batch struct {
	events []event
	err    error // of the log, behind these events
	parsed chan struct{}
}

// events reads the log once. One goroutine reads, one for each processor parses, and
// the caller's takes the events in their order.
func (p *parser) events(ctx context.Context, store eventstore.Store) events {
	return func(yield func(*event, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		workers := runtime.GOMAXPROCS(0)
		work, order := make(chan *batch), make(chan *batch, batchesPer*workers)
		var running sync.WaitGroup
		defer running.Wait()
		defer cancel()
		running.Go(func() { read(ctx, store, work, order) })
		for range workers {
			running.Go(func() {
				for b := range work {
					for i := range b.events {
						p.parse(&b.events[i])
					}
					close(b.parsed)
				}
			})
		}
		for b := range order {
			select {
			case <-b.parsed:
			case <-ctx.Done():
				yield(nil, ctx.Err())
				return
			}
			for i := range b.events {
				if !yield(&b.events[i], nil) {
					return
				}
			}
			if b.err != nil {
				yield(nil, b.err)
				return
			}
		}
	}
}

// read gives the log in batches to whoever parses, and in the same order to whoever
// takes them.
func read(ctx context.Context, store eventstore.Store, work, order chan<- *batch) {
	defer close(order)
	defer close(work)
	next := func() *batch { return &batch{events: make([]event, 0, perBatch), parsed: make(chan struct{})} }
	send := func(b *batch) bool {
		for _, to := range []chan<- *batch{order, work} {
			select {
			case to <- b:
			case <-ctx.Done():
				return false
			}
		}
		return true
	}
	b := next()
	for r, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			b.err = err
			break
		}
		b.events = append(b.events, event{Recorded: r})
		if len(b.events) == perBatch {
			if !send(b) {
				return
			}
			b = next()
		}
	}
	send(b)
}

func (p *parser) parse(e *event) {
	e.category, e.id, _ = strings.Cut(e.Stream, "-")
	e.unread = json.Unmarshal(e.Metadata, &e.meta) != nil
	if err := p.decode(e); err != nil {
		e.unreadable = err.Error()
		return
	}
	if p.asked[e.Type] {
		if json.Unmarshal(e.Data, &e.names) != nil {
			e.unreadable = "its members are not what they were"
			return
		}
	}
	if p.subject.Keys != nil {
		e.keys = sealedUnder(e.Data)
	}
	if e.Type == letterSent && p.subject.Mail != "" {
		e.letter = readLetter(p.subject.Mail, e.names.NotificationID)
	}
}

// decode finds whose event it is, reads it by that service's own codec, and keeps
// its public form.
func (p *parser) decode(e *event) error {
	switch e.category {
	case "adopted":
		_, err := p.policies.Decode(e.Type, e.Data)
		return err
	case "parking":
		_, err := p.lot.Apply(parking.Pair{}, e.Recorded)
		return err
	}
	for _, s := range p.services {
		if !slices.ContainsFunc(s.Prefixes, func(prefix string) bool { return strings.HasPrefix(e.Stream, prefix) }) {
			continue
		}
		e.service = s.Name
		public, err := s.Publish(e.Recorded)
		if err != nil || public == nil {
			return err
		}
		e.public = string(public.ProtoReflect().Descriptor().FullName())
		if e.body, err = (proto.MarshalOptions{Deterministic: true}).Marshal(public); err != nil {
			return fmt.Errorf("its public form cannot be made: %w", err)
		}
		return nil
	}
	return fmt.Errorf("no service owns stream %s", e.Stream)
}

// sealedUnder finds the keys of all that is sealed in data.
func sealedUnder(data []byte) []string {
	if !bytes.Contains(data, []byte(`"cipher"`)) {
		return nil
	}
	var tree any
	if json.Unmarshal(data, &tree) != nil {
		return nil
	}
	var keys []string
	var walk func(any)
	walk = func(node any) {
		switch node := node.(type) {
		case []any:
			for _, child := range node {
				walk(child)
			}
		case map[string]any:
			subject, _ := node["subject"].(string)
			purpose, _ := node["purpose"].(string)
			if cipher, _ := node["cipher"].(string); cipher != "" && subject != "" && purpose != "" {
				keys = append(keys, vault.KeyID(subject, vault.Purpose(purpose)))
			}
			for _, child := range node {
				walk(child)
			}
		}
	}
	walk(tree)
	return keys
}
