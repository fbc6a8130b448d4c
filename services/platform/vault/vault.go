package vault

import (
	"context"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"aanvraag.internal/services/platform/clock"
)

// Vault seals and opens personal data. It is safe for concurrent use.
type Vault struct {
	keys        KeyStore
	shared      Shared // keys, when other processes use them too; otherwise nil
	accesses    AccessLog
	kek         tink.AEAD
	clock       clock.Clock
	fingerprint []byte

	cache *keyCache

	beside *Files // what OpenWith opened beside keys, and closes
	failed <-chan struct{}
	once   sync.Once
	closed chan struct{}
}

// Config says where a vault keeps what. Dir and Clock are needed.
type Config struct {
	// Dir is held by one process at a time. It keeps the record of openings, and
	// without Keys also the keys.
	Dir string
	// Keys is another key store than the embedded one, such as natskeys. The vault
	// closes it, also when OpenWith fails.
	Keys KeyStore
	// KEK is the file of the key-encryption key, by default kek.json in Dir. All
	// processes that share Keys name the same file, or copies of one. It is made
	// when there is no key that needs it.
	KEK   string
	Clock clock.Clock
}

// Open opens the embedded vault of a directory, and makes it at first start. It
// answers [ErrInUse] while another process holds it, [ErrPermissions] when the
// key-encryption key is open to others, and [ErrKEKMissing] when that is gone.
func Open(dir string, clk clock.Clock) (*Vault, error) {
	return OpenWith(context.Background(), Config{Dir: dir, Clock: clk})
}

// OpenWith opens a vault as configured, with the errors of [Open]. ctx bounds the
// opening alone.
func OpenWith(ctx context.Context, cfg Config) (*Vault, error) {
	files, err := OpenFiles(cfg.Dir)
	if err != nil {
		if cfg.Keys != nil {
			err = errors.Join(err, cfg.Keys.Close())
		}
		return nil, err
	}
	keys := cfg.Keys
	if keys == nil {
		keys = files
	}
	v, err := open(ctx, keys, files, cfg)
	if err != nil {
		err = errors.Join(err, files.Close())
		if cfg.Keys != nil {
			err = errors.Join(err, cfg.Keys.Close())
		}
		return nil, err
	}
	if cfg.Keys != nil {
		v.beside = files
		v.failed = either(v.closed, v.failed, files.Failed())
	}
	return v, nil
}

func open(ctx context.Context, keys KeyStore, accesses AccessLog, cfg Config) (*Vault, error) {
	var kek tink.AEAD
	var err error
	if cfg.KEK == "" {
		kek, err = openKEK(cfg.Dir, fresh(keys))
	} else {
		kek, err = openKEKFile(cfg.KEK, fresh(keys))
	}
	if err != nil {
		return nil, err
	}
	return New(ctx, keys, accesses, kek, cfg.Clock)
}

// either answers a channel that is closed with the first of a and b, unless
// closing comes before.
func either(closing, a, b <-chan struct{}) <-chan struct{} {
	first := make(chan struct{})
	go func() {
		select {
		case <-a:
		case <-b:
		case <-closing:
			return
		}
		close(first)
	}()
	return first
}

// Failed is closed once the key store, or the record of openings, can no longer
// store anything: the process should end. It is nil for a store that cannot tell.
func (v *Vault) Failed() <-chan struct{} { return v.failed }

// Exists tells whether a directory holds keys of the embedded store.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, keysFile))
	return err == nil
}

// fresh tells whether the key store held no key when it was opened.
func fresh(keys KeyStore) bool {
	f, ok := keys.(interface{ Fresh() bool })
	return ok && f.Fresh()
}

// New makes a vault over other stores than the embedded ones. The vault closes
// keys when it is closed itself.
func New(ctx context.Context, keys KeyStore, accesses AccessLog, kek tink.AEAD, clk clock.Clock) (*Vault, error) {
	v := &Vault{
		keys: keys, accesses: accesses, kek: kek, clock: clk,
		cache: newKeyCache(cachedKeys), closed: make(chan struct{}),
	}
	if f, ok := keys.(interface{ Failed() <-chan struct{} }); ok {
		v.failed = f.Failed()
	}
	if s, ok := keys.(Shared); ok {
		v.shared = s
		s.Watch(v.forget)
	}
	var err error
	if v.fingerprint, err = v.installationSecret(ctx); err != nil {
		return nil, fmt.Errorf("installation secret: %w", err)
	}
	return v, nil
}

// secretID names the installation secret among the keys. No [Purpose] leads to
// it, so nobody can destroy it.
const secretID = "installation/fingerprint"

func (v *Vault) installationSecret(ctx context.Context) ([]byte, error) {
	fresh, err := newDataKey(v.kek, secretID)
	if err != nil {
		return nil, err
	}
	standing, err := v.keys.Create(ctx, []WrappedKey{fresh})
	if err != nil {
		return nil, err
	}
	return unwrap(v.kek, secretID, standing[0])
}

// Close releases the key store. Calls that are running end first.
func (v *Vault) Close() error {
	v.once.Do(func() { close(v.closed) })
	err := v.keys.Close()
	if v.beside != nil {
		err = errors.Join(err, v.beside.Close())
	}
	return err
}

// forget lets go of a key that was destroyed elsewhere.
func (v *Vault) forget(id string) {
	purpose, subject, _ := strings.Cut(id, "/") // no purpose has a slash
	v.cache.evict(keyName{subject, Purpose(purpose)})
}

// cached answers a key that was read before, unless somebody may have destroyed
// it unheard. It also answers what the cache's add asks for.
func (v *Vault) cached(name keyName) (key cipher.AEAD, evictions uint64, found bool) {
	key, evictions, found = v.cache.get(name)
	if found && v.shared != nil && !v.shared.Current() {
		return nil, evictions, false
	}
	return key, evictions, found
}

// format is the first byte of a cipher: random nonce, AES-256-GCM, tag.
const format = 1

// Seal encrypts plaintext as one field of a subject, for the stream and command
// that place names. The key is made and durable before Seal returns. It answers
// [ErrErased] once the key was destroyed, and [ErrLabel].
func (v *Vault) Seal(ctx context.Context, subject string, purpose Purpose, field, place string, plaintext []byte) (Sealed, error) {
	s := Sealed{Subject: subject, Purpose: purpose, Field: field, Place: place}
	if err := check(s); err != nil {
		return Sealed{}, err
	}
	key, err := v.keyToSeal(ctx, keyName{subject, purpose})
	if err != nil {
		return Sealed{}, fmt.Errorf("seal %s of %s: %w", field, KeyID(subject, purpose), err)
	}
	s.Cipher = append(make([]byte, 0, 1+len(plaintext)+key.Overhead()), format)
	s.Cipher = key.Seal(s.Cipher, nil, plaintext, label(s)) //nolint:gosec // this AEAD draws its own random nonce
	return s, nil
}

// Open decrypts s, and records who did and why before it answers; without that
// record there is no answer. It answers [ErrErased] when the key is gone,
// [ErrTampered] when s was altered, and [ErrNoReason].
func (v *Vault) Open(ctx context.Context, s Sealed, access Access) ([]byte, error) {
	if access.Actor == "" || access.Reason == "" {
		return nil, ErrNoReason
	}
	plaintext, err := v.open(ctx, s)
	if err != nil {
		return nil, fmt.Errorf("open %s of %s: %w", s.Field, KeyID(s.Subject, s.Purpose), err)
	}
	err = v.accesses.Record(ctx, Opening{
		At: v.clock.Now(), Access: access, Subject: s.Subject, Purpose: s.Purpose, Field: s.Field, Place: s.Place,
	})
	if err != nil {
		clear(plaintext)
		return nil, fmt.Errorf("record opening of %s: %w", KeyID(s.Subject, s.Purpose), err)
	}
	return plaintext, nil
}

func (v *Vault) open(ctx context.Context, s Sealed) ([]byte, error) {
	if check(s) != nil {
		return nil, ErrErased // no key was ever made for such a label
	}
	key, err := v.keyToOpen(ctx, keyName{s.Subject, s.Purpose})
	if err != nil {
		return nil, err
	}
	if s.IsZero() || s.Cipher[0] != format {
		return nil, ErrTampered
	}
	plaintext, err := key.Open(nil, nil, s.Cipher[1:], label(s))
	if err != nil {
		return nil, ErrTampered
	}
	return plaintext, nil
}

// Prepare makes the keys of one subject for several purposes durable in one go,
// so that the seals that follow need not wait. It answers [ErrErased] if one of
// them was destroyed, and [ErrLabel].
func (v *Vault) Prepare(ctx context.Context, subject string, purposes ...Purpose) error {
	var missing []keyName
	for _, p := range purposes {
		if err := checkKeyName(subject, p); err != nil {
			return err
		}
		if _, _, found := v.cached(keyName{subject, p}); !found {
			missing = append(missing, keyName{subject, p})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if _, err := v.create(ctx, missing); err != nil {
		return fmt.Errorf("prepare keys of %s: %w", subject, err)
	}
	return nil
}

func (v *Vault) keyToSeal(ctx context.Context, name keyName) (cipher.AEAD, error) {
	if key, _, found := v.cached(name); found {
		return key, nil
	}
	keys, err := v.create(ctx, []keyName{name})
	if err != nil {
		return nil, err
	}
	return keys[0], nil
}

// create offers a fresh key for each name, and takes the one that stands.
func (v *Vault) create(ctx context.Context, names []keyName) ([]cipher.AEAD, error) {
	fresh := make([]WrappedKey, len(names))
	_, evictions, _ := v.cache.get(names[0])
	for i, n := range names {
		var err error
		if fresh[i], err = newDataKey(v.kek, n.id()); err != nil {
			return nil, err
		}
	}
	standing, err := v.keys.Create(ctx, fresh)
	if err != nil {
		return nil, err
	}
	keys := make([]cipher.AEAD, len(names))
	for i, n := range names {
		if keys[i], err = unwrapCipher(v.kek, n.id(), standing[i]); err != nil {
			return nil, err
		}
		v.cache.add(n, keys[i], evictions)
	}
	return keys, nil
}

func (v *Vault) keyToOpen(ctx context.Context, name keyName) (cipher.AEAD, error) {
	key, evictions, found := v.cached(name)
	if found {
		return key, nil
	}
	wrapped, err := v.keys.Get(ctx, name.id())
	if errors.Is(err, ErrNoKey) {
		return nil, ErrErased
	}
	if err != nil {
		return nil, err
	}
	if key, err = unwrapCipher(v.kek, name.id(), wrapped); err != nil {
		return nil, err
	}
	v.cache.add(name, key, evictions)
	return key, nil
}

// Destroyed says which key is gone, and since when.
type Destroyed struct {
	KeyID string
	At    time.Time
}

// Destroy makes everything that was ever sealed for subject and purpose
// unreadable, for ever. Doing it again, or for a subject that never had a key,
// succeeds; At is the first time. After an error, do it again.
func (v *Vault) Destroy(ctx context.Context, subject string, purpose Purpose) (Destroyed, error) {
	if err := checkKeyName(subject, purpose); err != nil {
		return Destroyed{}, err
	}
	name := keyName{subject, purpose}
	// Also after an error: it may have happened.
	defer v.cache.evict(name)
	// Once begun it is seen to its end, so that the cache is emptied after it.
	at, err := v.keys.Destroy(context.WithoutCancel(ctx), name.id(), v.clock.Now())
	if err != nil {
		return Destroyed{}, fmt.Errorf("destroy key %s: %w", name.id(), err)
	}
	return Destroyed{KeyID: name.id(), At: at}, nil
}

// Exists tells whether there is a key, made and not destroyed.
func (v *Vault) Exists(ctx context.Context, subject string, purpose Purpose) (bool, error) {
	if err := checkKeyName(subject, purpose); err != nil {
		return false, err
	}
	_, err := v.keys.Get(ctx, KeyID(subject, purpose))
	if errors.Is(err, ErrNoKey) || errors.Is(err, ErrErased) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for key %s: %w", KeyID(subject, purpose), err)
	}
	return true, nil
}

// Fingerprint is the HMAC-SHA-256 of data under a secret of this installation.
// It tells equal requests from different ones (P5). A plain hash would let anyone
// who holds the log try all house numbers or telephone numbers.
func (v *Vault) Fingerprint(data []byte) []byte {
	mac := hmac.New(sha256.New, v.fingerprint)
	mac.Write(data)
	return mac.Sum(nil)
}

// Pseudonym is the [Vault.Fingerprint] of a value in hex, apart for each kind of
// thing; nothing for nothing. It tells whether two values are the same, and no more.
func (v *Vault) Pseudonym(kind, value string) string {
	if value == "" {
		return ""
	}
	return hex.EncodeToString(v.Fingerprint([]byte(kind + "\n" + value)))
}

// Openings answers what was opened of one subject, in order of recording (D-04).
func (v *Vault) Openings(ctx context.Context, subject string) ([]Opening, error) {
	return v.accesses.Openings(ctx, subject)
}

// TruncateOpenings removes the openings before an instant, when their retention
// has ended, and answers how many.
func (v *Vault) TruncateOpenings(ctx context.Context, before time.Time) (int64, error) {
	return v.accesses.Truncate(ctx, before)
}
