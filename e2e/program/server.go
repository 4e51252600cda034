package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	readyTimeout = 2 * time.Minute       // a first start may make a database and fill it
	readyLook    = 20 * time.Millisecond // between two looks
	stopTimeout  = 20 * time.Second      // what the program promises
	logLimit     = 4 << 20               // bytes of the log that are kept, the first ones
	waitDelay    = 2 * time.Second       // for what children of a killed server hold open
	greeting     = "Waybill is at "      // what the program prints before its address
)

// Server is a running waybill serve.
type Server struct {
	URL  string // where it answers, without a slash at the end
	cmd  *exec.Cmd
	log  *journal
	done chan struct{} // closed when the process has ended

	terminate    sync.Once
	terminateErr error
}

// Serve starts a server on a free port of this machine and waits until it is ready. Whoever starts it stops it.
func (p Program) Serve(ctx context.Context, dir string, env []string, args ...string) (*Server, error) {
	cmd := p.Command(context.WithoutCancel(ctx), dir, append([]string{"PORT=0"}, env...), append([]string{"serve"}, args...)...)
	cmd.WaitDelay = waitDelay
	s := &Server{cmd: cmd, log: &journal{}, done: make(chan struct{})}
	greeted := &greeter{address: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = io.MultiWriter(s.log, greeted), s.log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = cmd.Wait() // the exit code tells
		close(s.done)
	}()
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	if err := s.awaitReady(ctx, greeted.address); err != nil {
		s.Kill()
		return nil, fmt.Errorf("%s: %w\n%s", cmd, err, s.log)
	}
	return s, nil
}

func (s *Server) awaitReady(ctx context.Context, address <-chan string) error {
	select {
	case s.URL = <-address:
	case <-s.done:
		return errors.New("it ended")
	case <-ctx.Done():
		return ctx.Err()
	}
	tick := time.NewTicker(readyLook)
	defer tick.Stop()
	for !s.ready(ctx) {
		select {
		case <-tick.C:
		case <-s.done:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (s *Server) ready(ctx context.Context) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		return false
	}
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return false
	}
	return answer.Body.Close() == nil && answer.StatusCode == http.StatusOK
}

// Terminate asks the server to stop, as Ctrl-C and service managers do. It asks once: a second signal would end the
// server at once.
func (s *Server) Terminate() error {
	s.terminate.Do(func() {
		select {
		case <-s.done: // already
		default:
			s.terminateErr = s.cmd.Process.Signal(syscall.SIGTERM)
		}
	})
	return s.terminateErr
}

// Stop asks the server to stop and waits for that. It returns its exit code, and an error when it had to be killed.
func (s *Server) Stop() (code int, err error) {
	if err := s.Terminate(); err != nil {
		return 0, err
	}
	select {
	case <-s.done:
		return s.cmd.ProcessState.ExitCode(), nil
	case <-time.After(stopTimeout):
		s.Kill()
		return 0, fmt.Errorf("the server did not stop within %s\n%s", stopTimeout, s.log)
	}
}

// Kill ends the server as a power cut would, and waits until it is gone.
func (s *Server) Kill() {
	_ = s.cmd.Process.Kill() // it fails when there is nothing left to kill
	<-s.done
}

// Log is what the server has printed so far.
func (s *Server) Log() string { return s.log.String() }

// journal keeps the beginning of what is written to it.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write never fails.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if room := logLimit - j.text.Len(); room > 0 {
		j.text.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}

// String is what was kept.
func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// greeter finds the address in what the program prints.
type greeter struct {
	line    []byte
	address chan string
}

// Write never fails. The address is sent once.
func (g *greeter) Write(p []byte) (int, error) {
	for _, c := range p {
		if c != '\n' {
			g.line = append(g.line, c)
			continue
		}
		if at, found := strings.CutPrefix(string(g.line), greeting); found {
			g.address <- at
		}
		g.line = g.line[:0]
	}
	return len(p), nil
}
