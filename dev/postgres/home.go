package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// home is the directory that holds everything of one cluster: "data" (the
// cluster), "password", "lock", and downloaded binaries. It belongs to the
// account that runs the server and nobody else may enter it.
type home struct {
	account account
	path    string
}

// data is the cluster's own directory, PGDATA.
func (h home) data() string { return filepath.Join(h.path, "data") }

// openHome finds the cluster's home for a data directory, or makes one.
//
// It is <dir>/postgres wherever possible. When root drops to an account that
// cannot reach dir (a work tree below a directory of mode 0700, such as
// /root), the home is a directory below /var/tmp named after a hash of dir,
// and <dir>/postgres becomes a link to it, so that the next start and a human
// both find it.
func openHome(ctx context.Context, dir string) (home, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return home{}, fmt.Errorf("create data directory: %w", err)
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return home{}, fmt.Errorf("resolve data directory: %w", err)
	}

	entry := filepath.Join(dir, "postgres")
	path, err := existingHome(entry)
	if err != nil {
		return home{}, err
	}
	isNew := path == ""
	if isNew {
		path = entry
	}
	acct, err := chooseAccount(path)
	if err != nil {
		return home{}, err
	}

	switch parent := filepath.Dir(path); {
	case acct.reaches(ctx, parent):
	case isNew:
		if path, err = linkElsewhere(entry, dir); err != nil {
			return home{}, err
		}
	default:
		return home{}, fmt.Errorf("the cluster in %s belongs to user %s, who cannot enter %s: "+
			"make that directory and its parents passable (chmod o+x), or use another data directory",
			path, acct.name, parent)
	}
	return home{account: acct, path: path}, makePrivate(path, acct)
}

// existingHome returns where entry is or points to; empty when it is missing.
func existingHome(entry string) (string, error) {
	st, err := os.Lstat(entry)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("look for an existing cluster: %w", err)
	case st.Mode()&fs.ModeSymlink == 0:
		return entry, nil
	}
	target, err := os.Readlink(entry)
	if err != nil {
		return "", fmt.Errorf("follow link to the cluster: %w", err)
	}
	return target, nil
}

// linkElsewhere names a home that every account can reach and links it from
// entry. The name depends on dir alone, so a lost link leads to the same data.
func linkElsewhere(entry, dir string) (string, error) {
	base := "/var/tmp" // survives a reboot, unlike os.TempDir on most systems
	if _, err := os.Stat(base); err != nil {
		base = os.TempDir()
	}
	sum := sha256.Sum256([]byte(dir))
	path := filepath.Join(base, "surehook-dev-"+hex.EncodeToString(sum[:8]))
	if err := os.Symlink(path, entry); err != nil {
		return "", fmt.Errorf("link the cluster's directory: %w", err)
	}
	return path, nil
}

// makePrivate creates path for the account, or checks that it is the
// account's. The check matters below /var/tmp, where anybody may create
// directories under names they can guess.
func makePrivate(path string, acct account) error {
	switch err := os.Mkdir(path, 0o700); {
	case err == nil:
		return acct.own(path)
	case !errors.Is(err, fs.ErrExist):
		return fmt.Errorf("create the cluster's directory: %w", err)
	}
	st, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("look at the cluster's directory: %w", err)
	}
	if owner := st.Sys().(*syscall.Stat_t).Uid; !st.IsDir() || owner != acct.uid {
		return fmt.Errorf("%s is not a directory of user %s (it belongs to uid %d): "+
			"start as that user, or remove it, or use another data directory", path, acct.name, owner)
	}
	return nil
}

// reaches reports whether the account can enter dir. It tries rather than
// reads mode bits, so that ACLs and mount options count. A process that does
// not drop privileges finds out by itself soon enough.
func (a account) reaches(ctx context.Context, dir string) bool {
	if !a.drop {
		return true
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", "exit 0")
	cmd.Dir, cmd.SysProcAttr = dir, a.sysProcAttr()
	return cmd.Run() == nil
}

// Remove deletes the cluster of a data directory, wherever it is kept. It
// refuses while a server runs on it.
func Remove(ctx context.Context, dir string) error {
	entry := filepath.Join(dir, "postgres")
	path, err := existingHome(entry)
	if err != nil || path == "" {
		return err
	}
	if _, err := os.Stat(path); err == nil {
		acct, err := chooseAccount(path)
		if err != nil {
			return err
		}
		h := home{account: acct, path: path}
		lock, err := lockHome(h)
		if err != nil {
			return err
		}
		defer lock.Close()
		if err := stopOrphan(ctx, h); err != nil {
			return err
		}
	}
	if err := errors.Join(os.RemoveAll(path), os.RemoveAll(entry)); err != nil {
		return fmt.Errorf("remove cluster: %w", err)
	}
	return nil
}
