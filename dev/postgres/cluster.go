package postgres

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// tailBytes is how much of the server's log an error carries.
const tailBytes = 2048

// ensureCluster runs initdb unless the cluster exists and returns the
// superuser's password. initdb works in a directory beside the final one,
// which is renamed when complete: a start that is killed halfway leaves
// nothing that looks like a cluster.
func ensureCluster(ctx context.Context, h home, bin binaries) (string, error) {
	passwordFile := filepath.Join(h.path, "password")
	if _, err := os.Stat(filepath.Join(h.data(), "PG_VERSION")); err == nil {
		password, err := os.ReadFile(passwordFile)
		if err != nil {
			return "", fmt.Errorf("read the cluster's password: %w", err)
		}
		return strings.TrimSpace(string(password)), nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("look for an existing cluster: %w", err)
	}

	password := rand.Text()
	if err := os.WriteFile(passwordFile, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write the cluster's password: %w", err)
	}
	if err := h.account.own(passwordFile); err != nil {
		return "", err
	}

	fresh := h.data() + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return "", fmt.Errorf("clear the remains of an interrupted initdb: %w", err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(bin.dir, "initdb"),
		"--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--pgdata="+fresh,
		"--pwfile="+passwordFile, "--username="+superuser)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = h.path, environment(), h.account.sysProcAttr()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("create the cluster with initdb: %w\n%s", err, bytes.TrimSpace(out))
	}
	if err := os.Rename(fresh, h.data()); err != nil {
		return "", fmt.Errorf("put the new cluster in place: %w", err)
	}
	return password, nil
}

// serverArgs are the postmaster's arguments. Settings are given here and not
// in a file so that a change of ours reaches every existing cluster.
func serverArgs(data string, port int) []string {
	args := []string{"-D", data, "-p", strconv.Itoa(port)}
	for _, setting := range []string{
		// Reach: loopback only, no socket files anywhere.
		"listen_addresses=127.0.0.1",
		"unix_socket_directories=",

		// Durability: what is acknowledged survives SIGKILL of anything.
		"fsync=on",
		"full_page_writes=on",
		"synchronous_commit=on",

		// Room: Temporal's four services and Surehook each bring pools.
		"max_connections=300",
		"shared_buffers=256MB",

		// Fewer interruptions on a small machine: long gaps between
		// checkpoints, and no JIT compilation of statements that take
		// microseconds.
		"checkpoint_timeout=15min",
		"max_wal_size=2GB",
		"jit=off",

		"log_checkpoints=off",
		"log_timezone=UTC",
		"timezone=UTC",
	} {
		args = append(args, "-c", setting)
	}
	return args
}

// tail returns the end of a log for use in an error.
func tail(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "(" + err.Error() + ")"
	}
	defer f.Close()
	if st, err := f.Stat(); err == nil && st.Size() > tailBytes {
		_, _ = f.Seek(-tailBytes, io.SeekEnd)
	}
	content, err := io.ReadAll(f)
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return strings.TrimSpace(string(content))
}
