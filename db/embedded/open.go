package embedded

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// openCluster finds the programs and the data, and makes the data when there is none.
func openCluster(ctx context.Context, opts Options, dir dataDir) (*cluster, error) {
	c := &cluster{opts: opts, dir: dir}
	if err := c.openHome(); err != nil {
		return nil, err
	}
	major := readNumber(filepath.Join(c.dataPath(), "PG_VERSION"))
	if err := c.chooseInstallation(ctx, major); err != nil {
		return nil, err
	}
	var err error
	if c.password, err = dir.password(major == 0); err != nil {
		return nil, err
	}
	if major == 0 {
		if err := c.create(ctx); err != nil {
			return nil, err
		}
	}
	// An orphan may still hold the last run's port; then this run simply has another one.
	if c.port = readNumber(dir.path("port")); c.port == 0 || portTaken(ctx, c.port) {
		if c.port, err = freePort(ctx); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// openHome finds or makes the directory of the server's user, and decides who that is: the owner of existing data,
// else the unprivileged account.
func (c *cluster) openHome() error {
	link := c.dir.path("postgres")
	home, err := filepath.EvalSymlinks(link)
	switch {
	case err == nil:
		return c.reopenHome(home)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("find the data: %w", err)
	case exists(link):
		return fmt.Errorf("%s points to data that is gone; remove the link to start with an empty database", link)
	}
	if c.account, err = c.opts.runAs(); err != nil {
		return err
	}
	if closed := c.account.closedTo(string(c.dir)); closed != "" {
		return c.makeHomeElsewhere(closed)
	}
	c.home = link
	if err := os.Mkdir(c.home, 0o700); err != nil {
		return fmt.Errorf("create the data directory: %w", err)
	}
	return c.account.take(c.home)
}

func (c *cluster) reopenHome(home string) error {
	c.home = home
	owner, err := ownerOf(home)
	if err != nil {
		return fmt.Errorf("find who owns the data: %w", err)
	}
	if owner.uid == 0 { // an earlier run was killed before it gave the directory away
		if c.account, err = c.opts.runAs(); err != nil {
			return err
		}
		return c.account.take(home)
	}
	if owner.foreign() && os.Geteuid() != 0 {
		return fmt.Errorf("the data in %s belongs to %s: run this as %s, or choose other data with WAYBILL_DATA",
			c.dir, owner.name, owner.name)
	}
	c.account = owner
	if closed := owner.closedTo(home); closed != "" {
		return fmt.Errorf("PostgreSQL runs as %s, who may not enter %s: allow it (chmod o+x %s)", owner.name, closed, closed)
	}
	return nil
}

// fallbackParents are where data goes that the server's user cannot reach beside the program; all survive a restart
// of the machine and may be entered by everybody.
var fallbackParents = []string{"/var/lib", "/var/tmp"}

// makeHomeElsewhere makes the home in a system directory and links it into the data directory. Opening the way
// would be simpler, but a private home directory is not ours to open.
func (c *cluster) makeHomeElsewhere(closed string) error {
	var failed error
	for _, parent := range fallbackParents {
		if at := c.account.closedTo(parent); at != "" {
			failed = errors.Join(failed, fmt.Errorf("%s may not enter %s", c.account.name, at))
			continue
		}
		home, err := os.MkdirTemp(parent, "waybill-") // 0700
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		if err := errors.Join(c.account.take(home), os.Symlink(home, c.dir.path("postgres"))); err != nil {
			return errors.Join(fmt.Errorf("create the data directory: %w", err), os.Remove(home))
		}
		if c.home, err = filepath.EvalSymlinks(home); err != nil {
			return fmt.Errorf("create the data directory: %w", err)
		}
		c.opts.Progress(fmt.Sprintf("PostgreSQL runs as %s, who may not enter %s; the data lies in %s, linked from %s",
			c.account.name, closed, home, c.dir.path("postgres")))
		return nil
	}
	return fmt.Errorf("PostgreSQL runs as %s, who may not enter %s, and there is no other place for the data: %w",
		c.account.name, closed, failed)
}

// chooseInstallation takes the newest PostgreSQL, or the one that made the data: no major version reads another's.
func (c *cluster) chooseInstallation(ctx context.Context, major int) error {
	found := c.opts.find(ctx)
	for _, inst := range found {
		if major == 0 || inst.major == major {
			c.inst = inst
			return nil
		}
	}
	if major != 0 && major != pinnedMajor {
		return otherMajorError(c.dir, major)
	}
	binDir, err := c.opts.fetch(ctx, c.cacheDir(), c.opts.Progress)
	if err != nil && major != 0 {
		return errors.Join(otherMajorError(c.dir, major), fmt.Errorf("downloading it failed: %w", err))
	}
	if err != nil {
		return &NotFoundError{Err: err}
	}
	inst, ok := inspect(ctx, binDir)
	if !ok {
		return &NotFoundError{Err: fmt.Errorf("the programs in %s do not run on this machine", binDir)}
	}
	c.inst = inst
	return nil
}

// locales are tried in order: letters beyond ASCII need a locale to have an upper case, and no system has all of
// these. Sort order is by code point in all but the second, which is a neutral one.
func locales(major int) [][]string {
	tries := [][]string{
		{"--locale=C.UTF-8"},
		{"--locale=C", "--locale-provider=icu", "--icu-locale=und"},
		{"--locale=C"},
	}
	if major >= 17 {
		return append([][]string{{"--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"}}, tries...)
	}
	return tries
}

// create makes the data under another name and renames it when it is whole, so that a run that is killed meanwhile
// leaves nothing that looks like data.
func (c *cluster) create(ctx context.Context) error {
	c.opts.Progress("Creating the database in " + c.home)
	unfinished := filepath.Join(c.home, "data.new")
	passwordFile := filepath.Join(c.home, "password.new")
	defer os.Remove(passwordFile)
	err := errors.Join(writePrivately(passwordFile, []byte(c.password+"\n")), c.account.take(passwordFile))
	if err != nil {
		return fmt.Errorf("create the database: %w", err)
	}
	args := []string{
		"-D", unfinished, "--username=" + superuserName, "--pwfile=" + passwordFile,
		"--auth=scram-sha-256", "--encoding=UTF8",
	}
	if c.opts.unsynced() {
		args = append(args, "--no-sync")
	}
	var failed error
	for _, locale := range locales(c.inst.major) {
		if err := os.RemoveAll(unfinished); err != nil {
			return fmt.Errorf("clear %s: %w", unfinished, err)
		}
		err := c.run(ctx, "initdb", append(args, locale...)...)
		if err == nil {
			return os.Rename(unfinished, c.dataPath())
		}
		failed = err // the last one is the plainest locale: what it says is not about locales
	}
	return fmt.Errorf("create the database in %s: %w", c.home, failed)
}

// run runs one of PostgreSQL's programs as the server's user.
func (c *cluster) run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, c.inst.program(program), args...)
	var output bytes.Buffer
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.home, serverEnv(), &output, &output
	cmd.SysProcAttr = serverAttributes(c.account)
	p, err := spawn(cmd)
	if err != nil {
		return fmt.Errorf("run %s as %s: %w", program, c.account.name, err)
	}
	<-p.done
	if p.err != nil {
		return fmt.Errorf("%s: %w: %s", program, p.err, bytes.TrimSpace(output.Bytes()))
	}
	return nil
}
