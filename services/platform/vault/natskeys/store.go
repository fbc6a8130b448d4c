package natskeys

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/vault"
)

const (
	// startWait bounds how long Open waits for servers that are not there yet.
	startWait = 30 * time.Second

	// requestTime bounds one request: an answer that is lost with its server must
	// not be waited for as long as the caller may wait in all.
	requestTime = 2 * time.Second

	// maxWriting bounds how many writes of one process wait for a server. It syncs
	// them one by one, so with many more the last would exceed requestTime.
	maxWriting = 64

	// recheck is how often the servers are asked again whether they sync.
	recheck = time.Minute
)

// Config says which servers keep the keys. Conn, System and List are needed.
type Config struct {
	// Conn reaches the bucket, and System is of the system account of the same
	// servers. Both stay the caller's, and must outlive the store.
	Conn, System *nats.Conn
	// Replicas is how many servers keep each key: 1 by default, 3 in a cluster.
	Replicas int
	// List is the file of destroyed ids, of this process alone. Like the embedded
	// store's destroyed.log it must stay out of every restore.
	List string
	Log  *slog.Logger
}

// Store is the bucket of keys. Create it with [Open]. It is safe for concurrent use.
type Store struct {
	cfg    Config
	js     jetstream.JetStream
	bucket jetstream.Stream
	since  time.Time // when the bucket was made
	empty  bool      // there was nothing in it when it was opened

	forget atomic.Pointer[func(id string)]
	known  atomic.Pointer[time.Time] // until when what was told is current

	calls   sync.WaitGroup
	writing chan struct{}      // holds one for each write under way
	stop    context.CancelFunc // ends what runs in the background
	failed  chan struct{}

	mu      sync.Mutex
	closed  bool
	failure error

	checking sync.Mutex
	checked  string // id of the server that was found to sync

	telling sync.Mutex
	told    uint64      // sequence of the last tombstone that was told
	undone  []tombstone // told, and not yet known to be done

	finishing sync.Mutex
	list      *vault.DestroyedLog
	wake      chan struct{}
}

var _ vault.Shared = (*Store)(nil)

// Open opens the bucket, and makes it at first start. It waits for servers that
// are not there yet, at most half a minute or until ctx ends. It answers
// [ErrUnsynced], [ErrSyncUnknown], [ErrBucket], or what is wrong with the list.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	if cfg.System == nil {
		return nil, ErrSyncUnknown
	}
	cfg.Replicas = max(cfg.Replicas, 1)
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	js, err := jetstream.New(cfg.Conn, jetstream.WithDefaultTimeout(requestTime))
	if err != nil {
		return nil, fmt.Errorf("open JetStream: %w", err)
	}
	list, err := vault.OpenDestroyedLog(cfg.List)
	if err != nil {
		return nil, fmt.Errorf("open list of destroyed keys: %w", err)
	}
	s := &Store{
		cfg: cfg, js: js, list: list,
		writing: make(chan struct{}, maxWriting), failed: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, list.Close())
	}
	background, stop := context.WithCancel(context.Background())
	s.stop = stop
	s.calls.Go(func() { s.tellAll(background) })
	s.calls.Go(func() { s.finishAll(background) })
	s.calls.Go(func() { s.recheck(background) })
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	waiting, cancel := context.WithTimeout(ctx, startWait)
	defer cancel()
	for failures := 1; ; failures++ {
		err := s.prepare(ctx)
		if err == nil || !s.passing(err) {
			return err
		}
		s.cfg.Log.Warn("key bucket cannot be opened yet", "error", err)
		if (bus.Backoff{Min: 50 * time.Millisecond, Max: time.Second}).Wait(waiting, failures) != nil {
			return err
		}
	}
}

func (s *Store) prepare(ctx context.Context) error {
	looking, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	var err error
	if s.bucket, err = openBucket(looking, s.js, s.cfg.Replicas); err != nil {
		return err
	}
	info := s.bucket.CachedInfo()
	s.since, s.empty = info.Created, info.State.LastSeq == 0
	if err := s.checkServers(ctx); err != nil {
		return err
	}
	return s.reconcile(ctx)
}

// passing tells whether the cause of an error may go away by itself.
func (s *Store) passing(err error) bool {
	if errors.Is(err, ErrUnsynced) || errors.Is(err, ErrBucket) || errors.Is(err, vault.ErrDisk) ||
		s.cfg.Conn.IsClosed() || s.cfg.System.IsClosed() {
		return false
	}
	// Nobody answers an account that may not ask.
	if errors.Is(err, ErrSyncUnknown) && errors.Is(err, nats.ErrNoResponders) {
		return !s.cfg.System.IsConnected()
	}
	return true
}

// Fresh tells whether the bucket was empty when it was opened.
func (s *Store) Fresh() bool { return s.empty }

// Failed is closed once the store must not be used any more: a server no longer
// syncs, the bucket was replaced, or the disk did not confirm a line of the list.
// From then on every call answers why, and the process should end.
func (s *Store) Failed() <-chan struct{} { return s.failed }

func (s *Store) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure == nil {
		s.failure = err
		s.cfg.Log.Error("key bucket cannot be used any more", "error", err)
		close(s.failed)
	}
}

// enter begins a call; left must be called at its end.
func (s *Store) enter() (left func(), err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return nil, vault.ErrClosed
	case s.failure != nil:
		return nil, s.failure
	}
	s.calls.Add(1)
	return s.calls.Done, nil
}

// Close implements [vault.KeyStore]. The connections stay open.
func (s *Store) Close() error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.calls.Wait()
	if !first {
		return nil
	}
	return s.list.Close()
}

// checkServers looks at the bucket and the servers that hold it.
func (s *Store) checkServers(ctx context.Context) error {
	here := s.cfg.Conn.ConnectedServerId()
	looking, cancel := context.WithTimeout(ctx, requestTime)
	defer cancel()
	info, err := s.bucket.Info(looking)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return fmt.Errorf("%w: it is gone", ErrBucket)
	case err != nil:
		return fmt.Errorf("look at key bucket: %w", err)
	case !info.Created.Equal(s.since):
		return fmt.Errorf("%w: it was replaced", ErrBucket)
	}
	if err := unfit(info.Config, s.cfg.Replicas); err != nil {
		return err
	}
	if err := syncedServers(ctx, s.cfg.Conn, s.cfg.System, info); err != nil {
		return err
	}
	s.checked = here
	return nil
}

// checkHere lets a write go to a server only once that is known to sync.
func (s *Store) checkHere(ctx context.Context) error {
	s.checking.Lock()
	defer s.checking.Unlock()
	if here := s.cfg.Conn.ConnectedServerId(); here == "" || here == s.checked {
		return nil // without a server the write fails by itself
	}
	return s.checkOrFail(ctx)
}

func (s *Store) checkOrFail(ctx context.Context) error {
	err := s.checkServers(ctx)
	if errors.Is(err, ErrUnsynced) || errors.Is(err, ErrBucket) {
		s.fail(err)
	}
	return err
}

// recheck looks at the servers now and then. While they cannot be asked, what was
// known of the one that is connected stays known.
func (s *Store) recheck(ctx context.Context) {
	t := time.NewTicker(recheck)
	defer t.Stop()
	for {
		select {
		case <-t.C:
		case <-ctx.Done():
			return
		}
		s.checking.Lock()
		err := s.checkOrFail(ctx)
		s.checking.Unlock()
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.Warn("servers that hold the keys cannot be checked", "error", err)
		}
	}
}
