// Package program builds Waybill and runs it as people do: as a process that has arguments, an environment, signals,
// an exit code and a log.
package program

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Program is a built bin/waybill.
type Program struct{ path string }

// Build builds Waybill into dir, as `make build` does.
func Build(ctx context.Context, dir string) (Program, error) {
	path := filepath.Join(dir, "waybill")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "waybill/cmd/waybill")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return Program{}, fmt.Errorf("build waybill: %w\n%s", err, out)
	}
	return Program{path}, nil
}

// Command is a run of the program in a directory, with nothing in its environment but what every shell has and env.
func (p Program) Command(ctx context.Context, dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, args...)
	cmd.Dir = dir
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		if value, set := os.LookupEnv(name); set {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// Result is what a finished run left.
type Result struct {
	Code           int // as the shell sees it; -1 when a signal ended the program
	Stdout, Stderr string
}

// Finish runs a command to its end. Its error says that the command did not run at all.
func Finish(cmd *exec.Cmd) (Result, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return Result{}, err
	}
	return Result{Code: cmd.ProcessState.ExitCode(), Stdout: stdout.String(), Stderr: stderr.String()}, nil
}
