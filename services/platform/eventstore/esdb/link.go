package esdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"aanvraag.internal/services/platform/eventstore"
)

// link keeps a connection to the database, and keeps the client's faults (v4.2.0)
// from the callers:
//
//   - While the client looks for a node its calls hang and do not heed their context;
//     when it has looked too often it is dead, and they hang for ever. So it looks
//     once: a client that finds no node is thrown away, and so is one that lost its
//     node. One goroutine, the prober, makes the next.
//   - A client that lost its node begins to look for another by itself at the next
//     call, and then forgets to close the old connection. So it never hears of the
//     loss, see session.overhear.
//   - Closing it under a running call panics. So it is closed after the last one has
//     left, and every call runs in a goroutine that survives a panic.
//
// While no client has a node, the link is away: calls wait a little and then answer
// [eventstore.ErrUnavailable], and nothing piles up behind it.
type link struct {
	config client.Configuration
	log    *slog.Logger
	grace  time.Duration

	life  context.Context // ends when the link is cut
	cut   context.CancelFunc
	kept  chan struct{} // closed when the prober has gone
	empty chan struct{} // closed when the link is closed and the last call has left

	doubted chan struct{} // holds one: the link is away, the prober looks why
	slow    chan *session // holds one: a call of it ran out of time

	mu      sync.Mutex
	closed  bool
	current *session      // nil while away
	cause   error         // why it is away
	opened  chan struct{} // closed when current is set; another while it is not
	calls   int           // inside any client
}

var errConnecting = errors.New("not connected yet")

func newLink(config client.Configuration, set settings) *link {
	config.MaxDiscoverAttempts = 1
	l := &link{
		config: config, log: set.log, grace: set.grace,
		kept: make(chan struct{}), empty: make(chan struct{}), doubted: make(chan struct{}, 1), slow: make(chan *session, 1),
		opened: make(chan struct{}), cause: errConnecting,
	}
	l.life, l.cut = context.WithCancel(context.Background())
	go l.keep()
	return l
}

// keep is the prober.
func (l *link) keep() {
	defer close(l.kept)
	var s *session
	for l.life.Err() == nil {
		if s == nil {
			if s = l.connect(); s == nil {
				return
			}
		}
		l.open(s)
		if err := l.watch(s); err != nil && l.life.Err() == nil {
			l.suspect(s, err)
			l.retire(s)
			s = nil
		}
	}
	if s != nil {
		l.retire(s)
	}
}

// watch answers why a session is of no use any more, or nil when there was nothing
// to it.
func (l *link) watch(s *session) error {
	select {
	case <-l.doubted:
	case late := <-l.slow:
		if late != s {
			return nil
		}
	case <-l.life.Done():
		return nil
	}
	return l.probe(s, probePatience)
}

// Of the prober: how long a node that was found may think about a question, and the
// least and the greatest pause between two tries to find one.
const (
	probePatience = 2 * time.Second
	leastPause    = 50 * time.Millisecond
	mostPause     = 500 * time.Millisecond
)

// connect tries until a node answers; nil when the link is cut first.
func (l *link) connect() *session {
	for pause := leastPause; l.life.Err() == nil; pause = min(2*pause, mostPause) {
		s, err := l.session()
		if err == nil {
			if err = l.probe(s, l.searchPatience()); err == nil {
				return s
			}
			l.retire(s)
		}
		if l.life.Err() == nil {
			l.away(err)
			wait(l.life, pause)
		}
	}
	return nil
}

// searchPatience is how long the client may take to ask every node that the
// connection string names, twice each, with its own bound on each question.
func (l *link) searchPatience() time.Duration {
	nodes := max(1, len(l.config.GossipSeeds))
	return time.Duration(2*nodes*l.config.GossipTimeout)*time.Second + probePatience
}

// probe reads the last event: that needs a node, its log, and the right to read it.
func (l *link) probe(s *session, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(l.life, patience)
	defer cancel()
	var err error
	for range tries {
		l.mu.Lock()
		l.admit(s)
		l.mu.Unlock()
		if _, err = run(ctx, l, s, lastOfAll); !isCode(err, client.ErrorCodeNotLeader) {
			break
		}
	}
	return err
}

func lastOfAll(ctx context.Context, c *client.Client) (struct{}, error) {
	read, err := c.ReadAll(ctx, client.ReadAllOptions{Direction: client.Backwards, From: client.End{}}, 1)
	if err != nil {
		return struct{}{}, err
	}
	defer read.Close()
	if _, err := read.Recv(); err != nil && !errors.Is(err, io.EOF) {
		return struct{}{}, err
	}
	return struct{}{}, nil
}

func (l *link) open(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == s {
		return
	}
	l.current, l.cause = s, nil
	close(l.opened)
	l.log.Info("the event store answers")
}

// away notes why there is no session.
func (l *link) away(cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cause == nil || l.cause.Error() != cause.Error() {
		l.log.Warn("the event store is away", "error", cause)
	}
	l.cause = cause
}

// suspect takes a session out of use until the prober has looked.
func (l *link) suspect(s *session, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != s {
		return
	}
	l.current, l.cause, l.opened = nil, cause, make(chan struct{})
	l.log.Warn("the event store may be away", "error", cause)
	select {
	case l.doubted <- struct{}{}:
	default:
	}
}

// wonder asks the prober to look, without taking the session out of use.
func (l *link) wonder(s *session) {
	select {
	case l.slow <- s:
	default:
	}
}

// enter answers a session to call, which is to be left. It waits a little for one.
// What it answers instead means that nothing was sent.
func (l *link) enter(ctx context.Context) (*session, error) {
	var expired <-chan time.Time
	for {
		s, opened, err := l.look()
		switch {
		case s != nil:
			return s, nil
		case errors.Is(err, eventstore.ErrClosed):
			return nil, err
		}
		if expired == nil {
			timer := time.NewTimer(l.grace)
			defer timer.Stop()
			expired = timer.C
		}
		select {
		case <-opened:
		case <-expired:
			return nil, err
		case <-ctx.Done():
			return nil, fmt.Errorf("%w: %w", err, ctx.Err())
		}
	}
}

func (l *link) look() (*session, <-chan struct{}, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return nil, nil, eventstore.ErrClosed
	case l.current == nil:
		return nil, l.opened, fmt.Errorf("%w: %w", eventstore.ErrUnavailable, l.cause)
	}
	l.admit(l.current)
	return l.current, nil, nil
}

// await returns once there is a session.
func (l *link) await(ctx context.Context) error {
	for {
		current, opened, _ := l.state()
		if current {
			return nil
		}
		select {
		case <-opened:
		case <-l.life.Done():
			return eventstore.ErrClosed
		case <-ctx.Done():
			_, _, cause := l.state()
			return fmt.Errorf("%w: %w", cause, ctx.Err())
		}
	}
}

// state tells whether there is a session, or else what will be closed with the next
// one, and why there is none.
func (l *link) state() (current bool, opened <-chan struct{}, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current != nil, l.opened, fmt.Errorf("%w: %w", eventstore.ErrUnavailable, l.cause)
}

// stuckPatience bounds how long close waits for calls that the client does not give
// back. It gives them all back, unless a change of leader fails halfway.
const stuckPatience = 10 * time.Second

// close cuts the link and waits for the calls that are inside.
func (l *link) close() error {
	l.cut()
	<-l.kept
	l.mu.Lock()
	l.closed = true
	if l.calls == 0 {
		close(l.empty)
	}
	l.mu.Unlock()
	select {
	case <-l.empty:
		return nil
	case <-time.After(stuckPatience):
		return errors.New("the client holds calls that it will not give back")
	}
}
