// Package proc reads what Linux tells about processes (proc(5)). On other systems nothing is known.
package proc

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// clockTick is the unit of CPU times in /proc: USER_HZ is 100 on every Linux that Go runs on.
const clockTick = time.Second / 100

// Fields of /proc/PID/stat, counted from the one behind the command's name (proc(5) counts that one as the third).
const (
	fieldParent = 1
	fieldUser   = 11
	fieldSystem = 12
	fieldEnded  = 13 // user time of the children that have ended, system time in the next
	fields      = 15
)

// Stat is whose child a process is, and what it has done. Times are in steps of 10 ms.
type Stat struct {
	Parent int
	CPU    time.Duration // that it has spent on a processor
	Ended  time.Duration // the same of its children that have ended
}

// Read reads the Stat of a process. ok is false where nobody tells, or there is no such process.
func Read(pid int) (_ Stat, ok bool) {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return Stat{}, false
	}
	// The command's name may hold spaces and brackets itself.
	stat := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	if len(stat) < fields {
		return Stat{}, false
	}
	parent, _ := strconv.Atoi(stat[fieldParent])
	return Stat{
		Parent: parent,
		CPU:    ticks(stat[fieldUser]) + ticks(stat[fieldSystem]),
		Ended:  ticks(stat[fieldEnded]) + ticks(stat[fieldEnded+1]),
	}, true
}

// Turns is how long the first thread of a process has been on a CPU in its life, and how long it has waited for one. ok is
// false where nobody counts that, or there is no such process.
func Turns(pid int) (ran, waited time.Duration, ok bool) {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "schedstat"))
	if err != nil {
		return 0, 0, false
	}
	n, err := fmt.Sscan(string(content), (*int64)(&ran), (*int64)(&waited)) // nanoseconds both
	return ran, waited, n == 2 && err == nil
}

func ticks(field string) time.Duration {
	n, _ := strconv.ParseInt(field, 10, 64)
	return time.Duration(n) * clockTick
}

// Parent is the process that started pid, or 0.
func Parent(pid int) int {
	stat, _ := Read(pid)
	return stat.Parent
}

// Children are the living processes that pid started. While some of them end, others may be missing (proc(5)). ok is false
// where nobody tells, or there is no such process.
func Children(pid int) (children []int, ok bool) {
	paths, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "children")) // each thread has its own
	if err != nil {
		return nil, false // only a malformed pattern errs
	}
	for _, path := range paths {
		content, _ := os.ReadFile(path) // a thread that has ended has none
		for _, field := range strings.Fields(string(content)) {
			if child, err := strconv.Atoi(field); err == nil {
				children = append(children, child)
			}
		}
	}
	return children, len(paths) > 0
}

// Command is what a process calls itself: its name and arguments, separated by zero bytes, or what it wrote over them. Empty
// where nobody tells.
func Command(pid int) string {
	content, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline"))
	if err != nil {
		return ""
	}
	return string(content)
}
