package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// account is the system user that runs PostgreSQL, which refuses to run as root.
type account struct {
	uid, gid int
	name     string
}

// accountNames are tried in order when root has to become somebody else.
var accountNames = []string{"postgres", "_postgres", "nobody"}

// unprivilegedAccount answers the user who runs this program, or for root one without rights.
func unprivilegedAccount() (*account, error) {
	if uid := os.Geteuid(); uid != 0 {
		return accountOf(uid, os.Getegid()), nil
	}
	for _, name := range accountNames {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.Atoi(u.Uid)
		gid, gidErr := strconv.Atoi(u.Gid)
		if uidErr == nil && gidErr == nil && uid != 0 {
			return &account{uid: uid, gid: gid, name: name}, nil
		}
	}
	return nil, fmt.Errorf("PostgreSQL refuses to run as root and there is no user to run it as (tried %s); "+
		"create one (useradd --system postgres) or run this as a normal user", strings.Join(accountNames, ", "))
}

func accountOf(uid, gid int) *account {
	a := &account{uid: uid, gid: gid, name: "user " + strconv.Itoa(uid)}
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		a.name = u.Username
	}
	return a
}

// foreign reports whether the account is another than the one that runs this program.
func (a *account) foreign() bool { return a.uid != os.Geteuid() }

// credential makes a child run as the account; nil leaves it as it is.
func (a *account) credential() *syscall.Credential {
	if !a.foreign() {
		return nil
	}
	return &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)} //nolint:gosec // ids came from the system
}

// take gives a file or directory to the account.
func (a *account) take(path string) error {
	if !a.foreign() {
		return nil
	}
	return os.Lchown(path, a.uid, a.gid)
}

// ownerOf answers the account that owns path, or nil when there is no path.
func ownerOf(path string) (*account, error) {
	stat, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sys, ok := stat.Sys().(*syscall.Stat_t)
	if !ok {
		return nil, fmt.Errorf("no owner is known for %s", path)
	}
	return accountOf(int(sys.Uid), int(sys.Gid)), nil
}

// closedTo answers the first directory on the way from / to dir, dir included, that the account may not enter, or ""
// when the way is open. It reads mode bits: an access list may still say otherwise, and then PostgreSQL's own
// message does.
func (a *account) closedTo(dir string) string {
	if !a.foreign() {
		return ""
	}
	if parent := filepath.Dir(dir); parent != dir {
		if closed := a.closedTo(parent); closed != "" {
			return closed
		}
	}
	if !a.mayEnter(dir) {
		return dir
	}
	return ""
}

func (a *account) mayEnter(dir string) bool {
	stat, err := os.Stat(dir)
	if err != nil {
		return false
	}
	sys, ok := stat.Sys().(*syscall.Stat_t)
	if !ok {
		return false
	}
	mode := stat.Mode().Perm()
	switch {
	case int(sys.Uid) == a.uid:
		return mode&0o100 != 0
	case int(sys.Gid) == a.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}
