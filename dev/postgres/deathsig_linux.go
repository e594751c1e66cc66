package postgres

import (
	"os/exec"
	"syscall"
)

// startGuarded starts cmd and has the kernel send it SIGINT (a fast, clean
// shutdown) when the calling thread ends, which the caller makes last as long
// as this process. The returned function is called after the child has ended.
func startGuarded(cmd *exec.Cmd) (func(), error) {
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT
	return func() {}, cmd.Start()
}
