package rpc

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"path/filepath"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"

	"aanvraag.internal/services/platform/signing"
)

const keyFile = "signing.jwk"

// ErrPermissions answers a signing key that others than its owner may touch.
var ErrPermissions = signing.ErrPermissions

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
	data, err := signing.OpenFile(dir, keyFile)
	if err != nil {
		return nil, err
	}
	keys, err := parseKey(data)
	if err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", filepath.Join(dir, keyFile), err)
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
