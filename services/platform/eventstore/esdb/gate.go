package esdb

import (
	"context"
	"sync"
	"time"

	"aanvraag.internal/services/platform/eventstore"
)

// gate counts the calls that run, so Close can wait for them, and turns the others
// away.
type gate struct {
	running sync.WaitGroup
	life    context.Context // ends with Close: whoever waits for news stops

	mu   sync.Mutex
	shut context.CancelFunc
}

func newGate() *gate {
	g := &gate{}
	g.life, g.shut = context.WithCancel(context.Background())
	return g
}

// enter lets a call in; leave must follow when it answers nil.
func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.life.Err() != nil {
		return eventstore.ErrClosed
	}
	g.running.Add(1)
	return nil
}

func (g *gate) leave() { g.running.Done() }

// because prefers the end of the store to what followed from it.
func (g *gate) because(err error) error {
	if g.life.Err() != nil {
		return eventstore.ErrClosed
	}
	return err
}

// close lets nobody in any more and waits for those inside; it cuts off those who
// have not left in time.
func (g *gate) close(patience time.Duration, cut func()) error {
	if err := g.end(); err != nil {
		return err
	}
	defer time.AfterFunc(patience, cut).Stop()
	g.running.Wait()
	return nil
}

func (g *gate) end() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.life.Err() != nil {
		return eventstore.ErrClosed
	}
	g.shut()
	return nil
}
