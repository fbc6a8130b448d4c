package signing

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func open(t *testing.T, dir string) *Key {
	t.Helper()
	k, err := Open(dir, "k.jwk")
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestASignatureVerifiesByThePublishedKeyAlone(t *testing.T) {
	dir := t.TempDir()
	k := open(t, dir)
	token, err := k.Sign("t+jws", []byte(`{"a":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := open(t, dir).Sign("t+jws", []byte(`{"a":1}`)); err != nil || again != token {
		t.Errorf("the same payload gave %s, then %s (%v)", token, again, err)
	}
	text, err := k.PEM()
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode([]byte(text))
	public, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !ed25519.Verify(public.(ed25519.PublicKey), []byte(parts[0]+"."+parts[1]), signature) {
		t.Errorf("%s does not verify (%v)", token, err)
	}
}

func TestThePublishedKeysHoldNothingPrivate(t *testing.T) {
	k := open(t, t.TempDir())
	set, err := k.JWKS()
	if err != nil || !strings.Contains(set, k.ID()) || strings.Contains(set, `"d"`) {
		t.Errorf("published %s (%v)", set, err)
	}
}

func TestAKeyThatOthersMayTouchIsRefused(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	if err := os.Chmod(filepath.Join(dir, "k.jwk"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, "k.jwk"); !errors.Is(err, ErrPermissions) {
		t.Errorf("a key that everybody can read: %v", err)
	}
}
