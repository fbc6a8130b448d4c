package rpc

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

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

const keyFile = "signing.jwk"

// ErrPermissions answers a signing key that others than its owner may touch.
var ErrPermissions = errors.New("signing key is open to others; make its mode 0600")

// Keys issues bearer tokens and recognises them: the identity source of an
// installation that has no other. It is safe for concurrent use.
type Keys struct {
	private jwk.Key
	public  ed25519.PublicKey
	headers jws.Headers

	// verified holds what tokens say whose signature was found good, by SHA-256
	// of their text. Times are judged at every use.
	verified *lru.Cache[[32]byte, verified]
}

// verifiedTokens bounds the cache, about 300 bytes each.
const verifiedTokens = 8192

// OpenKeys reads the Ed25519 key in dir/signing.jwk, and makes it at first start.
// Processes that start at the same time end up with the same one. It answers
// [ErrPermissions] when the file's mode lets anyone but its owner in.
func OpenKeys(dir string) (*Keys, error) {
	path := filepath.Join(dir, keyFile)
	data, err := readKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = makeKey(dir, path); err == nil {
			data, err = readKey(path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("open signing key: %w", err)
	}
	keys, err := parseKey(data)
	if err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", path, err)
	}
	return keys, nil
}

func parseKey(data []byte) (*Keys, error) {
	private, err := jwk.ParseKey(data)
	if err != nil {
		// The library's text may quote the file.
		return nil, errors.New("it is not a JSON web key")
	}
	var raw ed25519.PrivateKey
	if err := jwk.Export(private, &raw); err != nil {
		return nil, errors.New("it is not a private Ed25519 key")
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.TypeKey, "JWT"); err != nil {
		return nil, err
	}
	cache, err := lru.New[[32]byte, verified](verifiedTokens)
	if err != nil {
		return nil, err
	}
	return &Keys{
		private: private, headers: headers, verified: cache,
		public: raw.Public().(ed25519.PublicKey), //nolint:forcetypeassert // an Ed25519 key has no other
	}, nil
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

// makeKey writes a fresh key beside its name and links it there. A link never
// replaces: of several processes one wins, and a crash leaves a whole key or none.
func makeKey(dir, path string) error {
	data, err := freshKey()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(dir, keyFile+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }() // a leftover is harmless
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := os.Link(file.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
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
