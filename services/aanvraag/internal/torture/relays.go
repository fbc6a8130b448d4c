package torture

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/relay"
)

// relays has two to four relays carry one log to one JetStream stream at once, each
// killed and started again some times, at a random one of its writes to the bus:
// before it, in the middle of it, or behind it with the answers lost; or its
// connection breaks there; or the relay freezes with the write in hand and goes on
// with it later, when others have long taken its place. In half of the rounds JetStream
// is not told the ids of the messages, as if its dedupe window were always over; in
// the others it remembers them for longer than the round. In some rounds the stream is
// emptied while nobody publishes, or deleted while all do. A listener copies, and is
// killed and started again too.
//
// What must hold: in the end the stream holds every public event of the log once, in
// the log's order, with the right link to the public event before it in its event
// stream; and the listener has handled every revision of every event stream once and
// in order (R4, R6).
//
// Control group: relays whose fence is taken off each message on the way. They must
// publish an event twice.
//
// Seen to fail without: the fence; the position in what a relay reads of the end of
// the bus at its start; the check of an acknowledgement's place, under JetStream's
// memory.
var relays = Program{
	Name: "relays", Title: "several relays that are killed and come back as zombies", Unit: "seeds",
	Quick: 20, Long: 10_000,
	Run: tryRelays,
}

// routesAtOnce is how many rounds run side by side: they wait more than they work.
const routesAtOnce = 4

func tryRelays(ctx context.Context, t *Try) error {
	return overRoutes(ctx, t, "relays without a fence", relayOnce)
}

// overRoutes runs a round's work, and first its control group, over one bus.
func overRoutes(
	ctx context.Context, t *Try, group string, once func(context.Context, *Try, *server.Server, *rand.Rand, bool) error,
) error {
	s, err := startBus(t.Dir)
	if err != nil {
		return err
	}
	defer stopBus(s)
	if err := t.mustBreak(group, func(control *Try) error {
		random := t.Rand(1 << 40)
		for range 5 {
			if err := once(ctx, control, s, random, true); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	var mu sync.Mutex
	begun := t.Left()
	next := func() bool {
		mu.Lock()
		defer mu.Unlock()
		begun--
		return begun >= 0 && t.More()
	}
	all, ctx := errgroup.WithContext(ctx)
	for worker := range uint64(routesAtOnce) {
		random := t.Rand(worker)
		all.Go(func() error {
			for next() && ctx.Err() == nil {
				began := startWatch()
				if err := once(ctx, t, s, random, false); err != nil {
					return err
				}
				t.Longest("slowest seed", began.took())
				t.Did(1)
			}
			return nil
		})
	}
	return all.Wait()
}

// relayOnce is one round.
func relayOnce(ctx context.Context, t *Try, s *server.Server, random *rand.Rand, unfenced bool) (err error) {
	r, err := openRoute(random, s, t.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.close()) }()
	if err := r.remembering(ctx, time.Minute); err != nil {
		return err
	}
	z := &zombies{route: r, t: t, unfenced: unfenced, amnesia: unfenced || random.IntN(2) == 0}
	wiped := random.IntN(8)
	if err := z.live(ctx, random, wiped < 2 && !unfenced); err != nil {
		return err
	}
	if wiped >= 5 && !unfenced {
		stream, err := r.js.Stream(ctx, bus.StreamName(r.service))
		if err != nil {
			return err
		}
		t.Count("emptied", 1)
		if err := stream.Purge(ctx); err != nil {
			return err
		}
	}
	return z.settle(ctx, random)
}

// zombies are the relays of one round.
type zombies struct {
	*route

	t        *Try
	unfenced bool
	amnesia  bool // JetStream is not told the messages' ids
}

// live lets the relays and the listener live through their faults while the log is
// written.
func (z *zombies) live(ctx context.Context, random *rand.Rand, wipe bool) error {
	all, ctx := errgroup.WithContext(ctx)
	own := func() *rand.Rand { return rand.New(rand.NewPCG(random.Uint64(), 0)) } //nolint:gosec // to be repeated, not to be secret
	writer, wiper, listener := own(), own(), own()
	all.Go(func() error { return z.write(ctx, writer, 100+writer.IntN(100)) })
	for range 2 + random.IntN(3) {
		random := own()
		all.Go(func() error {
			for range 2 + random.IntN(4) {
				if err := z.liveOnce(ctx, random); err != nil {
					return err
				}
			}
			return nil
		})
	}
	all.Go(func() error {
		for range 2 + listener.IntN(3) {
			lifetime, cancel := context.WithTimeout(ctx, time.Duration(5+listener.IntN(40))*time.Millisecond)
			err := z.listen(lifetime, listener)
			cancel()
			if err != nil {
				return err
			}
		}
		return nil
	})
	if wipe {
		all.Go(func() error {
			if err := pause(ctx, time.Duration(5+wiper.IntN(40))*time.Millisecond); err != nil {
				return err
			}
			z.t.Count("deleted", 1)
			err := z.js.DeleteStream(ctx, bus.StreamName(z.service))
			if errors.Is(err, jetstream.ErrStreamNotFound) {
				return nil
			}
			return err
		})
	}
	return all.Wait()
}

// liveOnce is one life of one relay. It ends with its death, or when it was left in
// peace for some time.
func (z *zombies) liveOnce(ctx context.Context, random *rand.Rand) error {
	lifetime := 50 + random.IntN(100)
	ctx, die := context.WithTimeout(ctx, time.Duration(lifetime)*time.Millisecond)
	defer die()
	f := &fate{zombies: z, random: random, die: die, at: 1 + random.IntN(6)}
	w, nc, err := connectThrough(z.server, f.harm)
	if err != nil {
		return err
	}
	f.wire.Store(w)
	defer nc.Close()
	relay, err := z.relay(nc, 1+random.IntN(16))
	if err != nil {
		return err
	}
	return relay.Run(ctx)
}

// settle lets relays and a listener finish in peace, and checks.
func (z *zombies) settle(ctx context.Context, random *rand.Rand) error {
	end, err := z.store.End(ctx)
	if err != nil {
		return err
	}
	patient, cancel := context.WithTimeout(ctx, routePatience)
	defer cancel()
	all, running := errgroup.WithContext(ctx)
	running, stop := context.WithCancel(running)
	var working []*relay.Relay
	for range 2 {
		_, nc, err := connectThrough(z.server, func(p []byte) ([]byte, func()) { return z.strip(p), nil })
		if err != nil {
			stop()
			return errors.Join(err, all.Wait())
		}
		defer nc.Close()
		r, err := z.relay(nc, 16)
		if err != nil {
			stop()
			return errors.Join(err, all.Wait())
		}
		working = append(working, r)
		all.Go(func() error { return r.Run(running) })
	}
	all.Go(func() error { return z.listen(running, random) })
	for _, r := range working {
		for r.Published() < end && running.Err() == nil && pause(patient, time.Millisecond) == nil {
		}
	}
	if patient.Err() != nil && ctx.Err() == nil {
		err = broken("the relays have not come to the end of the log within %s", routePatience)
	}
	if err == nil {
		err = z.carried(ctx)
	}
	if err == nil {
		err = z.copiedAll(ctx)
	}
	stop()
	if err := errors.Join(err, all.Wait()); err != nil {
		return err
	}
	return z.carried(ctx) // whoever stopped last added nothing
}

// listen is one life of the listener.
func (z *zombies) listen(ctx context.Context, random *rand.Rand) error {
	nc, err := connectTo(z.server)
	if err != nil {
		return err
	}
	defer nc.Close()
	in, err := z.listener(nc, bus.SubscriberConfig{AckWait: 200 * time.Millisecond, Sole: random.IntN(2) == 0}, z.copy)
	if err != nil {
		return err
	}
	return in.Run(ctx)
}

// What JetStream is told of a message besides its content. A name of the same length
// that it does not know takes it away.
var (
	fenceHeader = []byte("Nats-Expected-Last-")
	idHeader    = []byte("Nats-Msg-Id:")
	lastID      = []byte("Nats-Expected-Last-Msg-Id:")
)

// strip takes away what the round does without.
func (z *zombies) strip(p []byte) []byte {
	if z.unfenced {
		p = bytes.ReplaceAll(p, fenceHeader, []byte("Xats-Expected-Last-"))
	}
	if z.amnesia {
		p = bytes.ReplaceAll(p, lastID, []byte("Xats-Expected-Last-Msg-Id:"))
		p = bytes.ReplaceAll(p, idHeader, []byte("Xats-Msg-Id:"))
	}
	return p
}
