package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// ownerVariable makes the test program a process that owns the data directory named in it, until it is killed.
const ownerVariable = "EMBEDDED_TEST_OWNER"

// asUserVariable marks the copy of the tests that runs as a normal user.
const asUserVariable = "EMBEDDED_TEST_AS_USER"

func TestMain(m *testing.M) {
	if dir := os.Getenv(ownerVariable); dir != "" {
		ownUntilKilled(dir)
	}
	os.Exit(m.Run())
}

func ownUntilKilled(dir string) {
	server, err := Start(context.Background(), Options{DataDir: dir, Settings: quick})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Fprintln(os.Stdout, server.URL())
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the test
	os.Exit(0)
}

// quick is for tests that are not about durability.
var quick = map[string]string{"fsync": "off", "shared_buffers": "16MB", "max_connections": "20"}

// eventually is how long a test waits for what must happen; it fails when that takes longer, and only then.
const eventually = 30 * time.Second

// openDir answers a directory that every user may pass through, which t.TempDir is not: it is gone after the test, with
// what a link in it leads to.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "waybill-embedded-test-") //nolint:usetesting // as said
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func dataIn(t *testing.T) string {
	t.Helper()
	return filepath.Join(openDir(t), "data")
}

// start starts a server that is stopped after the test, if the test has not done so.
func start(t *testing.T, opts Options) *Server {
	t.Helper()
	if opts.Settings == nil {
		opts.Settings = quick
	}
	opts.Logger = slog.New(slog.DiscardHandler) // deaths are what many tests are about
	server, err := Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop(context.Background()) })
	return server
}

func stop(t *testing.T, server *Server) {
	t.Helper()
	if err := server.Stop(t.Context()); err != nil {
		t.Fatalf("stop: %v", err)
	}
}

// startOwner starts a process that owns the data, and answers it with the URL of its server.
func startOwner(t *testing.T, dir string) (*exec.Cmd, string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), ownerVariable+"="+dir)
	cmd.Stderr = t.Output()
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var url string
	if _, err := fmt.Fscanln(stdout, &url); err != nil {
		t.Fatalf("the owner did not start a server: %v", err)
	}
	return cmd, url
}

func killHard(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // says that it was killed
}

func execute(t *testing.T, url, statement string) {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func query[T any](t *testing.T, url, statement string) T {
	t.Helper()
	conn := connect(t, url)
	defer conn.Close(t.Context())
	var value T
	if err := conn.QueryRow(t.Context(), statement).Scan(&value); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	return value
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

func postmasterPID(t *testing.T, dir string) int {
	t.Helper()
	pid := readNumber(filepath.Join(dir, "postgres", "data", "postmaster.pid"))
	if pid == 0 {
		t.Fatal("no server runs")
	}
	return pid
}

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	if err := waitUntil(t.Context(), eventually, holds); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// TestAsNormalUser runs all the tests once more as a user without rights, when they are run by root.
func TestAsNormalUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 || os.Getenv(asUserVariable) != "" {
		return // this is the normal user
	}
	nobody, err := unprivilegedAccount()
	if err != nil {
		t.Fatal(err)
	}
	dir := openDir(t)
	program := filepath.Join(dir, "embedded.test")
	copyProgram(t, program)
	home := filepath.Join(dir, "home")
	if err := errors.Join(os.Mkdir(home, 0o700), nobody.take(home)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "-test.parallel=2")
	cmd.Dir = home
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, asUserVariable + "=yes"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: nobody.credential()}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("as %s: %v\n%s", nobody.name, err, out)
	}
}

func copyProgram(t *testing.T, target string) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(target, content, 0o755); err != nil {
		t.Fatal(err)
	}
}

func mustNotExist(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there (%v)", path, err)
	}
}

func mustContain(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing from:\n%s", part, text)
		}
	}
}
