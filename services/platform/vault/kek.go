package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const kekFile = "kek.json"

// ErrPermissions answers a key file that others than its owner may touch.
var ErrPermissions = errors.New("key file is open to others; make its mode 0600")

// ErrKEKMissing answers keys without the key-encryption key that wraps them.
var ErrKEKMissing = errors.New("kek.json is missing, and keys that need it are there; restore it")

// openKEK reads the key-encryption key of dir, and makes it at first start.
func openKEK(dir string, firstStart bool) (tink.AEAD, error) {
	return openKEKFile(filepath.Join(dir, kekFile), firstStart)
}

// openKEKFile is safe for several processes at once: all get the same key.
func openKEKFile(path string, firstStart bool) (tink.AEAD, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && firstStart:
		if err := makeKEK(path); err != nil {
			return nil, fmt.Errorf("make key-encryption key: %w", err)
		}
		return openKEKFile(path, false)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: %w", path, ErrKEKMissing)
	case err != nil:
		return nil, fmt.Errorf("look at key-encryption key: %w", err)
	case info.Mode().Perm()&^0o600 != 0:
		return nil, fmt.Errorf("%s has mode %04o: %w", path, info.Mode().Perm(), ErrPermissions)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read key-encryption key: %w", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, fmt.Errorf("read key-encryption key %s: %w", path, err)
	}
	return aead.New(handle)
}

// makeKEK writes the keyset beside its name first: a crash leaves all of it or
// none. The link refuses to replace what another process made meanwhile.
func makeKEK(path string) (err error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return err
	}
	beside, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(beside.Name())) }()
	if err := writeDurably(beside, buf.Bytes()); err != nil {
		return err
	}
	if err := os.Link(beside.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func writeDurably(f *os.File, data []byte) error {
	defer func() { _ = f.Close() }() // Sync told what went wrong
	if _, err := f.Write(data); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return f.Close()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}
