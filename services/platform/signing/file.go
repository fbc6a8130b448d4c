package signing

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
)

// ErrPermissions answers a signing key that others than its owner may touch.
var ErrPermissions = errors.New("signing key is open to others; make its mode 0600")

// OpenFile reads the private Ed25519 key in dir/name, a JSON web key, and makes it at
// first start. Processes that start at the same time end up with the same one. It
// answers [ErrPermissions] when the file's mode lets anyone but its owner in.
func OpenFile(dir, name string) ([]byte, error) {
	path := filepath.Join(dir, name)
	data, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = MakeFile(dir, name); err == nil {
			data, err = readKey(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open signing key: %w", err)
	}
	return data, nil
}

// readKey looks at the mode of the file that it reads, not of whatever bears the
// name a moment earlier.
func readKey(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // read only
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&^0o600 != 0 {
		return nil, fmt.Errorf("%s has mode %s: %w", path, info.Mode(), ErrPermissions)
	}
	return io.ReadAll(io.LimitReader(file, 1<<16))
}

// MakeFile writes a fresh key beside its name and links it there. A link never
// replaces: of several processes one wins, and a crash leaves a whole key or none.
func MakeFile(dir, name string) error {
	data, err := freshKey()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, name+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // a leftover is harmless
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

func freshKey() ([]byte, error) {
	_, raw, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	key, err := jwk.Import(raw)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		jwk.AssignKeyID(key),
		key.Set(jwk.KeyUsageKey, "sig"),
		key.Set(jwk.AlgorithmKey, jwa.EdDSA()),
	)
	if err != nil {
		return nil, err
	}
	return json.Marshal(key)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
