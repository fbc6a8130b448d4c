package esdb

import (
	"context"
	"errors"
	"sort"
	"sync"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"aanvraag.internal/services/platform/eventstore"
)

// maxTailBytes bounds the data and metadata that the tail keeps.
const maxTailBytes = 16 << 20

// tail is the live subscription that every subscriber of a store shares, and the
// most recent events that it brought. It begins with the first subscriber.
type tail struct {
	store  *Store
	life   context.Context
	end    context.CancelFunc
	resume uint64 // where the subscription is to go on; of run

	mu      sync.Mutex
	done    chan struct{}       // closed when run has ended; nil before it begins
	known   bool                // floor is
	floor   eventstore.Position // everything of ours after it, up to through, is here
	through eventstore.Position
	ring    []entry // the oldest stands at first
	first   int
	count   int
	bytes   int
	fault   error         // why nothing more will come
	changed chan struct{} // closed and replaced by each change
}

// entry is an event of ours, or one that should be.
type entry struct {
	event eventstore.Recorded // of a damaged one stream and position only
	fault error
}

func newTail(s *Store, size int) *tail {
	t := &tail{store: s, ring: make([]entry, size), changed: make(chan struct{})}
	t.life, t.end = context.WithCancel(context.Background())
	return t
}

// begin starts the tail, or starts it again after a fault that its subscribers had.
func (t *tail) begin() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done != nil && t.fault == nil || t.life.Err() != nil {
		return
	}
	before := t.done
	t.done, t.fault = make(chan struct{}), nil
	go t.run(before, t.done)
}

func (t *tail) close() {
	t.mu.Lock()
	t.end()
	done := t.done
	t.mu.Unlock()
	if done != nil {
		<-done
	}
}

// pause is how long a subscriber waits before it tries again what has failed.
const pause = 50 * time.Millisecond

func (t *tail) run(before <-chan struct{}, done chan<- struct{}) {
	defer close(done)
	if before != nil {
		<-before
	}
	for t.life.Err() == nil {
		err := unread(t.life, "", t.follow())
		switch {
		case t.life.Err() != nil:
			return
		case !errors.Is(err, eventstore.ErrUnavailable):
			t.store.log.Error("the subscription to the event store ended", "error", err)
			t.fail(err)
			return
		}
		if t.store.link.await(t.life) == nil {
			wait(t.life, pause)
		}
	}
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// follow listens until the subscription is lost. A checkpoint may lie beyond the last
// event of ours, and saves the database to look at what lies between once more.
func (t *tail) follow() error {
	if !t.started() {
		end, err := t.store.end(t.life)
		if err != nil {
			return err
		}
		t.start(end)
		t.resume = uint64(end)
	}
	ctx, cancel := context.WithCancel(t.life)
	e := t.store.listen(ctx, t.resume, &client.SubscriptionFilter{Type: client.StreamFilterType, Regex: `^[^\$]`})
	defer func() {
		cancel()
		<-e.done
	}()
	for {
		got, err := e.next(nil)
		if err != nil {
			return err
		}
		t.add(got.events)
		if n := len(got.events); n > 0 {
			t.resume = max(t.resume, got.events[n-1].Position.Commit)
		}
		t.resume = max(t.resume, got.through)
	}
}

func (t *tail) started() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.known
}

func (t *tail) start(at eventstore.Position) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.known, t.floor, t.through = true, at, at
	t.wake()
}

func (t *tail) fail(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.fault = err
	t.wake()
}

func (t *tail) wake() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// add keeps what the subscription brought and wakes whoever waits for news.
func (t *tail) add(events []*client.RecordedEvent) {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := t.through
	for _, e := range events {
		p := eventstore.Position(e.Position.Commit)
		if p <= t.through || system(e.StreamID) {
			continue
		}
		if t.count == len(t.ring) {
			t.drop()
		}
		r, err := decode(e)
		if err != nil {
			r = eventstore.Recorded{Stream: e.StreamID, Position: p}
		}
		*t.at(t.count) = entry{event: r, fault: err}
		t.count++
		t.bytes += len(r.Data) + len(r.Metadata)
		t.through = p
	}
	for t.bytes > maxTailBytes {
		t.drop()
	}
	if t.through > before {
		t.store.last.reach(t.through)
		t.wake()
	}
}

// at is the entry at a place counted from the oldest.
func (t *tail) at(i int) *entry { return &t.ring[(t.first+i)%len(t.ring)] }

func (t *tail) drop() {
	e := t.at(0)
	t.bytes -= len(e.event.Data) + len(e.event.Metadata)
	t.floor = e.event.Position
	*e = entry{}
	t.first = (t.first + 1) % len(t.ring)
	t.count--
}

// news is what the tail knows of what lies after a position.
type news struct {
	batch   eventstore.Batch    // through the position itself when there is nothing
	fault   error               // why nothing comes after the batch
	stored  bool                // some of it is no longer here: read it up to through
	through eventstore.Position // how far the tail has come
	changed <-chan struct{}     // closed by the next change
}

// after gives the matching events after a position, as one batch.
func (t *tail) after(at eventstore.Position, filter eventstore.Filter) news {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := news{batch: eventstore.Batch{Through: at}, through: t.through, changed: t.changed}
	if !t.known || at < t.floor {
		n.stored = t.known
		n.fault = t.fault
		return n
	}
	for next := t.behind(at); next < t.count && len(n.batch.Events) < page; next++ {
		e := t.at(next)
		if filter.Match(e.event.Stream) {
			if e.fault != nil {
				n.fault = e.fault
				return n
			}
			n.batch.Events = append(n.batch.Events, e.event)
		}
		n.batch.Through = e.event.Position
	}
	n.fault = t.fault
	return n
}

// find answers the event at a position that the database has just told. It waits a
// little for it, and gives none when the tail does not run or no longer has it.
func (t *tail) find(ctx context.Context, p eventstore.Position, patience time.Duration) (eventstore.Recorded, bool) {
	var late <-chan time.Time
	for {
		r, ok, changed := t.look(p)
		if changed == nil {
			return r, ok
		}
		if late == nil {
			timer := time.NewTimer(patience)
			defer timer.Stop()
			late = timer.C
		}
		select {
		case <-changed:
		case <-late:
			return r, false
		case <-ctx.Done():
			return r, false
		}
	}
}

// look also answers what to wait for when the tail has not come so far.
func (t *tail) look(p eventstore.Position) (r eventstore.Recorded, ok bool, changed <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case !t.known || p <= t.floor:
		return r, false, nil
	case p > t.through:
		return r, false, t.changed
	}
	i := t.behind(p)
	if i == 0 || t.at(i-1).event.Position != p {
		return r, false, nil
	}
	return t.at(i - 1).event, true, nil
}

// behind is the place of the first entry after a position.
func (t *tail) behind(p eventstore.Position) int {
	return sort.Search(t.count, func(i int) bool { return t.at(i).event.Position > p })
}
