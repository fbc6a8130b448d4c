package torture

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go/jetstream"

	"aanvraag.internal/services/notification"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/eventstore"
	"aanvraag.internal/services/platform/eventstore/sqlite"
	"aanvraag.internal/services/platform/vault"
)

// acks are what the victims of one file system were acknowledged, and have told.
type acks struct {
	mu       sync.Mutex
	late     bool // the power is being cut
	told     int
	counted  int
	events   map[string]map[eventstore.Revision]string // hashes
	sealed   map[string]vault.Sealed                   // by subject
	going    map[string]bool                           // whose destruction was asked for
	gone     map[string]bool                           // and acknowledged
	letters  map[string]string                         // SHA-256 by id
	failed   map[string]bool                           // kinds of write that answered an error
	after    map[string]int                            // acknowledged after that, by kind
	sequence uint64                                    // of messages
}

func newAcks() *acks {
	return &acks{
		events: map[string]map[eventstore.Revision]string{}, sealed: map[string]vault.Sealed{},
		going: map[string]bool{}, gone: map[string]bool{}, letters: map[string]string{},
		failed: map[string]bool{}, after: map[string]int{},
	}
}

// close keeps only what was told before: an answer that crosses the cut counts for
// nothing, because the kernel may call a sync a success that it was just in. A lone
// write and fsync saw that in one cut of eight.
func (a *acks) close(late bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.late = late
}

// fresh is how many came since it was last asked.
func (a *acks) fresh() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	n := a.told - a.counted
	a.counted = a.told
	return n
}

// hear takes in what a victim tells until it ends. began is closed once it has told
// something of each kind.
func (a *acks) hear(p *process, group string, began chan<- struct{}) {
	kinds := map[string]bool{}
	for {
		line, err := p.line()
		if err != nil {
			return
		}
		words := strings.Fields(line)
		a.take(words)
		kinds[words[0]] = true
		if began != nil && (group != "ours" && group != "stubborn" || kinds["event"] && kinds["key"] && kinds["letter"]) {
			close(began)
			began = nil
		}
	}
}

// take takes in one line that [teller] wrote.
func (a *acks) take(words []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if words[0] == "going" {
		a.going[words[1]] = true
	}
	if a.late {
		return
	}
	a.told++
	switch words[0] {
	case "failed":
		a.failed[words[1]] = true
	case "after":
		a.after[words[1]]++
	case "event":
		revision, _ := strconv.ParseInt(words[2], 10, 64)
		if a.events[words[1]] == nil {
			a.events[words[1]] = map[eventstore.Revision]string{}
		}
		a.events[words[1]][eventstore.Revision(revision)] = words[3]
	case "key":
		var s vault.Sealed
		text, _ := base64.StdEncoding.DecodeString(words[2])
		_ = json.Unmarshal(text, &s) // what is not whole does not open
		a.sealed[words[1]] = s
	case "gone":
		a.gone[words[1]] = true
	case "letter":
		a.letters[words[1]] = words[2]
	case "message":
		a.sequence, _ = strconv.ParseUint(words[1], 10, 64)
	}
}

// check looks for everything that was acknowledged.
func (a *acks) check(ctx context.Context, t *Try, root string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	return errors.Join(a.checkLog(ctx, t, root), a.checkKeys(ctx, t, root), a.checkLetters(t, root))
}

func (a *acks) checkLog(ctx context.Context, t *Try, root string) (err error) {
	began := startWatch()
	store, err := sqlite.Open(filepath.Join(root, "log", "events.db"))
	if err != nil {
		return broken("the log does not open: %v", err)
	}
	t.Longest("slowest recovery", began.took())
	defer func() { err = errors.Join(err, store.Close()) }()
	if err := store.Check(ctx); err != nil {
		return broken("%v", err)
	}
	found, err := readLog(ctx, store)
	if err != nil {
		return err
	}
	lost := 0
	for stream, hashes := range a.events {
		for revision, hash := range hashes {
			if int(revision) >= len(found[stream]) || found[stream][revision].String() != hash {
				lost++
			}
		}
	}
	t.Count("lost", lost)
	if lost > 0 {
		return broken("%d acknowledged events are lost", lost)
	}
	return nil
}

// readLog reads a whole log, checks every chain and that positions leave no hole, and
// answers the hashes of each stream.
func readLog(ctx context.Context, store eventstore.Store) (map[string][]eventstore.Hash, error) {
	found, heads := map[string][]eventstore.Hash{}, map[string]eventstore.Head{}
	var end eventstore.Position
	for r, err := range store.ReadAll(ctx, 0, eventstore.Filter{}) {
		if err != nil {
			return nil, broken("the log cannot be read: %v", err)
		}
		head, known := heads[r.Stream]
		if !known {
			head = eventstore.Empty
		}
		if err := eventstore.Verify(head, r); err != nil {
			return nil, broken("%v", err)
		}
		if end++; r.Position != end {
			return nil, broken("position %d comes where %d should", r.Position, end)
		}
		heads[r.Stream] = r.Head()
		found[r.Stream] = append(found[r.Stream], r.Hash)
	}
	return found, nil
}

func (a *acks) checkKeys(ctx context.Context, t *Try, root string) (err error) {
	began := startWatch()
	v, err := vault.Open(filepath.Join(root, "keys"), clock.System{})
	if err != nil {
		return broken("the vault does not open: %v", err)
	}
	t.Longest("slowest recovery", began.took())
	defer func() { err = errors.Join(err, v.Close()) }()
	lost := 0
	for subject, sealed := range a.sealed {
		plain, err := v.Open(ctx, sealed, vault.Access{Actor: "torture", Reason: "powercut"})
		switch {
		case a.gone[subject] && !errors.Is(err, vault.ErrErased):
			return broken("the destroyed key of %s is back: %v", subject, err)
		case a.going[subject] && errors.Is(err, vault.ErrErased):
		case errors.Is(err, vault.ErrErased), errors.Is(err, vault.ErrTampered), err == nil && string(plain) != secret(subject):
			lost++
		case err != nil:
			return fmt.Errorf("look for the key of %s: %w", subject, err)
		}
	}
	t.Count("lost", lost)
	if lost > 0 {
		return broken("%d acknowledged keys are lost", lost)
	}
	return nil
}

func (a *acks) checkLetters(t *Try, root string) error {
	dir := filepath.Join(root, "mail")
	if _, err := notification.OpenSpool(dir); err != nil {
		return broken("the spool does not open: %v", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			return broken("%v", err)
		}
		if !whole(text) {
			return broken("%s in the spool is not whole: %d bytes", f.Name(), len(text))
		}
	}
	lost := 0
	for id, sum := range a.letters {
		text, err := os.ReadFile(filepath.Join(dir, id+".eml"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if hexSum(text) != sum {
			lost++
		}
	}
	t.Count("lost", lost)
	if lost > 0 {
		return broken("%d acknowledged letters are lost", lost)
	}
	return nil
}

func hexSum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// messages counts the acknowledged messages that JetStream has lost.
func (a *acks) messages(ctx context.Context, root, group string) (lost int, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	bus, stop, err := openJetStream(root, group)
	if err != nil {
		return int(a.sequence), nil // whatever it cannot open it has lost
	}
	defer stop()
	stream, err := bus.Stream(ctx, busStream)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return int(a.sequence), nil
	}
	if err != nil {
		return 0, err
	}
	info, err := stream.Info(ctx)
	if err != nil {
		return 0, err
	}
	found := info.State
	return int(max(a.sequence, found.LastSeq)-found.LastSeq) + int(found.LastSeq-found.Msgs), nil
}
