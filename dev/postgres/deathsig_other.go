//go:build unix && !linux

package postgres

import (
	"os/exec"
	"strconv"
	"syscall"
)

// startGuarded starts cmd and beside it a watchdog: a shell that reads from a
// pipe only this process holds open. When this process dies, however it dies,
// the pipe closes and the shell sends SIGINT (a fast, clean shutdown) to the
// server. The returned function ends the watchdog; it is called after the
// child has ended, so that a reused process id is never signalled.
func startGuarded(cmd *exec.Cmd) (func(), error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	watchdog := exec.Command("/bin/sh", "-c", `read _; kill -INT "$1"`, "sh", strconv.Itoa(cmd.Process.Pid))
	watchdog.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := watchdog.StdinPipe()
	if err == nil {
		err = watchdog.Start()
	}
	if err != nil {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = cmd.Wait()
		return nil, err
	}
	return func() {
		_ = watchdog.Process.Kill()
		_ = watchdog.Wait()
		_ = pipe.Close()
	}, nil
}
