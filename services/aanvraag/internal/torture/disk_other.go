//go:build !linux

package torture

import (
	"context"
	"errors"
)

type disk struct{ root string }

func makeDisk(context.Context, string, int64) (*disk, error) {
	return nil, &NotRun{"it cuts the power of an ext4 file system, which only Linux has"}
}

func (*disk) mount(context.Context) error   { return errors.ErrUnsupported }
func (*disk) cut() error                    { return errors.ErrUnsupported }
func (*disk) unmount(context.Context) error { return errors.ErrUnsupported }

func makeTmpfs(string, int) (string, error) {
	return "", &NotRun{"it mounts small file systems, which it knows of Linux only"}
}

func unmount(context.Context, string) error { return errors.ErrUnsupported }
func fill(string) (string, error)           { return "", errors.ErrUnsupported }
