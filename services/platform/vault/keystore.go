package vault

import (
	"context"
	"errors"
	"time"
)

// Errors of this package. Implementations wrap them with what was being done.
var (
	// ErrErased answers when the key was destroyed, or never existed: the two
	// cannot be told apart from outside.
	ErrErased = errors.New("erased")
	// ErrTampered answers a cipher that does not belong to its label.
	ErrTampered = errors.New("sealed data does not agree with its label")
	// ErrNoKey answers KeyStore.Get for a key that was neither made nor destroyed.
	ErrNoKey = errors.New("no such key")
	// ErrUnavailable answers while a store that is elsewhere cannot be reached. What
	// the call was to do may be done or not, and is to be tried again.
	ErrUnavailable = errors.New("key store cannot be reached")
	// ErrClosed answers every call after Close.
	ErrClosed = errors.New("vault closed")
	// ErrInUse answers when another process holds the directory.
	ErrInUse = errors.New("key store is in use by another process")
)

// WrappedKey is a data key as a store sees it.
type WrappedKey struct {
	ID      string
	Wrapped []byte
}

// KeyStore keeps wrapped keys, and for ever the ids of those that were destroyed.
// Implementations are safe for concurrent use, and pass vaulttest.TestKeyStore.
// After Close every call answers [ErrClosed].
//
// A [Vault] caches what it read. A store that several processes share is a
// [Shared] one.
type KeyStore interface {
	// Get answers a wrapped key, [ErrNoKey], or [ErrErased] once it was destroyed.
	Get(ctx context.Context, id string) ([]byte, error)

	// Create makes each key durable unless there is one of that id already, and
	// answers in the same order the wrapped bytes that stand: the first to create
	// wins. If one of the ids was destroyed it answers [ErrErased], and the others
	// may or may not have been made.
	Create(ctx context.Context, keys []WrappedKey) ([][]byte, error)

	// Destroy erases a key and leaves its tombstone, also for an id that never had
	// a key, and answers when it was first destroyed. Before it returns, the
	// tombstone is durable where a restored backup of the keys does not undo it,
	// and the wrapped bytes are gone from the store's files. After an error it
	// may have happened or not: do it again.
	Destroy(ctx context.Context, id string, at time.Time) (time.Time, error)

	// Close waits for calls that are running, then releases everything.
	Close() error
}

// Shared is a key store that other processes use at the same time. Another one's
// destruction reaches this process within a bound that the store states.
type Shared interface {
	KeyStore

	// Watch has forget called with each id that anybody destroys from now on. It is
	// called once.
	Watch(forget func(id string))

	// Current tells whether all destructions were told, up to the bound ago. While
	// it is false, no key that was read earlier is used.
	Current() bool
}

// Access says who opens personal data and why. Both are required.
type Access struct {
	Actor  string // pseudonymous id of a person or service
	Reason string // the task that needs it, such as "invoice 2026-000014"
}

// ErrNoReason answers an opening without actor or reason.
var ErrNoReason = errors.New("opening personal data needs an actor and a reason")

// Opening is one line of the who-saw-what log (D-04): the label, never the content.
type Opening struct {
	At time.Time
	Access
	Subject string
	Purpose Purpose
	Field   string
	Place   string
}

// AccessLog keeps the openings.
type AccessLog interface {
	// Record stores an opening. Once it returned, a crash of the process does not
	// lose it; a power cut may take the last moments.
	Record(ctx context.Context, o Opening) error

	// Openings answers what was opened of one subject, in order of recording.
	Openings(ctx context.Context, subject string) ([]Opening, error)

	// Truncate removes the openings before an instant, when their retention has
	// ended, and answers how many.
	Truncate(ctx context.Context, before time.Time) (int64, error)
}
