package check

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	_ "modernc.org/sqlite" // to change a view behind its back

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/vault"
)

// recording is a world as it was recorded: its log and bus in memory, its spool and
// views in a directory, its keys by name.
type recording struct {
	dir          string
	log          []eventstore.Recorded
	bus          map[string][]*nats.Msg // by service
	keys         map[string]error       // what is answered about each
	acknowledged map[uuid.UUID]string
}

func record(t *testing.T) recording {
	t.Helper()
	r := recording{dir: t.TempDir(), bus: map[string][]*nats.Msg{}, keys: map[string]error{}}
	r.acknowledged = recordWorld(t, r.dir)
	o, err := Stopped(r.dir, quiet)
	must(t, err)
	defer func() { must(t, o.Close()) }()
	for e, err := range o.Store.ReadAll(t.Context(), 0, eventstore.Filter{}) {
		must(t, err)
		r.log = append(r.log, e)
	}
	js, err := jetstream.New(o.Bus)
	must(t, err)
	for _, s := range services() {
		stream, err := js.Stream(t.Context(), bus.StreamName(s.Name))
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		must(t, err)
		for sequence := uint64(1); sequence <= stream.CachedInfo().State.LastSeq; sequence++ {
			m, err := stream.GetMsg(t.Context(), sequence)
			must(t, err)
			for name := range m.Header {
				if strings.HasPrefix(name, "Nats-") {
					delete(m.Header, name) // of the publish, not of the event
				}
			}
			r.bus[s.Name] = append(r.bus[s.Name], &nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data})
		}
	}
	named := newKept(Subject{}, nil)
	p := newParser(o.Subject)
	for _, e := range r.log {
		parsed := event{Recorded: e}
		p.parse(&parsed)
		must(t, named.see(t.Context(), &parsed))
	}
	for id := range named.named {
		_, r.keys[id] = o.Keys.Get(t.Context(), id)
	}
	return r
}

// copied is a recording that a test breaks, and then looks at.
type copied struct {
	recording
	t *testing.T
	Subject
}

// of is a whole copy: what a test changes is its own.
func (r recording) of(t *testing.T) *copied {
	t.Helper()
	c := &copied{recording: r, t: t}
	c.dir = t.TempDir()
	for _, part := range []string{"mail", "views", "blobs"} {
		must(t, os.CopyFS(filepath.Join(c.dir, part), os.DirFS(filepath.Join(r.dir, part))))
	}
	c.log = slices.Clone(r.log)
	c.bus = map[string][]*nats.Msg{}
	for service, list := range r.bus {
		for _, m := range list {
			again := &nats.Msg{Subject: m.Subject, Header: nats.Header{}, Data: bytes.Clone(m.Data)}
			for name, values := range m.Header {
				again.Header[name] = slices.Clone(values)
			}
			c.bus[service] = append(c.bus[service], again)
		}
	}
	store := memory.New()
	t.Cleanup(func() { must(t, store.Close()) })
	c.Subject = Subject{Store: store, Acknowledged: r.acknowledged}
	return c
}

// stored puts the log in place, as the copy has it now.
func (c *copied) stored() *copied {
	c.t.Helper()
	heads := map[string]eventstore.Head{}
	for _, e := range c.log {
		head, known := heads[e.Stream]
		if !known {
			head = eventstore.Empty
		}
		done, err := c.Store.Append(c.t.Context(), e.Stream, head, []eventstore.Proposed{{ID: e.ID, Type: e.Type, Data: e.Data, Metadata: e.Metadata}})
		must(c.t, err)
		heads[e.Stream] = done.Head
	}
	return c
}

// published puts the bus in place.
func (c *copied) published() *copied {
	c.t.Helper()
	server, err := bus.StartServer(c.t.TempDir(), quiet)
	must(c.t, err)
	c.t.Cleanup(server.Shutdown)
	c.Bus, err = server.Connect()
	must(c.t, err)
	c.t.Cleanup(c.Bus.Close)
	js, err := jetstream.New(c.Bus)
	must(c.t, err)
	for service, list := range c.bus {
		_, err := bus.EnsureStream(c.t.Context(), js, service, 0)
		must(c.t, err)
		for _, m := range list {
			_, err := js.PublishMsg(c.t.Context(), m)
			must(c.t, err)
		}
	}
	return c
}

func (c *copied) mailed() *copied {
	c.Mail = filepath.Join(c.dir, "mail")
	return c
}

func (c *copied) shown() *copied {
	c.Views = []string{filepath.Join(c.dir, "views")}
	return c
}

func (c *copied) kept() *copied {
	c.Keys = lookup(c.keys)
	return c
}

// whole puts everything in place.
func (c *copied) whole() *copied { return c.stored().published().mailed().shown().kept().shelved() }

// lookup is a key store that knows the answers.
type lookup map[string]error

func (l lookup) Get(_ context.Context, id string) ([]byte, error) {
	err, known := l[id]
	if !known {
		err = vault.ErrNoKey
	}
	return nil, err
}

// first is the first event of a type.
func (c *copied) first(eventType string) eventstore.Recorded {
	c.t.Helper()
	i := slices.IndexFunc(c.log, func(e eventstore.Recorded) bool { return e.Type == eventType })
	if i < 0 {
		c.t.Fatalf("nothing in the world is %s", eventType)
	}
	return c.log[i]
}

// last is the last event of a type.
func (c *copied) last(eventType string) (last eventstore.Recorded) {
	c.t.Helper()
	last = c.first(eventType)
	for _, e := range c.log {
		if e.Type == eventType {
			last = e
		}
	}
	return last
}

// without leaves an event out of the log.
func (c *copied) without(gone eventstore.Recorded) *copied {
	c.log = slices.DeleteFunc(c.log, func(e eventstore.Recorded) bool { return e.ID == gone.ID })
	return c
}

// append adds an event behind the whole log, with the metadata of a command of its
// own unless change makes another of it.
func (c *copied) append(stream, eventType string, data any, change func(*eventstore.Metadata)) {
	c.t.Helper()
	m := eventstore.Metadata{
		CommandID: uuid.New(), CorrelationID: "of a test", Actor: eventstore.Actor{Kind: "service"}, DecidedAt: monday,
	}
	if change != nil {
		change(&m)
	}
	c.put(stream, eventType, data, m)
}

func (c *copied) put(stream, eventType string, data any, m eventstore.Metadata) {
	c.t.Helper()
	body, err := json.Marshal(data)
	must(c.t, err)
	metadata, err := json.Marshal(m)
	must(c.t, err)
	head := eventstore.Empty
	for e, err := range c.Store.ReadStream(c.t.Context(), stream, eventstore.NoStream) {
		must(c.t, err)
		head = e.Head()
	}
	_, err = c.Store.Append(c.t.Context(), stream, head, []eventstore.Proposed{{
		ID: eventstore.EventID(stream, m.CommandID, m.CommandIndex), Type: eventType, Data: body, Metadata: metadata,
	}})
	must(c.t, err)
}

func meta(t *testing.T, e eventstore.Recorded) (m eventstore.Metadata) {
	t.Helper()
	must(t, json.Unmarshal(e.Metadata, &m))
	return m
}

// member is a text member of an event's data.
func member(t *testing.T, e eventstore.Recorded, name string) string {
	t.Helper()
	var members map[string]any
	must(t, json.Unmarshal(e.Data, &members))
	text, _ := members[name].(string)
	return text
}

// changed runs SQL on the view of a service.
func (c *copied) changed(service, statement string) {
	c.t.Helper()
	files, err := filepath.Glob(filepath.Join(c.dir, "views", service+"-*.db"))
	must(c.t, err)
	if len(files) != 1 {
		c.t.Fatalf("the view of %s is %v", service, files)
	}
	db, err := sql.Open("sqlite", files[0])
	must(c.t, err)
	done, err := db.Exec(statement)
	must(c.t, err)
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		c.t.Fatalf("%s changed %d rows (%v)", statement, n, err)
	}
	must(c.t, db.Close())
}

// found are the names of what is wrong, each once.
func (c *copied) found() []Name {
	c.t.Helper()
	list, err := All(c.t.Context(), c.Subject)
	must(c.t, err)
	var out []Name
	for _, f := range list {
		c.t.Log(f)
		if f.Rule == "" || f.Problem == "" {
			c.t.Errorf("%+v does not tell what it breaks", f)
		}
		out = append(out, f.Name)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
