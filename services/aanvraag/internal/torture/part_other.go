//go:build !linux

package torture

import "syscall"

func mortal() *syscall.SysProcAttr   { return &syscall.SysProcAttr{} }
func secluded() *syscall.SysProcAttr { return &syscall.SysProcAttr{} }
