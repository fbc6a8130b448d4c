package natskeys_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"aanvraag.internal/services/platform/bus"
	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/vault/natskeys"
)

var desk = vault.Access{Actor: "tech-7", Reason: "request r1"}

// service is one process of its own, with a directory of its own.
type service struct {
	*vault.Vault
	keys *natskeys.Store
}

func (s *site) service(kek string) service {
	s.t.Helper()
	v, err := s.openVault(s.process(s.newList()), kek)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *site) openVault(cfg natskeys.Config, kek string) (service, error) {
	s.t.Helper()
	keys, err := natskeys.Open(s.t.Context(), cfg)
	if err != nil {
		return service{}, err
	}
	v, err := vault.OpenWith(s.t.Context(), vault.Config{
		Dir: s.t.TempDir(), Keys: keys, KEK: kek, Clock: clock.NewFrozen(noon, nil),
	})
	if err != nil {
		return service{}, err
	}
	s.t.Cleanup(func() { _ = v.Close() })
	return service{v, keys}, nil
}

func seal(t testing.TB, v service, subject string) vault.Sealed {
	t.Helper()
	s, err := v.Seal(t.Context(), subject, vault.Operational, "problem", "request-r1/c1", []byte("a black screen"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func opens(t testing.TB, v service, s vault.Sealed) {
	t.Helper()
	if got, err := v.Open(t.Context(), s, desk); err != nil || string(got) != "a black screen" {
		t.Errorf("open = %q, %v", got, err)
	}
}

func TestWhatOneProcessSealsAnotherOpens(t *testing.T) {
	t.Parallel()
	site, kek := newSite(t), filepath.Join(t.TempDir(), "kek.json")
	a, b := site.service(kek), site.service(kek)
	opens(t, b, seal(t, a, "subject-1"))
	opens(t, a, seal(t, b, "subject-1"))
	if x, y := a.Fingerprint([]byte("0612345678")), b.Fingerprint([]byte("0612345678")); string(x) != string(y) {
		t.Error("two processes of one installation have two fingerprints")
	}
	for name, v := range map[string]service{"a": a, "b": b} {
		if openings, err := v.Openings(t.Context(), "subject-1"); err != nil || len(openings) != 1 {
			t.Errorf("%s recorded %v, %v, want what it opened itself", name, openings, err)
		}
	}
}

func TestProcessesThatStartTogetherShareOneKeyEncryptionKey(t *testing.T) {
	t.Parallel()
	site, dir := newSite(t), t.TempDir()
	kek := filepath.Join(dir, "kek.json")
	const many = 5
	configs := make([]natskeys.Config, many)
	for i := range configs {
		configs[i] = site.process(site.newList())
	}
	services := make([]service, many)
	var wg sync.WaitGroup
	for i := range services {
		wg.Go(func() {
			var err error
			if services[i], err = site.openVault(configs[i], kek); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if t.Failed() {
		return
	}
	s := seal(t, services[0], "subject-1")
	for _, v := range services {
		opens(t, v, s)
	}
	if files, err := os.ReadDir(dir); err != nil || len(files) != 1 {
		t.Errorf("beside the key-encryption key there is %v, %v", files, err)
	}
}

func TestABucketOfKeysNeedsItsOwnKeyEncryptionKey(t *testing.T) {
	t.Parallel()
	site := newSite(t)
	site.service(filepath.Join(t.TempDir(), "kek.json"))
	missing := filepath.Join(t.TempDir(), "kek.json")
	if _, err := site.openVault(site.process(site.newList()), missing); !errors.Is(err, vault.ErrKEKMissing) {
		t.Errorf("open = %v, want ErrKEKMissing", err)
	}
	if _, err := os.Stat(missing); !os.IsNotExist(err) {
		t.Errorf("a new key-encryption key was made: %v", err)
	}
	foreign := filepath.Join(t.TempDir(), "kek.json")
	newSite(t).service(foreign)
	if _, err := site.openVault(site.process(site.newList()), foreign); err == nil {
		t.Error("another installation's key-encryption key was accepted")
	}
}

// lastUse seals in v with a key from memory until that is refused, and answers when
// the last one began that was not.
func lastUse(t testing.TB, v service) time.Time {
	t.Helper()
	var last time.Time
	within(t, "the end of a destroyed key", func() bool {
		now := clock.System{}.Now()
		if !v.keys.Current() {
			return true
		}
		_, err := v.Seal(t.Context(), "subject-1", vault.Operational, "problem", "request-r1/c1", nil)
		if err == nil {
			last = now
		}
		return errors.Is(err, vault.ErrErased)
	})
	return last
}

func TestADestructionIsHeardOfWithinTheLag(t *testing.T) {
	t.Parallel()
	site, kek := newSite(t), filepath.Join(t.TempDir(), "kek.json")
	a, b := site.service(kek), site.service(kek)
	s := seal(t, b, "subject-1")
	within(t, "the key is used from memory", b.keys.Current)
	if _, err := a.Destroy(t.Context(), "subject-1", vault.Operational); err != nil {
		t.Fatal(err)
	}
	destroyed := clock.System{}.Now()
	lasted := lastUse(t, b).Sub(destroyed)
	t.Logf("used for %v", lasted)
	if lasted > natskeys.Lag {
		t.Errorf("the key was used for %v, want at most %v", lasted, natskeys.Lag)
	}
	if _, err := b.Open(t.Context(), s, desk); !errors.Is(err, vault.ErrErased) {
		t.Errorf("open = %v, want ErrErased", err)
	}
}

// TestAProcessThatIsCutOffUsesNoKeyBeyondTheLag shuts the line of one process
// without ending its connections, so nothing tells it.
func TestAProcessThatIsCutOffUsesNoKeyBeyondTheLag(t *testing.T) {
	t.Parallel()
	site, kek := newSite(t), filepath.Join(t.TempDir(), "kek.json")
	a := site.service(kek)
	line := newGate(t, site.listen)
	cfg := site.process(site.newList())
	cfg.Conn = dial(t, line.url, bus.AsApplication(site.dir))
	b, err := site.openVault(cfg, kek)
	if err != nil {
		t.Fatal(err)
	}
	seal(t, b, "subject-1")
	within(t, "the key is used from memory", b.keys.Current)

	close(line.shut)
	cut := clock.System{}.Now()
	if _, err := a.Destroy(t.Context(), "subject-1", vault.Operational); err != nil {
		t.Fatal(err)
	}
	lasted := lastUse(t, b).Sub(cut)
	t.Logf("used for %v", lasted)
	if lasted < 0 || lasted > natskeys.Lag {
		t.Errorf("the key was used for %v, want some use and at most %v", lasted, natskeys.Lag)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := b.Seal(ctx, "subject-1", vault.Operational, "problem", "p", nil); err == nil {
		t.Error("sealed with a destroyed key")
	}
}

func TestAVaultFailsWithItsKeysAndClosesAll(t *testing.T) {
	t.Parallel()
	site, dir := newSite(t), t.TempDir()
	kek := filepath.Join(t.TempDir(), "kek.json")
	keys := site.open(site.newList())
	cfg := vault.Config{Dir: dir, Keys: keys, KEK: kek, Clock: clock.NewFrozen(noon, nil)}
	v, err := vault.OpenWith(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(dir, cfg.Clock); !errors.Is(err, vault.ErrInUse) {
		t.Errorf("a second process = %v, want ErrInUse", err)
	}
	select {
	case <-v.Failed():
		t.Fatal("failed without a reason")
	default:
	}
	site.server.Shutdown()
	site.start(true)
	within(t, "failure", func() bool {
		_, _ = v.Seal(t.Context(), "subject-1", vault.Fiscal, "name", "p", nil)
		select {
		case <-v.Failed():
			return true
		case <-time.After(0):
			return false
		}
	})
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Get(t.Context(), "fiscal/a"); !errors.Is(err, vault.ErrClosed) {
		t.Errorf("get = %v, want ErrClosed", err)
	}
	// The directory is free again, and its own keys are another matter.
	v, err = vault.Open(dir, cfg.Clock)
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}
