package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// immediateShutdownTimeout is how long the server may take to drop everything
// after SIGQUIT before it is killed.
const immediateShutdownTimeout = 5 * time.Second

// process is the postmaster, our direct child.
type process struct {
	cmd  *exec.Cmd
	pid  int
	done chan struct{}
	err  error // how the process ended; valid once done is closed
}

// launch starts the server. Its log goes to logPath; the previous run's log is
// kept beside it with the suffix ".1".
func launch(h home, bin binaries, port int, logPath string) (*process, error) {
	_ = os.Rename(logPath, logPath+".1") // there is none on the first start
	logFile, err := os.OpenFile(logPath, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open server log: %w", err)
	}
	defer logFile.Close() // the child has its own copy

	cmd := exec.Command(filepath.Join(bin.dir, "postgres"), serverArgs(h.data(), port)...)
	cmd.Dir, cmd.Env = h.path, environment()
	cmd.Stdout, cmd.Stderr = logFile, logFile
	cmd.SysProcAttr = h.account.sysProcAttr()
	return startProcess(cmd)
}

// startProcess starts cmd so that it does not outlive this process.
//
// The goroutine below keeps its operating-system thread until the child has
// ended. On Linux the death signal fires when the *thread* that forked the
// child exits, and the Go runtime ends idle threads as it likes; without the
// lock the server would be shut down at some arbitrary moment.
func startProcess(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()

		stopGuard, err := startGuarded(cmd)
		if err != nil {
			started <- fmt.Errorf("start %s: %w", cmd.Path, err)
			return
		}
		p.pid = cmd.Process.Pid
		started <- nil
		p.err = cmd.Wait()
		stopGuard()
		close(p.done)
	}()
	return p, <-started
}

// stop ends the process: SIGINT, then SIGQUIT after patience or when ctx ends,
// then SIGKILL. It returns when the process is gone; the error says that it
// had to be forced.
func (p *process) stop(ctx context.Context, patience time.Duration) error {
	if p.signalAndWait(ctx, syscall.SIGINT, patience) {
		return nil
	}
	ctx = context.WithoutCancel(ctx) // the shutdown must end even when the caller's patience has
	if p.signalAndWait(ctx, syscall.SIGQUIT, immediateShutdownTimeout) {
		return errors.New("postgres did not shut down in time and was stopped with SIGQUIT; the next start recovers")
	}
	_ = p.cmd.Process.Kill()
	<-p.done
	return errors.New("postgres did not shut down and was killed; the next start recovers")
}

// signalAndWait sends one signal and reports whether the process ended within
// patience.
func (p *process) signalAndWait(ctx context.Context, sig syscall.Signal, patience time.Duration) bool {
	_ = p.cmd.Process.Signal(sig) // fails only when the process has ended, which done tells
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-p.done:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// environment is what initdb and the server see: ours without the PG*
// variables, which would override the options given here, and with the C
// locale so that messages can be read by a program.
func environment() []string {
	env := []string{"LC_ALL=C"}
	for _, kv := range os.Environ() {
		if !strings.HasPrefix(kv, "PG") && !strings.HasPrefix(kv, "LC_") && !strings.HasPrefix(kv, "LANG") {
			env = append(env, kv)
		}
	}
	return env
}
