package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
)

// Store is an [eventstore.Store] in one SQLite file. It is safe for concurrent use.
type Store struct {
	gate    *gate
	readers *pool
	tail    *tail    // nil when read-only
	history *history // nil when read-only

	// Of the writing side; nil when read-only.
	queue chan *job
	done  chan error // how the writer let go of the file
	lock  *os.File
}

var _ eventstore.Store = (*Store)(nil)

// ErrReadOnly answers an append to a store from [OpenReadOnly].
var ErrReadOnly = fmt.Errorf("%w: opened read-only", eventstore.ErrUnavailable)

type settings struct {
	clock    clock.Clock
	group    int          // most appends in one transaction
	heads    int          // most stream heads kept in memory
	tail     int          // most recent events kept in memory
	maxBytes func() int64 // of the file; zero is no limit
	commit   func(commit func() error) error
}

// Option changes how a log is opened.
type Option func(*settings)

// WithClock sets what RecordedAt is taken from. The default is the machine's clock.
func WithClock(c clock.Clock) Option { return func(s *settings) { s.clock = c } }

// WithoutGroupCommit gives every append its own transaction, to measure what
// sharing one is worth. The default shares.
func WithoutGroupCommit() Option { return func(s *settings) { s.group = 1 } }

// WithMaxBytes bounds the size of the file in bytes: appends that need more answer
// [eventstore.ErrFull] while the disk still has room. The write-ahead log beside it
// takes some 10 MB more. The default is no bound.
func WithMaxBytes(n int64) Option {
	return func(s *settings) { s.maxBytes = func() int64 { return n } }
}

// Open opens the log at path for writing and creates it, with the directories
// above it, when it is missing. It answers [ErrLocked] while it is open for writing
// elsewhere and [ErrForeign] for a file that is not an event log.
func Open(path string, opts ...Option) (*Store, error) {
	set := settings{
		clock: clock.System{}, group: 512, heads: 32 << 10, tail: 4096,
		maxBytes: func() int64 { return 0 },
		commit:   func(commit func() error) error { return commit() },
	}
	for _, o := range opts {
		o(&set)
	}
	s, err := open(path, set)
	if err != nil {
		return nil, fmt.Errorf("open event log %s: %w", path, err)
	}
	return s, nil
}

func open(path string, set settings) (_ *Store, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := makeDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	locked, err := lock(path)
	if err != nil {
		return nil, err
	}
	s := &Store{gate: newGate(), queue: make(chan *job, 1024), done: make(chan error, 1), lock: locked}
	w, err := s.openWriter(path, set)
	if err != nil {
		return nil, errors.Join(err, locked.Close())
	}
	s.readers = newPool(path)
	s.tail, s.history = newTail(set.tail, w.last), newHistory()
	w.tail = s.tail
	go func() { s.done <- w.serve(s.queue) }()
	return s, nil
}

// OpenReadOnly opens the log at path beside a process that writes it, or while none
// does. It changes no event ever; appends answer [ErrReadOnly]. Subscriptions look
// for news ten times a second, because the writer cannot wake another process.
func OpenReadOnly(path string) (*Store, error) {
	s, err := openReadOnly(path)
	if err != nil {
		return nil, fmt.Errorf("open event log %s to read: %w", path, err)
	}
	return s, nil
}

func openReadOnly(path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	s := &Store{gate: newGate(), readers: newPool(path)}
	c, err := s.readers.take(context.Background())
	if err != nil {
		return nil, err
	}
	blank, err := recognise(c)
	s.readers.put(c)
	if err == nil && blank {
		err = fmt.Errorf("%w: the file is empty", ErrForeign)
	}
	if err != nil {
		return nil, errors.Join(err, s.readers.close())
	}
	return s, nil
}

// Failed is closed once the log has failed for good: a write may or may not be on
// disk, so nothing is acknowledged any more and every call answers
// [eventstore.ErrUnavailable]. The process should end non-zero and start anew.
func (s *Store) Failed() <-chan struct{} { return s.gate.failed }

// End is the position of the last event.
func (s *Store) End(ctx context.Context) (eventstore.Position, error) {
	if err := s.gate.enter(); err != nil {
		return 0, err
	}
	defer s.gate.leave()
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	return s.end(ctx)
}

func (s *Store) end(ctx context.Context) (eventstore.Position, error) {
	if s.tail != nil {
		return s.tail.end(), nil
	}
	c, err := s.readers.take(ctx)
	if err != nil {
		return 0, err
	}
	defer s.readers.put(c)
	n, err := c.number(`SELECT max(position) FROM events`)
	if err != nil {
		return 0, fmt.Errorf("read the end of the log: %w", err)
	}
	return eventstore.Position(n), nil
}

// Close waits for calls that are running, ends subscriptions and releases the file.
func (s *Store) Close() error {
	if err := s.gate.close(); err != nil {
		return err
	}
	err := s.readers.close() // first, so the writer is the last to close and tidies up
	if s.queue != nil {
		close(s.queue)
		err = errors.Join(err, <-s.done)
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	if err != nil {
		return fmt.Errorf("close event log: %w", err)
	}
	return nil
}

// Gapless tells a verifier that positions run from 1 without a hole, so an event
// that is cut out of the log leaves one.
func (*Store) Gapless() bool { return true }
