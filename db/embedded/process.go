package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a postmaster that this program started.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // what it ended with; read after done
}

// spawn starts the command on a thread that lives exactly as long as it does: Linux sends the parent-death signal
// when the thread that forked ends, not when the process does.
func spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with this goroutine
		err := cmd.Start()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the postmaster: politely with a checkpoint, without one when hurry fires or that takes too long, and by
// force at last. All but the first leave a recovery to the next start.
func (p *process) stop(hurry <-chan struct{}) error {
	p.signal(syscall.SIGINT)
	select {
	case <-p.done:
		return nil
	case <-hurry:
	case <-time.After(stopTimeout):
	}
	p.signal(syscall.SIGQUIT)
	select {
	case <-p.done:
		return nil
	case <-time.After(killTimeout):
	}
	p.signal(syscall.SIGKILL)
	<-p.done
	return fmt.Errorf("PostgreSQL (process %d) did not stop and was killed", p.pid())
}

func (p *process) signal(sig syscall.Signal) {
	if err := p.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.err = errors.Join(p.err, err)
	}
}

// serverAttributes make the child run as the account, in a process group of its own so that Ctrl-C reaches only this
// program, which then drains its requests before it stops the database.
func serverAttributes(a *account) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true, Credential: a.credential()}
	dieWithParent(attr)
	return attr
}
