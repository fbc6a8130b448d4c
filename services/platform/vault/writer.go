package vault

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// job is one caller's part of a transaction.
type job struct {
	run     func() error // on the writer's goroutine, inside the transaction
	durable bool         // answered only when it would survive a power cut
	shred   bool         // afterwards, older versions of changed pages leave the files
	done    chan error
}

// writer runs jobs on the one connection. All that wait when a commit ends share
// the next transaction and its fsync.
type writer struct {
	jobs    chan *job
	closing chan struct{}
	once    sync.Once
	ended   chan struct{}
	failed  chan struct{} // closed once broken

	// Owned by the goroutine of loop.
	conn    *sql.Conn
	durable bool // the connection's present setting
	broken  error
}

// errDisk marks a fault after which it is unknown what the disk holds.
var errDisk = errors.New("the disk did not confirm a write; restart to find out what it holds")

const maxBatch = 512

func startWriter(conn *sql.Conn) *writer {
	w := &writer{
		jobs: make(chan *job), closing: make(chan struct{}), ended: make(chan struct{}),
		failed: make(chan struct{}),
		conn:   conn, durable: true,
	}
	go w.loop()
	return w
}

// do runs j in some transaction and answers after its commit. When ctx ends
// first, j may still happen.
func (w *writer) do(ctx context.Context, j *job) error {
	j.done = make(chan error, 1)
	select {
	case w.jobs <- j:
	case <-w.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-j.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// close ends the loop once the jobs it took are answered.
func (w *writer) close() {
	w.once.Do(func() { close(w.closing) })
	<-w.ended
}

func (w *writer) loop() {
	defer close(w.ended)
	for {
		select {
		case <-w.closing:
			return
		case first := <-w.jobs:
			w.serve(w.gather(first))
		}
	}
}

// gather takes the jobs that are waiting now. The channel has no buffer, so none
// is left in it when the loop ends.
func (w *writer) gather(first *job) []*job {
	batch := []*job{first}
	for len(batch) < maxBatch {
		select {
		case j := <-w.jobs:
			batch = append(batch, j)
		default:
			return batch
		}
	}
	return batch
}

func (w *writer) serve(batch []*job) {
	err := w.transact(batch)
	var shredErr error
	for _, j := range batch {
		if j.shred && err == nil {
			shredErr = w.truncateLog()
			w.judge(shredErr)
			break
		}
	}
	for _, j := range batch {
		if j.shred {
			j.done <- errors.Join(err, shredErr)
			continue
		}
		j.done <- err
	}
}

// transact commits all jobs or none. After a disk fault nothing is acknowledged
// any more: a later fsync may succeed without the pages that the first one lost.
func (w *writer) transact(batch []*job) error {
	if w.broken != nil {
		return w.broken
	}
	err := w.commit(batch)
	if err == nil {
		return nil
	}
	// Fails when there is nothing to roll back, which is as good.
	_, _ = w.conn.ExecContext(context.Background(), "ROLLBACK")
	w.judge(err)
	return err
}

// judge ends the store after a disk fault, whichever write met it.
func (w *writer) judge(err error) {
	if errors.Is(err, errDisk) || sqliteCode(err) == sqlite3.SQLITE_IOERR {
		w.broken = fmt.Errorf("key store stopped: %w", err)
		close(w.failed)
	}
}

func (w *writer) commit(batch []*job) error {
	ctx := context.Background() // one caller's end must not undo the others' work
	if err := w.setDurable(ctx, batch); err != nil {
		return err
	}
	if _, err := w.conn.ExecContext(ctx, "BEGIN"); err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	for _, j := range batch {
		if err := j.run(); err != nil {
			return err
		}
	}
	if _, err := w.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// setDurable chooses whether this commit waits for the disk. It syncs the whole
// write-ahead log then, also what earlier commits left to the operating system.
func (w *writer) setDurable(ctx context.Context, batch []*job) error {
	durable := false
	for _, j := range batch {
		durable = durable || j.durable
	}
	if durable == w.durable {
		return nil
	}
	pragma := "PRAGMA synchronous=NORMAL"
	if durable {
		pragma = "PRAGMA synchronous=FULL"
	}
	if _, err := w.conn.ExecContext(ctx, pragma); err != nil {
		return fmt.Errorf("%s: %w", pragma, err)
	}
	w.durable = durable
	return nil
}

// truncateLog writes all changes into the database file and empties the
// write-ahead log, which still held the pages as they were before.
func (w *writer) truncateLog() error {
	var busy, pages, moved int
	row := w.conn.QueryRowContext(context.Background(), "PRAGMA wal_checkpoint(TRUNCATE)")
	if err := row.Scan(&busy, &pages, &moved); err != nil {
		return fmt.Errorf("empty the write-ahead log: %w", err)
	}
	if busy != 0 {
		return errors.New("empty the write-ahead log: it is being read")
	}
	return nil
}

// sqliteCode is the primary result code of an SQLite error, or 0.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0
	}
	return e.Code() & 0xff
}
