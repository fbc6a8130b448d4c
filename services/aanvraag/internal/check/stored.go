package check

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"aanvraag.internal/services/platform/blobs"
)

// stored: each recording that was uploaded lies on disk with the digest that was
// recorded (S-09), until its key is destroyed; then nothing of it does (S-05). What
// lies there belongs to a recording.
type stored struct {
	found *findings
	dir   string
	made  map[string]at
	whole map[string]stock
	gone  map[string]at
}

// stock is a file as the log tells of it.
type stock struct {
	where at
	sum   string // SHA-256, hex
}

func newStored(s Subject, found *findings) *stored {
	return &stored{found: found, dir: s.Blobs, made: map[string]at{}, whole: map[string]stock{}, gone: map[string]at{}}
}

func (s *stored) see(_ context.Context, e *event) error {
	switch e.Type {
	case recordingStarted:
		s.made[e.id] = e.at()
	case recordingUploaded:
		s.whole[e.id] = stock{e.at(), e.names.CiphertextSHA256}
	case keyDestroyed:
		s.gone[e.id] = e.at()
	}
	return nil
}

func (s *stored) end(ctx context.Context) error {
	names, err := blobs.Names(s.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		where, gone := s.gone[name]
		_, made := s.made[name]
		switch {
		case gone:
			s.found.addf(BlobLives, where, "recording %s is on disk, and the log says that its key was destroyed", name)
		case !made:
			s.found.addf(BlobForeign, at{}, "there is a file of recording %s, and no event tells of that", name)
		}
	}
	for _, name := range inOrder(s.whole, func(w stock) at { return w.where }) {
		if _, gone := s.gone[name]; gone {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.hold(name, s.whole[name]); err != nil {
			return err
		}
	}
	return nil
}

// hold holds one file against its digest.
func (s *stored) hold(name string, want stock) error {
	file, err := os.Open(blobs.File(s.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		s.found.addf(BlobMissing, want.where, "recording %s is not on disk", name)
		return nil
	}
	if err != nil {
		return fmt.Errorf("open recording: %w", err)
	}
	defer func() { _ = file.Close() }() // it was only read
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("read recording %s: %w", name, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want.sum {
		s.found.addf(BlobDiffers, want.where, "recording %s is not what was uploaded: its SHA-256 is %s, not %s", name, got, want.sum)
	}
	return nil
}
