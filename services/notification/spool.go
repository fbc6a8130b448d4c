package notification

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/google/uuid"
)

// Spool is the embedded [Sender]: a directory with one file "<id>.eml" a message,
// readable by its owner alone. A mail system picks them up from there.
//
// A message is written once. The file appears whole and durable or not at all,
// and one that is there is never replaced, whoever writes at the same time. Only
// a file that was picked up in the instant between its writing and the recording
// of the letter, by a process that then died, is written again; it has the same
// bytes and the same Message-ID.
type Spool struct{ dir string }

var _ Sender = (*Spool)(nil)

// unfinished is how a file is called before it is whole. No mail system takes it.
const unfinished = ".unfinished-*"

// OpenSpool makes the directory, and removes what a crash left unfinished in it.
func OpenSpool(dir string) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open mail spool: %w", err)
	}
	left, err := filepath.Glob(filepath.Join(dir, unfinished))
	if err != nil {
		return nil, fmt.Errorf("open mail spool: %w", err)
	}
	for _, name := range left {
		// Were somebody writing it, he would fail to link it and try again.
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("open mail spool: %w", err)
		}
	}
	return &Spool{dir: dir}, nil
}

// Send implements [Sender].
func (s *Spool) Send(_ context.Context, m Mail) ([]byte, error) {
	if _, err := uuid.Parse(m.ID); err != nil {
		return nil, errors.New("spool a letter: its id is not a UUID")
	}
	sent, err := s.keep(filepath.Join(s.dir, m.ID+".eml"), m.Data)
	if err != nil {
		return nil, fmt.Errorf("spool letter %s: %w", m.ID, err)
	}
	return sent, nil
}

// keep answers what stands at path once it is durable: an earlier file, or data.
func (s *Spool) keep(path string, data []byte) ([]byte, error) {
	standing, err := os.ReadFile(path)
	switch {
	case err == nil:
		// Its name may not have reached the disk when its writer died.
		return standing, s.sync()
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	file, err := os.CreateTemp(s.dir, unfinished) // mode 0600
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(file.Name()) }() // its other name, if it got one, stays
	_, err = file.Write(data)
	if err := errors.Join(err, file.Sync(), file.Close()); err != nil {
		return nil, err
	}
	// A link, unlike a rename, never replaces: of several writers one wins.
	err = os.Link(file.Name(), path)
	if errors.Is(err, fs.ErrExist) {
		data, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	return data, s.sync()
}

// sync makes the directory's names durable.
func (s *Spool) sync() error {
	d, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
