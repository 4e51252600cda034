package proc

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Autogrouped tells whether processors are divided among sessions first for a process ("The autogroup feature" in sched(7)),
// which Linux does for those that are in no control group.
func Autogrouped(pid int) bool {
	on, err := os.ReadFile("/proc/sys/kernel/sched_autogroup_enabled")
	if err != nil || strings.TrimSpace(string(on)) != "1" {
		return false
	}
	_, inside := CPUGroups(pid)
	return !inside
}

// CPUGroups is the directory in which control groups for processors (cgroups(7)) can be made, empty where that is not so, and
// whether a process is inside of such a group.
func CPUGroups(pid int) (root string, inside bool) {
	mounts, _ := os.ReadFile("/proc/mounts")
	own, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cgroup"))
	return cpuGroups(string(mounts), string(own), func(path string) string {
		content, _ := os.ReadFile(path)
		return string(content)
	})
}

func cpuGroups(mounts, own string, read func(path string) string) (root string, inside bool) {
	root, controller := "", "cpu"
	for line := range strings.Lines(mounts) {
		f := strings.Fields(line) // device, directory, type, options
		switch {
		case len(f) < 4:
		case f[2] == "cgroup" && slices.Contains(strings.Split(f[3], ","), "cpu"):
			root, controller = f[1], "cpu"
		case f[2] == "cgroup2" && root == "":
			root, controller = f[1], "" // of the second version
		}
	}
	path := "/"
	for line := range strings.Lines(own) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3) // hierarchy, controllers, path
		if len(f) == 3 && slices.Contains(strings.Split(f[1], ","), controller) {
			path = f[2]
		}
	}
	if root == "" || controller != "" {
		return root, root != "" && path != "/"
	}
	// In the second version a group divides processors if the one above hands them on, and then has a weight.
	for dir := path; !inside; dir = filepath.Dir(dir) {
		inside = read(filepath.Join(root, dir, "cpu.weight")) != ""
		if dir == "/" {
			break
		}
	}
	if !slices.Contains(strings.Fields(read(filepath.Join(root, "cgroup.subtree_control"))), "cpu") {
		root = ""
	}
	return root, inside
}
