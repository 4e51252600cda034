package proc

import "testing"

func TestGroupsOfProcessors(t *testing.T) {
	t.Parallel()
	const (
		first = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,nosuid,cpu,cpuacct 0 0\n" +
			"cgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n"
		second = "proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw,nsdelegate 0 0\n"
	)
	for _, c := range []struct {
		name, mounts, own string
		files             map[string]string
		root              string
		inside            bool
	}{
		{"first version, outside", first, "4:memory:/a\n1:cpu,cpuacct:/\n0::/b\n", nil, "/sys/fs/cgroup/cpu,cpuacct", false},
		{"first version, inside", first, "4:memory:/\n1:cpu,cpuacct:/system.slice/x:y\n", nil, "/sys/fs/cgroup/cpu,cpuacct", true},
		{"second version, outside", second, "0::/\n", map[string]string{"/sys/fs/cgroup/cgroup.subtree_control": "cpuset cpu io\n"}, "/sys/fs/cgroup", false},
		{
			"second version, inside", second, "0::/system.slice/x.service\n",
			map[string]string{"/sys/fs/cgroup/cgroup.subtree_control": "cpu\n", "/sys/fs/cgroup/system.slice/cpu.weight": "100\n"}, "/sys/fs/cgroup", true,
		},
		{
			"second version, in a group for something else", second, "0::/system.slice/x.service\n",
			map[string]string{"/sys/fs/cgroup/cgroup.subtree_control": "memory pids\n"}, "", false,
		},
		{"second version, in a container", second, "0::/\n", map[string]string{"/sys/fs/cgroup/cpu.weight": "100\n"}, "", true},
		{"no groups", "proc /proc proc rw 0 0\n", "", nil, "", false},
	} {
		root, inside := cpuGroups(c.mounts, c.own, func(path string) string { return c.files[path] })
		if root != c.root || inside != c.inside {
			t.Errorf("%s: in %q, inside %v", c.name, root, inside)
		}
	}
}
