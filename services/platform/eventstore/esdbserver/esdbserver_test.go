package esdbserver_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"github.com/google/uuid"
	"go.uber.org/goleak"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/esdbserver"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/eventstore/sqlite"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what should happen at once but may hang when a rule broke.
const patience = 30 * time.Second

// house is a served log and a client of it.
type house struct {
	t      testing.TB
	ctx    context.Context
	store  eventstore.Store
	server *esdbserver.Server
	addr   string
	client *esdb.Client
	lines  *lines // what the server logs
}

// lines is a log that is written and read at once.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// onDisk serves a new log on disk.
func onDisk(t testing.TB) house {
	t.Helper()
	store, err := sqlite.Open(filepath.Join(t.TempDir(), "events.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return serve(t, store)
}

// serve serves store on loopback until the test ends.
func serve(t testing.TB, store eventstore.Store) house {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	lines := new(lines)
	h := house{t: t, ctx: ctx, store: store, lines: lines, server: esdbserver.New(store, slog.New(slog.NewTextHandler(lines, nil)))}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	h.addr = l.Addr().String()
	served := make(chan error, 1)
	go func() { served <- h.server.Serve(l) }()
	t.Cleanup(func() {
		ended, end := context.WithCancel(context.Background())
		end() // whatever still runs is cut off
		_ = h.server.Stop(ended)
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	h.client = h.connect("")
	return h
}

// connect makes one more client, with more settings in its connection string.
func (h house) connect(settings string) *esdb.Client {
	h.t.Helper()
	config, err := esdb.ParseConnectionString("esdb://" + h.addr + "?tls=false" + settings)
	if err != nil {
		h.t.Fatal(err)
	}
	config.Logger = esdb.NoopLogging()
	client, err := esdb.NewClient(config)
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { _ = client.Close() })
	return client
}

// events makes n events whose ids derive from stream and cause.
func events(stream, cause string, n int) []esdb.EventData {
	out := make([]esdb.EventData, n)
	for i := range out {
		out[i] = esdb.EventData{
			EventID:     eventstore.EventID(stream, uuid.NewSHA1(uuid.Nil, []byte(cause)), i),
			EventType:   fmt.Sprintf("thing.happened.v%d", i%3+1),
			ContentType: esdb.ContentTypeJson,
			Data:        fmt.Appendf(nil, `{"cause":%q,"index":%d}`, cause, i),
			Metadata:    fmt.Appendf(nil, `{"commandIndex":%d}`, i),
		}
	}
	return out
}

func expecting(r esdb.ExpectedRevision) esdb.AppendToStreamOptions {
	return esdb.AppendToStreamOptions{ExpectedRevision: r}
}

func (h house) append(stream string, expected esdb.ExpectedRevision, events ...esdb.EventData) *esdb.WriteResult {
	h.t.Helper()
	done, err := h.client.AppendToStream(h.ctx, stream, expecting(expected), events...)
	if err != nil {
		h.t.Fatalf("append to %s after %+v: %v", stream, expected, err)
	}
	return done
}

// fill appends n events to a new stream, as one whole.
func (h house) fill(stream string, n int) *esdb.WriteResult {
	h.t.Helper()
	return h.append(stream, esdb.NoStream{}, events(stream, "fill", n)...)
}

// refused appends, and answers the client's error.
func (h house) refused(stream string, expected esdb.ExpectedRevision, events ...esdb.EventData) *esdb.Error {
	h.t.Helper()
	done, err := h.client.AppendToStream(h.ctx, stream, expecting(expected), events...)
	var refusal *esdb.Error
	if !errors.As(err, &refusal) {
		h.t.Fatalf("append to %s after %+v: %+v, %v", stream, expected, done, err)
	}
	return refusal
}

// conflicts tries an append that must fail by the revision found.
func (h house) conflicts(stream string, expected esdb.ExpectedRevision, expectedText, foundText string, events ...esdb.EventData) {
	h.t.Helper()
	before := h.length()
	err := h.refused(stream, expected, events...)
	want := fmt.Sprintf("expecting '%s' but got '%s'", expectedText, foundText)
	if !err.IsErrorCode(esdb.ErrorCodeWrongExpectedVersion) || !strings.Contains(err.Error(), want) {
		h.t.Errorf("append to %s after %+v: %v, not %s", stream, expected, err, want)
	}
	if got := h.length(); got != before {
		h.t.Errorf("a conflict stored %d events", got-before)
	}
}

// length is how many events the log holds.
func (h house) length() int {
	h.t.Helper()
	n := 0
	for _, err := range h.store.ReadAll(h.ctx, 0, eventstore.Filter{}) {
		if err != nil {
			h.t.Fatal(err)
		}
		n++
	}
	return n
}

// verified reads the log past the server and walks its chains.
func (h house) verified() []eventstore.Recorded {
	h.t.Helper()
	var out []eventstore.Recorded
	heads := make(map[string]eventstore.Head)
	for r, err := range h.store.ReadAll(h.ctx, 0, eventstore.Filter{}) {
		if err != nil {
			h.t.Fatal(err)
		}
		head, ok := heads[r.Stream]
		if !ok {
			head = eventstore.Empty
		}
		if err := eventstore.Verify(head, r); err != nil {
			h.t.Fatal(err)
		}
		heads[r.Stream] = r.Head()
		out = append(out, r)
	}
	return out
}

// all takes everything that a read gives.
func all(t testing.TB, read *esdb.ReadStream, err error) []*esdb.RecordedEvent {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	var out []*esdb.RecordedEvent
	for {
		e, err := read.Recv()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, e.OriginalEvent())
	}
}

func (h house) read(stream string, o esdb.ReadStreamOptions, count uint64) []*esdb.RecordedEvent {
	h.t.Helper()
	read, err := h.client.ReadStream(h.ctx, stream, o, count)
	return all(h.t, read, err)
}

func (h house) readLog(o esdb.ReadAllOptions, count uint64) []*esdb.RecordedEvent {
	h.t.Helper()
	read, err := h.client.ReadAll(h.ctx, o, count)
	return all(h.t, read, err)
}

// revisions and positions spell where events stand.
func revisions(events []*esdb.RecordedEvent) string {
	var out []string
	for _, e := range events {
		out = append(out, fmt.Sprint(e.EventNumber))
	}
	return strings.Join(out, " ")
}

func positions(events []*esdb.RecordedEvent) string {
	var out []string
	for _, e := range events {
		out = append(out, fmt.Sprint(e.Position.Commit))
	}
	return strings.Join(out, " ")
}

func TestAnyEngineIsServed(t *testing.T) {
	for name, h := range map[string]house{"sqlite": onDisk(t), "memory": serve(t, memory.New())} {
		h.fill("thing-1", 3)
		if got := h.verified(); len(got) != 3 || got[2].Stream != "thing-1" {
			t.Errorf("%s holds %+v", name, got)
		}
	}
}
