package main

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sys/unix"

	"waybill/cmd/waybill/proc"
)

// Reports and background work get what nobody else wants, in turns that anybody may interrupt, until they starve. Requests and
// what buyers may wait for long keep their priority.
func TestWhoGivesWayToWhom(t *testing.T) {
	t.Parallel()
	p := openTestPools(t)
	usual := processorUse{group: "0"}
	for name, want := range map[string]struct {
		pool          *pgxpool.Pool
		use, inAHurry processorUse
	}{
		"main": {p.main, usual, processorUse{}},
		"bulk": {p.bulk, usual, processorUse{}},
		"jobs": {p.jobs, processorUse{turn: longTurn, group: "19"}, usual},
		"report": {
			p.report,
			processorUse{policy: unix.SCHED_IDLE, turn: longTurn, group: "19", half: true},
			processorUse{policy: unix.SCHED_IDLE, turn: longTurn, group: "10"},
		},
	} {
		conn, server := acquire(t, want.pool)
		if name == "jobs" && server.mayRise() {
			want.use.policy = unix.SCHED_IDLE
		}
		if name == "report" && !proc.Autogrouped(server.pid) {
			want.use, want.inAHurry = reportOutside(server)
		}
		patient, low := conn.PgConn().CustomData()[patienceKey].(*patience)
		if low {
			server = patient.process.(interface{ itself() backend }).itself()
		}
		expectUse(t, name, server, want.use)
		if low {
			patient.process.hurry()
			expectUse(t, name+" in a hurry", server, want.inAHurry)
			patient.process.giveWay()
			expectUse(t, name+" again", server, want.use)
		}
	}
}

// acquire takes a connection until the test ends, and finds the process behind it.
func acquire(t *testing.T, pool *pgxpool.Pool) (*pgx.Conn, backend) {
	t.Helper()
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Release)
	server, _, ok := backendOf(conn.Conn().PgConn())
	if !ok {
		t.Skip("PostgreSQL is not reached through a Unix socket")
	}
	return conn.Conn(), server
}

// reportOutside is what a report gets that is in no autogroup: what nobody else wants, or where that could not be taken back a
// tenth all the time.
func reportOutside(server backend) (use, inAHurry processorUse) {
	inAHurry = processorUse{nice: nineTenths, turn: longTurn, group: "10"}
	use = processorUse{nice: nineTenths, turn: longTurn, group: "19", half: true}
	if server.mayRise() && server.told() {
		use.policy, use.nice = unix.SCHED_IDLE, 0
	}
	return use, inAHurry
}

// Also where processors are divided among processes a report gives way, and ends.
func TestAReportGivesWayInAControlGroup(t *testing.T) {
	t.Parallel()
	_, server := acquire(t, openTestPools(t).main)
	report := readerOf(server, false)
	use, inAHurry := reportOutside(server)
	for range 2 {
		report.giveWay()
		expectUse(t, "main, as a report", server, use)
		report.hurry()
		expectUse(t, "main, as a report in a hurry", server, inAHurry)
	}
}

// Who is not root is refused while somebody else was heard just now.
func TestTheNicenessOfAGroupIsTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		refusals, tries, told := 3, 0, 0
		g := &autogroup{write: func(nice int) error {
			if tries++; tries <= refusals {
				return syscall.EAGAIN
			}
			told = nice
			return nil
		}}
		g.setNice(nearlyAll)
		g.setNice(nineTenths) // meanwhile
		g.mu.Lock()
		if told != 0 || tries != 1 {
			t.Errorf("%d was told in %d tries: nobody may wait for it", told, tries)
		}
		g.mu.Unlock()
		time.Sleep(groupTries * 2 * groupPause)
		synctest.Wait()
		if told != nineTenths || tries != refusals+1 || g.waits() {
			t.Errorf("%d was told in %d tries, want the last one in %d", told, tries, refusals+1)
		}
		refusals, tries = 2*groupTries, 0
		g.setNice(0)
		time.Sleep(groupTries * 2 * groupPause)
		synctest.Wait()
		if tries != groupTries || g.waits() {
			t.Errorf("%d tries in vain, want %d", tries, groupTries)
		}
	})
}

func TestHalfOfTheProcessors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ all, half []int }{
		{},
		{[]int{3}, []int{3}},
		{[]int{0, 1}, []int{1}},
		{[]int{0, 2, 5}, []int{5}},
		{[]int{0, 1, 63, 64}, []int{63, 64}},
		{[]int{1, 1023}, []int{1023}},
	} {
		var all, half unix.CPUSet
		for _, cpu := range c.all {
			all.Set(cpu)
		}
		for _, cpu := range c.half {
			half.Set(cpu)
		}
		if got := lastHalf(all); got != half {
			t.Errorf("of %v it is %v", c.all, got)
		}
	}
}

func (b backend) itself() backend { return b }

func (g *autogroup) waits() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.left > 0
}

// processorUse is what the system was told of a process.
type processorUse struct {
	policy uint32
	nice   int32
	turn   time.Duration // 0 is the usual one
	group  string        // its niceness
	half   bool          // of the processors
}

func expectUse(t *testing.T, name string, server backend, want processorUse) {
	t.Helper()
	for server.group.waits() {
		time.Sleep(groupPause)
	}
	attr, err := unix.SchedGetAttr(server.pid, 0)
	if err != nil {
		t.Fatal(err)
	}
	own, err := unix.SchedGetAttr(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want.turn == 0 || own.Runtime == 0 { // which it is before Linux 6.12
		want.turn = time.Duration(own.Runtime)
	}
	is := processorUse{policy: attr.Policy, nice: attr.Nice, turn: time.Duration(attr.Runtime), group: want.group}
	// Such as "/autogroup-17 nice 10"; there is nothing to read where the system makes no groups.
	group, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(server.pid), "autogroup"))
	if err == nil && len(group) > 0 {
		_, is.group, _ = strings.Cut(strings.TrimSpace(string(group)), " nice ")
	}
	var all, on unix.CPUSet
	if err := errors.Join(unix.SchedGetaffinity(0, &all), unix.SchedGetaffinity(server.pid, &on)); err != nil {
		t.Fatal(err)
	}
	is.half, want.half = on == lastHalf(all), want.half || all.Count() == 1
	if is != want {
		t.Errorf("a connection of the pool %s has %+v, want %+v", name, is, want)
	}
}
