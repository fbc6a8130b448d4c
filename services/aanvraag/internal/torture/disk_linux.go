package torture

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// disk is an ext4 file system in a file. What its file holds is what a real disk
// would hold after its power was cut; a real disk's own volatile cache is not played.
type disk struct {
	image  string
	root   string // where it is mounted
	hollow bool   // blocks have room only when they are written
	queue  string // of a hollow one: the kernel's file of its largest write
	usual  []byte // what stands in it otherwise
}

// makeDisk makes a file system of some megabytes, and mounts it.
func makeDisk(ctx context.Context, dir string, megabytes int64) (*disk, error) {
	d := &disk{image: filepath.Join(dir, "disk.ext4"), root: filepath.Join(dir, "disk")}
	if err := d.create(megabytes); err != nil {
		return nil, err
	}
	if err := d.format(ctx); err != nil {
		return nil, err
	}
	return d, d.try(ctx)
}

// makeHollowDisk is [makeDisk], but of its file only what the file system keeps its
// books in takes room. While there is none, what is written reaches no block: fsync
// answers an error once, and the next one success, as the kernel does it on a disk
// that fails.
func makeHollowDisk(ctx context.Context, dir string, megabytes int64) (*disk, error) {
	d := &disk{image: filepath.Join(dir, "disk.ext4"), root: filepath.Join(dir, "disk"), hollow: true}
	if err := d.create(megabytes); err != nil {
		return nil, err
	}
	if err := d.format(ctx, "-E", "lazy_itable_init=0,lazy_journal_init=0"); err != nil {
		return nil, err
	}
	if err := d.empty(ctx); err != nil {
		return nil, err
	}
	return d, d.try(ctx)
}

func (d *disk) create(megabytes int64) error {
	if err := os.MkdirAll(d.root, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(d.image, megabytes<<20)
}

func (d *disk) format(ctx context.Context, options ...string) error {
	args := append(append([]string{"-q", "-F", "-b", "4096"}, options...), d.image)
	if out, err := exec.CommandContext(ctx, "mkfs.ext4", args...).CombinedOutput(); err != nil { //nolint:gosec // a file of our own
		return &NotRun{fmt.Sprintf("mkfs.ext4: %v %s", err, out)}
	}
	return nil
}

// try mounts for the first time.
func (d *disk) try(ctx context.Context) error {
	if err := d.mount(ctx); err != nil {
		return &NotRun{err.Error()}
	}
	return nil
}

// empty gives every block room, and takes back that of the free ones.
func (d *disk) empty(ctx context.Context) (err error) {
	all, err := os.ReadFile(d.image)
	if err != nil {
		return err
	}
	if err := os.WriteFile(d.image, all, 0o600); err != nil {
		return err
	}
	books, err := exec.CommandContext(ctx, "dumpe2fs", d.image).Output() //nolint:gosec // a file of our own
	if err != nil {
		return &NotRun{fmt.Sprintf("dumpe2fs: %v", err)}
	}
	f, err := os.OpenFile(d.image, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	const block = 4096
	for _, ranges := range regexp.MustCompile(`(?m)^  Free blocks: (.*)$`).FindAllSubmatch(books, -1) {
		for r := range strings.SplitSeq(string(ranges[1]), ", ") {
			var first, last int64
			if n, _ := fmt.Sscanf(r, "%d-%d", &first, &last); n < 2 {
				continue
			}
			const hole = unix.FALLOC_FL_PUNCH_HOLE | unix.FALLOC_FL_KEEP_SIZE
			if err := unix.Fallocate(int(f.Fd()), hole, first*block, (last-first+1)*block); err != nil {
				return err
			}
		}
	}
	return nil
}

// mountTries bounds how often a loop device that is still letting go is asked.
const mountTries = 50

func (d *disk) mount(ctx context.Context) (err error) {
	for range mountTries {
		out, failed := exec.CommandContext(ctx, "mount", "-t", "ext4", "-o", "loop", d.image, d.root).CombinedOutput() //nolint:gosec // files of our own
		if failed == nil {
			return d.blockwise()
		}
		err = fmt.Errorf("mount a loop device: %w: %s", failed, out)
		if pause(ctx, 20*time.Millisecond) != nil {
			break
		}
	}
	return err
}

// blockwise makes a hollow disk write each block by itself: a loop device calls a
// write of several blocks a success when there was room for the first one.
func (d *disk) blockwise() error {
	if !d.hollow {
		return nil
	}
	var s unix.Stat_t
	if err := unix.Stat(d.root, &s); err != nil {
		return err
	}
	d.queue = fmt.Sprintf("/sys/dev/block/%d:%d/queue/max_sectors_kb", unix.Major(s.Dev), unix.Minor(s.Dev))
	var err error
	if d.usual, err = os.ReadFile(d.queue); err != nil {
		return err
	}
	return os.WriteFile(d.queue, []byte("4"), 0)
}

// cut stops the file system at once, as a power cut does: what was not synced stays
// out of the image, and whoever still writes gets an error.
func (d *disk) cut() error {
	f, err := os.Open(d.root)
	if err != nil {
		return err
	}
	const (
		shutdown = 0x8004587d // FS_IOC_SHUTDOWN: _IOR('X', 125, __u32)
		now      = 2          // EXT4_GOING_FLAGS_NOLOGFLUSH
	)
	err = unix.IoctlSetPointerInt(int(f.Fd()), shutdown, now)
	return errors.Join(err, f.Close())
}

func (d *disk) unmount(ctx context.Context) (err error) {
	if d.hollow { // the device is about to serve others
		if err := os.WriteFile(d.queue, d.usual, 0); err != nil {
			return err
		}
	}
	for range mountTries {
		if err = syscall.Unmount(d.root, 0); !errors.Is(err, syscall.EBUSY) {
			break
		}
		if pause(ctx, 20*time.Millisecond) != nil {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("unmount %s: %w", d.root, err)
	}
	return nil
}

// makeTmpfs mounts an empty file system in memory, of some megabytes.
func makeTmpfs(dir string, megabytes int) (root string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", megabytes)); err != nil {
		return "", &NotRun{fmt.Sprintf("mount a tmpfs: %v", err)}
	}
	return dir, nil
}

// unmount lets go of what is mounted at root.
func unmount(ctx context.Context, root string) error { return (&disk{root: root}).unmount(ctx) }

// fill takes all room of a file system with one file, which it answers.
func fill(root string) (ballast string, err error) {
	f, err := os.CreateTemp(root, "ballast-")
	if err != nil {
		return "", err
	}
	for size := 1 << 20; size > 0; {
		switch _, err := f.Write(make([]byte, size)); {
		case errors.Is(err, syscall.ENOSPC):
			size /= 2
		case err != nil:
			return "", errors.Join(err, f.Close())
		}
	}
	return f.Name(), f.Close()
}
