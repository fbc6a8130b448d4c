package natskeys_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"pgregory.net/rapid"

	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/vault/natskeys"
	"aanvraag.internal/services/platform/vault/vaulttest"
)

// TestTheBucketIsAKeyStore opens the store again over a server that was started
// again.
func TestTheBucketIsAKeyStore(t *testing.T) {
	sites := make(map[string]*site)
	vaulttest.TestKeyStore(t, func(t *testing.T, dir string) vault.KeyStore {
		t.Helper()
		s, again := sites[dir]
		if again {
			s.server.Shutdown()
			s.start(false)
		} else {
			s = newSite(t)
			sites[dir] = s
		}
		return s.open(filepath.Join(dir, "destroyed.log"))
	})
}

func key(id, wrapped string) []vault.WrappedKey {
	return []vault.WrappedKey{{ID: id, Wrapped: []byte(wrapped)}}
}

func create(t testing.TB, s vault.KeyStore, id, wrapped string) {
	t.Helper()
	if got, err := s.Create(t.Context(), key(id, wrapped)); err != nil || string(got[0]) != wrapped {
		t.Fatalf("create %s = %q, %v", id, got, err)
	}
}

func destroy(t testing.TB, s vault.KeyStore, id string) {
	t.Helper()
	if _, err := s.Destroy(t.Context(), id, noon); err != nil {
		t.Fatalf("destroy %s: %v", id, err)
	}
}

func wantErased(t testing.TB, s vault.KeyStore, id string) {
	t.Helper()
	if got, err := s.Get(t.Context(), id); !errors.Is(err, vault.ErrErased) {
		t.Errorf("get %s = %q, %v, want ErrErased", id, got, err)
	}
	if got, err := s.Create(t.Context(), key(id, "new")); !errors.Is(err, vault.ErrErased) {
		t.Errorf("create %s = %q, %v, want ErrErased", id, got, err)
	}
}

func TestAnyIDIsAKeyOfItsOwn(t *testing.T) {
	t.Parallel()
	s := newSite(t).open(filepath.Join(t.TempDir(), "list"))
	seen := map[string]string{}
	rapid.Check(t, func(rt *rapid.T) {
		id := rapid.StringN(1, 40, 512).Draw(rt, "id")
		want, again := seen[id]
		if !again {
			want = fmt.Sprintf("key %d", len(seen))
			seen[id] = want
		}
		got, err := s.Create(t.Context(), key(id, want))
		if err != nil || string(got[0]) != want {
			rt.Fatalf("create %q = %q, %v, want %q", id, got, err, want)
		}
	})
	for _, id := range []string{"a.b", "a b", "a*", "a>", "a=2E", "a.", "aé", "aA", "aa"} {
		create(t, s, "fiscal/subject "+id, "key of "+id)
	}
	destroy(t, s, "fiscal/subject a*")
	if got, err := s.Get(t.Context(), "fiscal/subject a b"); err != nil || string(got) != "key of a b" {
		t.Errorf("get = %q, %v", got, err)
	}
}

func TestADestroyedKeyLeavesNoBytesInTheServersFiles(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	store, js := site.open(site.newList()), site.jetStream()
	random := rand.New(rand.NewPCG(1, 2))
	var keys []vault.WrappedKey
	for i := range 20 {
		var batch []vault.WrappedKey
		for j := range 10 {
			id := fmt.Sprintf("fiscal/subject-%08x", random.Uint64())
			wrapped := fmt.Appendf(nil, "wrapped bytes %02d of %02d %032x", j, i, random.Uint64())
			batch = append(batch, vault.WrappedKey{ID: id, Wrapped: wrapped})
		}
		if _, err := store.Create(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, batch...)
	}
	stored := make(map[string][2][]byte)
	for _, k := range keys {
		stored[k.ID] = shares(t, js, k.ID)
	}
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	gone, kept := keys[:50], keys[50:]
	for _, k := range gone {
		destroy(t, store, k.ID)
	}
	for _, when := range []string{"while it is open", "after a restart"} {
		files := raw(t, site.dir)
		for _, k := range gone {
			if bytes.Contains(files, stored[k.ID][0]) {
				t.Errorf("%s: %s is destroyed, and its bytes are still in the files", when, k.ID)
			}
		}
		for _, k := range kept {
			if !readable(files, stored[k.ID]) {
				t.Fatalf("%s: %s is not found, so this test sees nothing", when, k.ID)
			}
		}
		for _, k := range keys {
			if bytes.Contains(files, k.Wrapped) {
				t.Errorf("%s: the wrapped bytes of %s are in one piece", when, k.ID)
			}
		}
		site.server.Shutdown()
		site.start(false)
	}
}

// TestProcessesNeverMakeTwoKeysOfOneID races processes that make and destroy the
// same keys. All see one key of each id, none after its destruction, and nothing of
// those is left in the bucket but the tombstone.
func TestProcessesNeverMakeTwoKeysOfOneID(t *testing.T) {
	t.Parallel()
	const processes, ids = 4, 25
	site := newSite(t)
	var stores []*natskeys.Store
	for range processes {
		stores = append(stores, site.open(site.newList()))
	}
	id := func(i int) string { return fmt.Sprintf("operational/subject-%d", i) }
	var mu sync.Mutex
	made := make(map[string]string) // by id
	var wg sync.WaitGroup
	for p, s := range stores {
		wg.Go(func() {
			for i := range ids {
				mine := fmt.Sprintf("wrapped %02d of process %d", i, p)
				got, err := s.Create(t.Context(), key(id(i), mine))
				if i%2 == 0 && errors.Is(err, vault.ErrErased) {
					continue
				}
				if err != nil {
					t.Errorf("create: %v", err)
					return
				}
				mu.Lock()
				if first, known := made[id(i)]; known && first != string(got[0]) {
					t.Errorf("%s is %q here and %q there", id(i), got[0], first)
				}
				made[id(i)] = string(got[0])
				mu.Unlock()
				if i%2 != 0 {
					continue
				}
				if _, err := s.Destroy(t.Context(), id(i), noon); err != nil {
					t.Errorf("destroy: %v", err)
				}
				wantErased(t, s, id(i))
			}
		})
	}
	wg.Wait()
	bucket, err := site.jetStream().Stream(t.Context(), "KV_aanvraag-keys")
	if err != nil {
		t.Fatal(err)
	}
	info, err := bucket.Info(t.Context(), jetstream.WithSubjectFilter("$KV.aanvraag-keys.>"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range ids {
		var kinds []string
		for _, kind := range []string{"gone", "key", "pad"} {
			if info.State.Subjects["$KV.aanvraag-keys."+kind+"."+id(i)] > 0 {
				kinds = append(kinds, kind)
			}
		}
		want := []string{"key", "pad"}
		if i%2 == 0 {
			want = []string{"gone"}
		}
		if !slices.Equal(kinds, want) {
			t.Errorf("of %s there is %v, want %v", id(i), kinds, want)
		}
		for _, s := range stores {
			if i%2 == 0 {
				wantErased(t, s, id(i))
			} else if got, err := s.Get(t.Context(), id(i)); err != nil || string(got) != made[id(i)] {
				t.Errorf("get %s = %q, %v, want %q", id(i), got, err, made[id(i)])
			}
		}
	}
}

// TestHalfAKeyIsNoKeyAndIsCompletedOrDestroyed leaves only the pad, as a process does
// that dies in between.
func TestHalfAKeyIsNoKeyAndIsCompletedOrDestroyed(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	store, js := site.open(site.newList()), site.jetStream()
	for _, id := range []string{"fiscal/a", "fiscal/b"} {
		if _, err := js.Publish(t.Context(), "$KV.aanvraag-keys.pad."+id, []byte("a pad")); err != nil {
			t.Fatal(err)
		}
		if _, err := store.Get(t.Context(), id); !errors.Is(err, vault.ErrNoKey) {
			t.Errorf("get %s = %v, want ErrNoKey", id, err)
		}
	}
	create(t, store, "fiscal/a", "one")
	if got, err := store.Get(t.Context(), "fiscal/a"); err != nil || string(got) != "one" {
		t.Errorf("get = %q, %v", got, err)
	}
	destroy(t, store, "fiscal/b")
	wantErased(t, store, "fiscal/b")
}

// bury stores a tombstone as a process does that dies right after.
func bury(t testing.TB, js jetstream.JetStream, id string, after uint64) {
	t.Helper()
	m := &nats.Msg{
		Subject: "$KV.aanvraag-keys.gone." + id,
		Header: nats.Header{
			"Aanvraag-Destroyed-At": {noon.Format(time.RFC3339Nano)}, "Aanvraag-Destroyed-Key": {id},
		},
	}
	_, err := js.PublishMsg(t.Context(), m, jetstream.WithExpectLastSequenceForSubject(after, "$KV.aanvraag-keys.*."+id))
	if err != nil {
		t.Fatal(err)
	}
}

func TestADestructionThatAProcessDidNotFinishIsFinishedByOthers(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	list := site.newList()
	store, js := site.open(list), site.jetStream()
	create(t, store, "fiscal/a", "wrapped key of a")
	create(t, store, "fiscal/b", "wrapped key of b")
	a, b := shares(t, js, "fiscal/a"), shares(t, js, "fiscal/b")
	gone := func(id string, shares [2][]byte, list string) func() bool {
		return func() bool {
			lines, err := os.ReadFile(list)
			return err == nil && !bytes.Contains(raw(t, site.dir), shares[0]) && strings.Count(string(lines), id+"\n") == 1
		}
	}
	bury(t, js, "fiscal/a", 2)
	wantErased(t, store, "fiscal/a")
	within(t, "one that runs finishes it", gone("fiscal/a", a, list))
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}

	bury(t, js, "fiscal/b", 4)
	another := site.newList()
	store = site.open(another)
	if !gone("fiscal/b", b, another)() || !gone("fiscal/a", a, another)() {
		t.Error("one that starts did not finish it before anything else")
	}
	if at, err := store.Destroy(t.Context(), "fiscal/b", noon.Add(time.Hour)); err != nil || !at.Equal(noon) {
		t.Errorf("destroyed at %v, %v, want %v", at, err, noon)
	}
}

// TestAShareThatWasOnlyMarkedIsMadeUpForByTheOther marks the first share as deleted
// without overwriting it, as a server does that dies in between.
func TestAShareThatWasOnlyMarkedIsMadeUpForByTheOther(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	store, js := site.open(site.newList()), site.jetStream()
	create(t, store, "fiscal/a", "wrapped key of a")
	stored := shares(t, js, "fiscal/a")
	bucket, err := js.Stream(t.Context(), "KV_aanvraag-keys")
	if err != nil {
		t.Fatal(err)
	}
	if err := bucket.DeleteMsg(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if !readable(raw(t, site.dir), stored) {
		t.Fatal("the share was overwritten, so this test proves nothing")
	}
	destroy(t, store, "fiscal/a")
	if readable(raw(t, site.dir), stored) {
		t.Error("the destroyed key can be put together from the server's files")
	}
	wantErased(t, store, "fiscal/a")
}

// TestAnOldBucketBringsNoKeyBack restores the server's files from before a
// destruction.
func TestAnOldBucketBringsNoKeyBack(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	list := site.newList()
	store := site.open(list)
	create(t, store, "fiscal/a", "wrapped key of a")
	create(t, store, "fiscal/b", "wrapped key of b")
	stored := shares(t, site.jetStream(), "fiscal/a")
	site.server.Shutdown()
	backup := filepath.Join(t.TempDir(), "backup")
	if err := os.CopyFS(backup, os.DirFS(site.dir)); err != nil {
		t.Fatal(err)
	}
	site.start(false)
	within(t, "destruction", func() bool {
		_, err := store.Destroy(t.Context(), "fiscal/a", noon)
		return err == nil
	})
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	site.server.Shutdown()

	live := filepath.Join(site.dir, "jetstream")
	if err := os.RemoveAll(live); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(live, os.DirFS(filepath.Join(backup, "jetstream"))); err != nil {
		t.Fatal(err)
	}
	if !readable(raw(t, site.dir), stored) {
		t.Fatal("the backup does not hold the key, so this test proves nothing")
	}
	site.start(false)
	store = site.open(list)
	wantErased(t, store, "fiscal/a")
	if got, err := store.Get(t.Context(), "fiscal/b"); err != nil || string(got) != "wrapped key of b" {
		t.Errorf("get = %q, %v", got, err)
	}
	if at, err := store.Destroy(t.Context(), "fiscal/a", noon.Add(time.Hour)); err != nil || !at.Equal(noon) {
		t.Errorf("destroyed at %v, %v, want %v", at, err, noon)
	}
	if bytes.Contains(raw(t, site.dir), stored[0]) {
		t.Error("the restored bytes of the destroyed key are still in the files")
	}
}

func TestABucketThatIsReplacedWhileItIsInUseStopsTheStore(t *testing.T) {
	t.Parallel()
	for fault, replace := range map[string]bool{"it is gone": false, "it was replaced": true} {
		t.Run(fault, func(t *testing.T) {
			site := newSite(t)
			store := site.open(site.newList())
			create(t, store, "fiscal/a", "one")
			if err := site.jetStream().DeleteStream(t.Context(), "KV_aanvraag-keys"); err != nil {
				t.Fatal(err)
			}
			if replace {
				create(t, site.open(site.newList()), "fiscal/a", "another")
			}
			site.server.Shutdown() // the next write looks at the bucket first
			site.start(false)
			within(t, "the store stops", func() bool {
				_, err := store.Create(t.Context(), key("fiscal/b", "two"))
				return errors.Is(err, natskeys.ErrBucket) && strings.Contains(err.Error(), fault)
			})
			<-store.Failed()
			if _, err := store.Get(t.Context(), "fiscal/a"); !errors.Is(err, natskeys.ErrBucket) {
				t.Errorf("get = %v, want ErrBucket", err)
			}
		})
	}
}

func TestABucketThatIsNotAsItMustBeIsRefused(t *testing.T) {
	t.Parallel()
	for fault, alter := range map[string]func(*jetstream.StreamConfig){
		"kept in memory":    func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"can be replaced":   func(c *jetstream.StreamConfig) { c.DiscardNewPerSubject = false },
		"can be purged":     func(c *jetstream.StreamConfig) { c.DenyPurge = false },
		"forgets":           func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour },
		"nothing can be":    func(c *jetstream.StreamConfig) { c.DenyDelete = true },
		"replicas that lag": func(c *jetstream.StreamConfig) { c.AllowDirect = true },
		"it is copied":      func(c *jetstream.StreamConfig) { c.RePublish = &jetstream.RePublish{Destination: "leak.>"} },
		"other subjects":    func(c *jetstream.StreamConfig) { c.Subjects = []string{"keys.>"} },
		"persist mode":      func(c *jetstream.StreamConfig) { c.PersistMode = jetstream.AsyncPersistMode },
		"replicas instead":  nil,
	} {
		t.Run(fault, func(t *testing.T) {
			site := newSite(t)
			cfg := site.process(site.newList())
			c := jetstream.StreamConfig{
				Name: "KV_aanvraag-keys", Subjects: []string{"$KV.aanvraag-keys.>"}, MaxMsgsPerSubject: 1,
				Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, DenyPurge: true,
			}
			if alter == nil {
				cfg.Replicas = 3
			} else {
				alter(&c)
			}
			if _, err := site.jetStream().CreateStream(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			want := natskeys.ErrBucket
			if c.PersistMode != jetstream.DefaultPersistMode {
				want = natskeys.ErrUnsynced
			}
			if _, err := natskeys.Open(t.Context(), cfg); !errors.Is(err, want) || !strings.Contains(err.Error(), fault) {
				t.Errorf("open = %v, want %v and %q", err, want, fault)
			}
		})
	}
}

// TestTheServerItselfKeepsWhatWasWritten tries what an operator's slip would do.
func TestTheServerItselfKeepsWhatWasWritten(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	store := site.open(site.newList())
	create(t, store, "fiscal/a", "one")
	destroy(t, store, "fiscal/b")
	kv, err := site.jetStream().KeyValue(t.Context(), "aanvraag-keys")
	if err != nil {
		t.Fatal(err)
	}
	for name := range map[string]bool{"key.fiscal/a": true, "gone.fiscal/b": true} {
		if _, err := kv.Put(t.Context(), name, []byte("two")); err == nil {
			t.Errorf("%s was replaced", name)
		}
		if err := kv.Delete(t.Context(), name); err == nil {
			t.Errorf("%s was deleted", name)
		}
		if err := kv.Purge(t.Context(), name); err == nil {
			t.Errorf("%s was purged", name)
		}
	}
	if s, err := site.jetStream().Stream(t.Context(), "KV_aanvraag-keys"); err != nil || s.Purge(t.Context()) == nil {
		t.Errorf("the bucket was purged: %v", err)
	}
	if got, err := store.Get(t.Context(), "fiscal/a"); err != nil || string(got) != "one" {
		t.Errorf("get = %q, %v", got, err)
	}
	wantErased(t, store, "fiscal/b")
}
