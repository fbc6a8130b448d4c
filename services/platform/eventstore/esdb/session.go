package esdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// session is one client, with its one connection.
type session struct {
	client *client.Client
	life   context.Context // ends when the session is given up
	end    context.CancelFunc

	// Guarded by the link's mutex.
	calls int  // inside the client
	over  bool // given up: closed with the last call
}

func (l *link) session() (*session, error) {
	config := l.config
	s := &session{}
	config.Logger = s.overhear(l)
	var err error
	if s.client, err = client.NewClient(&config); err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	s.life, s.end = context.WithCancel(l.life)
	return s, nil
}

// lost is the panic that carries the loss of a connection out of the client.
type lost struct{ err error }

func (l lost) Error() string { return l.err.Error() }
func (l lost) Unwrap() error { return l.err }

// overhear listens to the client's log. Just before the client tells itself that a
// connection is lost, it logs the error in the goroutine of the call: there the call
// is taken out of it. What follows otherwise is a search for a node that nobody can
// stop and that leaves the old connection open. A client that words this line in
// another way would merely do that again.
func (*session) overhear(l *link) client.LoggingFunc {
	return func(level client.LogLevel, format string, args ...any) {
		l.log.Debug(fmt.Sprintf(format, args...), "from", "event store client", "level", level)
		if level != client.LogError || format != "unexpected exception: %v" || len(args) != 1 {
			return
		}
		if err, ok := args[0].(error); ok && status.Code(err) == codes.Unavailable {
			panic(lost{err})
		}
	}
}

// admit counts a call of a session, which is to leave. The caller holds the mutex.
func (l *link) admit(s *session) {
	s.calls++
	l.calls++
}

func (l *link) leave(s *session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.calls--
	l.calls--
	l.settle(s)
	if l.closed && l.calls == 0 {
		close(l.empty)
	}
}

// retire gives a session up: its calls end, and with the last one its connection.
func (l *link) retire(s *session) {
	s.end()
	l.mu.Lock()
	defer l.mu.Unlock()
	s.over = true
	l.settle(s)
}

func (*link) settle(s *session) {
	if s.over && s.calls == 0 {
		_ = s.client.Close() // its error is always nil
	}
}

var (
	errRetired = errors.New("the connection was given up")
	errStuck   = errors.New("the client does not heed the end of a call")
)

// reluctance is how long the client may take to give a call back whose context has
// ended. gRPC does it at once; only a search for a node makes it longer.
const reluctance = 50 * time.Millisecond

// tries is how often a call is made that finds no leader where it thought one.
const tries = 3

// call runs f with a client. Its error wraps [eventstore.ErrUnavailable] or
// [eventstore.ErrClosed] when f did not run; any other is the client's, or the
// context's when that ended first.
func call[T any](ctx context.Context, l *link, f func(context.Context, *client.Client) (T, error)) (T, error) {
	for n := 1; ; n++ {
		s, err := l.enter(ctx)
		if err != nil {
			var none T
			return none, err
		}
		v, err := run(ctx, l, s, f)
		if n == tries || !isCode(err, client.ErrorCodeNotLeader) {
			return v, err
		}
	}
}

type outcome[T any] struct {
	value T
	err   error
}

// run runs f in a goroutine of its own, and leaves the session with it. It returns
// with the context, at most reluctance later, whatever the client does.
func run[T any](parent context.Context, l *link, s *session, f func(context.Context, *client.Client) (T, error)) (T, error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	defer context.AfterFunc(s.life, func() { cancel(errRetired) })()
	if l.config.NodePreference == client.NodePreferenceLeader {
		// The client means to say so and does not: without it a former leader goes
		// on answering with what it has.
		ctx = metadata.AppendToOutgoingContext(ctx, "requires-leader", "true")
	}
	done := make(chan outcome[T], 1)
	go func() {
		defer l.leave(s)
		var o outcome[T]
		o.err = survive(func() (err error) {
			o.value, err = f(ctx, s.client)
			return err
		})
		done <- o
	}()
	o := outcome[T]{err: errStuck}
	select {
	case o = <-done:
	case <-ctx.Done():
		select {
		case o = <-done:
		case <-time.After(reluctance):
		}
	}
	return o.value, l.judge(parent, s, o.err)
}

// survive turns a panic of f into an error: the client's own panics are faults of
// one call.
func survive(f func() error) (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case lost:
			err = p
		default:
			err = fmt.Errorf("the event store's client panicked: %v", p)
		}
	}()
	return f()
}

// judge answers the error of a call, and has the session looked at when it may be
// the session's fault.
func (l *link) judge(ctx context.Context, s *session, err error) error {
	code := status.Code(err)
	late := code == codes.DeadlineExceeded
	switch {
	case err == nil || expected(err):
		return err
	case errors.Is(err, errStuck):
		l.suspect(s, err)
	case late || code == codes.Aborted || errors.Is(ctx.Err(), context.DeadlineExceeded):
		l.wonder(s)
	case ctx.Err() == nil && s.life.Err() == nil:
		l.suspect(s, err)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case late: // the other side has the same deadline, and may be faster
		return fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	default:
		return err
	}
}
