package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// unprivileged are the accounts tried, in order, when the process runs as
// root. The first is the packaged Postgres account, the second exists on
// every Unix.
var unprivileged = [...]string{"postgres", "nobody"}

// account is the operating-system account the server runs as.
type account struct {
	uid, gid uint32
	// drop is true when the process is root and has to become this account;
	// false when the account is the process's own.
	drop bool
	name string
}

// chooseAccount returns the process's own account, or for root the owner of
// an existing cluster (so that `sudo make dev` keeps working on a cluster made
// without sudo), or an unprivileged account of the machine.
func chooseAccount(homePath string) (account, error) {
	euid := os.Geteuid()
	if euid != 0 {
		return account{uid: uint32(euid), gid: uint32(os.Getegid()), name: strconv.Itoa(euid)}, nil
	}

	if st, err := os.Stat(filepath.Join(homePath, "data")); err == nil {
		if owner := st.Sys().(*syscall.Stat_t); owner.Uid != 0 {
			return account{uid: owner.Uid, gid: owner.Gid, drop: true, name: strconv.Itoa(int(owner.Uid))}, nil
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return account{}, fmt.Errorf("look at the existing cluster: %w", err)
	}

	for _, name := range unprivileged {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr); err != nil {
			return account{}, fmt.Errorf("read ids of user %s: %w", name, err)
		}
		if uid == 0 {
			continue
		}
		return account{uid: uint32(uid), gid: uint32(gid), drop: true, name: name}, nil
	}
	return account{}, fmt.Errorf("postgres cannot run as root and none of the users %v exists: "+
		"create one of them or start as an ordinary user", unprivileged)
}

// sysProcAttr makes a child run as the account and in a process group of its
// own, so that Ctrl-C in the terminal reaches only the parent, which then stops
// its children in order.
func (a account) sysProcAttr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		attr.Credential = &syscall.Credential{Uid: a.uid, Gid: a.gid}
	}
	return attr
}

// own gives a file or directory to the account; a no-op unless root.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	if err := os.Lchown(path, int(a.uid), int(a.gid)); err != nil {
		return fmt.Errorf("give %s to user %s: %w", path, a.name, err)
	}
	return nil
}
