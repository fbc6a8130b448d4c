package notification

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

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
//
// Messages that come close together reach the disk together: a file and a name
// each cost a sync, and those of one group wait for the same one.
type Spool struct {
	dir string

	mu      sync.Mutex
	waiting *group // that the next messages join; nil when nobody waits

	turn sync.Mutex // of the group that is being written
}

var _ Sender = (*Spool)(nil)

// A group is as large as its files may be written at once, and waits that long for
// company. Nobody waits for a letter to be spooled but the letter after it.
const (
	groupSize = 32
	gathering = 10 * time.Millisecond
)

// group is the messages that become durable together.
type group struct {
	mails []*spooled
	full  chan struct{} // closed when no other message fits
	done  chan struct{} // closed when all are written
}

// spooled is a message and what became of it, to be read when its group is done.
type spooled struct {
	path string
	data []byte // what stands at path
	err  error
}

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
	mail := &spooled{path: path, data: data}
	g, first := s.join(mail)
	if first {
		s.lead(g)
	}
	<-g.done
	return mail.data, mail.err
}

// join adds mail to the group that waits; the first one of a group leads it.
func (s *Spool) join(mail *spooled) (g *group, first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.waiting == nil {
		s.waiting, first = &group{full: make(chan struct{}), done: make(chan struct{})}, true
	}
	g = s.waiting
	g.mails = append(g.mails, mail)
	if len(g.mails) == groupSize {
		s.waiting = nil
		close(g.full)
	}
	return g, first
}

// lead gathers the group, waits for its turn and writes it.
func (s *Spool) lead(g *group) {
	enough := time.NewTimer(gathering)
	defer enough.Stop()
	select {
	case <-g.full:
	case <-enough.C:
	}
	s.turn.Lock()
	defer s.turn.Unlock()
	s.mu.Lock()
	if s.waiting == g {
		s.waiting = nil
	}
	s.mu.Unlock()
	s.write(g.mails)
	close(g.done)
}

// write makes the files, then their names, then the directory durable.
func (s *Spool) write(mails []*spooled) {
	var files sync.WaitGroup
	for _, m := range mails {
		files.Go(func() { m.data, m.err = s.name(m.path, m.data) })
	}
	files.Wait()
	if err := s.sync(); err != nil {
		for _, m := range mails {
			m.err = errors.Join(m.err, err)
		}
	}
}

// name answers what stands at path: an earlier file, or data. The name itself may
// not be durable yet.
func (s *Spool) name(path string, data []byte) ([]byte, error) {
	standing, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return standing, err
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
		return os.ReadFile(path)
	}
	return data, err
}

// sync makes the directory's names durable.
func (s *Spool) sync() error {
	d, err := os.Open(s.dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
