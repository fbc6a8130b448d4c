package blobs

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"

	"aanvraag.internal/services/platform/vault"
)

// Read answers the content of a whole blob, piece by piece; who and why is recorded
// first (D-04). A piece is valid until the next one. It answers [ErrMissing],
// [vault.ErrErased] and a [*Damage] that names the piece; what came before that
// piece was whole.
func (s *Store) Read(ctx context.Context, name string, access vault.Access) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		if err := s.read(ctx, name, access, func(p []byte) bool { return yield(p, nil) }); err != nil {
			yield(nil, fmt.Errorf("read blob %s: %w", name, err))
		}
	}
}

func (s *Store) read(ctx context.Context, name string, access vault.Access, yield func([]byte) bool) (err error) {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ErrMissing
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	reading, err := s.vault.Read(ctx, name, s.purpose, "blob", "blob/"+name, access)
	if err != nil {
		return err
	}
	from := bufio.NewReaderSize(file, sealedPiece)
	buf := make([]byte, sealedPiece)
	for piece := int64(0); ; piece++ {
		n, err := io.ReadFull(from, buf)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return err
		}
		last := n < sealedPiece
		plain, err := reading.Open(ctx, field(last), place(name, piece), buf[:n])
		if errors.Is(err, vault.ErrTampered) {
			return &Damage{Name: name, Piece: piece, Last: last}
		}
		if err != nil {
			return err
		}
		if len(plain) > 0 && !yield(plain) || last {
			return nil
		}
	}
}
