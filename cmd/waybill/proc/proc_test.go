package proc

import (
	"errors"
	"os"
	"os/exec"
	"slices"
	"testing"
)

func TestReadOfOneself(t *testing.T) {
	t.Parallel()
	pid := os.Getpid()
	stat, ok := Read(pid)
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		if _, told := Children(pid); ok || told {
			t.Error("it knows what nobody tells")
		}
		return
	}
	if !ok || stat.Parent != os.Getppid() || Parent(pid) != os.Getppid() {
		t.Errorf("%+v, %v, want the parent %d", stat, ok, os.Getppid())
	}
	for again := stat; again.CPU <= stat.CPU; { // whoever computes gets older
		if again, ok = Read(pid); !ok {
			t.Fatal("this process is gone")
		}
	}
	before, _ := Children(pid)
	child := exec.Command("cat") // until its input ends
	input, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 1) // who answers is the new program; a moment before it has no name
	if _, err := input.Write(said); err != nil {
		t.Fatal(err)
	}
	if _, err := output.Read(said); err != nil {
		t.Fatal(err)
	}
	if name := Command(child.Process.Pid); name != "cat\x00" {
		t.Errorf("cat calls itself %q", name)
	}
	if now, told := Children(pid); told && (len(now) != len(before)+1 || !slices.Contains(now, child.Process.Pid)) {
		t.Errorf("children %v and then %v, without %d", before, now, child.Process.Pid)
	}
	if parent := Parent(child.Process.Pid); parent != pid {
		t.Errorf("the new one's parent is %d, not %d", parent, pid)
	}
	if _, err := os.Stat("/proc/self/schedstat"); err == nil {
		if ran, _, ok := Turns(child.Process.Pid); ran <= 0 || !ok {
			t.Errorf("who began ran for %s, %v", ran, ok)
		}
	}
	if err := errors.Join(input.Close(), child.Wait()); err != nil {
		t.Error(err)
	}
	if gone, ok := Read(-1); ok || gone != (Stat{}) {
		t.Errorf("a process that cannot be has %+v", gone)
	}
	if children, ok := Children(-1); ok || children != nil {
		t.Errorf("a process that cannot be has the children %v", children)
	}
	if name := Command(-1); name != "" {
		t.Errorf("a process that cannot be calls itself %q", name)
	}
	if ran, waited, ok := Turns(-1); ok || ran != 0 || waited != 0 {
		t.Errorf("a process that cannot be ran for %s and waited for %s", ran, waited)
	}
}
