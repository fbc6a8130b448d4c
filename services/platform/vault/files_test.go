package vault_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aanvraag.internal/services/platform/clock"
	"aanvraag.internal/services/platform/vault"
	"aanvraag.internal/services/platform/vault/vaulttest"
)

func openFiles(t *testing.T, dir string) vault.KeyStore {
	t.Helper()
	files, err := vault.OpenFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFilesAreAKeyStore(t *testing.T) { vaulttest.TestKeyStore(t, openFiles) }

// raw is every byte of every file below dir.
func raw(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		all = append(all, data...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPlaintextIsInNoFile(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	s := seal(t, v, "subject-1", vault.Operational, "canary 1011 AB")
	wantOpens(t, v, s, "canary 1011 AB")
	v.Fingerprint([]byte("canary 1011 AB"))
	if bytes.Contains(raw(t, dir), []byte("canary")) {
		t.Error("the plaintext is in the vault's files")
	}
	if bytes.Contains(s.Cipher, []byte("canary")) {
		t.Error("the plaintext is in the cipher")
	}
}

func TestADestroyedKeyLeavesNoBytesInTheFiles(t *testing.T) {
	dir := t.TempDir()
	store := openFiles(t, dir)
	defer func() { store.Close() }()
	random := rand.New(rand.NewPCG(1, 2))
	// Ids without order and keys of several transactions, so pages split and fill
	// as they do in earnest.
	var keys []vault.WrappedKey
	for i := range 40 {
		var batch []vault.WrappedKey
		for j := range 50 {
			id := fmt.Sprintf("fiscal/subject-%08x", random.Uint64())
			wrapped := fmt.Appendf(nil, "wrapped bytes %02d of %02d %032x", j, i, random.Uint64())
			batch = append(batch, vault.WrappedKey{ID: id, Wrapped: wrapped})
		}
		if _, err := store.Create(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, batch...)
	}
	random.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	gone, kept := keys[:200], keys[200:]
	for _, k := range gone {
		if _, err := store.Destroy(t.Context(), k.ID, noon); err != nil {
			t.Fatal(err)
		}
	}
	for _, when := range []string{"while it is open", "after a restart"} {
		bytesNow := raw(t, dir)
		for _, k := range gone {
			if bytes.Contains(bytesNow, k.Wrapped) {
				t.Errorf("%s: %s is destroyed, and %q still in the files", when, k.ID, k.Wrapped)
			}
		}
		for _, k := range kept {
			if !bytes.Contains(bytesNow, k.Wrapped) {
				t.Fatalf("%s: %s is not found, so this test sees nothing", when, k.ID)
			}
		}
		store.Close()
		store = openFiles(t, dir)
	}
}

func TestAnOldBackupOfTheKeysBringsNoneBack(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	s := seal(t, v, "subject-1", vault.Operational, "a black screen")
	kept := seal(t, v, "subject-1", vault.Fiscal, "Kerkstraat 1")
	v.Close()
	live, backup := filepath.Join(dir, "keys.db"), filepath.Join(t.TempDir(), "keys.db")
	copyFile(t, live, backup)

	wrapped := wrappedKey(t, backup, "operational/subject-1")
	v = open(t, dir)
	want := destroy(t, v, "subject-1", vault.Operational)
	v.Close()

	copyFile(t, backup, live)
	if !bytes.Contains(raw(t, dir), wrapped) {
		t.Fatal("the backup does not hold the key, so this test proves nothing")
	}
	v = open(t, dir)
	wantErased(t, v, s)
	wantOpens(t, v, kept, "Kerkstraat 1")
	if got := destroy(t, v, "subject-1", vault.Operational); got != want {
		t.Errorf("destroy after the restore = %v, want %v", got, want)
	}
	if bytes.Contains(raw(t, dir), wrapped) {
		t.Error("the restored bytes of the destroyed key are still in the files")
	}
}

// wrappedKey reads a wrapped key as it is stored, from a copy of the keys.
func wrappedKey(t *testing.T, keys, id string) []byte {
	t.Helper()
	beside := t.TempDir()
	copyFile(t, keys, filepath.Join(beside, "keys.db"))
	store := openFiles(t, beside)
	defer store.Close()
	wrapped, err := store.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return wrapped
}

func TestALostListOfDestroyedKeysIsWrittenAgain(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	s := seal(t, v, "subject-1", vault.Fiscal, "x")
	v.Close()
	live, backup := filepath.Join(dir, "keys.db"), filepath.Join(t.TempDir(), "keys.db")
	copyFile(t, live, backup)
	v = open(t, dir)
	destroy(t, v, "subject-1", vault.Fiscal)
	v.Close()

	if err := os.Remove(filepath.Join(dir, "destroyed.log")); err != nil {
		t.Fatal(err)
	}
	open(t, dir).Close()
	copyFile(t, backup, live)
	wantErased(t, open(t, dir), s)
}

func TestTheListOfDestroyedKeysHoldsOnlyIdsAndInstants(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	seal(t, v, "subject-1", vault.Fiscal, "x")
	destroy(t, v, "subject-1", vault.Fiscal)
	destroy(t, v, "subject-1", vault.Fiscal)
	destroy(t, v, "subject-2", vault.Recording)
	got, err := os.ReadFile(filepath.Join(dir, "destroyed.log"))
	want := "2026-03-02T12:00:00Z fiscal/subject-1\n2026-03-02T12:00:00Z recording/subject-2\n"
	if err != nil || string(got) != want {
		t.Errorf("destroyed.log = %q, %v, want %q", got, err, want)
	}
}

func TestATornLineOfTheListIsCutOff(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	a, b := seal(t, v, "subject-1", vault.Fiscal, "a"), seal(t, v, "subject-2", vault.Fiscal, "b")
	destroy(t, v, "subject-1", vault.Fiscal)
	v.Close()
	path := filepath.Join(dir, "destroyed.log")
	list, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(list, "2026-03-02T12:00:00Z fiscal/subj"...), 0o600); err != nil {
		t.Fatal(err)
	}
	v = open(t, dir)
	wantErased(t, v, a)
	wantOpens(t, v, b, "b")
	destroy(t, v, "subject-2", vault.Fiscal)
	v.Close()
	wantErased(t, open(t, dir), b)
}

func TestADamagedListIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir).Close()
	if err := os.WriteFile(filepath.Join(dir, "destroyed.log"), []byte("yesterday fiscal/a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := vault.Open(dir, clock.NewFrozen(noon, nil))
	if err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("open = %v, want an error that names line 1", err)
	}
}

func TestAKeyFileThatOthersMayTouchIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir).Close()
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o644, 0o666, 0o700} {
		if err := os.Chmod(filepath.Join(dir, "kek.json"), mode); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Open(dir, clock.NewFrozen(noon, nil)); !errors.Is(err, vault.ErrPermissions) {
			t.Errorf("open with mode %04o = %v, want ErrPermissions", mode, err)
		}
	}
	for _, mode := range []fs.FileMode{0o600, 0o400} {
		if err := os.Chmod(filepath.Join(dir, "kek.json"), mode); err != nil {
			t.Fatal(err)
		}
		open(t, dir).Close()
	}
}

func TestEveryFileIsForItsOwnerAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "vault")
	v := open(t, dir)
	destroy(t, v, "subject-1", vault.Fiscal)
	seal(t, v, "subject-2", vault.Fiscal, "x")
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %04o", path, info.Mode().Perm())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestALostKeyEncryptionKeyIsNotReplaced(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	seal(t, v, "subject-1", vault.Fiscal, "x")
	v.Close()
	path := filepath.Join(dir, "kek.json")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Open(dir, clock.NewFrozen(noon, nil)); !errors.Is(err, vault.ErrKEKMissing) {
		t.Errorf("open = %v, want ErrKEKMissing", err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a new key-encryption key was made: %v", err)
	}
}

func TestAnotherInstallationsKeyEncryptionKeyIsRefused(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	open(t, dir).Close()
	open(t, other).Close()
	copyFile(t, filepath.Join(other, "kek.json"), filepath.Join(dir, "kek.json"))
	_, err := vault.Open(dir, clock.NewFrozen(noon, nil))
	if err == nil || !strings.Contains(err.Error(), "kek.json") {
		t.Errorf("open = %v, want an error that names kek.json", err)
	}
}

func TestOneHolderAtATime(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	if _, err := vault.Open(dir, clock.NewFrozen(noon, nil)); !errors.Is(err, vault.ErrInUse) {
		t.Errorf("second open = %v, want ErrInUse", err)
	}
	v.Close()
	open(t, dir)
}

// crashed copies the files as a process that dies now would leave them.
func crashed(t *testing.T, dir string) string {
	t.Helper()
	beside := t.TempDir()
	if err := os.CopyFS(beside, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(beside, "kek.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	return beside
}

func TestACrashTakesNothingThatWasAnswered(t *testing.T) {
	dir := t.TempDir()
	v := open(t, dir)
	s := seal(t, v, "subject-1", vault.Fiscal, "Kerkstraat 1")
	wantOpens(t, open(t, crashed(t, dir)), s, "Kerkstraat 1")

	wantOpens(t, v, s, "Kerkstraat 1")
	got, err := open(t, crashed(t, dir)).Openings(t.Context(), "subject-1")
	if err != nil || len(got) != 1 {
		t.Errorf("openings after a crash = %v, %v, want the one", got, err)
	}

	destroy(t, v, "subject-1", vault.Fiscal)
	wantErased(t, open(t, crashed(t, dir)), s)
}
