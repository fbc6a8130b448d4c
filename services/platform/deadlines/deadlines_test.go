package deadlines_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/deadlines"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/views"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// house is a view with deadlines: "set.v1" holds an instant, "done.v1" clears it.
type house struct {
	t     *testing.T
	store eventstore.Store
	clock *clock.Frozen
	table *deadlines.Table
	view  *views.View

	mu    sync.Mutex
	fired []deadlines.Due
	told  chan deadlines.Due
	fail  func(deadlines.Due) error
	moot  bool // firing records nothing
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, store: memory.New(), clock: clock.NewFrozen(start, nil), told: make(chan deadlines.Due, 1000)}
	h.begin(t.TempDir())
	return h
}

// begin starts the view and the watch over what the store holds, as a process does.
func (h *house) begin(dir string) (stop func()) {
	h.t.Helper()
	h.table = deadlines.NewTable()
	table := h.table
	view, err := views.Open(h.t.Context(), views.Config{
		Name: "test", Dir: dir, Schema: deadlines.Schema, Store: h.store,
		Apply: func(tx *views.Tx, r eventstore.Recorded) error {
			if r.Type == "done.v1" {
				return table.Clear(tx, "lapse", r.Stream)
			}
			at, err := time.Parse(time.RFC3339, string(r.Data[1:len(r.Data)-1]))
			if err != nil {
				return err
			}
			return table.Set(tx, deadlines.Due{Kind: "lapse", ID: r.Stream, At: at})
		},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	h.view = view
	watch := deadlines.New(deadlines.Config{
		Table: table, View: view, Store: h.store, Clock: h.clock, Fire: h.fire,
		Backoff: bus.Backoff{Min: time.Millisecond, Max: time.Millisecond},
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { _ = view.Run(ctx) })
	running.Go(func() {
		if err := watch.Run(ctx); err != nil {
			h.t.Error(err)
		}
	})
	stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
		_ = view.Close()
	})
	h.t.Cleanup(stop)
	return stop
}

func (h *house) fire(_ context.Context, d deadlines.Due) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.fail != nil {
		if err := h.fail(d); err != nil {
			return err
		}
	}
	h.fired = append(h.fired, d)
	if !h.moot {
		h.add(d.ID, "done.v1", "true")
	}
	h.told <- d
	return nil
}

func (h *house) set(stream string, at time.Time) {
	h.t.Helper()
	h.add(stream, "set.v1", fmt.Sprintf("%q", at.Format(time.RFC3339)))
}

func (h *house) add(stream, name, data string) {
	h.t.Helper()
	head := eventstore.Empty
	for r, err := range h.store.ReadStream(context.Background(), stream, eventstore.NoStream) {
		if err != nil {
			h.t.Error(err)
		}
		head = r.Head()
	}
	_, err := h.store.Append(context.Background(), stream, head, []eventstore.Proposed{{
		ID: uuid.New(), Type: name, Data: []byte(data), Metadata: []byte(`{}`),
	}})
	if err != nil {
		h.t.Error(err)
	}
}

func (h *house) await() deadlines.Due {
	h.t.Helper()
	select {
	case d := <-h.told:
		return d
	case <-time.After(10 * time.Second):
		h.t.Fatal("nothing happened")
		return deadlines.Due{}
	}
}

func (h *house) advance(by time.Duration) {
	h.t.Helper()
	if _, err := h.clock.Advance(by); err != nil {
		h.t.Fatal(err)
	}
}

func TestADeadlineComesWithTheClockAndNotBefore(t *testing.T) {
	h := open(t)
	h.set("request-late", start.Add(2*time.Hour))
	h.set("request-soon", start.Add(time.Hour)) // set second, comes first
	h.advance(time.Hour - time.Second)
	h.advance(time.Second) // exactly then: the instant itself is due
	if d := h.await(); d.ID != "request-soon" || !d.At.Equal(start.Add(time.Hour)) {
		t.Errorf("first: %+v", d)
	}
	h.advance(time.Hour)
	if d := h.await(); d.ID != "request-late" {
		t.Errorf("second: %+v", d)
	}
	if h.mu.Lock(); len(h.fired) != 2 {
		t.Errorf("fired %+v", h.fired)
	}
	h.mu.Unlock()
}

func TestWhatIsMovedOrClearedDoesNotHappenAtItsOldInstant(t *testing.T) {
	h := open(t)
	h.set("request-moved", start.Add(time.Hour))
	h.set("request-cleared", start.Add(time.Hour))
	h.set("request-moved", start.Add(3*time.Hour))
	h.add("request-cleared", "done.v1", "true")
	h.set("request-marker", start.Add(2*time.Hour))
	h.advance(2 * time.Hour)
	if d := h.await(); d.ID != "request-marker" {
		t.Errorf("first: %+v", d)
	}
	h.advance(time.Hour)
	if d := h.await(); d.ID != "request-moved" {
		t.Errorf("second: %+v", d)
	}
}

// A process that was away when a deadline came does it when it is back, also with a
// view that has to be built anew.
func TestADeadlineSurvivesARestart(t *testing.T) {
	for _, kept := range []bool{true, false} {
		h := &house{t: t, store: memory.New(), clock: clock.NewFrozen(start, nil), told: make(chan deadlines.Due, 10)}
		dir := t.TempDir()
		stop := h.begin(dir)
		h.set("request-1", start.Add(time.Hour))
		stop()
		h.advance(72 * time.Hour)
		if !kept {
			dir = t.TempDir()
		}
		h.begin(dir)
		if d := h.await(); d.ID != "request-1" || !d.At.Equal(start.Add(time.Hour)) {
			t.Errorf("view kept %t: %+v", kept, d)
		}
	}
}

func TestWhatFailsIsTriedAgainAndKeepsNothingElseWaiting(t *testing.T) {
	h := open(t)
	failures := 0
	h.mu.Lock()
	h.fail = func(d deadlines.Due) error {
		if d.ID == "request-1" && failures < 3 {
			failures++
			return errors.New("away")
		}
		return nil
	}
	h.mu.Unlock()
	h.set("request-1", start.Add(time.Hour))
	h.set("request-2", start.Add(time.Hour))
	h.advance(time.Hour)
	first, second := h.await(), h.await()
	if first.ID != "request-2" || second.ID != "request-1" || failures != 3 {
		t.Errorf("%v, then %v after %d failures", first.ID, second.ID, failures)
	}
}

// A command whose aggregate has moved on records nothing, so its row stays: it is
// not asked again and again.
func TestWhatIsMootIsDoneOnce(t *testing.T) {
	h := open(t)
	h.mu.Lock()
	h.moot = true
	h.mu.Unlock()
	for i := range 600 { // more than one page
		h.set(fmt.Sprint("request-", i), start.Add(time.Hour))
	}
	h.advance(time.Hour)
	for range 600 {
		h.await()
	}
	h.set("request-marker", start.Add(time.Hour))
	if d := h.await(); d.ID != "request-marker" {
		t.Errorf("%s was asked twice", d.ID)
	}
}

func TestTheCommandOfADeadlineIsOneForEver(t *testing.T) {
	d := deadlines.Due{Kind: "lapse", ID: "7", At: start}
	id := d.Command("intake", start).CommandID
	if again := d.Command("intake", start.Add(time.Hour)).CommandID; again != id {
		t.Errorf("%s, then %s", id, again)
	}
	if want := "1afd97d3-61eb-512f-a338-06949f784244"; id.String() != want {
		t.Errorf("id %s, not %s", id, want)
	}
	for _, other := range []deadlines.Due{
		{Kind: "expire", ID: "7", At: start}, {Kind: "lapse", ID: "8", At: start}, {Kind: "lapse", ID: "7", At: start.Add(time.Microsecond)},
	} {
		if other.Command("intake", start).CommandID == id {
			t.Errorf("%+v has the same command", other)
		}
	}
	if d.Command("billing", start).CommandID == id {
		t.Error("another service has the same command")
	}
}

// What waits for something else is tried again at the instant that its answer named,
// and not before; it keeps nothing else waiting.
func TestWhatIsPutOffComesBackAtItsOwnInstant(t *testing.T) {
	h := open(t)
	asked := make(chan time.Time, 10)
	until := start.Add(3 * time.Hour)
	h.mu.Lock()
	h.fail = func(d deadlines.Due) error {
		if d.ID != "request-held" {
			return nil
		}
		asked <- h.clock.Now()
		if h.clock.Now().Before(until) {
			return deadlines.Later(until)
		}
		return nil
	}
	h.mu.Unlock()
	h.set("request-held", start.Add(time.Hour))
	h.set("request-1", start.Add(time.Hour))
	h.advance(time.Hour)
	if d := h.await(); d.ID != "request-1" {
		t.Errorf("first: %+v", d)
	}
	if at := <-asked; !at.Equal(start.Add(time.Hour)) {
		t.Errorf("asked at %v", at)
	}
	h.set("request-2", start.Add(2*time.Hour)) // has the watch look at all rows again
	h.advance(time.Hour)
	if d := h.await(); d.ID != "request-2" {
		t.Errorf("second: %+v", d)
	}
	h.advance(time.Hour)
	if d := h.await(); d.ID != "request-held" {
		t.Errorf("third: %+v", d)
	}
	if at := <-asked; !at.Equal(until) || len(asked) > 0 {
		t.Errorf("asked again at %v, and %d times more", at, len(asked))
	}
}
