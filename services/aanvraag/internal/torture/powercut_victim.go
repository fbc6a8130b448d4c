package torture

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"golang.org/x/sync/errgroup"

	"aanvraag.internal/services/notification"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/vault"
)

// victim is the process that writes until its power is cut, and tells at once of
// every acknowledgement. Arguments: group, directory, seed.
func victim(ctx context.Context, args []string, out io.Writer) error {
	if len(args) != 3 {
		return errors.New("it takes a group, a directory and a seed")
	}
	seed, err := strconv.ParseUint(args[2], 10, 64)
	if err != nil {
		return err
	}
	w := &writers{dir: args[1], seed: seed, out: out, stubborn: args[0] == "stubborn", failed: map[string]bool{}}
	if args[0] != "ours" && args[0] != "stubborn" {
		return w.publish(ctx, args[0])
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return w.log(ctx) })
	group.Go(func() error { return w.keys(ctx) })
	group.Go(func() error { return w.letters(ctx) })
	return group.Wait()
}

type writers struct {
	dir      string
	seed     uint64
	stubborn bool // they go on after an error

	mu     sync.Mutex
	out    io.Writer
	failed map[string]bool // kinds that have answered an error
}

// tell writes a line at once: once it is written, the power may go.
func (w *writers) tell(words ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fmt.Fprintln(w.out, words...)
}

// blow takes an error of a kind of write. It answers it to whoever is to end.
func (w *writers) blow(ctx context.Context, kind string, err error) error {
	if !w.stubborn {
		return err
	}
	w.mu.Lock()
	if !w.failed[kind] {
		w.failed[kind] = true
		fmt.Fprintln(w.out, "failed", kind)
	}
	w.mu.Unlock()
	return pause(ctx, time.Millisecond)
}

// began tells whether a write begins after an error of its kind was answered: then it
// must not succeed.
func (w *writers) began(kind string) (after bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed[kind]
}

// Of each kind: how many write at the same time.
const (
	logWriters    = 8
	keyWriters    = 3
	letterWriters = 2
)

func (w *writers) log(ctx context.Context) error {
	store, err := sqlite.Open(filepath.Join(w.dir, "log", "events.db"))
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range logWriters {
		group.Go(func() error {
			stream, head := fmt.Sprintf("thing-%d-%d", w.seed, i), eventstore.Empty
			random := rand.New(rand.NewPCG(w.seed, uint64(i))) //nolint:gosec // to be repeated, not to be secret
			for {
				after := w.began("log")
				done, err := store.Append(ctx, stream, head, happened(stream, head, 1+random.IntN(3), random.IntN(2000)))
				if err != nil {
					if err := w.blow(ctx, "log", err); err != nil {
						return err
					}
					continue
				}
				if after {
					w.tell("after", "log")
				}
				head = done.Head
				w.tell("event", stream, head.Revision, head.Hash)
			}
		})
	}
	return errors.Join(group.Wait(), store.Close())
}

// happened are events that follow a head, with data of about that many bytes.
func happened(stream string, head eventstore.Head, n, size int) []eventstore.Proposed {
	events := make([]eventstore.Proposed, n)
	cause := uuid.NewSHA1(uuid.Nil, head.Hash[:])
	for i := range events {
		events[i] = eventstore.Proposed{
			ID: eventstore.EventID(stream, cause, i), Type: "thing.happened.v1",
			Data: fmt.Appendf(nil, `{"text":"%s"}`, bytes.Repeat([]byte("x"), size)), Metadata: []byte(`{}`),
		}
	}
	return events
}

func secret(subject string) string { return "what only " + subject + " may know" }

// keys seals for ever new subjects, and destroys every fourth key again.
func (w *writers) keys(ctx context.Context) error {
	v, err := vault.Open(filepath.Join(w.dir, "keys"), clock.System{})
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range keyWriters {
		group.Go(func() error {
			for n := 0; ; n++ {
				after := w.began("keys")
				err := w.key(ctx, v, fmt.Sprintf("subject-%d-%d-%d", w.seed, i, n), n%4 == 0)
				if err != nil {
					if err := w.blow(ctx, "keys", err); err != nil {
						return err
					}
				} else if after {
					w.tell("after", "keys")
				}
			}
		})
	}
	return errors.Join(group.Wait(), v.Close())
}

func (w *writers) key(ctx context.Context, v *vault.Vault, subject string, destroy bool) error {
	sealed, err := v.Seal(ctx, subject, vault.Operational, "contact", "request-1", []byte(secret(subject)))
	if err != nil {
		return err
	}
	text, err := json.Marshal(sealed)
	if err != nil {
		return err
	}
	w.tell("key", subject, base64.StdEncoding.EncodeToString(text))
	if !destroy {
		return nil
	}
	w.tell("going", subject)
	if _, err := v.Destroy(ctx, subject, vault.Operational); err != nil {
		return err
	}
	w.tell("gone", subject)
	return nil
}

func (w *writers) letters(ctx context.Context) error {
	spool, err := notification.OpenSpool(filepath.Join(w.dir, "mail"))
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for i := range letterWriters {
		group.Go(func() error {
			random := rand.New(rand.NewPCG(w.seed, 1000+uint64(i))) //nolint:gosec // to be repeated, not to be secret
			for n := 0; ; n++ {
				id := uuid.NewSHA1(uuid.Nil, fmt.Append(nil, w.seed, i, n)).String()
				text := letter(random.IntN(20_000))
				if _, err := spool.Send(ctx, notification.Mail{ID: id, From: "a@b.example", To: "c@d.example", Data: text}); err != nil {
					if err := w.blow(ctx, "letters", err); err != nil {
						return err
					}
					continue // each is a file of its own, so the next may succeed
				}
				w.tell("letter", id, hexSum(text))
			}
		})
	}
	return group.Wait()
}

// letter is a text that ends in its own sum, so that a part of it is told from all.
func letter(size int) []byte {
	text := append(bytes.Repeat([]byte("a line of a letter\r\n"), 1+size/20), '.')
	return append(text, hexSum(text)...)
}

func whole(letter []byte) bool {
	at := len(letter) - 64
	return at >= 0 && hexSum(letter[:at]) == string(letter[at:])
}

// busStream is the JetStream stream of the control groups.
const busStream = "control"

// openJetStream starts a server as it comes, or one that syncs always.
func openJetStream(root, group string) (jetstream.JetStream, func(), error) {
	s, err := server.NewServer(&server.Options{
		DontListen: true, JetStream: true, StoreDir: filepath.Join(root, group), SyncAlways: group != "jetstream",
		NoSigs: true, NoLog: true,
	})
	if err != nil {
		return nil, nil, err
	}
	s.Start()
	stop := func() {
		s.Shutdown()
		s.WaitForShutdown()
	}
	if !s.ReadyForConnections(10 * time.Second) {
		stop()
		return nil, nil, errors.New("NATS server did not start")
	}
	conn, err := nats.Connect("", nats.InProcessServer(s))
	if err != nil {
		stop()
		return nil, nil, err
	}
	js, err := jetstream.New(conn)
	return js, func() {
		conn.Close()
		stop()
	}, err
}

func (w *writers) publish(ctx context.Context, group string) error {
	js, stop, err := openJetStream(w.dir, group)
	if err != nil {
		return err
	}
	defer stop()
	if _, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: busStream, Subjects: []string{"control.>"}}); err != nil {
		return err
	}
	for {
		ack, err := js.Publish(ctx, "control.message", []byte("something that happened"))
		if err != nil {
			return err
		}
		w.tell("message", ack.Sequence)
	}
}
