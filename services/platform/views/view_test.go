package views_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/views"
)

func TestAWaitEndsAtPositionsOfOtherServicesToo(t *testing.T) {
	store := newStore(t)
	cfg := config(t.TempDir(), store)
	cfg.Filter.Prefixes = []string{"invoice-"}
	v := running(t, cfg)
	wait(t, v, add(t, store, "invoice-1", "counted.v1", 2))
	wait(t, v, add(t, store, "request-1", "foreign.v1", 3))
	if n := number(t, v, `SELECT count(*) FROM events`); n != 2 {
		t.Errorf("%d rows, not the 2 of the filter", n)
	}
}

func TestAWaitBeyondTheLogIsAnsweredAtOnce(t *testing.T) {
	store := newStore(t)
	end := add(t, store, "invoice-1", "counted.v1", 3)
	v := running(t, config(t.TempDir(), store))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := v.WaitFor(ctx, end+1); !errors.Is(err, views.ErrAhead) {
		t.Errorf("answer: %v", err)
	}
}

func TestAWaitIsBoundedByItsContext(t *testing.T) {
	store := newStore(t)
	end := add(t, store, "invoice-1", "counted.v1", 1)
	v := open(t, config(t.TempDir(), store)) // does not run
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := v.WaitFor(ctx, end); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("answer: %v", err)
	}
}

func TestAQueryWaitsUntilTheViewHasSeenWhatTheLogHeldAtOpen(t *testing.T) {
	store := newStore(t)
	add(t, store, "invoice-1", "counted.v1", 10)
	cfg := config(t.TempDir(), store)
	reached, let := gate(&cfg)
	v := running(t, cfg)
	<-reached
	isWaiting(t, v)
	rows := make(chan int64)
	go func() {
		pool, err := v.Query(t.Context())
		n := int64(-1)
		if err == nil {
			_ = pool.QueryRowContext(t.Context(), `SELECT count(*) FROM events`).Scan(&n)
		}
		rows <- n
	}()
	close(let)
	if n := <-rows; n != 10 {
		t.Errorf("the first query saw %d rows, not 10", n)
	}
}

func TestAReaderCannotWrite(t *testing.T) {
	pool, err := running(t, config(t.TempDir(), newStore(t))).Query(t.Context())
	must(t, err)
	if _, err := pool.ExecContext(t.Context(), `DELETE FROM events`); err == nil {
		t.Error("a reader deleted rows")
	}
}

func TestAnEventThatIsNotKnownStopsTheViewAndIsNamed(t *testing.T) {
	store := newStore(t)
	cfg := config(t.TempDir(), store)
	v := open(t, cfg)
	ended := run(t, v)
	wait(t, v, add(t, store, "invoice-1", "counted.v1", 3))
	last := add(t, store, "invoice-1", "surprise.v9", 1)
	err := <-ended
	for _, part := range []string{"surprise.v9", "event 3 of invoice-1", "position 4"} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not tell %q: %v", part, err)
		}
	}
	if err := v.WaitFor(t.Context(), last); !errors.Is(err, views.ErrStopped) || !strings.Contains(err.Error(), "surprise.v9") {
		t.Errorf("a wait for it answers %v", err)
	}
	if n := number(t, v, `SELECT count(*) FROM events`); n != 3 {
		t.Errorf("%d rows, not the 3 before it", n)
	}
	if again := <-run(t, v); again == nil || !strings.Contains(again.Error(), "surprise.v9") {
		t.Errorf("the second run skipped it: %v", again)
	}
}

func TestAnErrorOfApplyTakesItsWholeTransactionBack(t *testing.T) {
	store := newStore(t)
	end := add(t, store, "invoice-1", "counted.v1", 10)
	cfg := config(t.TempDir(), store)
	broken := true
	cfg.Apply = func(tx *views.Tx, e eventstore.Recorded) error {
		if err := count(tx, e); err != nil || !broken || e.Position != 7 {
			return err
		}
		broken = false
		return errors.New("not now")
	}
	v := open(t, cfg)
	if err := v.Run(t.Context()); err == nil {
		t.Fatal("the error is lost")
	}
	run(t, v)
	<-v.Ready()
	wait(t, v, end)
	if got := digest(t, v); got != built(t, config("", store)) {
		t.Error("the second run differs from a clean one")
	}
}

func TestAReadSeesWholeTransactionsWhileTheViewWrites(t *testing.T) {
	store := newStore(t)
	v := running(t, config(t.TempDir(), store))
	pool, err := v.Query(t.Context())
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for previous := 0; ctx.Err() == nil; {
				var rows, counted int
				err := pool.QueryRow(`SELECT (SELECT count(*) FROM events), (SELECT coalesce(sum(n), 0) FROM counts)`).Scan(&rows, &counted)
				if err != nil || rows != counted || rows < previous {
					t.Errorf("a read saw %d rows and a count of %d after %d: %v", rows, counted, previous, err)
					return
				}
				previous = rows
			}
		})
	}
	for i := range 50 {
		end := add(t, store, fmt.Sprintf("invoice-%d", i), "counted.v1", 10)
		wait(t, v, end)
		if n := number(t, v, `SELECT count(*) FROM events`); n < int64(end) {
			t.Errorf("a read after the wait for %d saw %d rows", end, n)
		}
	}
	cancel()
	readers.Wait()
}

func TestEventsOfOthersAreWrittenAtMostOnceASecond(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		store := memory.New()
		cfg := config(dir, store)
		cfg.Filter.Prefixes = []string{"invoice-"}
		v := running(t, cfg)
		<-v.Ready()
		synctest.Wait()
		writes, previous := 0, number(t, v, `SELECT position FROM view_checkpoint`)
		for range 100 { // ten seconds
			wait(t, v, add(t, store, "request-1", "foreign.v1", 1))
			if now := number(t, v, `SELECT position FROM view_checkpoint`); now != previous {
				writes, previous = writes+1, now
			}
			time.Sleep(100 * time.Millisecond)
			synctest.Wait()
		}
		if writes < 8 || writes > 10 {
			t.Errorf("%d writes in ten seconds", writes)
		}
	})
}

func TestCloseKeepsHowFarTheViewHasSeen(t *testing.T) {
	dir, store := t.TempDir(), newStore(t)
	cfg := config(dir, store)
	cfg.Filter.Prefixes = []string{"invoice-"}
	v := running(t, cfg)
	end := add(t, store, "request-1", "foreign.v1", 5)
	wait(t, v, end)
	must(t, v.Close())
	v = open(t, cfg) // does not run
	must(t, v.WaitFor(t.Context(), end))
}

func TestCloseWaitsForRunAndEndsEveryWait(t *testing.T) {
	store := newStore(t)
	end := add(t, store, "invoice-1", "counted.v1", 10)
	cfg := config(t.TempDir(), store)
	reached, let := gate(&cfg)
	v := open(t, cfg)
	ended := run(t, v)
	<-reached
	queried := make(chan error, 1)
	go func() {
		_, err := v.Query(t.Context())
		queried <- err
	}()
	closing := make(chan error, 1)
	go func() { closing <- v.Close() }()
	select {
	case <-closing:
		t.Error("Close did not wait for Apply")
	default:
	}
	close(let)
	must(t, <-closing)
	must(t, <-ended)
	// The batch that was being applied completes the view: either answer is right.
	if err := <-queried; err != nil && !errors.Is(err, views.ErrStopped) {
		t.Errorf("the waiting query answers %v", err)
	}
	if _, err := v.Query(t.Context()); !errors.Is(err, views.ErrStopped) {
		t.Errorf("a query after Close answers %v", err)
	}
	if err := v.WaitFor(t.Context(), end+1); err == nil {
		t.Error("a wait after Close is answered")
	}
	if err := v.Run(t.Context()); !errors.Is(err, views.ErrStopped) {
		t.Errorf("a run after Close answers %v", err)
	}
}

func TestAFileThatAnotherProcessMovedIsNotWritten(t *testing.T) {
	dir, store := t.TempDir(), newStore(t)
	cfg := config(dir, store)
	cfg.Filter.Prefixes = []string{"invoice-"}
	must(t, closed(t, cfg))
	one, two := open(t, cfg), open(t, cfg)
	ended := run(t, one)
	run(t, two)
	end := add(t, store, "request-1", "foreign.v1", 5)
	wait(t, one, end)
	wait(t, two, end)
	must(t, two.Close())
	must(t, one.Close())
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("the second writer answers %v", err)
	}
}

func BenchmarkRebuild(b *testing.B) {
	const n = 50_000
	store := newStore(b)
	for i := range n / 1000 {
		add(b, store, fmt.Sprintf("invoice-%d", i), "counted.v1", 1000)
	}
	for b.Loop() {
		cfg := config(b.TempDir(), store)
		cfg.Apply = func(tx *views.Tx, e eventstore.Recorded) error {
			return tx.Exec(`INSERT INTO events VALUES (?, ?)`, int64(e.Position), e.Stream)
		}
		v := running(b, cfg)
		<-v.Ready()
		if err := v.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}
