package check

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
)

// told: the JetStream stream of each service holds its public events, each once, in
// the order of the log, and nothing else (R4). What must be there is made from the
// log again, by the same function that the relay uses; a message must tell the same,
// to its link to the public event before it.
type told struct {
	found    *findings
	store    eventstore.Store
	services map[string]*telling
	through  eventstore.Position // the last event that was seen
}

// telling is one service's JetStream stream beside what the log says of it.
type telling struct {
	*messages
	found  *findings
	store  eventstore.Store
	ahead  *message                       // read and not looked at yet
	last   map[string]eventstore.Revision // public one, by event stream
	absent []bus.Envelope                 // public events that were not met, the first ones
	lacks  map[uuid.UUID]int              // their places in absent
	more   int                            // absent ones beyond
	asked  int                            // questions to the log about strays
}

// Bounds of what is remembered or looked up where the bus is not the log's at all.
const (
	mostAbsent = 4096
	mostAsked  = 256
)

func newTold(ctx context.Context, s Subject, found *findings) (*told, error) {
	js, err := jetstream.New(s.Bus)
	if err != nil {
		return nil, err
	}
	t := &told{found: found, store: s.Store, services: map[string]*telling{}}
	for _, f := range services() {
		t.services[f.Name] = &telling{
			messages: open(ctx, js, f.Name), found: found, store: s.Store,
			last: map[string]eventstore.Revision{}, lacks: map[uuid.UUID]int{},
		}
	}
	return t, nil
}

func (t *told) close() error {
	for _, s := range t.services {
		s.close()
	}
	return nil
}

func (t *told) see(ctx context.Context, e *event) error {
	t.through = e.Position
	if e.public == "" {
		return nil
	}
	s := t.services[e.service]
	want := bus.Envelope{
		ID: e.ID, Type: e.public, Service: e.service, Stream: e.Stream, Revision: e.Revision, Previous: eventstore.NoStream,
		Position: e.Position, Correlation: e.meta.CorrelationID, Time: e.meta.DecidedAt.UTC(), Body: e.body,
	}
	if last, known := s.last[e.Stream]; known {
		want.Previous = last
	}
	s.last[e.Stream] = e.Revision
	return s.expect(ctx, want)
}

func (t *told) end(ctx context.Context) error {
	for _, name := range sorted(t.services) {
		if err := t.services[name].end(ctx, t.through); err != nil {
			return err
		}
	}
	return nil
}

// peek is the next message that can be read; nil when there is none.
func (t *telling) peek(ctx context.Context) (*message, error) {
	for t.ahead == nil {
		var m message
		var more bool
		select {
		case m, more = <-t.next:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		switch {
		case !more:
			return nil, t.fault
		case m.problem != nil:
			t.found.addf(BusUnread, at{}, "message %d of %s cannot be read: %v", m.sequence, bus.StreamName(t.service), m.problem)
		default:
			t.ahead = &m
		}
	}
	return t.ahead, nil
}

// expect looks for the next public event among the messages.
func (t *telling) expect(ctx context.Context, want bus.Envelope) error {
	for {
		m, err := t.peek(ctx)
		if err != nil {
			return err
		}
		if m == nil || m.Position > want.Position {
			t.miss(want)
			return nil
		}
		t.ahead = nil
		if m.ID == want.ID && m.Position == want.Position {
			if problem := differs(want, m.Envelope); problem != "" {
				t.found.addf(BusDiffers, place(want), "message %d of %s %s", m.sequence, bus.StreamName(t.service), problem)
			}
			return nil
		}
		if err := t.stray(ctx, *m, want.Position); err != nil {
			return err
		}
	}
}

func place(e bus.Envelope) at { return at{e.Stream, e.Revision, e.Position} }

// short is the last part of a protobuf full name.
func short(fullName string) string { return fullName[strings.LastIndexByte(fullName, '.')+1:] }

func (t *telling) miss(e bus.Envelope) {
	if len(t.absent) == mostAbsent {
		t.more++
		return
	}
	e.Body = nil // of no use any more
	t.lacks[e.ID] = len(t.absent)
	t.absent = append(t.absent, e)
}

// stray names a message that is not where the log says: one that was missed before,
// one that was met before, or one that is no event of this log. What was recorded
// behind the end that the log had for us is none of them.
func (t *telling) stray(ctx context.Context, m message, through eventstore.Position) error {
	where := fmt.Sprintf("message %d of %s", m.sequence, bus.StreamName(t.service))
	if i, lacked := t.lacks[m.ID]; lacked {
		delete(t.lacks, m.ID)
		t.found.addf(BusOrder, place(t.absent[i]), "%s, %s, stands behind later events", where, short(m.Type))
		return nil
	}
	recorded := false
	if t.asked++; t.asked <= mostAsked {
		for r, err := range t.store.ReadStream(ctx, m.Stream, m.Revision-1) {
			if err != nil {
				return fmt.Errorf("read %s: %w", m.Stream, err)
			}
			recorded = r.ID == m.ID && r.Position == m.Position
			break
		}
	}
	switch {
	case recorded && m.Position > through:
	case recorded:
		t.found.addf(BusDouble, place(m.Envelope), "%s, %s, is there again", where, short(m.Type))
	default:
		t.found.addf(BusForeign, at{}, "%s, %s of %s at revision %d, is no event of this log", where, short(m.Type), m.Stream, m.Revision)
	}
	return nil
}

func (t *telling) end(ctx context.Context, through eventstore.Position) error {
	for {
		m, err := t.peek(ctx)
		if err != nil {
			return err
		}
		if m == nil {
			break
		}
		t.ahead = nil
		if err := t.stray(ctx, *m, through); err != nil {
			return err
		}
	}
	for _, e := range t.absent {
		if _, lacked := t.lacks[e.ID]; lacked {
			t.found.addf(BusMissing, place(e), "%s is not on the bus of %s", short(e.Type), t.service)
		}
	}
	for range t.more {
		t.found.addf(BusMissing, at{}, "more is not on the bus of %s", t.service)
	}
	return nil
}

// differs says in what a message does not tell what the log does; "" when it does.
func differs(want, got bus.Envelope) string {
	switch {
	case got.Stream != want.Stream || got.Revision != want.Revision:
		return fmt.Sprintf("says that it is event %d of %s", got.Revision, got.Stream)
	case got.Previous != want.Previous:
		return fmt.Sprintf("names %d as the public event before it, not %d", got.Previous, want.Previous)
	case got.Type != want.Type:
		return fmt.Sprintf("is %s, not %s", got.Type, want.Type)
	case got.Correlation != want.Correlation:
		return fmt.Sprintf("is about %q, not %q", got.Correlation, want.Correlation)
	case !got.Time.Equal(want.Time):
		return fmt.Sprintf("says that it was decided at %s, not %s", got.Time, want.Time)
	case !bytes.Equal(got.Body, want.Body) && !same(want.Type, got.Body, want.Body):
		return "has another body than follows from the event"
	}
	return ""
}

// same tells whether two bodies say the same, when another build may have written
// one of them: the bytes of a message may differ between builds.
func same(fullName string, a, b []byte) bool {
	kind, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(fullName))
	if err != nil {
		return false
	}
	one, other := kind.New().Interface(), kind.New().Interface()
	return proto.Unmarshal(a, one) == nil && proto.Unmarshal(b, other) == nil && proto.Equal(one, other)
}
