package embedded

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// supervise keeps the server running until Stop: a postmaster that dies (the kernel kills the largest process when
// memory runs out) is started again on the same addresses, so that pools reconnect by themselves.
func (s *Server) supervise(p *process) {
	defer s.finish()
	ctx, cancel := s.untilStopped()
	defer cancel()
	go s.cluster.keepWriting(ctx)
	var deaths []time.Time
	for {
		select {
		case <-s.stopping:
			s.err = p.stop(s.hurry)
			return
		case <-p.done:
		}
		deaths = append(deaths, time.Now())
		s.cluster.opts.Logger.Error("PostgreSQL died; starting it again", "error", p.err, "log", s.cluster.dir.path("postgres.log"))
		if len(deaths) > restartLimit && time.Since(deaths[len(deaths)-1-restartLimit]) < restartWindow {
			s.err = fmt.Errorf("PostgreSQL died %d times within %s: %w", restartLimit+1, restartWindow, p.err)
			return
		}
		next, err := s.restart(ctx)
		if next == nil {
			s.err = err
			return
		}
		p = next
	}
}

// restart starts the server again on the same port and socket. It answers no process when that fails, and no error
// either when Stop came first.
func (s *Server) restart(ctx context.Context) (*process, error) {
	select {
	case <-time.After(restartPause):
	case <-ctx.Done():
		return nil, nil
	}
	p, err := s.cluster.start(ctx)
	if ctx.Err() != nil && err != nil {
		err = nil // the start was cut short
	}
	return p, err
}

// untilStopped answers a context that ends with Stop.
func (s *Server) untilStopped() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-s.stopping:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// finish withdraws the announcement before it releases the lock: from then on another process may announce its own.
func (s *Server) finish() {
	if s.err != nil {
		s.cluster.opts.Logger.Error("PostgreSQL is down", "error", s.err)
	}
	s.err = errors.Join(s.err, s.cluster.dir.forgetServer())
	s.lock.release()
	close(s.done)
}
