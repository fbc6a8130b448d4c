package sqlite

import (
	"sync"

	"aanvraag.internal/services/platform/eventstore"
)

// gate counts the calls that touch the file, so Close can wait for them, and turns
// the others away.
type gate struct {
	running sync.WaitGroup
	shut    chan struct{} // closed by Close: whoever waits for news stops
	failed  chan struct{} // closed by the first fault that ends the log

	mu     sync.Mutex
	closed bool
	fault  error
}

func newGate() *gate {
	return &gate{shut: make(chan struct{}), failed: make(chan struct{})}
}

// enter lets a call in; leave must follow when it answers nil.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return eventstore.ErrClosed
	}
	if g.fault != nil {
		return g.fault
	}
	g.running.Add(1)
	return nil
}

func (g *gate) leave() { g.running.Done() }

// fail ends the log: from now on every call answers err.
func (g *gate) fail(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.fault == nil {
		g.fault = err
		close(g.failed)
	}
}

// close lets nobody in any more and waits for those inside.
func (g *gate) close() error {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return eventstore.ErrClosed
	}
	g.closed = true
	close(g.shut)
	g.mu.Unlock()
	g.running.Wait()
	return nil
}
