package torture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/command"
	"aanvraag.internal/services/platform/decider"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/inbox"
	"aanvraag.internal/services/platform/parking"
	"aanvraag.internal/services/platform/relay"
)

// route is one log, the JetStream stream of its public events, and one listener, who
// copies each event stream into a target stream of his own in the same log.
type route struct {
	service string // a name of its own, since one bus carries many routes
	store   eventstore.Store
	server  *server.Server
	calm    *nats.Conn // to look at the bus; nothing harms it
	js      jetstream.JetStream
	copies  *command.Aggregate[copies, copied]
}

// routePatience is more than anything waits for. The longest is the client of the bus,
// which needs 30 s to see that the server does not know of its pull.
const routePatience = 90 * time.Second

const (
	sourcePrefix = "source-"
	publicType   = "source.public.v1"
	privateType  = "source.private.v1"
)

// quickly is between tries that are made in seconds elsewhere.
var quickly = bus.Backoff{Min: time.Millisecond, Max: 10 * time.Millisecond}

// openRoute lays a route. The caller closes it.
func openRoute(random *rand.Rand, s *server.Server, dir string) (*route, error) {
	r := &route{service: letters(random, 20), server: s, store: memory.New()}
	var err error
	if random.IntN(4) == 0 {
		if r.store, err = sqlite.Open(filepath.Join(dir, r.service, "events.db")); err != nil {
			return nil, err
		}
	}
	r.copies = command.New[copies](r.store, "copy", []copied{{}})
	if r.calm, err = connectTo(s); err != nil {
		return nil, errors.Join(err, r.store.Close())
	}
	if r.js, err = jetstream.New(r.calm); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

func (r *route) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), routePatience)
	defer cancel()
	var err error
	if r.js != nil {
		err = r.js.DeleteStream(ctx, bus.StreamName(r.service))
	}
	r.calm.Close()
	return errors.Join(err, r.store.Close())
}

// letters is a name that the bus takes for a service's.
func letters(random *rand.Rand, n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte('a' + random.IntN(26))
	}
	return string(out)
}

// remembering makes the JetStream stream with a dedupe window.
func (r *route) remembering(ctx context.Context, window time.Duration) error {
	_, err := r.js.CreateStream(ctx, jetstream.StreamConfig{
		Name: bus.StreamName(r.service), Subjects: []string{bus.ServiceSubjects(r.service)},
		Storage: jetstream.FileStorage, PersistMode: jetstream.AsyncPersistMode, Duplicates: window,
	})
	return err
}

// write appends events to some streams, three of four of them public, in bursts.
func (r *route) write(ctx context.Context, random *rand.Rand, events int) error {
	heads := map[string]eventstore.Head{}
	for n := range events {
		stream := fmt.Sprint(sourcePrefix, random.IntN(5))
		head, known := heads[stream]
		if !known {
			head = eventstore.Empty
		}
		metadata, err := json.Marshal(eventstore.Metadata{CorrelationID: "7f3c"})
		if err != nil {
			return err
		}
		kind := publicType
		if random.IntN(4) == 0 {
			kind = privateType
		}
		done, err := r.store.Append(ctx, stream, head, []eventstore.Proposed{{
			ID: eventstore.EventID(stream, uuid.Nil, n), Type: kind, Data: []byte(`{}`), Metadata: metadata,
		}})
		if err != nil {
			return err
		}
		heads[stream] = done.Head
		if random.IntN(8) == 0 {
			if err := pause(ctx, time.Duration(random.IntN(4))*time.Millisecond); err != nil {
				return err
			}
		}
	}
	return nil
}

// tell is the publish function of the route's relay.
func tell(r eventstore.Recorded) (proto.Message, error) {
	if r.Type != publicType {
		return nil, nil
	}
	return wrapperspb.String(r.ID.String()), nil
}

func (r *route) relay(nc *nats.Conn, batch int) (*relay.Relay, error) {
	return relay.New(relay.Config{
		Service: r.service, Store: r.store, Prefixes: []string{sourcePrefix}, Publish: tell, Conn: nc,
		Batch: batch, Backoff: quickly, Check: 20 * time.Millisecond,
	})
}

// copies is the target stream of one event stream, and copied its only event. A copy
// is recognised by its command alone.
type copies struct{}

type copied struct{}

// EventType is the recorded name.
func (copied) EventType() string { return "copy.copied.v1" }

// Evolve changes nothing.
func (copied) Evolve(c copies) copies { return c }

// Decide always copies: it is the command's id that tells a repeat.
func (copied) Decide(copies) ([]copied, error) { return []copied{{}}, nil }

var _ decider.Command[copies, copied] = copied{}

// listener is what one process of the listening service is made of.
func (r *route) listener(nc *nats.Conn, delivery bus.SubscriberConfig, handle func(context.Context, inbox.Inbound) error) (*inbox.Inbox, error) {
	delivery.Backoff = quickly
	return inbox.New(inbox.Config{
		Service: "copier", Conn: nc, Store: r.store, Sources: []string{r.service}, Delivery: delivery,
		Handlers: inbox.ByType(inbox.On(func(ctx context.Context, in inbox.Inbound, _ *wrapperspb.StringValue) error {
			return handle(ctx, in)
		})),
	})
}

// copy is the effect of one public event.
func (r *route) copy(ctx context.Context, in inbox.Inbound) error {
	return r.copyAs(ctx, in, in.Command(0, in.Time))
}

func (r *route) copyAs(ctx context.Context, in inbox.Inbound, as command.Envelope) error {
	_, err := r.copies.Execute(ctx, in.Stream, as, copied{})
	return err
}

// public are the revisions of the public events, by event stream, and all of them in
// the order of the log.
func (r *route) public(ctx context.Context) (all []eventstore.Recorded, streams map[string][]eventstore.Revision, err error) {
	streams = map[string][]eventstore.Revision{}
	for e, err := range r.store.ReadAll(ctx, 0, eventstore.Filter{Prefixes: []string{sourcePrefix}}) {
		if err != nil {
			return nil, nil, err
		}
		if e.Type == publicType {
			all = append(all, e)
			streams[e.Stream] = append(streams[e.Stream], e.Revision)
		}
	}
	return all, streams, nil
}

// carried checks that the JetStream stream holds every public event once, in the
// order of the log, each with the public event of its event stream before it.
func (r *route) carried(ctx context.Context) error {
	all, _, err := r.public(ctx)
	if err != nil {
		return err
	}
	stream, err := r.js.Stream(ctx, bus.StreamName(r.service))
	if err != nil {
		return err
	}
	last, i := map[string]eventstore.Revision{}, 0
	for sequence := uint64(1); ; sequence++ {
		m, err := stream.GetMsg(ctx, sequence, jetstream.WithGetMsgSubject(bus.ServiceSubjects(r.service)))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return err
		}
		sequence = m.Sequence
		e, err := bus.ReadStored(r.service, m.Subject, m.Header, m.Data)
		if err != nil {
			return broken("message %d cannot be read: %v", sequence, err)
		}
		if i >= len(all) {
			return broken("behind all %d public events the bus holds revision %d of %s", len(all), e.Revision, e.Stream)
		}
		want := all[i]
		i++
		previous, known := last[want.Stream]
		if !known {
			previous = eventstore.NoStream
		}
		last[want.Stream] = want.Revision
		if e.ID != want.ID || e.Revision != want.Revision || e.Position != want.Position || e.Previous != previous {
			return broken("place %d of the bus holds revision %d of %s (previous %d, position %d), not revision %d of %s (previous %d, position %d)",
				i, e.Revision, e.Stream, e.Previous, e.Position, want.Revision, want.Stream, previous, want.Position)
		}
	}
	if i < len(all) {
		return broken("the bus holds %d of %d public events", i, len(all))
	}
	return nil
}

// copiedAll waits until there are as many copies as public events, and checks that
// each target stream has one of each revision, in order.
func (r *route) copiedAll(ctx context.Context) error {
	all, streams, err := r.public(ctx)
	if err != nil {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, routePatience)
	defer cancel()
	filter := eventstore.Filter{Prefixes: []string{"copy-"}}
	seen := 0
	for batch, err := range r.store.Subscribe(patient, 0, filter) {
		if seen += len(batch.Events); err != nil || seen >= len(all) {
			break
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if seen < len(all) {
		return broken("%d of %d public events were handled within %s", seen, len(all), routePatience)
	}
	return r.onceInOrder(ctx, streams)
}

func (r *route) onceInOrder(ctx context.Context, streams map[string][]eventstore.Revision) error {
	for stream, want := range streams {
		var got []eventstore.Revision
		for e, err := range r.store.ReadStream(ctx, r.copies.Stream(stream), eventstore.NoStream) {
			if err != nil {
				return err
			}
			var m eventstore.Metadata
			if err := json.Unmarshal(e.Metadata, &m); err != nil {
				return err
			}
			if m.Source == nil || m.Source.Stream != stream {
				return broken("event %d of %s names another source", e.Revision, e.Stream)
			}
			got = append(got, m.Source.Revision)
		}
		if !slices.Equal(got, want) {
			return broken("of %s the revisions %d are public, and %d were handled", stream, want, got)
		}
	}
	return nil
}

// nothingParked checks that no event was given up.
func (r *route) nothingParked(ctx context.Context) error {
	for e, err := range r.store.ReadAll(ctx, 0, eventstore.Filter{Prefixes: []string{parking.Prefix}}) {
		if err != nil {
			return err
		}
		return broken("%s tells %s", e.Stream, e.Type)
	}
	return nil
}
