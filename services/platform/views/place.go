package views

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// buildingSuffix marks a file that has not caught up yet.
const buildingSuffix = ".building"

// shape is the hash of everything but the log that decides what the rows are. The
// filter belongs to it: a file cannot learn afterwards what it did not ask for.
func (c Config) shape() string {
	h := sha256.New()
	prefixes := slices.Sorted(slices.Values(c.Filter.Prefixes))
	for _, part := range append([]string{checkpoint, c.Schema, c.Version}, prefixes...) {
		_ = binary.Write(h, binary.BigEndian, uint64(len(part))) // a hash takes every write
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// find opens the complete file, else the one that was being built, else a new one.
func (v *View) find(ctx context.Context) error {
	dir, err := filepath.Abs(v.cfg.Dir)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if v.target, err = v.cfg.Store.End(ctx); err != nil {
		return err
	}
	v.path = filepath.Join(dir, v.cfg.Name+"-"+v.cfg.shape()+".db")
	if v.file, err = v.resume(ctx, v.path); v.file != nil || err != nil {
		return err
	}
	v.building = true
	if v.file, err = v.resume(ctx, v.path+buildingSuffix); v.file != nil || err != nil {
		return err
	}
	v.cfg.Log.Info("building view", "file", v.path, "log_end", v.target)
	v.file, err = createFile(v.path+buildingSuffix, v.cfg.Schema)
	return err
}

// resume opens the file at path, or answers nil when there is none to go on with.
func (v *View) resume(ctx context.Context, path string) (*file, error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, removeFile(path) // a WAL without its file would spoil the next one
	}
	f, err := openFile(path, "rw")
	if err == nil {
		err = f.load()
	}
	discard := err
	if err == nil {
		discard, err = v.disagrees(ctx, f)
		if err != nil {
			return nil, errors.Join(err, f.close())
		}
	}
	if discard == nil {
		return f, nil
	}
	v.cfg.Log.Warn("discarding view file, it will be built again", "file", path, "reason", discard)
	if f != nil {
		_ = f.close() // of a damaged file: nothing is lost by a second complaint
	}
	return nil, removeFile(path)
}

// disagrees says why the file cannot have come from this log, or nil.
func (v *View) disagrees(ctx context.Context, f *file) (reason, err error) {
	if f.saved > v.target {
		return fmt.Errorf("its checkpoint %d lies beyond the end of the log, %d", f.saved, v.target), nil
	}
	if f.last.Stream == "" {
		return nil, nil
	}
	for e, err := range v.cfg.Store.ReadStream(ctx, f.last.Stream, f.last.Revision-1) {
		if err != nil {
			return nil, fmt.Errorf("look up the view's last event: %w", err)
		}
		if e.Hash == f.last.Hash && e.Position == f.last.Position {
			return nil, nil
		}
		break
	}
	return fmt.Errorf("event %d of %s is another one in this log", f.last.Revision, f.last.Stream), nil
}

// settle moves the finished file to its place. SQLite allows that only while
// nobody has the file open.
func (v *View) settle() error {
	unfinished := v.path + buildingSuffix
	f := v.file
	v.file = nil
	if err := f.close(); err != nil {
		return err
	}
	if _, err := os.Stat(unfinished + "-wal"); err == nil {
		return errors.New("its write-ahead log could not be folded in")
	}
	if err := os.Rename(unfinished, v.path); err != nil {
		return err
	}
	reopened, err := openFile(v.path, "rw")
	if err != nil {
		return err
	}
	reopened.saved, reopened.through, reopened.last, reopened.kept = f.saved, f.through, f.last, f.kept
	v.file, v.building = reopened, false
	return nil
}

// removeOld removes what other shapes of this view have left. It may fail: the
// next start tries again.
func (v *View) removeOld() {
	ours := regexp.MustCompile(`^` + regexp.QuoteMeta(v.cfg.Name) + `-[0-9a-f]{12}\.db(` + regexp.QuoteMeta(buildingSuffix) + `)?(-wal|-shm)?$`)
	entries, err := os.ReadDir(filepath.Dir(v.path))
	if err != nil {
		v.cfg.Log.Warn("cannot look for old view files", "error", err)
		return
	}
	for _, entry := range entries {
		name := filepath.Join(filepath.Dir(v.path), entry.Name())
		if !ours.MatchString(entry.Name()) || slices.Contains([]string{v.path, v.path + "-wal", v.path + "-shm"}, name) {
			continue
		}
		if err := os.Remove(name); err != nil {
			v.cfg.Log.Warn("cannot remove old view file", "file", name, "error", err)
			continue
		}
		v.cfg.Log.Info("removed old view file", "file", name)
	}
}
