package esdb

import (
	"context"
	"time"

	client "github.com/EventStore/EventStore-Client-Go/v4/esdb"
)

// ear is one subscription of the database, on its own goroutine.
type ear struct {
	signals chan signal
	done    chan struct{} // closed when it has ended
	err     error         // why; to be read after that
}

// signal is one thing that a subscription brings.
type signal struct {
	event      *client.RecordedEvent
	checkpoint uint64
	caughtUp   bool
}

// listen subscribes to the log after a position. It goes on until ctx ends or the
// subscription is lost.
func (s *Store) listen(ctx context.Context, after uint64, filter *client.SubscriptionFilter) *ear {
	opts := client.SubscribeToAllOptions{
		From: client.Start{}, Filter: filter, MaxSearchWindow: searchWindow, CheckpointInterval: 1,
	}
	if after > 0 {
		opts.From = client.Position{Commit: after, Prepare: after}
	}
	e := &ear{signals: make(chan signal, page), done: make(chan struct{})}
	go func() {
		defer close(e.done)
		_, e.err = call(ctx, s.link, func(ctx context.Context, c *client.Client) (struct{}, error) {
			sub, err := c.SubscribeToAll(ctx, opts)
			if err != nil {
				return struct{}{}, err
			}
			defer func() { _ = sub.Close() }() // its error is always nil
			return struct{}{}, e.relay(ctx, sub)
		})
	}()
	return e
}

func (e *ear) relay(ctx context.Context, sub *client.Subscription) error {
	for {
		var s signal
		switch got := sub.Recv(); {
		case got.SubscriptionDropped != nil:
			return got.SubscriptionDropped.Error
		case got.EventAppeared != nil:
			s.event = got.EventAppeared.OriginalEvent()
		case got.CheckPointReached != nil:
			s.checkpoint = got.CheckPointReached.Commit
		case got.CaughtUp != nil:
			s.caughtUp = true
		default:
			continue
		}
		select {
		case e.signals <- s:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// heard is what a subscription brought without another wait.
type heard struct {
	events  []*client.RecordedEvent
	through uint64 // its last checkpoint
	silent  bool   // it said that it has caught up, or said nothing for a while
}

// next waits for something to be heard, at most for a silence.
func (e *ear) next(silence <-chan time.Time) (heard, error) {
	var h heard
	bytes := 0
	take := func(s signal) bool {
		switch {
		case s.event != nil:
			h.events = append(h.events, s.event)
			bytes += len(s.event.Data) + len(s.event.UserMetadata)
		case s.caughtUp:
			h.silent = true
		default:
			h.through = s.checkpoint
		}
		return len(h.events) < page && bytes < pageBytes
	}
	select {
	case s := <-e.signals:
		take(s)
	case <-silence:
		h.silent = true
		return h, nil
	case <-e.done:
		return h, e.err
	}
	for {
		select {
		case s := <-e.signals:
			if take(s) {
				continue
			}
		default:
		}
		return h, nil
	}
}
