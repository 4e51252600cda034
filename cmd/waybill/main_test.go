package main

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"waybill/db/dbtest"
)

// asProgram makes the test binary behave as waybill, so that tests see real exit
// codes, streams and signals.
const asProgram = "WAYBILL_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program prepares a run in an empty directory with nothing but env set.
func program(t *testing.T, env []string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Dir = t.TempDir()
	cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	return cmd
}

// finish runs the program to its end.
func finish(t *testing.T, cmd *exec.Cmd) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errOut.String()
}

func TestMistakesAreOneLineAndCode2(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		env  []string
		args []string
		want []string // all in the message
	}{
		{"no command", nil, nil, []string{"serve", "migrate", "--help"}},
		{"unknown command", nil, []string{"sreve"}, []string{"sreve", "--help"}},
		{"unknown flag", nil, []string{"serve", "--prot", "80"}, []string{"--prot", "--help"}},
		{"all settings at once", []string{"PORT=http", "WAYBILL_LOG_LEVEL=loud"},
			[]string{"serve", "--public-url", "shop", "--database-url", "mysql://x"},
			[]string{"4 settings", "PORT", "WAYBILL_LOG_LEVEL", "WAYBILL_PUBLIC_URL", "DATABASE_URL"}},
		{"bench without such a scenario", nil, []string{"bench", "--only", "lunch"}, []string{"lunch", "orders", "flash"}},
		{"bench with too many clients", nil, []string{"bench", "--clients", "1,5000"}, []string{"--clients", "160"}},
		{"setting of another command", []string{"DATABASE_URL=x://y"}, []string{"migrate", "up"}, []string{"DATABASE_URL"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := finish(t, program(t, tt.env, tt.args...))
			if code != 2 || stdout != "" || strings.Count(stderr, "\n") != 1 {
				t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			for _, want := range tt.want {
				if !strings.Contains(stderr, want) {
					t.Errorf("%q is not in %q", want, stderr)
				}
			}
		})
	}
}

func TestHelpIsNoMistake(t *testing.T) {
	t.Parallel()
	code, stdout, stderr := finish(t, program(t, nil, "--help"))
	if code != 0 || stderr != "" || !strings.Contains(stdout, "migrate status") || !strings.Contains(stdout, "$DATABASE_URL") {
		t.Errorf("code %d, stderr %q, stdout %q", code, stderr, stdout)
	}
}

func TestDotEnv(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		env, args  []string
		code       int
		want       string // in what db url says
	}{
		{"file", "DATABASE_URL=mysql://x\n", nil, nil, 2, "DATABASE_URL"},
		{"environment wins", "WAYBILL_LOG_LEVEL=loud\n", []string{"WAYBILL_LOG_LEVEL=info"}, nil, 0, "postgres"},
		{"flag wins", "WAYBILL_LOG_LEVEL=loud\n", nil, []string{"--log-level=info"}, 0, "postgres"},
		{"empty means unset", "", []string{"WAYBILL_LOG_LEVEL=", "WAYBILL_DATA="}, nil, 0, "postgres"},
		{"unreadable", "PORT=\"80\n", nil, nil, 2, ".env"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			env := tt.env
			if tt.code == 0 {
				env = append(env, "DATABASE_URL="+dbtest.URL(t))
			}
			cmd := program(t, env, append([]string{"db", "url"}, tt.args...)...)
			if err := os.WriteFile(filepath.Join(cmd.Dir, ".env"), []byte(tt.file), 0o600); err != nil {
				t.Fatal(err)
			}
			code, stdout, stderr := finish(t, cmd)
			if code != tt.code || !strings.Contains(stdout+stderr, tt.want) {
				t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
}

func TestDBURLStandsAloneOnStdout(t *testing.T) {
	t.Parallel()
	url := dbtest.URL(t)
	code, stdout, stderr := finish(t, program(t, nil, "db", "url", "--database-url", url))
	if code != 0 || stdout != url+"\n" || stderr != "" {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestMigrateCommands(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + dbtest.EmptyURL(t)}
	steps := []struct {
		command, want string
		code          int
	}{
		{"status", "pending", 1},
		{"up", "applied", 0},
		{"up", "up to date", 0},
		{"status", "Z\n", 0}, // a time of application
	}
	for _, step := range steps {
		code, stdout, stderr := finish(t, program(t, env, "migrate", step.command))
		if code != step.code || !strings.Contains(stdout, step.want) {
			t.Errorf("migrate %s: code %d, stdout %q, stderr %q", step.command, code, stdout, stderr)
		}
		if behind := strings.Contains(stderr, "behind"); behind != (step.code == 1) {
			t.Errorf("migrate %s says %q", step.command, stderr)
		}
	}
}

func TestUnreachableDatabaseIsOneLineWithoutThePassword(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := finish(t, program(t, nil, "db", "url", "--database-url", "postgres://u:hunter2@"+addr+"/x"))
	if code != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, addr) {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	if strings.Contains(stderr, "hunter2") {
		t.Errorf("the password is shown: %q", stderr)
	}
}

// server is waybill serve as a process.
type server struct {
	cmd    *exec.Cmd
	url    string
	stdout *bufio.Reader
	stderr *bufio.Reader
}

// startServer waits until the program says where it is.
func startServer(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: cmd, stdout: bufio.NewReader(stdout), stderr: bufio.NewReader(stderr)}
	line, err := s.stdout.ReadString('\n')
	if err != nil {
		rest, _ := io.ReadAll(s.stderr)
		t.Fatalf("no address: %v, stderr %q", err, rest)
	}
	s.url = strings.TrimSpace(strings.TrimPrefix(line, "Waybill is at "))
	return s
}

// waitForLog reads stderr up to a line with this text.
func (s *server) waitForLog(t *testing.T, text string) {
	t.Helper()
	for {
		line, err := s.stderr.ReadString('\n')
		if err != nil {
			t.Fatalf("no line with %q: %v", text, err)
		}
		if strings.Contains(line, text) {
			return
		}
	}
}

func (s *server) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// end waits for the process and returns its exit code.
func (s *server) end(t *testing.T) int {
	t.Helper()
	_, _ = io.Copy(io.Discard, s.stdout)
	_, _ = io.Copy(io.Discard, s.stderr)
	_ = s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

func TestServeAnswersAndStopsAtTheSignal(t *testing.T) {
	t.Parallel()
	env := []string{"DATABASE_URL=" + dbtest.EmptyURL(t), "PORT=0"}
	s := startServer(t, program(t, env, "serve"))
	if status := statusOf(t, s.url+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz answers %d", status)
	}
	if status := statusOf(t, s.url+"/nowhere"); status != http.StatusNotFound {
		t.Errorf("an unknown page answers %d", status)
	}

	port := s.url[strings.LastIndex(s.url, ":")+1:]
	code, _, stderr := finish(t, program(t, env, "serve", "--port", port))
	if code != 1 || stderr != "waybill: port "+port+" is in use; set PORT or --port\n" {
		t.Errorf("a second server on the port: code %d, stderr %q", code, stderr)
	}

	s.signal(t, syscall.SIGTERM)
	if code := s.end(t); code != 0 {
		t.Errorf("SIGTERM ends it with %d", code)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	s := startServer(t, program(t, []string{"DATABASE_URL=" + dbtest.EmptyURL(t), "PORT=0"}, "serve"))
	// A request that never finishes its headers keeps the server draining for seconds.
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET / HTTP/1.1\r\nX-Slow: ")); err != nil {
		t.Fatal(err)
	}
	if status := statusOf(t, s.url+"/healthz"); status != http.StatusOK { // accepted after conn was
		t.Errorf("/healthz answers %d", status)
	}
	s.signal(t, syscall.SIGINT)
	s.waitForLog(t, "shutting down")
	s.signal(t, syscall.SIGINT)
	s.end(t)
	status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		t.Errorf("it ended with %v instead of by the signal", s.cmd.ProcessState)
	}
}

// readSignIns reads what a demo says behind its address.
func (s *server) readSignIns(t *testing.T) {
	t.Helper()
	var told strings.Builder
	for range len(demoAccounts) + 2 {
		line, err := s.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("%v after %q", err, told.String())
		}
		told.WriteString(line)
	}
	for _, want := range []string{"customer@demo.test", "merchant@", "finance@", "support@", "admin@", "password demo\n"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("%q is not in %q", want, told.String())
		}
	}
}

// The one command of the README, without DATABASE_URL: the first server owns the data,
// a second is refused, other commands are guests.
func TestServeWithItsOwnDatabase(t *testing.T) {
	t.Parallel()
	data, err := os.MkdirTemp("", "waybill-serve-") //nolint:usetesting // t.TempDir is closed to the user PostgreSQL runs as
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(data) })
	if err := os.Chmod(data, 0o755); err != nil { // PostgreSQL runs as another user when we are root
		t.Fatal(err)
	}
	env := []string{"WAYBILL_DATA=" + data, "PORT=0"}
	s := startServer(t, program(t, env, "serve"))
	if status := statusOf(t, s.url+"/readyz"); status != http.StatusOK {
		t.Errorf("/readyz answers %d", status)
	}
	if code, _, stderr := finish(t, program(t, env, "serve")); code != 1 || !strings.Contains(stderr, "in use by process") {
		t.Errorf("a second server on the data: code %d, stderr %q", code, stderr)
	}
	code, url, _ := finish(t, program(t, env, "db", "url"))
	if code != 0 || !strings.HasPrefix(url, "postgres://") {
		t.Fatalf("db url: code %d, stdout %q", code, url)
	}
	guest := program(t, nil, "migrate", "status", "--database-url", strings.TrimSpace(url))
	if code, stdout, stderr := finish(t, guest); code != 0 {
		t.Errorf("the URL does not lead to the server's database: code %d, %s%s", code, stdout, stderr)
	}
	s.signal(t, os.Interrupt)
	if code := s.end(t); code != 0 {
		t.Errorf("Ctrl-C ends it with %d", code)
	}
	if code, stdout, stderr := finish(t, program(t, env, "migrate", "status")); code != 0 {
		t.Errorf("the data did not survive: code %d, %s%s", code, stdout, stderr)
	}
}

func statusOf(t *testing.T, url string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
