package views

import (
	"context"
	"errors"
	"fmt"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"aanvraag.internal/services/platform/eventstore"
)

// joined is how many events may share a transaction while the view catches up.
const joined = 4096

// linger is how long an applied event may wait for others to share its transaction,
// unless somebody waits for it.
const linger = 20 * time.Millisecond

// lazily is how often a checkpoint that only skips other services' events is
// written, at most.
const lazily = time.Second

// roomless is how long a view waits that has no room for its rows.
const roomless = time.Second

// Run follows the log until ctx ends or the view is closed, and then answers nil.
// An error of Apply stops it and names the event; nothing is skipped. After an
// error it may be called again, and goes on behind the last transaction. It does so
// by itself, once a second, while the disk is full: queries are answered as of the
// last transaction meanwhile.
func (v *View) Run(ctx context.Context) error {
	if !v.running.TryLock() {
		return fmt.Errorf("view %s already runs", v.cfg.Name)
	}
	defer v.running.Unlock()
	if v.file == nil {
		return fmt.Errorf("run view %s: %w", v.cfg.Name, ErrStopped)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(v.life, cancel)()

	v.change(func() { v.fault = nil })
	inspected := make(chan error, 1)
	go func(trusted bool) {
		var err error
		if trusted {
			err = v.inspect(ctx)
		}
		if err != nil {
			cancel()
		}
		inspected <- err
	}(v.file.trusted)
	err := v.follow(ctx)
	for full(err) {
		v.cfg.Log.Error("the view has no room, and tries again", "after", roomless, "position", v.position(), "error", err)
		err = nil
		select {
		case <-time.After(roomless):
			err = v.follow(ctx)
		case <-ctx.Done():
		}
	}
	cancel()
	if damage := <-inspected; damage != nil {
		err = damage
	}
	if err != nil {
		err = fmt.Errorf("run view %s: %w", v.cfg.Name, err)
	}
	v.change(func() { v.fault = stopped(err) })
	return err
}

// inspect checks a file that was trusted at the start, beside everything else. A
// damaged one stops the view, is removed by Close and built anew at the next start.
func (v *View) inspect(ctx context.Context) error {
	pool, err := v.Query(ctx)
	if err == nil {
		err = verdict(pool.QueryRowContext(ctx, quickCheck))
	}
	if damaged(err) {
		return err
	}
	return nil // it could not look; a start after the next end in disorder does
}

// full tells whether the view has no room on its disk.
func full(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_FULL
}

func stopped(err error) error {
	if err == nil {
		return ErrStopped
	}
	return fmt.Errorf("%w: %w", ErrStopped, err)
}

func (v *View) follow(ctx context.Context) error {
	tick := time.NewTicker(lazily)
	defer tick.Stop()
	v.lingering = false // of an earlier call
	v.linger.Stop()
	if err := v.arrive(v.position()); err != nil {
		return err
	}
	v.file.through = v.position()
	arrivals, stop := v.listen(ctx, v.file.through)
	defer stop()
	var fault error
	for fault == nil && ctx.Err() == nil {
		var err error
		select {
		case a := <-arrivals:
			if fault = a.err; fault == nil {
				err = v.take(a.batch, tick.C)
			}
		case <-v.linger.C:
			err = v.save()
		case <-v.wanted:
			if v.file.pending > 0 {
				err = v.save()
			}
		case <-ctx.Done():
		}
		if err != nil {
			v.file.rollback()
			return err
		}
		if err := v.arrive(v.position()); err != nil {
			return err
		}
	}
	if err := v.save(); err != nil {
		v.file.rollback()
		return err
	}
	if ctx.Err() != nil {
		return nil
	}
	return fault
}

// arrival is a batch of the log, or what ended the subscription.
type arrival struct {
	batch eventstore.Batch
	err   error
}

// listen subscribes beside the loop that applies, so that the loop can also save
// while nothing arrives. The caller stops it.
func (v *View) listen(ctx context.Context, after eventstore.Position) (arrivals <-chan arrival, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	out, ended := make(chan arrival), make(chan struct{})
	send := func(a arrival) bool {
		select {
		case out <- a:
			return true
		case <-ctx.Done():
			return false
		}
	}
	go func() {
		defer close(ended)
		for batch, err := range v.cfg.Store.Subscribe(ctx, after, v.cfg.Filter) {
			if !send(arrival{batch: batch, err: err}) {
				return
			}
		}
		send(arrival{err: errors.New("the subscription ended by itself")})
	}()
	return out, func() {
		cancel()
		<-ended
	}
}

// take applies a batch. Its events are one transaction with the checkpoint. More
// batches may join it: while the log's end at Open lies ahead, and after that for
// as long as nobody waits, at most until the view has lingered.
func (v *View) take(batch eventstore.Batch, tick <-chan time.Time) error {
	f := v.file
	for _, e := range batch.Events {
		if err := f.begin(); err != nil {
			return err
		}
		if err := v.cfg.Apply(&f.tx, e); err != nil {
			return fmt.Errorf("apply %s, event %d of %s at position %d: %w", e.Type, e.Revision, e.Stream, e.Position, err)
		}
		f.took(e)
	}
	f.through = batch.Through
	switch {
	case f.pending == 0:
		if due(tick) {
			return v.save()
		}
		v.moveTo(f.through)
		return nil
	case f.pending >= joined, f.through >= v.target && v.awaited():
		return v.save()
	case f.through >= v.target && !v.lingering:
		v.lingering = true
		v.linger.Reset(linger)
	}
	return nil
}

// save makes what was applied visible.
func (v *View) save() error {
	if err := v.file.save(); err != nil {
		return err
	}
	v.lingering = false
	v.linger.Stop()
	v.moveTo(v.file.through)
	return nil
}

func due(tick <-chan time.Time) bool {
	select {
	case <-tick:
		return true
	default:
		return false
	}
}

func (v *View) moveTo(p eventstore.Position) { v.change(func() { v.seen = p }) }

// arrive lets queries in once the view has seen the log's end at Open. A new file
// takes its place first, and only then the old ones go: a crash between any two
// steps leaves one that is whole.
func (v *View) arrive(at eventstore.Position) error {
	if v.live || at < v.target {
		return nil
	}
	if v.building {
		if err := v.settle(); err != nil {
			return fmt.Errorf("put the new file in its place: %w", err)
		}
	}
	v.removeOld()
	readers, err := openReaders(v.path)
	if err != nil {
		return fmt.Errorf("open readers: %w", err)
	}
	v.live = true
	v.change(func() { v.readers = readers })
	close(v.ready)
	v.cfg.Log.Info("view is ready", "position", at)
	return nil
}
