package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	announcement   = "Waybill is at http://" // what serve says first
	serverStop     = 20 * time.Second        // it drains for less
	commandTimeout = time.Minute
	logTail        = 2 << 10
)

// server is the program itself, started as an operator would start it: its own process, default settings, request log on.
type server struct {
	cmd     *exec.Cmd
	log     string
	address string // host:port
	exited  chan error
}

// program is the waybill binary and the database it works on.
type program struct {
	path     string
	dir      string // where it runs, away from anybody's .env
	url      string // of the database
	password string // of the accounts that user create makes
}

// environment sets everything that could come from the caller's own to its default.
func (p program) environment() []string {
	return append(os.Environ(), "DATABASE_URL="+p.url, "PORT=0", "WAYBILL_HOST=", "WAYBILL_LOG_LEVEL=", "WAYBILL_PUBLIC_URL=",
		"WAYBILL_METRICS_TOKEN=", "WAYBILL_TRUSTED_PROXIES=", "REPLICA_URLS=", "WAYBILL_PASSWORD="+p.password)
}

// serve starts the server and waits until it says where it is.
func (p program) serve(ctx context.Context, extra ...string) (*server, error) {
	log, err := os.CreateTemp(p.dir, "server-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	s := &server{log: log.Name(), exited: make(chan error, 1)}
	s.cmd = exec.Command(p.path, append([]string{"serve"}, extra...)...) //nolint:noctx // stop ends it, politely
	s.cmd.Dir, s.cmd.Env, s.cmd.Stderr = p.dir, p.environment(), log
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for this program, which then stops it
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, readErr := bufio.NewReader(out).ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, out)
		s.exited <- s.cmd.Wait()
	}()
	address, ok := strings.CutPrefix(strings.TrimSpace(line), announcement)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the server did not start: %q; its log ends with:\n%s", line, s.tail()), readErr, s.stop(ctx))
	}
	s.address = address
	return s, nil
}

// stop lets the server drain and end.
func (s *server) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), serverStop)
	defer cancel()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case err := <-s.exited:
		if err != nil {
			return fmt.Errorf("the server ended with %w; its log ends with:\n%s", err, s.tail())
		}
		return nil
	case <-ctx.Done():
		return errors.Join(errors.New("the server does not stop and is killed"), s.cmd.Process.Kill(), <-s.exited)
	}
}

// tail is the end of the server's log, for whoever reads why it failed.
func (s *server) tail() string {
	file, err := os.Open(s.log)
	if err != nil {
		return err.Error()
	}
	defer file.Close()
	if end, err := file.Seek(0, io.SeekEnd); err == nil {
		_, err = file.Seek(max(0, end-logTail), io.SeekStart)
		if err != nil {
			return err.Error()
		}
	}
	content, err := io.ReadAll(io.LimitReader(file, logTail))
	if err != nil {
		return err.Error()
	}
	return string(content)
}

// run runs another command of the program and returns what it printed, trimmed.
func (p program) run(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	var out bytes.Buffer
	cmd := p.command(ctx, args...)
	cmd.Stdout = &out
	if err := complete(cmd); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.String()), nil
}

func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Dir, cmd.Env = p.dir, p.environment()
	return cmd
}

// complete runs a command; its error has what the command complains of.
func complete(cmd *exec.Cmd) error {
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("waybill %s: %w: %s", strings.Join(cmd.Args[1:], " "), err, strings.TrimSpace(complaints.String()))
	}
	return nil
}

// keepRunning runs another command of the program for so long: again when it has ended, and the last one is interrupted.
func (p program) keepRunning(ctx context.Context, lasts time.Duration, args ...string) error {
	over, cancel := context.WithTimeout(ctx, lasts)
	defer cancel()
	for over.Err() == nil {
		cmd := p.command(over, args...)
		cmd.Cancel, cmd.WaitDelay = func() error { return cmd.Process.Signal(os.Interrupt) }, commandTimeout
		if err := complete(cmd); err != nil && over.Err() == nil {
			return err
		}
	}
	return ctx.Err()
}
