package inbox

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/parking"
)

// atOnce bounds how many queues are handled at the same time.
const atOnce = 8

// retries runs what an operator wants to be retried, each event stream in one
// goroutine.
type retries struct {
	run     func(context.Context, source)
	room    chan struct{}
	running sync.WaitGroup

	mu     sync.Mutex
	active map[source]bool // true: asked for once more meanwhile
}

func newRetries(run func(context.Context, source)) *retries {
	return &retries{run: run, room: make(chan struct{}, atOnce), active: make(map[source]bool)}
}

// start runs the queue of an event stream, now or once it has come to its end.
func (r *retries) start(ctx context.Context, s source) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, runs := r.active[s]; runs {
		r.active[s] = true
		return
	}
	r.active[s] = false
	r.running.Go(func() {
		for again := true; again; again = r.again(s) {
			select {
			case r.room <- struct{}{}:
				r.run(ctx, s)
				<-r.room
			case <-ctx.Done():
			}
		}
	})
}

func (r *retries) again(s source) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.active[s] {
		r.active[s] = false
		return true
	}
	delete(r.active, s)
	return false
}

func (r *retries) wait() { r.running.Wait() }

// retry handles what has queued behind a parked event, until the attempt that the
// log knows of has ended there. Every replica does; what is handled twice is
// recognised, and the first one to end the attempt ends it.
func (i *Inbox) retry(ctx context.Context, s source) {
	for failures := 1; ctx.Err() == nil; failures++ {
		pair, err := i.load(ctx, s)
		if err == nil && pair.State != parking.Retrying {
			return
		}
		if err == nil {
			err = i.attempt(ctx, s, pair)
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		i.cfg.Log.Warn("retry of what is parked is held up",
			"service", i.cfg.Service, "parked", i.id(s).String(), "error", err)
		if i.cfg.Delivery.Backoff.Wait(ctx, failures) != nil {
			return
		}
	}
}

// attempt handles a queue once and records how that ended. It answers an error
// when log or bus are away; then nothing is recorded, and the attempt goes on later.
func (i *Inbox) attempt(ctx context.Context, s source, pair parking.Pair) error {
	run := &queue{inbox: i, source: s, pair: pair, at: pair.Place}
	drain := run.events
	if pair.Message != nil {
		drain = run.message
	}
	err := drain(ctx)
	switch {
	case errors.Is(err, errOver):
		return nil
	case errors.Is(err, errStuck):
		i.cfg.Log.Error("retry failed; the event stream stays parked",
			"service", i.cfg.Service, "parked", i.id(s).String(), "event", run.at.EventID, "type", run.at.Type,
			"revision", run.at.Revision, "reason", run.at.Reason)
		return i.lot.Fail(ctx, i.id(s), pair.Attempt, run.at)
	case err != nil:
		return err
	}
	i.cfg.Log.Info("event stream is released",
		"service", i.cfg.Service, "parked", i.id(s).String(), "revision", run.at.Revision)
	return i.lot.Release(ctx, i.id(s), pair.Attempt, run.at)
}

var (
	errOver  = errors.New("another replica ended the attempt")
	errStuck = errors.New("an event of the queue cannot be handled")
)

// queue is one attempt at what has queued of an event stream.
type queue struct {
	inbox  *Inbox
	source source
	pair   parking.Pair
	at     parking.Place // the last event that was handled or skipped, or the one that failed
}

// events handles the event stream from the parked event to the end of the bus.
//
// Nothing is missed at that end: whoever acknowledged an event unhandled asked the
// log after it came, and found no retry under way; so it was on the bus before this
// attempt began. What comes later is held until the attempt has ended.
func (q *queue) events(ctx context.Context) error {
	stream, err := q.inbox.js.Stream(ctx, bus.StreamName(q.source.service))
	if err != nil {
		return fmt.Errorf("look at JetStream stream: %w", err)
	}
	last := eventstore.Revision(q.pair.Place.Previous)
	parked := eventstore.Revision(q.pair.Place.Revision)
	if q.pair.Skips(int64(parked)) {
		last = parked
	}
	subjects := bus.StreamSubjects(q.source.service, q.source.stream)
	for sequence := uint64(1); ; sequence++ {
		m, err := stream.GetMsg(ctx, sequence, jetstream.WithGetMsgSubject(subjects))
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		if err != nil {
			return fmt.Errorf("read from %d on: %w", sequence, err)
		}
		sequence = m.Sequence
		e, err := bus.ReadStored(q.source.service, m.Subject, m.Header, m.Data)
		switch {
		case err != nil:
			continue // it is parked by itself
		case e.Revision <= last:
			continue
		case e.Previous > last:
			return q.stuck(q.missing(e, last))
		}
		if err := q.handle(ctx, q.source, e); err != nil {
			return err
		}
		last, q.at = e.Revision, place(e, 0, nil)
	}
	if last < parked {
		at := q.pair.Place
		at.Previous, at.Reason = int64(last), reason(errGone)
		return q.stuck(at)
	}
	return nil
}

// missing is the place of an event that is not on the bus although the one behind
// it is. Previous is what was handled last, so that no later attempt leaves a hole.
func (q *queue) missing(behind bus.Envelope, last eventstore.Revision) parking.Place {
	at := parking.Place{Revision: int64(behind.Previous), Correlation: behind.Correlation}
	if at.Revision == q.pair.Place.Revision {
		at = q.pair.Place
	}
	at.Previous, at.Reason = int64(last), reason(errGone)
	return at
}

func (q *queue) stuck(at parking.Place) error {
	q.at = at
	return errStuck
}

// handle tries one event until it is handled or stuck. What fails by itself is
// stuck at once, because an operator looks on; what something else is away for is
// tried as often as any event, and as long as the log itself is away for ever.
func (q *queue) handle(ctx context.Context, s source, e bus.Envelope) error {
	i := q.inbox
	done, err := i.turns.take(ctx, s)
	if err != nil {
		return err
	}
	defer done()
	for n := 1; ; n++ {
		if i.pairs.over(q.source, q.pair.Attempt) {
			return errOver
		}
		err := i.handle(ctx, e)
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !away(err), n >= i.cfg.Tries && !logAway(err):
			return q.stuck(place(e, n, err))
		}
		if err := i.cfg.Delivery.Backoff.Wait(ctx, n); err != nil {
			return err
		}
	}
}

// message looks again at a message that could not be read. One that this program
// can read takes its place in its event stream.
func (q *queue) message(ctx context.Context) error {
	if q.pair.Skips(q.at.Revision) {
		return nil
	}
	stream, err := q.inbox.js.Stream(ctx, bus.StreamName(q.source.service))
	if err != nil {
		return fmt.Errorf("look at JetStream stream: %w", err)
	}
	m, err := stream.GetMsg(ctx, q.pair.Message.Sequence)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound), err == nil && !m.Time.Equal(q.pair.Message.StoredAt):
		return q.unread(errGone)
	case err != nil:
		return fmt.Errorf("read message %d: %w", q.pair.Message.Sequence, err)
	}
	e, err := bus.ReadStored(q.source.service, m.Subject, m.Header, m.Data)
	if err != nil {
		return q.unread(err)
	}
	s := source{e.Service, e.Stream}
	own, err := q.inbox.load(ctx, s)
	if err != nil {
		return err
	}
	if own.Held() && int64(e.Revision) >= own.Place.Revision {
		return nil // it is in that queue
	}
	at := q.at
	err = q.handle(ctx, s, e)
	if errors.Is(err, errStuck) {
		at.Reason, at.Tries = q.at.Reason, q.at.Tries
		q.at = at // the message has no place in this pair but its own
	}
	return err
}

func (q *queue) unread(err error) error {
	at := q.at
	at.Reason = reason(err)
	return q.stuck(at)
}
