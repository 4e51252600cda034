package bench

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// What a process used is read from /proc. Where there is none, the figures are left out of the report.

// clockTick is the unit of CPU times in /proc: USER_HZ is 100 on every Linux that Go runs on.
const clockTick = time.Second / 100

const maxLooks = 100

// Fields of /proc/PID/stat, counted from the one behind the command's name (proc(5) counts that one as the third).
const (
	statParent    = 1
	statUser      = 11
	statSystem    = 12
	statWaitedFor = 13 // user time of the children that have ended, system time in the next
	statFields    = 15
)

// processCPU is the time that a process has spent on a CPU. ok is false where nobody tells.
func processCPU(pid int) (used time.Duration, ok bool) {
	fields := readStat(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return ticks(fields, statUser, statSystem), fields != nil
}

// familyCPU is processCPU of a process with its children, those that have ended included. A child that ends between two
// looks would be counted twice or not at all, so it looks again until none did.
func familyCPU(pid int) (used time.Duration, ok bool) {
	path := filepath.Join("/proc", strconv.Itoa(pid), "stat")
	for range maxLooks {
		before := readStat(path)
		living := childrenCPU(pid)
		after := readStat(path)
		if before == nil || after == nil {
			return 0, false
		}
		if used, ok = living+ticks(after, statUser, statSystem, statWaitedFor, statWaitedFor+1), true; ended(before) == ended(after) {
			break
		}
	}
	return used, ok
}

func ended(stat []string) time.Duration { return ticks(stat, statWaitedFor, statWaitedFor+1) }

func childrenCPU(pid int) (used time.Duration) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return 0 // only a malformed pattern errs
	}
	for _, path := range paths {
		if fields := readStat(path); fields != nil && fields[statParent] == strconv.Itoa(pid) {
			used += ticks(fields, statUser, statSystem)
		}
	}
	return used
}

// parentOf is the process that started pid, or 0.
func parentOf(pid int) int {
	fields := readStat(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if fields == nil {
		return 0
	}
	parent, _ := strconv.Atoi(fields[statParent])
	return parent
}

// ownCPU is the time that this process, which makes the load, has spent on a CPU.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// readStat answers the fields behind the command's name, which may hold spaces and brackets itself, or nil.
func readStat(path string) []string {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(content[strings.LastIndexByte(string(content), ')')+1:]))
	if len(fields) < statFields {
		return nil
	}
	return fields
}

func ticks(fields []string, at ...int) time.Duration {
	var sum time.Duration
	for _, i := range at {
		if fields != nil {
			n, _ := strconv.ParseInt(fields[i], 10, 64)
			sum += time.Duration(n) * clockTick
		}
	}
	return sum
}

// resetPeakMemory begins a new measurement of peakMemory (proc(5), clear_refs).
func resetPeakMemory(pid int) {
	// Where that is not allowed the peak is that of the process's whole life, which is never smaller.
	_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(pid), "clear_refs"), []byte("5"), 0)
}

// peakMemory is the most memory that was resident since resetPeakMemory, in bytes, or 0 where nobody tells.
func peakMemory(pid int) int64 {
	return kilobytesIn(filepath.Join("/proc", strconv.Itoa(pid), "status"), "VmHWM:") << 10
}

// kilobytesIn answers the number behind a name in a file of lines such as "MemTotal:  24615420 kB", or 0.
func kilobytesIn(path, name string) int64 {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

// raiseOpenFiles lets this process and its children open as many files as need asks for, and returns how many they may.
func raiseOpenFiles(need uint64) uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	if limit.Max < need { // for the administrator alone
		raised := syscall.Rlimit{Cur: need, Max: need}
		if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &raised) == nil {
			return need
		}
	}
	return limit.Max
}
