package stack

import "syscall"

// endWithParent has the kernel end a process when the one that started it is gone, however that came about: a test that
// is killed must leave nothing running.
func endWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
