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
	"path/filepath"
	"strings"
)

// mailed: each letter that was sent is in the spool once, with the bytes whose hash
// was recorded; nothing else is there; and an event is answered by one letter (R4).
// What was skipped has no letter. A file that is not whole yet has another ending
// than ".eml" and does not count.
type mailed struct {
	found    *findings
	dir      string
	hash     hasher
	sent     set // notifications
	answered set // causes with the kind of letter
}

// letter is a file of the spool.
type letter struct {
	sum     string // SHA-256, hex
	missing bool
	err     error
}

const letterEnding = ".eml"

func readLetter(dir, id string) letter {
	data, err := os.ReadFile(filepath.Join(dir, filepath.Base(id)+letterEnding))
	if errors.Is(err, fs.ErrNotExist) {
		return letter{missing: true}
	}
	sum := sha256.Sum256(data)
	return letter{sum: hex.EncodeToString(sum[:]), err: err}
}

func newMailed(s Subject, found *findings) *mailed {
	return &mailed{found: found, dir: s.Mail, hash: newHasher(), sent: set{}, answered: set{}}
}

func (m *mailed) see(_ context.Context, e *event) error {
	if e.Type != letterSent && e.Type != letterSkipped || e.unreadable != "" {
		return nil
	}
	if !m.answered.add(m.hash.of(e.names.CauseEventID, e.names.Kind)) {
		m.found.addf(MailTwice, e.at(), "%s about event %s was answered before", e.names.Kind, e.names.CauseEventID)
	}
	if e.Type == letterSkipped {
		return nil
	}
	m.sent.add(m.hash.of(e.names.NotificationID))
	switch {
	case e.letter.err != nil:
		return fmt.Errorf("read letter %s: %w", e.names.NotificationID, e.letter.err)
	case e.letter.missing:
		m.found.addf(MailMissing, e.at(), "%s %s is not in the spool", e.names.Kind, e.names.NotificationID)
	case e.letter.sum != e.names.SHA256:
		m.found.addf(MailDiffers, e.at(), "%s %s is not what was sent: its SHA-256 is %s, not %s",
			e.names.Kind, e.names.NotificationID, e.letter.sum, e.names.SHA256)
	}
	return nil
}

// end looks for letters that no event tells of.
func (m *mailed) end(context.Context) error {
	dir, err := os.Open(m.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // then every letter is missing
	}
	if err != nil {
		return fmt.Errorf("open mail spool: %w", err)
	}
	defer func() { _ = dir.Close() }() // it was only read
	for {
		files, err := dir.Readdirnames(1024)
		for _, name := range files {
			id, whole := strings.CutSuffix(name, letterEnding)
			if whole && !m.sent.has(m.hash.of(id)) {
				m.found.addf(MailUnrecorded, at{}, "the spool has %s, and no event tells that it was sent", name)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("list mail spool: %w", err)
		}
	}
}
