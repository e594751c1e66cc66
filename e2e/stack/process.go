// Package stack runs the real thing for end-to-end tests and benchmarks: Postgres, Temporal and Surehook, each in a
// process of its own, so that each can be stopped, killed and measured by itself.
package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// stopFor is how long a process may take to end once it was asked to.
const stopFor = 90 * time.Second

// Process is a program that was started here.
type Process struct {
	name string
	cmd  *exec.Cmd
	done chan struct{}

	mu  sync.Mutex
	out bytes.Buffer
	err error
}

// Root is the directory of the repository.
func Root() string {
	_, file, _, _ := runtime.Caller(0)

	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Build builds a program of the repository and returns the path of its binary.
func Build(ctx context.Context, dir, pkg string) (string, error) {
	out := filepath.Join(dir, filepath.Base(pkg))

	cmd := exec.CommandContext(ctx, "go", "build", "-o", out, pkg)
	cmd.Dir = Root()

	if text, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, text)
	}

	return out, nil
}

// Start runs a program with additions to the environment.
func Start(name, path string, env []string, args ...string) (*Process, error) {
	p := &Process{name: name, cmd: exec.Command(path, args...), done: make(chan struct{})}
	p.cmd.Dir = Root()
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = p, p
	p.cmd.SysProcAttr = endWithParent()

	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}

	go func() {
		defer close(p.done)

		err := p.cmd.Wait()

		p.mu.Lock()
		defer p.mu.Unlock()

		p.err = err
	}()

	return p, nil
}

// Write keeps the output of the process.
func (p *Process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.out.Write(text)
}

// Output is what the process has written so far.
func (p *Process) Output() string {
	p.mu.Lock()
	defer p.mu.Unlock()

	return p.out.String()
}

// PID is the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Kill ends the process as a power cut would.
func (p *Process) Kill() error {
	err := p.cmd.Process.Kill()
	<-p.done

	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}

	return err
}

// Signal sends a signal to the process.
func (p *Process) Signal(signal syscall.Signal) error { return p.cmd.Process.Signal(signal) }

// Stop asks the process to end and waits for it. An exit code other than 0 is an error.
func (p *Process) Stop() error {
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}

	select {
	case <-p.done:
	case <-time.After(stopFor):
		return errors.Join(fmt.Errorf("%s did not stop within %s:\n%s", p.name, stopFor, p.tail()), p.Kill())
	}

	p.mu.Lock()
	defer p.mu.Unlock()

	if p.err != nil {
		return fmt.Errorf("%s ended with %w", p.name, p.err)
	}

	return nil
}

func (p *Process) tail() string {
	text := p.Output()

	return text[max(0, len(text)-8_000):]
}
