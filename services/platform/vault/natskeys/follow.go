package natskeys

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/platform/vault"
)

// Lag bounds for how long after a destruction another process may still use a key
// that it had read before.
const Lag = time.Second

// look is how often tombstones are asked for.
const look = Lag / 4

// Watch implements [vault.Shared].
func (s *Store) Watch(forget func(id string)) { s.forget.Store(&forget) }

// Current implements [vault.Shared]; the bound is [Lag].
func (s *Store) Current() bool {
	select {
	case <-s.failed:
		return false
	default:
	}
	until := s.known.Load()
	return until != nil && time.Until(*until) > 0
}

// tellAll tells of destructions as they are seen.
func (s *Store) tellAll(ctx context.Context) {
	t := time.NewTicker(look)
	defer t.Stop()
	for failing := false; ; {
		err := s.tell(ctx)
		if ctx.Err() != nil {
			return
		}
		if (err != nil) != failing {
			failing = err != nil
			s.cfg.Log.Warn("destroyed keys of other processes", "heardOf", !failing, "error", err)
		}
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
	}
}

// tell reads the tombstones that were not told yet, and has their keys forgotten.
// When none is left, what is known is current up to the moment of asking: it
// expires as the context of the question does.
func (s *Store) tell(ctx context.Context) error {
	s.telling.Lock()
	defer s.telling.Unlock()
	for {
		asking, cancel := context.WithTimeout(ctx, Lag)
		until, _ := asking.Deadline()
		m, err := s.bucket.GetMsg(asking, s.told+1, jetstream.WithGetMsgSubject(allGone))
		cancel()
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			s.known.Store(&until)
			return nil
		}
		if err != nil {
			return fmt.Errorf("look for destroyed keys: %w", err)
		}
		stone, err := parseTombstone(m.Subject, m.Sequence, m.Header)
		if err != nil {
			s.fail(err)
			return err
		}
		if forget := s.forget.Load(); forget != nil {
			(*forget)(stone.KeyID)
		}
		s.told = stone.sequence
		s.undone = append(s.undone, stone)
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// finishAll finishes destructions, also those that another process began.
func (s *Store) finishAll(ctx context.Context) {
	t := time.NewTicker(requestTime)
	defer t.Stop()
	for {
		select {
		case <-s.wake:
		case <-t.C: // what failed is tried again
		case <-ctx.Done():
			return
		}
		if err := s.finish(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("a destruction is not finished yet", "error", err)
		}
	}
}

// finish erases the keys of all tombstones that were told, and lists them.
func (s *Store) finish(ctx context.Context) error {
	s.finishing.Lock()
	defer s.finishing.Unlock()
	for {
		stone, left := s.firstUndone()
		if !left {
			return nil
		}
		if err := s.erase(ctx, stone.KeyID); err != nil {
			return fmt.Errorf("erase key %s: %w", stone.KeyID, err)
		}
		if err := s.note(stone.Destroyed); err != nil {
			return err
		}
		s.telling.Lock()
		s.undone = s.undone[1:]
		s.telling.Unlock()
	}
}

func (s *Store) firstUndone() (tombstone, bool) {
	s.telling.Lock()
	defer s.telling.Unlock()
	if len(s.undone) == 0 {
		return tombstone{}, false
	}
	return s.undone[0], true
}

// note adds to the list, outside of JetStream.
func (s *Store) note(d ...vault.Destroyed) error {
	err := s.list.Add(d...)
	if errors.Is(err, vault.ErrDisk) {
		s.fail(err)
	}
	return err
}

// settle returns once the tombstone at sequence is told here, its key erased and
// its line written.
func (s *Store) settle(ctx context.Context, sequence uint64) error {
	if err := s.tell(ctx); err != nil {
		return err
	}
	if err := s.finish(ctx); err != nil {
		return err
	}
	s.telling.Lock()
	defer s.telling.Unlock()
	if s.told < sequence {
		return fmt.Errorf("tombstone %d does not show yet", sequence)
	}
	return nil
}

// reconcile brings bucket and list to name the same destroyed keys, as the
// embedded store does. It runs before anything else.
func (s *Store) reconcile(ctx context.Context) error {
	stones, err := s.tombstones(ctx)
	if err != nil {
		return fmt.Errorf("read destroyed keys: %w", err)
	}
	listed := ids(s.list.Held())
	buried := make(map[string]bool, len(stones))
	var unlisted []vault.Destroyed
	for _, stone := range stones {
		buried[stone.KeyID] = true
		s.told = stone.sequence
		if !listed[stone.KeyID] {
			unlisted = append(unlisted, stone.Destroyed)
		}
	}
	for some := range slices.Chunk(unlisted, 1000) {
		if err := s.eraseAll(ctx, some); err != nil {
			return err
		}
		if err := s.note(some...); err != nil {
			return err
		}
	}
	for _, d := range s.list.Held() {
		if buried[d.KeyID] {
			continue
		}
		if _, err := s.bury(ctx, d); err != nil {
			return fmt.Errorf("destroy %s again: %w", d.KeyID, err)
		}
		if err := s.eraseAll(ctx, []vault.Destroyed{d}); err != nil {
			return err
		}
		buried[d.KeyID] = true
	}
	return nil
}

func (s *Store) eraseAll(ctx context.Context, destroyed []vault.Destroyed) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(32)
	for _, d := range destroyed {
		group.Go(func() error {
			if err := s.erase(ctx, d.KeyID); err != nil {
				return fmt.Errorf("erase key %s: %w", d.KeyID, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func ids(destroyed []vault.Destroyed) map[string]bool {
	all := make(map[string]bool, len(destroyed))
	for _, d := range destroyed {
		all[d.KeyID] = true
	}
	return all
}

// tombstones reads all that the bucket holds, in their order. A replica may answer
// that has not heard of the last ones; those are told later.
func (s *Store) tombstones(ctx context.Context) ([]tombstone, error) {
	making, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	c, err := s.bucket.CreateConsumer(making, jetstream.ConsumerConfig{
		FilterSubject: allGone, AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, InactiveThreshold: startWait,
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.bucket.DeleteConsumer(making, c.CachedInfo().Name) }() // it goes away by itself, too
	const page = 5000
	pending := int(c.CachedInfo().NumPending)
	all := make([]tombstone, 0, pending)
	for len(all) < pending {
		batch, err := c.Fetch(min(page, pending-len(all)), jetstream.FetchMaxWait(requestTime))
		if err != nil {
			return nil, err
		}
		before := len(all)
		for m := range batch.Messages() {
			meta, err := m.Metadata()
			if err != nil {
				return nil, err
			}
			stone, err := parseTombstone(m.Subject(), meta.Sequence.Stream, m.Headers())
			if err != nil {
				return nil, err
			}
			all = append(all, stone)
		}
		if err := batch.Error(); err != nil {
			return nil, err
		}
		if len(all) == before {
			return nil, fmt.Errorf("%d of %d came", before, pending)
		}
	}
	return all, nil
}
