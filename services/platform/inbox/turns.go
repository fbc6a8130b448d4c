package inbox

import (
	"context"
	"sync"

	"github.com/google/uuid"
)

// turns lets one at a time handle the events of an event stream: the lane of its
// deliveries, or a retry of what is parked. The zero value is ready.
type turns struct {
	mu   sync.Mutex
	held map[source]*turn
}

type turn struct {
	free  chan struct{} // holds one value while nobody has the turn
	users int           // who have it or wait for it; guarded by turns.mu
}

// take waits for the turn of an event stream and answers how to give it back, or
// answers the context's error.
func (t *turns) take(ctx context.Context, s source) (done func(), err error) {
	t.mu.Lock()
	if t.held == nil {
		t.held = make(map[source]*turn)
	}
	own, ok := t.held[s]
	if !ok {
		own = &turn{free: make(chan struct{}, 1)}
		own.free <- struct{}{}
		t.held[s] = own
	}
	own.users++
	t.mu.Unlock()

	select {
	case <-own.free:
		return func() { own.free <- struct{}{}; t.leave(s, own) }, nil
	case <-ctx.Done():
		t.leave(s, own)
		return nil, ctx.Err()
	}
}

func (t *turns) leave(s source, own *turn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if own.users--; own.users == 0 {
		delete(t.held, s)
	}
}

// tries counts the failures of the event that an event stream stands at. They are
// counted from one again in another process. The zero value is ready.
type tries struct {
	mu     sync.Mutex
	counts map[source]count
}

type count struct {
	event uuid.UUID
	n     int
}

// add counts one more failure and answers how many there were.
func (t *tries) add(s source, event uuid.UUID) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = make(map[source]count)
	}
	c := t.counts[s]
	if c.event != event {
		c = count{event: event}
	}
	c.n++
	t.counts[s] = c
	return c.n
}

// forget is for an event stream that goes on.
func (t *tries) forget(s source) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.counts, s)
}
