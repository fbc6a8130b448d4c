// Package signing keeps Ed25519 keys in files, and signs what others verify without
// us: compact JWS (RFC 7515) with EdDSA.
package signing

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lestrrat-go/jwx/v3/jwa"
	"github.com/lestrrat-go/jwx/v3/jwk"
	"github.com/lestrrat-go/jwx/v3/jws"
)

// Key signs. It is safe for concurrent use.
type Key struct {
	private jwk.Key
	public  ed25519.PublicKey
	id      string
}

// Open reads the key in dir/name, and makes it at first start; see [OpenFile].
func Open(dir, name string) (*Key, error) {
	data, err := OpenFile(dir, name)
	if err != nil {
		return nil, err
	}
	key, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("read signing key %s: %w", filepath.Join(dir, name), err)
	}
	return key, nil
}

// parse never quotes the file in its errors.
func parse(data []byte) (*Key, error) {
	private, err := jwk.ParseKey(data)
	if err != nil {
		return nil, errors.New("it is not a JSON web key")
	}
	var raw ed25519.PrivateKey
	if err := jwk.Export(private, &raw); err != nil {
		return nil, errors.New("it is not a private Ed25519 key")
	}
	id, ok := private.KeyID()
	if !ok || id == "" {
		return nil, errors.New("it has no key id")
	}
	return &Key{
		private: private, id: id,
		public: raw.Public().(ed25519.PublicKey), //nolint:forcetypeassert // an Ed25519 key has no other
	}, nil
}

// ID is the key's RFC 7638 thumbprint.
func (k *Key) ID() string { return k.id }

// Sign gives the compact JWS over a payload, with typ and the key's id in its
// header. The same payload gives the same bytes.
func (k *Key) Sign(typ string, payload []byte) (string, error) {
	headers := jws.NewHeaders()
	if err := errors.Join(headers.Set(jws.TypeKey, typ), headers.Set(jws.KeyIDKey, k.id)); err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	signed, err := jws.Sign(payload, jws.WithKey(jwa.EdDSA(), k.private, jws.WithProtectedHeaders(headers)))
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", typ, err)
	}
	return string(signed), nil
}

// PEM is the public key as a block "PUBLIC KEY".
func (k *Key) PEM() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k.public)
	if err != nil {
		return "", fmt.Errorf("encode public key: %w", err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})), nil
}

// JWKS is the public key as a JSON Web Key Set.
func (k *Key) JWKS() (string, error) {
	public, err := k.private.PublicKey()
	if err != nil {
		return "", fmt.Errorf("encode public key: %w", err)
	}
	data, err := json.Marshal(map[string][]jwk.Key{"keys": {public}})
	if err != nil {
		return "", fmt.Errorf("encode public key: %w", err)
	}
	return string(data), nil
}
