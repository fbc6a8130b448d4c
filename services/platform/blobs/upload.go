package blobs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"sync/atomic"

	"aanvraag.internal/services/platform/vault"
)

// Sums is what identifies a whole blob.
type Sums struct {
	Plain  [sha256.Size]byte // of the content
	Cipher [sha256.Size]byte // of the file
	Bytes  int64             // of content
	Size   int64             // of the file
}

// Upload writes one blob. One goroutine uses it; it must be closed.
type Upload struct {
	store *Store
	name  string
	path  string
	most  int64

	file     *os.File // nil before the first piece
	pieces   int64    // full ones in the file
	rest     []byte   // content of the next piece, so far
	complete bool     // the last piece is in the file
	plain    hash.Hash
	cipher   hash.Hash
	bytes    int64 // of content in the file
	size     int64 // of the file
	unsynced int64
	broken   error

	synced atomic.Int64 // content that is durable, or unknown
	gone   atomic.Bool  // somebody removed the blob
}

// unknown is said of what is still being looked at.
const unknown = -1

// Resume goes on with a blob behind its last whole piece, or begins it. Everything
// before is read, so that the sums at the end are over what is there; what was torn
// by a crash is cut off. most bounds the content. It answers [ErrBusy], [ErrName]
// and [vault.ErrErased].
func (s *Store) Resume(ctx context.Context, name string, most int64) (*Upload, error) {
	path, err := s.path(name)
	if err != nil {
		return nil, err
	}
	u := &Upload{
		store: s, name: name, path: path, most: most,
		rest: make([]byte, 0, Piece), plain: sha256.New(), cipher: sha256.New(),
	}
	u.synced.Store(unknown)
	s.mu.Lock()
	if s.writing[name] != nil {
		s.mu.Unlock()
		return nil, ErrBusy
	}
	s.writing[name] = u
	s.mu.Unlock()
	if err := u.recover(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("resume blob %s: %w", name, err), u.Close())
	}
	return u, nil
}

// Offset answers how much content of a blob is durable: where an upload goes on. It
// reads the blob, unless that is being written right now, and keeps no writer away.
func (s *Store) Offset(ctx context.Context, name string) (int64, error) {
	path, err := s.path(name)
	if err != nil {
		return 0, err
	}
	s.mu.Lock()
	writer := s.writing[name]
	s.mu.Unlock()
	if writer != nil && writer.synced.Load() != unknown {
		return writer.synced.Load(), nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look at blob: %w", err)
	}
	u := &Upload{store: s, name: name, file: file, plain: sha256.New(), cipher: sha256.New()}
	if err := u.scan(ctx); err != nil {
		return 0, errors.Join(fmt.Errorf("look at blob %s: %w", name, err), file.Close())
	}
	return u.bytes, errors.Join(file.Sync(), file.Close())
}

// recover reads what is there, and cuts off what is not whole.
func (u *Upload) recover(ctx context.Context) error {
	file, err := os.OpenFile(u.path, os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		u.synced.Store(0)
		return nil
	}
	if err != nil {
		return err
	}
	u.file = file
	if err := u.scan(ctx); err != nil {
		return err
	}
	if err := file.Truncate(u.size); err != nil {
		return err
	}
	if _, err := file.Seek(u.size, io.SeekStart); err != nil {
		return err
	}
	u.unsynced = 1 // what was found may be in the page cache only
	return u.sync()
}

// scan counts the pieces that are whole, up to the first that is not: torn, so
// nobody was told that it is there.
func (u *Upload) scan(ctx context.Context) error {
	reading := u.store.vault.Check(u.name, u.store.purpose)
	buf := make([]byte, sealedPiece)
	for !u.complete {
		n, err := io.ReadFull(u.file, buf)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		last := n < sealedPiece
		plain, err := reading.Open(ctx, field(last), place(u.name, u.pieces), buf[:n])
		if errors.Is(err, vault.ErrTampered) {
			return nil
		}
		if err != nil {
			return err
		}
		u.count(plain, buf[:n], last)
	}
	return nil
}

// count takes a piece that is in the file.
func (u *Upload) count(plain, sealed []byte, last bool) {
	u.plain.Write(plain)
	u.cipher.Write(sealed)
	u.bytes += int64(len(plain))
	u.size += int64(len(sealed))
	if last {
		u.complete = true
		return
	}
	u.pieces++
}

// Offset is how much content there is: where the next byte belongs.
func (u *Upload) Offset() int64 { return u.bytes + int64(len(u.rest)) }

// Complete tells whether the last piece is written.
func (u *Upload) Complete() bool { return u.complete }

// Write adds content; ctx bounds the sealing. It answers [ErrTooLarge] before
// anything of p is taken, [ErrComplete], and [vault.ErrErased] once the key is gone.
func (u *Upload) Write(ctx context.Context, p []byte) error {
	switch {
	case u.broken != nil:
		return u.broken
	case u.complete && len(p) > 0:
		return ErrComplete
	case u.Offset()+int64(len(p)) > u.most:
		return ErrTooLarge
	}
	for len(p) > 0 {
		n := min(len(p), Piece-len(u.rest))
		u.rest, p = append(u.rest, p[:n]...), p[n:]
		if len(u.rest) < Piece {
			return nil
		}
		if err := u.seal(ctx, false); err != nil {
			u.broken = err
			return err
		}
		if u.unsynced >= syncEvery {
			if err := u.sync(); err != nil {
				return err
			}
		}
	}
	return nil
}

// seal writes rest as the next piece.
func (u *Upload) seal(ctx context.Context, last bool) error {
	sealed, err := u.store.vault.Seal(ctx, u.name, u.store.purpose, field(last), place(u.name, u.pieces), u.rest)
	if err != nil {
		return fmt.Errorf("write blob %s: %w", u.name, err)
	}
	if u.gone.Load() {
		return fmt.Errorf("write blob %s: %w", u.name, ErrMissing)
	}
	if u.file == nil {
		if u.file, err = os.OpenFile(u.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600); err != nil {
			return fmt.Errorf("write blob %s: %w", u.name, err)
		}
		if err := u.store.syncDir(); err != nil {
			return err
		}
	}
	if _, err := u.file.Write(sealed.Cipher); err != nil {
		return fmt.Errorf("write blob %s: %w", u.name, err) // the tail is cut off when it goes on
	}
	u.count(u.rest, sealed.Cipher, last)
	u.unsynced += int64(len(sealed.Cipher))
	u.rest = u.rest[:0]
	return nil
}

// sync makes the pieces durable. After a failed sync the system may forget that
// they are not, so nothing more is believed: what was not acknowledged goes.
func (u *Upload) sync() error {
	if u.file == nil || u.unsynced == 0 {
		return nil
	}
	if err := u.file.Sync(); err != nil {
		u.broken = fmt.Errorf("sync blob %s: %w", u.name, err)
		if at := u.synced.Load(); at != unknown {
			u.broken = errors.Join(u.broken, u.file.Truncate(at/Piece*sealedPiece))
		}
		return u.broken
	}
	u.unsynced = 0
	u.synced.Store(u.bytes)
	return nil
}

// Pause makes durable what can be, and answers from where the upload goes on: the
// content of a piece that is not full yet is not kept.
func (u *Upload) Pause() (int64, error) {
	if u.broken != nil {
		return u.synced.Load(), u.broken
	}
	u.rest = u.rest[:0]
	err := u.sync()
	return u.synced.Load(), err
}

// Finish writes the last piece and makes the blob durable. Doing it again answers
// the same.
func (u *Upload) Finish(ctx context.Context) (Sums, error) {
	if u.broken != nil {
		return Sums{}, u.broken
	}
	if !u.complete {
		if err := u.seal(ctx, true); err != nil {
			u.broken = err
			return Sums{}, err
		}
	}
	if err := u.sync(); err != nil {
		return Sums{}, err
	}
	return Sums{
		Plain: [sha256.Size]byte(u.plain.Sum(nil)), Cipher: [sha256.Size]byte(u.cipher.Sum(nil)), Bytes: u.bytes, Size: u.size,
	}, nil
}

// Discard takes back all of the blob: nothing half done stays.
func (u *Upload) Discard() error {
	u.broken = ErrMissing
	_, err := u.store.Remove(u.name)
	return err
}

// Close lets another writer in. Whole pieces stay and are made durable.
func (u *Upload) Close() error {
	defer func() {
		u.store.mu.Lock()
		defer u.store.mu.Unlock()
		if u.store.writing[u.name] == u {
			delete(u.store.writing, u.name)
		}
	}()
	if u.file == nil {
		return nil
	}
	var err error
	if u.broken == nil && !u.gone.Load() {
		err = u.sync()
	}
	err = errors.Join(err, u.file.Close())
	u.file = nil
	if u.gone.Load() { // it may have come back between the look and the writing
		_, again := u.store.Remove(u.name)
		err = errors.Join(err, again)
	}
	return err
}
