package embedded

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func TestADyingServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	server := start(t, Options{DataDir: dir})
	execute(t, server.URL(), "CREATE TABLE note AS SELECT 'kept' AS body")
	died := postmasterPID(t, dir)
	if err := syscall.Kill(died, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "a new server", func() bool {
		return ping(t.Context(), server.URL()) == nil && postmasterPID(t, dir) != died
	})
	if got := query[string](t, server.SocketURL(), "SELECT body FROM note"); got != "kept" {
		t.Errorf("got %q", got)
	}
	stop(t, server)
}

func TestABusyBackendDoesNotHoldTheRestartUp(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	server := start(t, Options{DataDir: dir})
	conn := connect(t, server.URL())
	go func() { // computes for minutes and looks at nothing else
		_, _ = conn.Exec(t.Context(), "SELECT count(*) FROM generate_series(1, 2000000000)")
	}()
	await(t, "the query to run", func() bool {
		return query[int](t, server.AdminURL(),
			"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series(1, 2%' AND pid <> pg_backend_pid()") == 1
	})
	died := postmasterPID(t, dir)
	if err := syscall.Kill(died, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "a new server", func() bool { return ping(t.Context(), server.URL()) == nil })
}

func TestAServerThatCannotBeStartedAgainIsReported(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	server := start(t, Options{DataDir: dir})
	if err := os.Remove(filepath.Join(dir, "postgres", "data", "global", "pg_control")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(postmasterPID(t, dir), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	<-server.Done()
	if err := server.Err(); err == nil {
		t.Error("the server is down without a reason")
	} else {
		mustContain(t, err.Error(), "pg_control")
	}
	if err := server.Stop(t.Context()); err == nil {
		t.Error("Stop hides what happened")
	}
}

func TestStartAfterTheOwnerWasKilled(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	owner, ownersURL := startOwner(t, dir)
	execute(t, ownersURL, "CREATE TABLE note AS SELECT 'kept' AS body")
	killHard(t, owner)
	server := start(t, Options{DataDir: dir})
	if got := query[string](t, server.URL(), "SELECT body FROM note"); got != "kept" {
		t.Errorf("got %q", got)
	}
}

func TestAcquireAfterTheOwnerWasKilled(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	owner, _ := startOwner(t, dir)
	killHard(t, owner)
	server, err := Acquire(t.Context(), Options{DataDir: dir, Settings: quick})
	if err != nil {
		t.Fatal(err)
	}
	if !server.Owned() {
		t.Error("it attached to the server of a dead owner")
	}
	stop(t, server)
}

func TestASocketDirectoryOfAKilledOwnerIsRemoved(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(openDir(t), strings.Repeat("long", 25))
	owner, _ := startOwner(t, dir)
	left, err := dataDir(dir).announcedServer()
	if err != nil {
		t.Fatal(err)
	}
	killHard(t, owner)
	server := start(t, Options{DataDir: dir})
	if server.info.SocketDir == left.SocketDir {
		t.Fatal("two servers had one temporary directory")
	}
	mustNotExist(t, left.SocketDir)
}

func TestTheServerOfAKilledOwnerIsNotUsed(t *testing.T) {
	t.Parallel()
	dir, err := openDataDir(dataIn(t))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := dir.lock()
	if err != nil {
		t.Fatal(err)
	}
	defer lock.release()
	for pid, want := range map[int]bool{os.Getpid(): true, os.Getpid() + 1: false} {
		if err := dir.announceServer(serverInfo{PID: pid}); err != nil {
			t.Fatal(err)
		}
		if _, err := dir.announcedServer(); (err == nil) != want {
			t.Errorf("the announcement of process %d while process %d owns the data: %v", pid, os.Getpid(), err)
		}
	}
}

// A child has all files of its parent open between its fork and its exec; a copy of the descriptor stands for it here.
func TestTheLockIsGivenUpAlthoughAChildIsBeingStarted(t *testing.T) {
	t.Parallel()
	dir, err := openDataDir(dataIn(t))
	if err != nil {
		t.Fatal(err)
	}
	lock, err := dir.lock()
	if err != nil {
		t.Fatal(err)
	}
	child, err := syscall.Dup(int(lock.file.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(child)
	lock.release()
	again, err := dir.lock()
	if err != nil {
		t.Fatal(err)
	}
	again.release()
}

func TestStartAfterOwnerAndServerWereKilled(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	owner, ownersURL := startOwner(t, dir)
	execute(t, ownersURL, "CREATE TABLE note AS SELECT 'kept' AS body")
	// Stopped first, so that it cannot shut down politely when its owner dies.
	postmaster := postmasterPID(t, dir)
	if err := syscall.Kill(postmaster, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	killHard(t, owner)
	if err := syscall.Kill(postmaster, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	server := start(t, Options{DataDir: dir})
	if got := query[string](t, server.URL(), "SELECT body FROM note"); got != "kept" {
		t.Errorf("got %q", got)
	}
}

func TestAServerThatWasLeftRunningIsStoppedFirst(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	first := start(t, Options{DataDir: dir})
	execute(t, first.URL(), "CREATE TABLE note AS SELECT 'kept' AS body")
	stop(t, first)
	leftover := startByHand(t, first.cluster)
	var told progress
	second := start(t, Options{DataDir: dir, Progress: told.add})
	mustContain(t, told.text(), "left behind", strconv.Itoa(leftover))
	if isPostmaster(leftover, first.cluster.dataPath()) {
		t.Error("the old server still runs")
	}
	if got := query[string](t, second.URL(), "SELECT body FROM note"); got != "kept" {
		t.Errorf("got %q", got)
	}
}

// startByHand starts a server on the cluster's data that knows nothing of any owner, as on a system without a signal
// for a parent's death.
func startByHand(t *testing.T, c *cluster) int {
	t.Helper()
	if err := c.openSocketDir(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), c.inst.program("postgres"), "-D", c.dataPath(),
		"-c", "port="+strconv.Itoa(c.port), "-c", "unix_socket_directories="+c.socketDir)
	cmd.Dir, cmd.Env = c.dataPath(), serverEnv()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.account.credential()}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = cmd.Wait() }() // a zombie would look like a process
	await(t, "the server by hand", func() bool { return c.saysReady(cmd.Process.Pid) })
	return cmd.Process.Pid
}

func TestStaleFilesDoNotKeepTheServerDown(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	first := start(t, Options{DataDir: dir})
	stop(t, first)
	// A process that has the server's user, but not its data, now has the pid that the files name.
	stranger := exec.CommandContext(t.Context(), "sleep", "600")
	stranger.SysProcAttr = &syscall.SysProcAttr{Credential: first.cluster.account.credential()}
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	pid := strconv.Itoa(stranger.Process.Pid)
	pidFile := filepath.Join(first.cluster.dataPath(), "postmaster.pid")
	for path, content := range map[string]string{
		filepath.Join(dir, "lock"):        pid + "\n",
		filepath.Join(dir, "server.json"): `{"pid":` + pid + `,"port":1,"socket_dir":"/nowhere"}`,
		pidFile:                           pid + "\n" + first.cluster.dataPath() + "\n1\n1\n\n\n\nready\n",
	} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := first.cluster.account.take(pidFile); err != nil {
		t.Fatal(err)
	}
	server := start(t, Options{DataDir: dir})
	if err := ping(t.Context(), server.URL()); err != nil {
		t.Error(err)
	}
	if !alive(stranger.Process.Pid) {
		t.Error("the stranger was killed")
	}
}

func TestAnInterruptedCreationIsStartedOver(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	unfinished := filepath.Join(dir, "postgres", "data.new", "base")
	if err := os.MkdirAll(unfinished, 0o700); err != nil {
		t.Fatal(err)
	}
	server := start(t, Options{DataDir: dir})
	if err := ping(t.Context(), server.URL()); err != nil {
		t.Error(err)
	}
}

func TestATakenPortIsGivenUp(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	first := start(t, Options{DataDir: dir})
	stop(t, first)
	listener, err := listen(t.Context(), first.info.Port)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	second := start(t, Options{DataDir: dir})
	if second.info.Port == first.info.Port {
		t.Error("two listen on one port")
	}
}

func TestALostPasswordIsNamed(t *testing.T) {
	t.Parallel()
	dir := dataIn(t)
	stop(t, start(t, Options{DataDir: dir}))
	password := filepath.Join(dir, "password")
	if err := os.Remove(password); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{DataDir: dir})
	if err == nil {
		t.Fatal("it started without the password")
	}
	mustContain(t, err.Error(), password)
	if err := os.WriteFile(password, []byte("another"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Start(t.Context(), Options{DataDir: dir, Settings: quick}); err == nil {
		t.Fatal("it started with a wrong password")
	}
	mustContain(t, err.Error(), "password")
}

// progress collects what the person who waits is told.
type progress struct {
	mu    sync.Mutex
	lines []string
}

func (p *progress) add(line string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
}

func (p *progress) text() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}
