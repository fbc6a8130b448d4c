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

// openKEK reads the key-encryption key of dir, and makes it at first start. Whoever
// calls it holds the directory.
func openKEK(dir string, firstStart bool) (tink.AEAD, error) {
	path := filepath.Join(dir, kekFile)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && firstStart:
		return makeKEK(dir, path)
	case errors.Is(err, fs.ErrNotExist):
		return nil, ErrKEKMissing
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

// makeKEK writes the keyset beside its name first: a crash leaves all of it or none.
func makeKEK(dir, path string) (tink.AEAD, error) {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, fmt.Errorf("make key-encryption key: %w", err)
	}
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return nil, fmt.Errorf("write key-encryption key: %w", err)
	}
	if err := writeDurably(path+".new", buf.Bytes()); err != nil {
		return nil, fmt.Errorf("write key-encryption key: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return nil, fmt.Errorf("write key-encryption key: %w", err)
	}
	if err := syncDir(dir); err != nil {
		return nil, fmt.Errorf("write key-encryption key: %w", err)
	}
	return aead.New(handle)
}

func writeDurably(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
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
