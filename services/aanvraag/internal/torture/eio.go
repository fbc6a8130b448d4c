package torture

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/aanvraag/internal/system"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/esdb"
)

// eio lets the disk under the log, the keys and the spool fail: from some moment on
// no new block can be written, so the kernel answers an error to fsync once, forgets
// the pages, and answers success to the next one. Then the disk is well again.
//
// What must hold: after the first error nothing more is acknowledged by the log, and
// nothing by the keys, though the disk is well; the process that serves the log
// (`aanvraag serve log`) ends with a status that is not 0; after a start everything
// that was acknowledged is there.
//
// Control group: a bare file that is written and synced by somebody who tries again
// after an error, as one is tempted to; it must lose.
//
// Seen to fail without: the end of the log after a fault of COMMIT; the end of the keys
// after a fault of any write, which the program found missing where a destroyed key is
// swept out of the write-ahead log.
var eio = Program{
	Name: "eio", Title: "a disk that fails to write, and then is well again", Unit: "faults",
	Quick: 3, Long: 1000,
	Run:   func(ctx context.Context, t *Try) error { return t.aside(ctx, "eio/disk") },
	Parts: map[string]Part{"eio/disk": other(failDisk), "eio/log": serveRealLog},
}

// Of the disk and the memory that holds its blocks, in megabytes; the disk's books
// take some of it. And how many faults there are to a disk.
const (
	hollowSize   = 96
	memorySize   = 140
	faultsOfDisk = 3
)

func failDisk(ctx context.Context, t *Try) error {
	random := t.Rand(0)
	t.Count("lost", 0)
	for n := 0; t.More(); n++ {
		if err := t.onAHollowDisk(ctx, n, random); err != nil {
			return err
		}
	}
	return nil
}

func (t *Try) onAHollowDisk(ctx context.Context, n int, random *rand.Rand) (err error) {
	memory, err := makeTmpfs(filepath.Join(t.Dir, strconv.Itoa(n)), memorySize)
	if err != nil {
		return err
	}
	lasting := context.WithoutCancel(ctx)
	defer func() { err = errors.Join(err, unmount(lasting, memory)) }()
	d, err := makeHollowDisk(ctx, memory, hollowSize)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.unmount(lasting)) }()
	if err := t.bareFile(ctx, memory, d); err != nil {
		return err
	}
	served, own := newAcks(), newAcks()
	for range faultsOfDisk {
		if !t.More() {
			break
		}
		if err := t.failUnder(ctx, memory, d, served, own, random); err != nil {
			return err
		}
		t.Did(1)
	}
	return nil
}

// bareFile is the control group.
func (t *Try) bareFile(ctx context.Context, memory string, d *disk) error {
	f, err := os.Create(filepath.Join(d.root, "bare"))
	if err != nil {
		return err
	}
	ballast, err := fill(memory)
	if err != nil {
		return errors.Join(err, f.Close())
	}
	acknowledged, failed := 0, 0
	for n := range 200 {
		if _, err := f.WriteAt([]byte{1}, int64(n)<<12); err != nil {
			return errors.Join(err, f.Close())
		}
		err := f.Sync()
		if err != nil {
			failed++
			err = errors.Join(os.Remove(ballast), f.Sync()) // and the disk is well
		}
		if err == nil {
			acknowledged++
		}
		if failed > 0 && n > 100 {
			break
		}
	}
	if err := errors.Join(f.Close(), d.remount(ctx)); err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(d.root, "bare"))
	if err != nil {
		return err
	}
	found := 0
	for at := 0; at < len(text); at += 1 << 12 {
		found += int(text[at])
	}
	if found >= acknowledged {
		return &Harness{fmt.Sprintf("a file that is synced again after %d errors lost nothing", failed)}
	}
	t.Count("lost by a bare file", acknowledged-found)
	return nil
}

func (d *disk) remount(ctx context.Context) error {
	if err := d.unmount(ctx); err != nil {
		return err
	}
	return d.mount(ctx)
}

// failUnder lets the disk fail once under processes that write to it.
func (t *Try) failUnder(ctx context.Context, memory string, d *disk, served, own *acks, random *rand.Rand) error {
	log, err := t.Start(ctx, "eio/log", filepath.Join(d.root, "served"))
	if err != nil {
		return err
	}
	defer log.kill()
	url, err := log.await("ready ")
	if err != nil {
		return err
	}
	victim, err := t.Start(ctx, "powercut/victim", "stubborn", filepath.Join(d.root, "own"), strconv.FormatUint(random.Uint64(), 10))
	if err != nil {
		return err
	}
	began, heard := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(heard)
		own.hear(victim, "stubborn", began)
	}()
	defer func() {
		_ = victim.cmd.Process.Kill()
		<-heard
		victim.kill()
	}()
	writing, stop := context.WithCancel(ctx)
	defer stop()
	var group errgroup.Group
	group.Go(func() error { return appendTo(writing, url, served, random.Uint64()) })
	select {
	case <-began:
	case <-heard:
		return fmt.Errorf("%w: %w", errEarly, victim.wait())
	}
	if err := pause(ctx, time.Duration(random.IntN(50))*time.Millisecond); err != nil {
		return err
	}
	ballast, err := fill(memory)
	if err != nil {
		return err
	}
	if err := endsBadly(ctx, log); err != nil {
		return err
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := own.awaitFailed(ctx, "log", "keys"); err != nil {
		return err
	}
	// The disk is well again, and everybody who failed goes on trying.
	if err := errors.Join(os.Remove(ballast), pause(ctx, 50*time.Millisecond)); err != nil {
		return err
	}
	_ = victim.cmd.Process.Kill()
	<-heard
	victim.kill()
	t.Count("acknowledged", own.fresh()+served.fresh())
	if err := d.remount(ctx); err != nil {
		return broken("the file system does not come back: %v", err)
	}
	if n := own.after["log"] + own.after["keys"]; n > 0 {
		return broken("%v were acknowledged after a failed sync", own.after)
	}
	return errors.Join(own.check(ctx, t, filepath.Join(d.root, "own")), served.checkLog(ctx, t, filepath.Join(d.root, "served")))
}

// endsBadly waits until a process ends by itself, with a status that is not 0.
func endsBadly(ctx context.Context, p *process) error {
	ended := make(chan error, 1)
	go func() { ended <- p.wait() }()
	patience := time.NewTimer(failing)
	defer patience.Stop()
	select {
	case err := <-ended:
		if err == nil {
			return broken("the process that serves a log which failed ends with status 0")
		}
		return nil
	case <-patience.C:
		return broken("the process that serves a log goes on, though its disk fails")
	case <-ctx.Done():
		return ctx.Err()
	}
}

// awaitFailed waits until kinds of write have answered an error.
func (a *acks) awaitFailed(ctx context.Context, kinds ...string) error {
	ctx, cancel := context.WithTimeout(ctx, failing)
	defer cancel()
	for {
		a.mu.Lock()
		missing := ""
		for _, kind := range kinds {
			if !a.failed[kind] {
				missing = kind
			}
		}
		if missing == "" {
			clear(a.failed)
		}
		a.mu.Unlock()
		if missing == "" {
			return nil
		}
		if pause(ctx, time.Millisecond) != nil {
			return broken("the %s do not answer an error on a disk that fails", missing)
		}
	}
}

// appendTo appends to a served log until it does not answer any more.
func appendTo(ctx context.Context, url string, a *acks, seed uint64) (err error) {
	store, err := esdb.Open(ctx, url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	var group errgroup.Group
	for range epochClients {
		group.Go(func() error {
			stream, head := "thing-"+uuid.NewString(), eventstore.Empty
			random := rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // to be repeated, not to be secret
			for {
				try, cancel := context.WithTimeout(ctx, failing)
				done, err := store.Append(try, stream, head, happened(stream, head, 1+random.IntN(3), random.IntN(2000)))
				cancel()
				if err != nil {
					return nil //nolint:nilerr // whatever it is, the log says it by how it ends
				}
				head = done.Head
				a.take([]string{"event", stream, strconv.FormatInt(int64(head.Revision), 10), head.Hash.String()})
			}
		})
	}
	return group.Wait()
}

// serveRealLog is what `aanvraag serve log` is. Argument: data directory.
func serveRealLog(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 1 {
		return errors.New("it takes a data directory")
	}
	return system.RunLog(ctx, "127.0.0.1:0", args[0], slog.New(slog.DiscardHandler), func(url string) {
		fmt.Fprintln(out, "ready", url)
	})
}
