package torture

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/inbox"
)

// inboxes has two replicas of one listener handle what a relay carries. One write in
// five that acknowledges, gives back or shows a sign of life never arrives, so
// messages come again, and behind younger ones. One event in thirty keeps its handler
// busy for longer than JetStream waits. A replica is killed again and again when the
// effect of an event is in the log and its message is not acknowledged, or before
// there is one, and started anew with nothing in memory.
//
// What must hold (R4): each target stream has one event for each public revision of
// its source, in order, and nothing is parked.
//
// Control group: a handler that gives each try a command id of its own. Some event
// must have two effects.
//
// Seen to fail without: the look for the command in the stream, in command.Execute;
// the filling of holes in front of a delivery, in inbox.deliver.
var inboxes = Program{
	Name: "inbox", Title: "lost acknowledgements, slow handlers and crashes under two replicas", Unit: "seeds",
	Quick: 20, Long: 10_000,
	Run: func(ctx context.Context, t *Try) error {
		return overRoutes(ctx, t, "a handler that repeats its effect", handleOnce)
	},
}

// ackWait is how long JetStream waits for an acknowledgement or a sign of life.
const ackWait = 60 * time.Millisecond

// handleOnce is one round.
func handleOnce(ctx context.Context, t *Try, s *server.Server, random *rand.Rand, repeats bool) (err error) {
	r, err := openRoute(random, s, t.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.remembering(ctx, time.Minute); err != nil {
		return err
	}
	if err := r.write(ctx, random, 150+random.IntN(150)); err != nil {
		return err
	}
	relay, err := r.relay(r.calm, 16)
	if err != nil {
		return err
	}
	all, running := errgroup.WithContext(ctx)
	running, stop := context.WithCancel(running)
	all.Go(func() error { return relay.Run(running) })
	l := &listening{route: r, t: t, repeats: repeats}
	for range 2 {
		own := &dice{random: rand.New(rand.NewPCG(random.Uint64(), 0))} //nolint:gosec // to be repeated, not to be secret
		all.Go(func() error {
			for crashes := 3 + own.intN(5); running.Err() == nil; crashes-- {
				if err := l.live(running, own, crashes > 0); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = r.copiedAll(running)
	if err == nil {
		// What was lost comes once more.
		err = pause(running, 2*ackWait)
	}
	stop()
	if err := errors.Join(all.Wait(), err); err != nil {
		return err
	}
	if err := r.copiedAll(ctx); err != nil {
		return err
	}
	return r.nothingParked(ctx)
}

// listening is the listener of one round.
type listening struct {
	*route

	t       *Try
	repeats bool // the control group
}

// live is one life of one replica.
func (l *listening) live(ctx context.Context, own *dice, crashes bool) error {
	ctx, die := context.WithCancel(ctx)
	defer die()
	w, nc, err := connectThrough(l.server, func(p []byte) ([]byte, func()) {
		if crashes && bytes.Contains(p, acknowledging) && own.intN(5) == 0 {
			l.t.Count("writes that acknowledge, lost", 1)
			return bytes.ReplaceAll(p, acknowledging, []byte("PUB $XS.ACK.")), nil
		}
		return p, nil
	})
	if err != nil {
		return err
	}
	defer nc.Close()
	crash := func() error {
		l.t.Count("crashes", 1)
		w.die()
		die()
		nc.Close() // a process that is dead waits for no answer
		return context.Canceled
	}
	var handled atomic.Int64
	last := int64(5 + own.intN(60))
	in, err := l.listener(nc, bus.SubscriberConfig{AckWait: ackWait}, func(ctx context.Context, in inbox.Inbound) error {
		n := handled.Add(1)
		if crashes && n == last && own.intN(3) == 0 {
			return crash()
		}
		if crashes && own.intN(30) == 0 {
			l.t.Count("slow", 1)
			if err := pause(ctx, ackWait+time.Duration(own.intN(int(ackWait)))); err != nil {
				return err
			}
		}
		as := in.Command(0, in.Time)
		if l.repeats {
			as.CommandID = uuid.New()
		}
		if err := l.copyAs(ctx, in, as); err != nil {
			return err
		}
		if crashes && n >= last {
			return crash()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return in.Run(ctx)
}

// acknowledging is how a write begins that tells JetStream what became of a message.
var acknowledging = []byte("PUB $JS.ACK.")

// dice is a source of randomness that goroutines share.
type dice struct {
	mu     sync.Mutex
	random *rand.Rand
}

func (d *dice) intN(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.random.IntN(n)
}
