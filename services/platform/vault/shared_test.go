package vault_test

import (
	"os"
	"path/filepath"
	"testing"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/vault"
)

// shared is a store of which the test is the other process.
type shared struct {
	*vault.Files
	forget  func(id string)
	current bool
}

func (s *shared) Watch(forget func(id string)) { s.forget = forget }
func (s *shared) Current() bool                { return s.current }

func openShared(t *testing.T) (*vault.Vault, *shared) {
	t.Helper()
	files, err := vault.OpenFiles(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	store := &shared{Files: files, current: true}
	v, err := vault.OpenWith(t.Context(), vault.Config{Dir: t.TempDir(), Keys: store, Clock: clock.NewFrozen(noon, nil)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v, store
}

// elsewhere destroys a key as another process does.
func elsewhere(t *testing.T, s *shared, id string) {
	t.Helper()
	if _, err := s.Destroy(t.Context(), id, noon); err != nil {
		t.Fatal(err)
	}
}

func TestAKeyThatWasDestroyedElsewhereIsForgotten(t *testing.T) {
	v, store := openShared(t)
	s, kept := seal(t, v, "subject/1", vault.Fiscal, "x"), seal(t, v, "subject/1", vault.Operational, "y")
	elsewhere(t, store, "fiscal/subject/1")
	store.forget("fiscal/subject/1")
	wantErased(t, v, s)
	wantOpens(t, v, kept, "y")
}

func TestAKeyFromMemoryIsUsedOnlyWhileAllDestructionsAreTold(t *testing.T) {
	v, store := openShared(t)
	s, kept := seal(t, v, "subject-1", vault.Fiscal, "x"), seal(t, v, "subject-1", vault.Operational, "y")
	elsewhere(t, store, "fiscal/subject-1")
	wantOpens(t, v, s, "x") // from memory, so this test sees something
	store.current = false
	wantErased(t, v, s)
	wantOpens(t, v, kept, "y")
}

func TestProcessesCanShareAKeyEncryptionKeyOfAnyName(t *testing.T) {
	kek := filepath.Join(t.TempDir(), "of-all.json")
	dir := t.TempDir()
	cfg := vault.Config{Dir: dir, KEK: kek, Clock: clock.NewFrozen(noon, nil)}
	v, err := vault.OpenWith(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := seal(t, v, "subject-1", vault.Fiscal, "x")
	v.Close()
	if _, err := os.Stat(filepath.Join(dir, "kek.json")); !os.IsNotExist(err) {
		t.Errorf("there is a second one: %v", err)
	}
	if v, err = vault.OpenWith(t.Context(), cfg); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	wantOpens(t, v, s, "x")
}
