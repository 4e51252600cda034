package bench

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"waybill/cmd/waybill/proc"
)

// What a process used is read from /proc. Where there is none, the figures are left out of the report.

const maxLooks = 100

// processCPU is the time that a process has spent on a CPU. ok is false where nobody tells.
func processCPU(pid int) (used time.Duration, ok bool) {
	stat, ok := proc.Read(pid)
	return stat.CPU, ok
}

// familyCPU is processCPU of a process with its children, those that have ended included. A child that ends between two
// looks would be counted twice or not at all, so it looks again until none did.
func familyCPU(pid int) (used time.Duration, ok bool) {
	for range maxLooks {
		before, known := proc.Read(pid)
		living, told := childrenCPU(pid)
		after, still := proc.Read(pid)
		if !known || !told || !still {
			return 0, false
		}
		if used, ok = living+after.CPU+after.Ended, true; before.Ended == after.Ended {
			break
		}
	}
	return used, ok
}

func childrenCPU(pid int) (used time.Duration, ok bool) {
	children, ok := proc.Children(pid)
	for _, child := range children {
		living, _ := processCPU(child) // one that has ended is counted with its parent
		used += living
	}
	return used, ok
}

// ownCPU is the time that this process, which makes the load, has spent on a CPU.
func ownCPU() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
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
