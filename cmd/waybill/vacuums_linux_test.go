package main

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"golang.org/x/sys/unix"
)

// called starts a program that does nothing under a name of our choice, until the end of the test or until it is told to end.
func called(t *testing.T, name string) (pid int, end func()) {
	t.Helper()
	cat, err := exec.LookPath("cat") // until its input ends
	if err != nil {
		t.Fatal(err)
	}
	child := exec.CommandContext(t.Context(), cat)
	child.Args[0] = name
	input, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() {
		_ = input.Close()
		_ = child.Wait()
	}
	t.Cleanup(end)
	return child.Process.Pid, end
}

func TestVacuumsGiveWayWhileTheyAreThere(t *testing.T) {
	t.Parallel()
	usual, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	called(t, "postgres: waybill waybill [local] idle")
	called(t, "/usr/bin/autovacuum worker")
	pid, end := called(t, "postgres: autovacuum worker waybill")
	if found := vacuums(os.Getpid()); !slices.Equal(found, []int{pid}) {
		t.Fatalf("%v vacuum, want %d", found, pid)
	}
	class := func(want uint32, when string) {
		t.Helper()
		if attr, err := unix.SchedGetAttr(pid, 0); err != nil || attr.Policy != want {
			t.Errorf("%s it has %+v, %v, want the class %d", when, attr, err, want)
		}
	}
	server, ok := backendAt(pid)
	if !ok {
		t.Fatal("it has no priority")
	}
	low := usual.Policy
	if server.mayRise() {
		low = unix.SCHED_IDLE
	}
	v := &patientVacuums{}
	for range 2 { // again and again
		v.look(vacuums(os.Getpid()))
		class(low, "at work")
	}
	other := &patientVacuums{}
	if other.look([]int{pid}); len(other.known) == 1 && low == unix.SCHED_IDLE {
		t.Error("two instances see to it, and each takes what the other gave it for the usual")
	}
	for _, p := range other.known {
		p.end()
	}
	v.leave()
	class(usual.Policy, "left alone")
	v.look(vacuums(os.Getpid()))
	class(low, "at work again")
	end()
	v.look(vacuums(os.Getpid()))
	if len(v.known) != 0 {
		t.Errorf("%v is known, and nobody is there", v.known)
	}
	v.look([]int{-1})
	if len(v.known) != 0 {
		t.Errorf("%v is known and cannot be", v.known)
	}
}
