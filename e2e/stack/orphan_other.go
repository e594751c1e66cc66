//go:build !linux

package stack

import "syscall"

// endWithParent does nothing where the kernel has no such thing.
func endWithParent() *syscall.SysProcAttr { return nil }
