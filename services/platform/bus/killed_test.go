package bus_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/relay"
)

const childDir, childListen = "AANVRAAG_TEST_BUS_DIR", "AANVRAAG_TEST_BUS_LISTEN"

// serveAsAChild is the bus as a process of its own, for the test that kills it.
func serveAsAChild(t *testing.T, dir string) {
	s, err := bus.StartListening(bus.ServerConfig{Dir: dir, Listen: os.Getenv(childListen), Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	fmt.Println("serving at", s.URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // until the parent is gone
}

// process is a bus that can be killed.
type process struct {
	t       testing.TB
	dir     string
	address string
	cmd     *exec.Cmd
	stdin   io.Closer
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(os.Args[0], "-test.run=^"+p.t.Name()+"$")
	p.cmd.Env = append(os.Environ(), childDir+"="+p.dir, childListen+"="+p.address)
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	p.stdin = stdin
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), "serving at") {
			return
		}
	}
	p.t.Fatal("the bus did not start")
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait() // killed
	_ = p.stdin.Close()
}

// reader follows one listener: every revision of every event stream must come, in
// order; what comes again is counted.
type reader struct {
	mu      sync.Mutex
	reached map[string]eventstore.Revision
	total   int
	again   int
	holes   []string
	moved   chan struct{} // closed and replaced by each event that is new
}

func (r *reader) follow(out <-chan *message.Message) {
	for m := range out {
		e, err := bus.Parse(m)
		if err == nil {
			r.take(e)
		}
		m.Ack()
	}
}

func (r *reader) take(e bus.Envelope) {
	r.mu.Lock()
	defer r.mu.Unlock()
	last, known := r.reached[e.Stream]
	if !known {
		last = eventstore.NoStream
	}
	switch {
	case e.Revision <= last:
		r.again++
		return
	case e.Revision > last+1:
		r.holes = append(r.holes, fmt.Sprintf("%s went from %d to %d", e.Stream, last, e.Revision))
	}
	r.reached[e.Stream] = e.Revision
	r.total++
	close(r.moved)
	r.moved = make(chan struct{})
}

func (r *reader) seen() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.total
}

func (r *reader) next() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.moved
}

// TestAKilledBusIsFoundAgainAndNothingIsLost kills the bus while events flow and
// keys are written. Nobody else restarts. What the bus lost of the public events
// the relay fills in; of what was written to a synced stream nothing is lost.
func TestAKilledBusIsFoundAgainAndNothingIsLost(t *testing.T) {
	if dir := os.Getenv(childDir); dir != "" {
		serveAsAChild(t, dir)
		return
	}
	kills := 3
	if n, err := strconv.Atoi(os.Getenv("AANVRAAG_TEST_KILLS")); err == nil {
		kills = n
	}
	p := &process{t: t, dir: t.TempDir(), address: freeAddress(t)}
	p.start()
	t.Cleanup(p.kill)
	url := "nats://" + p.address
	store := memory.New()
	t.Cleanup(func() { _ = store.Close() })
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)

	work := bus.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond}
	carrier, err := relay.New(relay.Config{
		Service: "billing", Store: store, Conn: dial(t, url, bus.AsApplication(p.dir)),
		Publish: func(eventstore.Recorded) (proto.Message, error) { return &emptypb.Empty{}, nil },
		Check:   20 * time.Millisecond, Backoff: work,
	})
	if err != nil {
		t.Fatal(err)
	}
	running.Go(func() { _ = carrier.Run(ctx) })
	r := &reader{reached: make(map[string]eventstore.Revision), moved: make(chan struct{})}
	sub := subscribe(t, dial(t, url, bus.AsApplication(p.dir)), bus.SubscriberConfig{AckWait: time.Second})
	running.Go(func() { r.follow(sub) })

	recorded := &writer{store: store, heads: make(map[string]eventstore.Head)}
	running.Go(func() { recorded.run(ctx, t) })
	kept := newKeeper(t, dial(t, url, bus.AsApplication(p.dir)))
	keep, keeping := context.WithCancel(ctx)
	defer keeping()
	ended := make(chan struct{})
	running.Go(func() { defer close(ended); kept.run(keep) })

	for range kills {
		before := r.seen()
		within(t, "events flow", func() bool { return r.seen() > before+200 && kept.count() > 0 }, true)
		p.kill()
		p.start()
		began, clk := clock.System{}.Now(), clock.System{}
		select {
		case <-r.next():
		case <-time.After(patience):
			t.Fatal("no event came after the restart")
		}
		events := clk.Now().Sub(began)
		had := kept.count()
		within(t, "keys are written", func() bool { return kept.count() > had }, true)
		t.Logf("after its restart the bus was used again within %v by events, %v by writes", events, clk.Now().Sub(began))
	}
	recorded.stop()
	want := recorded.count()
	within(t, "all events", r.seen, want)
	t.Logf("%d events, %d came again", want, r.again)
	for _, hole := range r.holes {
		t.Error(hole)
	}
	keeping()
	<-ended
	kept.check(t)
}

// writer records events in ten event streams, one a millisecond or so.
type writer struct {
	store *memory.Store
	heads map[string]eventstore.Head

	mu      sync.Mutex
	total   int
	stopped bool
}

func (w *writer) run(ctx context.Context, t testing.TB) {
	meta, err := json.Marshal(eventstore.Metadata{CorrelationID: "7f3c", DecidedAt: at})
	if err != nil {
		t.Error(err)
		return
	}
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if !w.record(ctx, t, meta) {
			return
		}
	}
}

func (w *writer) record(ctx context.Context, t testing.TB, meta []byte) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return false
	}
	stream := "invoice-" + strconv.Itoa(w.total%10)
	head, known := w.heads[stream]
	if !known {
		head = eventstore.Empty
	}
	done, err := w.store.Append(ctx, stream, head, []eventstore.Proposed{{
		ID:   eventstore.EventID(stream, uuid.Nil, int(head.Revision)+1),
		Type: "issued", Data: []byte("{}"), Metadata: meta,
	}})
	if err != nil {
		if ctx.Err() == nil {
			t.Error(err)
		}
		return false
	}
	w.heads[stream] = done.Head
	w.total++
	return true
}

func (w *writer) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
}

func (w *writer) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.total
}

// keeper writes one key after another into a bucket of its own, which is synced,
// and counts the acknowledged ones.
type keeper struct {
	js jetstream.JetStream

	mu   sync.Mutex
	kept map[string]bool
}

func newKeeper(t testing.TB, nc *nats.Conn) *keeper {
	t.Helper()
	js, err := jetstream.New(nc, jetstream.WithDefaultTimeout(500*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	return &keeper{js: js, kept: make(map[string]bool)}
}

func (k *keeper) bucket(ctx context.Context) (jetstream.KeyValue, error) {
	return k.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{Bucket: "kept", Storage: jetstream.FileStorage})
}

func (k *keeper) run(ctx context.Context) {
	for i, failures := 0, 0; ctx.Err() == nil; {
		kv, err := k.bucket(ctx)
		for err == nil {
			i++
			key := strconv.Itoa(i)
			if _, err = kv.Create(ctx, key, []byte(key)); err == nil {
				k.keep(key)
			}
		}
		failures++
		_ = bus.Backoff{Min: time.Millisecond, Max: 20 * time.Millisecond}.Wait(ctx, failures)
	}
}

func (k *keeper) keep(key string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept[key] = true
}

func (k *keeper) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.kept)
}

func (k *keeper) check(t testing.TB) {
	t.Helper()
	kv, err := k.bucket(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	there, err := kv.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range there {
		delete(k.kept, key)
	}
	if len(k.kept) > 0 {
		t.Errorf("%d acknowledged keys are lost: %v", len(k.kept), k.kept)
	}
}
