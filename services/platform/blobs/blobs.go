// Package blobs keeps what is too large for an event: recordings. A blob lies on
// disk as pieces of [Piece] bytes, each sealed by the vault under the blob's own
// key (AES-256-GCM), so destroying that key makes every copy unreadable, in every
// backup too (S-05, S-09).
//
// The pieces are a STREAM construction: what is authenticated with each is the
// blob, the piece's place in it, and whether it is the last. A piece that was
// flipped, left out, repeated, moved, or taken from another blob does not open, and
// neither does a blob that was cut off: its last piece is missing. Each piece draws
// a nonce of its own, so one that is written again after a crash never repeats one.
// (Tink's streaming AEAD has one salt and nonce prefix a stream, which its writer
// draws anew: an upload could not go on with it after a restart.)
//
// What is acknowledged has been synced to the disk. After a crash an upload goes on
// behind the last piece that is whole. One process at a time has a directory; the
// vault's own directory, which one process holds, is beside it.
//
// In memory are a few pieces for each blob that is being written or read.
package blobs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"aanvraag.internal/services/platform/vault"
)

const (
	// Piece is how many bytes of content are sealed at once. Every piece but the
	// last has as many; the last has fewer, and may be empty.
	Piece = 64 << 10
	// overhead of a sealed piece: format, nonce and tag.
	overhead = 1 + 12 + 16
	// sealedPiece is what a full piece takes on disk.
	sealedPiece = Piece + overhead
	// syncEvery is how much is written between two syncs.
	syncEvery = 4 << 20
	// suffix of a blob's file.
	suffix = ".blob"
)

// Errors of this package.
var (
	// ErrMissing answers for a blob of which there is nothing.
	ErrMissing = errors.New("no such blob")
	// ErrBusy answers a second writer of the same blob.
	ErrBusy = errors.New("the blob is being written by somebody else")
	// ErrTooLarge answers content beyond the bound of its writer.
	ErrTooLarge = errors.New("the blob is larger than it may be")
	// ErrComplete answers more content for a blob whose last piece is written.
	ErrComplete = errors.New("the blob is complete")
	// ErrName answers a name that is no name of a blob.
	ErrName = errors.New("not a name of a blob")
)

// Damage is a piece that does not belong where it stands.
type Damage struct {
	Name  string
	Piece int64 // counted from 0
	Last  bool  // whether the last piece was expected there
}

// Error names the piece.
func (d *Damage) Error() string {
	what := "piece"
	if d.Last {
		what = "last piece"
	}
	return fmt.Sprintf("%s %d of blob %s was altered, moved or cut off", what, d.Piece, d.Name)
}

// Store is the blobs of one directory, all of one purpose. It is safe for
// concurrent use.
type Store struct {
	dir     string
	vault   *vault.Vault
	purpose vault.Purpose

	mu      sync.Mutex
	writing map[string]*Upload
}

// Open opens a directory of blobs, and makes it at first start. The vault's keys of
// that purpose seal them: the one whose subject is the blob's name.
func Open(dir string, sealing *vault.Vault, purpose vault.Purpose) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("directory of blobs: %w", err)
	}
	return &Store{dir: dir, vault: sealing, purpose: purpose, writing: map[string]*Upload{}}, nil
}

// path is a blob's file. A name is letters, digits and dashes, so it stays inside.
func (s *Store) path(name string) (string, error) {
	if name == "" || len(name) > 128 || strings.ContainsFunc(name, strange) {
		return "", ErrName
	}
	return filepath.Join(s.dir, name+suffix), nil
}

func strange(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// What the vault binds to a piece.
const (
	fieldPiece = "piece"
	fieldLast  = "last piece"
)

func field(last bool) string {
	if last {
		return fieldLast
	}
	return fieldPiece
}

func place(name string, piece int64) string {
	return "blob/" + name + "/" + strconv.FormatInt(piece, 10)
}

// Remove takes a blob away, whole or not, and answers how many bytes of the disk it
// took; 0 when there was nothing. The directory is synced before it returns. Who
// is still writing it writes no more.
func (s *Store) Remove(name string) (int64, error) {
	path, err := s.path(name)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	if u := s.writing[name]; u != nil {
		u.gone.Store(true)
	}
	s.mu.Unlock()
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("remove blob: %w", err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("remove blob: %w", err)
	}
	return info.Size(), s.syncDir()
}

// syncDir makes names in the directory durable.
func (s *Store) syncDir() error {
	dir, err := os.Open(s.dir)
	if err != nil {
		return fmt.Errorf("sync directory of blobs: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Names answers the blobs of a directory, whole or not; it need not be open.
func Names(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list blobs: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok && !e.IsDir() {
			names = append(names, name)
		}
	}
	return names, nil
}

// File is where a directory keeps a blob.
func File(dir, name string) string { return filepath.Join(dir, name+suffix) }
