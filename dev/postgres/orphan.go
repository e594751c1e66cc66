package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrRunning says that another process runs a server on the same data.
var ErrRunning = errors.New("another process is running Postgres on this data directory")

// orphanPollInterval is the pause between two looks at a process that is not
// our child and therefore cannot be waited for.
const orphanPollInterval = 20 * time.Millisecond

// lockHome takes the lock that says "this process runs the server here". The
// kernel drops it when the process dies, however it dies, so whoever holds it
// may treat any server still running on the data as left behind.
func lockHome(h home) (*os.File, error) {
	path := filepath.Join(h.path, "lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock: %w", err)
	}
	if err := h.account.own(path); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(fmt.Errorf("%w: %s", ErrRunning, h.path), f.Close())
	case err != nil:
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
	}
	return f, nil
}

// stopOrphan deals with the postmaster.pid of a server whose parent was
// killed. If that server still runs (usually it is busy with the shutdown the
// parent's death set off) it is told to hurry and waited for. If the file is
// stale it is removed: Postgres itself would be fooled by a process that got
// the same id, which is common in containers.
func stopOrphan(ctx context.Context, h home) error {
	path := filepath.Join(h.data(), "postmaster.pid")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("look for a server left behind: %w", err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(first))
	if err != nil || pid <= 1 {
		return removeStale(path) // written half: the server never got anywhere
	}

	for _, step := range []struct {
		signal   syscall.Signal
		patience time.Duration
	}{
		{syscall.SIGINT, fastShutdownTimeout},
		{syscall.SIGQUIT, 5 * time.Second},
		{syscall.SIGKILL, 5 * time.Second},
	} {
		if !isPostmaster(ctx, pid, h) {
			return removeStale(path)
		}
		if err := syscall.Kill(pid, step.signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stop the server left behind (pid %d): %w", pid, err)
		}
		if err := waitGone(ctx, pid, h, step.patience); err != nil {
			return fmt.Errorf("wait for the server left behind (pid %d): %w", pid, err)
		}
	}
	if isPostmaster(ctx, pid, h) {
		return fmt.Errorf("the server left behind (pid %d) does not end", pid)
	}
	return removeStale(path)
}

// waitGone returns when the postmaster has ended or patience has, or with an
// error when ctx has.
func waitGone(ctx context.Context, pid int, h home, patience time.Duration) error {
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(orphanPollInterval)
	defer tick.Stop()
	for isPostmaster(ctx, pid, h) {
		select {
		case <-tick.C:
		case <-deadline.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// isPostmaster reports whether pid is a Postgres server on this data
// directory, by its command line: a process id alone proves nothing.
func isPostmaster(ctx context.Context, pid int, h home) bool {
	var args string
	if raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); err == nil {
		args = strings.ReplaceAll(string(raw), "\x00", " ")
	} else if _, procErr := os.Stat("/proc/self"); procErr == nil {
		return false // there is a /proc and the process is not in it
	} else {
		out, err := exec.CommandContext(ctx, "ps", "-o", "args=", "-p", strconv.Itoa(pid)).Output()
		if err != nil {
			return false
		}
		args = string(out)
	}
	return strings.Contains(args, "postgres") && strings.Contains(args, " -D "+h.data()+" ")
}

// removeStale deletes a postmaster.pid that no server owns any more.
func removeStale(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove stale pid file: %w", err)
	}
	return nil
}
