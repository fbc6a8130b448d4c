package torture

import "syscall"

// mortal makes a process end with the one that started it, also when that is killed.
func mortal() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
}

// secluded gives a process mounts of its own besides: nobody else sees them, and
// they go with it.
func secluded() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Unshareflags: syscall.CLONE_NEWNS}
}
