package vault

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"fmt"
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/tink-crypto/tink-go/v2/tink"
)

const dataKeyBytes = 32 // AES-256

// newDataKey makes a key and wraps it. Its id is bound, so a store cannot hand
// out one subject's key as another's.
func newDataKey(kek tink.AEAD, id string) (WrappedKey, error) {
	raw := make([]byte, dataKeyBytes)
	defer clear(raw)
	rand.Read(raw) // never fails: it ends the process instead
	wrapped, err := kek.Encrypt(raw, []byte(id))
	if err != nil {
		return WrappedKey{}, fmt.Errorf("wrap key %s: %w", id, err)
	}
	return WrappedKey{ID: id, Wrapped: wrapped}, nil
}

func unwrap(kek tink.AEAD, id string, wrapped []byte) ([]byte, error) {
	raw, err := kek.Decrypt(wrapped, []byte(id))
	if err != nil {
		return nil, fmt.Errorf("unwrap key %s (is kek.json the one it was made under?): %w", id, err)
	}
	return raw, nil
}

func unwrapCipher(kek tink.AEAD, id string, wrapped []byte) (cipher.AEAD, error) {
	raw, err := unwrap(kek, id, wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, fmt.Errorf("use key %s: %w", id, err)
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// cachedKeys bounds the unwrapped keys in memory, about one kilobyte each.
const cachedKeys = 8192

type keyName struct {
	subject string
	purpose Purpose
}

func (n keyName) id() string { return KeyID(n.subject, n.purpose) }

// keyCache holds the unwrapped keys that were used last.
type keyCache struct {
	mu        sync.Mutex
	keys      *simplelru.LRU[keyName, cipher.AEAD]
	evictions uint64
}

func newKeyCache(size int) *keyCache {
	keys, err := simplelru.NewLRU[keyName, cipher.AEAD](size, nil)
	if err != nil {
		panic(err) // only for a size below one
	}
	return &keyCache{keys: keys}
}

// get also answers the number of evictions so far, for add.
func (c *keyCache) get(n keyName) (key cipher.AEAD, evictions uint64, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key, found = c.keys.Get(n)
	return key, c.evictions, found
}

// add keeps a key, unless something was evicted since the get that missed it: what
// was read from the store before a destruction must not be cached after it.
func (c *keyCache) add(n keyName, key cipher.AEAD, evictions uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.evictions == evictions {
		c.keys.Add(n, key)
	}
}

func (c *keyCache) evict(n keyName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keys.Remove(n)
	c.evictions++
}
