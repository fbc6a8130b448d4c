package torture

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/notification"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/memory"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/views"
)

// diskfull fills the disk under the log, the vault's keys, the mail spool, a view and
// the bus, each on a small file system of its own, and empties it again.
//
// What must hold: of the log as the program quota says. The keys and the spool refuse
// within a second, keep what they acknowledged, and go on without a restart. A view
// answers what it has, and goes on where it stood. The bus may need a restart, because
// it holds nothing that the log does not; a figure says whether it did.
//
// Control group: the writer of the program quota.
//
// Seen to fail without: the view's waiting for room; the difference that the log makes
// between a full disk and other faults of a write.
var diskfull = Program{
	Name: "diskfull", Title: "a full disk", Unit: "times",
	Quick: 3, Long: 300,
	Run:   func(ctx context.Context, t *Try) error { return t.aside(ctx, "diskfull/disk") },
	Parts: map[string]Part{"diskfull/disk": other(fillDisks)},
}

// smallDisk is in megabytes. A NATS server wants more than the others.
const smallDisk = 24

func fillDisks(ctx context.Context, t *Try) error {
	random := t.Rand(0)
	t.Count("lost", 0)
	for t.More() {
		for _, part := range []struct {
			name string
			try  func(context.Context, string, *rand.Rand) error
		}{
			{"log", t.fullLog},
			{"keys", t.fullKeys},
			{"mail", t.fullSpool},
			{"view", t.fullView},
			{"bus", t.fullBus},
		} {
			if err := t.onASmallDisk(ctx, part.name, random, part.try); err != nil {
				return fmt.Errorf("%s: %w", part.name, err)
			}
		}
		t.Did(1)
	}
	return nil
}

func (t *Try) onASmallDisk(ctx context.Context, name string, random *rand.Rand, try func(context.Context, string, *rand.Rand) error) (err error) {
	root, err := makeTmpfs(filepath.Join(t.Dir, name), smallDisk)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unmount(context.WithoutCancel(ctx), root)) }()
	return try(ctx, root, random)
}

// room takes the room of a disk, and gives it back.
func room(root string) func(full bool) error {
	ballast := ""
	return func(full bool) (err error) {
		if !full {
			return os.Remove(ballast)
		}
		ballast, err = fill(root)
		return err
	}
}

func (t *Try) fullLog(ctx context.Context, root string, random *rand.Rand) (err error) {
	log, err := sqlite.Open(filepath.Join(root, "events.db"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, log.Close()) }()
	f := &filling{t: t, store: log, heads: map[string]eventstore.Head{}, refusals: map[eventstore.Hash]bool{}}
	full := room(root)
	for range 3 {
		if err := f.once(ctx, random, full); err != nil {
			return err
		}
	}
	return f.check(ctx)
}

// full brings a full disk over something that is written: write is done until it is
// refused, and must do again with room. It must be answered soon, whatever it is.
func (t *Try) full(root, name string, write func(n int) error) error {
	full := room(root)
	timed := func(n int) error {
		began := startWatch()
		err := write(n)
		if took := began.took(); took > soon {
			return broken("a write of %s without room is answered after %v", name, took)
		}
		return err
	}
	if err := timed(0); err != nil {
		return err
	}
	if err := full(true); err != nil {
		return err
	}
	n, refused := 1, 0
	for ; refused < enough && n < mostWrites; n++ {
		if err := timed(n); errors.As(err, new(*Broken)) {
			return err
		} else if err != nil {
			refused++
		}
	}
	if refused < enough {
		return broken("room that was taken away from %s is not missed", name)
	}
	if err := full(false); err != nil {
		return err
	}
	if err := timed(n); err != nil {
		return broken("with room again a write of %s answers %v", name, err)
	}
	return nil
}

func (t *Try) fullKeys(ctx context.Context, root string, _ *rand.Rand) (err error) {
	v, err := vault.Open(filepath.Join(root, "keys"), clock.System{})
	if err != nil {
		return err
	}
	a := newAcks()
	seal := func(n int) error {
		subject := fmt.Sprint("subject-", n)
		s, err := v.Seal(ctx, subject, vault.Operational, "contact", "request-1", []byte(secret(subject)))
		if err == nil {
			a.sealed[subject] = s
		}
		if n%4 > 0 || err != nil {
			return err
		}
		a.going[subject] = true
		if _, err = v.Destroy(ctx, subject, vault.Operational); err == nil {
			a.gone[subject] = true
		}
		return err
	}
	err = t.full(root, "keys", seal)
	select {
	case <-v.Failed():
		err = errors.Join(err, broken("keys without room have failed for good"))
	default:
	}
	if err := errors.Join(err, v.Close()); err != nil {
		return err
	}
	return a.checkKeys(ctx, t, root)
}

func (t *Try) fullSpool(ctx context.Context, root string, random *rand.Rand) error {
	spool, err := notification.OpenSpool(filepath.Join(root, "mail"))
	if err != nil {
		return err
	}
	a := newAcks()
	err = t.full(root, "spool", func(int) error {
		id, text := uuid.NewString(), letter(random.IntN(200_000))
		_, err := spool.Send(ctx, notification.Mail{ID: id, From: "a@b.example", To: "c@d.example", Data: text})
		if err == nil {
			a.letters[id] = hexSum(text)
		}
		return err
	})
	if err != nil {
		return err
	}
	return a.checkLetters(t, root)
}

// fullView fills the disk of a view, whose log is elsewhere.
func (t *Try) fullView(ctx context.Context, root string, random *rand.Rand) (err error) {
	store := memory.New()
	v, err := views.Open(ctx, views.Config{
		Name: "things", Dir: root, Schema: `CREATE TABLE things (position INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;`,
		Version: "1", Store: store, Log: slog.New(slog.DiscardHandler),
		Apply: func(tx *views.Tx, e eventstore.Recorded) error {
			return tx.Exec(`INSERT INTO things VALUES (?, ?)`, int64(e.Position), string(e.Data))
		},
	})
	if err != nil {
		return err
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- v.Run(running) }()
	defer func() {
		stop()
		err = errors.Join(err, <-ended, v.Close(), store.Close())
	}()
	head := eventstore.Empty
	grow := func(n int) (eventstore.Position, error) {
		var at eventstore.Position
		for range n {
			done, err := store.Append(ctx, "thing-1", head, happened("thing-1", head, 1, 10_000+random.IntN(50_000)))
			if err != nil {
				return 0, err
			}
			head, at = done.Head, done.Position
		}
		return at, nil
	}
	if err := t.seen(ctx, v, grow, 10, true); err != nil {
		return err
	}
	full := room(root)
	if err := full(true); err != nil {
		return err
	}
	if err := t.seen(ctx, v, grow, 200, false); err != nil {
		return err
	}
	if err := full(false); err != nil {
		return err
	}
	began := startWatch()
	if err := t.seen(ctx, v, grow, 1, true); err != nil {
		return err
	}
	t.Longest("slowest healing of a view", began.took())
	return nil
}

// healing is how long a view may take to go on, and glimpse how long it is waited for
// where it cannot.
const (
	healing = 10 * time.Second
	glimpse = 200 * time.Millisecond
)

// seen appends events, and looks whether the view comes to see them.
func (*Try) seen(ctx context.Context, v *views.View, grow func(int) (eventstore.Position, error), n int, must bool) error {
	at, err := grow(n)
	if err != nil {
		return err
	}
	patience := healing
	if !must {
		patience = glimpse
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err = v.WaitFor(waiting, at)
	switch {
	case must && err != nil:
		return broken("with room again a view does not go on: %v", err)
	case !must && err == nil:
		return broken("room that was taken away from a view is not missed")
	case errors.Is(err, views.ErrStopped):
		return broken("a view without room ends: %v", err)
	}
	db, err := v.Query(ctx)
	if err != nil {
		return broken("a view without room is not asked: %v", err)
	}
	var rows, last int64
	if err := db.QueryRowContext(ctx, `SELECT count(*), coalesce(max(position), 0) FROM things`).Scan(&rows, &last); err != nil {
		return broken("a view without room does not answer: %v", err)
	}
	if rows != last || must && rows != int64(at) {
		return broken("a view holds %d rows of %d events, the last of them %d", rows, at, last)
	}
	return nil
}

// silence is how long the bus is waited for: without room it does not answer at all.
const silence = 300 * time.Millisecond

// fullBus reports whether JetStream goes on without a restart; it must with one. What
// it lost is a figure, not a fault: the relay fills it again from the log.
func (t *Try) fullBus(ctx context.Context, root string, _ *rand.Rand) error {
	js, stop, err := openJetStream(root, "jetstream")
	if err != nil {
		return err
	}
	running := true
	defer func() {
		if running {
			stop()
		}
	}()
	if _, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: busStream, Subjects: []string{"control.>"}}); err != nil {
		return err
	}
	acknowledged := 0
	publish := func() error {
		waiting, cancel := context.WithTimeout(ctx, silence)
		defer cancel()
		_, err := js.Publish(waiting, "control.message", []byte(strings.Repeat("x", 10_000)))
		if err == nil {
			acknowledged++
		}
		return err
	}
	if err := publish(); err != nil {
		return err
	}
	full := room(root)
	if err := full(true); err != nil {
		return err
	}
	for n := 0; n < mostWrites && err == nil; n++ {
		err = publish()
	}
	if err == nil {
		return broken("room that was taken away from the bus is not missed")
	}
	if err := full(false); err != nil {
		return err
	}
	if publish() == nil {
		t.Count("bus went on by itself", 1)
	} else {
		t.Count("bus needed a restart", 1)
	}
	stop()
	running = false
	if js, stop, err = openJetStream(root, "jetstream"); err != nil {
		return broken("the bus does not start with room again: %v", err)
	}
	running = true
	if err := publish(); err != nil {
		return broken("after a restart with room the bus answers %v", err)
	}
	stream, err := js.Stream(ctx, busStream)
	if err != nil {
		return err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return err
	}
	t.Count("lost by the bus", max(0, acknowledged-int(info.State.Msgs)))
	return nil
}
