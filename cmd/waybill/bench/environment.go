package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

const fsyncSamples = 101

// describeMachine says on what the figures were measured; dir is where the data lies.
func describeMachine(ctx context.Context, dir string) (Machine, error) {
	m := Machine{
		CPU: cpuModel(), Cores: runtime.NumCPU(), MemoryBytes: kilobytesIn("/proc/meminfo", "MemTotal:") << 10,
		Kernel: firstLine("/proc/sys/kernel/osrelease"), Disk: fileSystemOf(dir),
	}
	load, _, _ := strings.Cut(firstLine("/proc/loadavg"), " ")
	m.Load1, _ = strconv.ParseFloat(load, 64)
	took, err := measureFsync(ctx, dir)
	m.FsyncMicros = float64(took.Microseconds())
	return m, err
}

func cpuModel() string {
	content, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, "model name"); ok {
			return strings.Trim(rest, " \t:\n")
		}
	}
	return runtime.GOARCH
}

func firstLine(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(content), "\n")
	return line
}

// processorTime is what all processors have had since the machine began, in ticks, and what of it its host gave to others
// although somebody waited: the first line of /proc/stat (proc(5)).
type processorTime struct{ stolen, all int64 }

const (
	statKinds  = 8 // of time that add up to all; what guests had is part of others
	statStolen = 7
)

func readProcessorTime() (t processorTime) {
	fields := strings.Fields(firstLine("/proc/stat"))
	if len(fields) <= statKinds {
		return processorTime{}
	}
	for kind, field := range fields[1 : 1+statKinds] {
		ticks, _ := strconv.ParseInt(field, 10, 64)
		t.all += ticks
		if kind == statStolen {
			t.stolen = ticks
		}
	}
	return t
}

// stolenSince is the part of the processors that the host has given to others since then.
func (t processorTime) stolenSince(began processorTime) float64 {
	if t.all <= began.all {
		return 0
	}
	return float64(t.stolen-began.stolen) / float64(t.all-began.all)
}

// fileSystemOf answers the kind of file system that holds dir: the mount with the longest path above it.
func fileSystemOf(dir string) string {
	content, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return "unknown"
	}
	best, kind := "", "unknown"
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) > 2 && len(fields[1]) > len(best) && strings.HasPrefix(dir+"/", strings.TrimSuffix(fields[1], "/")+"/") {
			best, kind = fields[1], fields[2]
		}
	}
	return kind
}

// measureFsync answers the median time of making 8 KiB durable in dir.
func measureFsync(ctx context.Context, dir string) (time.Duration, error) {
	file, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer os.Remove(file.Name())
	defer file.Close()
	page := make([]byte, 8<<10)
	took := make([]time.Duration, fsyncSamples)
	for i := range took {
		began := time.Now()
		if _, err := file.WriteAt(page, 0); err != nil {
			return 0, err
		}
		if err := file.Sync(); err != nil {
			return 0, fmt.Errorf("make a page durable: %w", err)
		}
		took[i] = time.Since(began)
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	slices.Sort(took)
	return took[len(took)/2], nil
}
