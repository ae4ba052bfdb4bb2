package cgroup_test

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/enroll-project/enroll/internal/cgroup"
)

const (
	// v2Mount is the line of mountinfo by which version 2 is mounted in a container or
	// on a host; v1Mounts are those of version 1 on a host, with version 2 beside it.
	v2Mount  = "29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 master:1 - cgroup2 cgroup2 rw,nsdelegate\n"
	v1Mounts = "31 23 0:28 / /sys/fs/cgroup ro - tmpfs tmpfs ro,mode=755\n" +
		"32 31 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n" +
		"33 31 0:30 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n" +
		"34 31 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n" +
		"35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	v1Groups  = "5:memory:/user/enroll\n4:cpu,cpuacct:/user/enroll\n3:cpuset:/\n1:name=systemd:/user\n0::/user\n"
	v1NoLimit = "9223372036854771712\n"
	mib       = 1 << 20
)

// tree is a file system that holds these files.
func tree(files map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

// layout is the files of one system, and the limits that Read finds there.
type layout struct {
	groups, mounts string
	files          map[string]string
	want           cgroup.Limits
}

func (l layout) test(t *testing.T) {
	t.Parallel()
	files := map[string]string{"proc/self/cgroup": l.groups, "proc/self/mountinfo": l.mounts}
	for name, text := range l.files {
		files[name] = text
	}
	got, err := cgroup.Read(tree(files))
	if got != l.want || err != nil {
		t.Errorf("got %+v, %v; want %+v", got, err, l.want)
	}
}

func TestReadVersion2(t *testing.T) {
	t.Parallel()
	const v2 = "sys/fs/cgroup/"
	for name, system := range map[string]layout{
		"a container with its own namespace": {"0::/\n", v2Mount,
			map[string]string{v2 + "memory.max": "268435456\n", v2 + "cpu.max": "50000 100000\n"},
			cgroup.Limits{Memory: 256 * mib, CPU: 0.5}},
		"unlimited": {"0::/\n", v2Mount,
			map[string]string{v2 + "memory.max": "max\n", v2 + "memory.high": "max\n", v2 + "cpu.max": "max 100000\n"},
			cgroup.Limits{}},
		"the root group has no files": {"0::/\n", v2Mount, nil, cgroup.Limits{}},
		"nested: the lowest limit holds": {"0::/system.slice/enroll.service\n", v2Mount,
			map[string]string{
				v2 + "system.slice/enroll.service/memory.max": "1073741824\n",
				v2 + "system.slice/enroll.service/cpu.max":    "100000 100000\n",
				v2 + "system.slice/memory.max":                "536870912\n",
				v2 + "system.slice/cpu.max":                   "300000 100000\n",
			}, cgroup.Limits{Memory: 512 * mib, CPU: 1}},
		"memory.high below memory.max": {"0::/a\n", v2Mount,
			map[string]string{v2 + "a/memory.max": "1073741824\n", v2 + "a/memory.high": "134217728\n"},
			cgroup.Limits{Memory: 128 * mib}},
		"the group is the mount's root": {"0::/docker/abc\n",
			strings.Replace(v2Mount, " / ", " /docker/abc ", 1),
			map[string]string{v2 + "memory.max": "268435456\n"}, cgroup.Limits{Memory: 256 * mib}},
		"a group below the mount's root": {"0::/docker/abc/sub\n",
			strings.Replace(v2Mount, " / ", " /docker/abc ", 1),
			map[string]string{v2 + "sub/memory.max": "268435456\n"}, cgroup.Limits{Memory: 256 * mib}},
		"a path outside of the namespace": {"0::/../abc\n", v2Mount,
			map[string]string{v2 + "memory.max": "268435456\n", v2 + "abc/memory.max": "1\n"},
			cgroup.Limits{Memory: 256 * mib}},
		"a group with a like name is mounted": {"0::/docker/abc\n", strings.Replace(v2Mount, " / ", " /docker/ab ", 1),
			map[string]string{v2 + "memory.max": "268435456\n", v2 + "c/memory.max": "1\n"},
			cgroup.Limits{Memory: 256 * mib}},
		"a mount point with a space": {"0::/\n", strings.Replace(v2Mount, "/sys/fs/cgroup", `/my\040groups`, 1),
			map[string]string{"my groups/memory.max": "268435456\n"}, cgroup.Limits{Memory: 256 * mib}},
		"not a multiple of a core": {"0::/\n", v2Mount,
			map[string]string{v2 + "cpu.max": "125000 50000"}, cgroup.Limits{CPU: 2.5}},
		"no memory at all": {"0::/\n", v2Mount, map[string]string{v2 + "memory.max": "0\n"}, cgroup.Limits{Memory: 1}},
	} {
		t.Run(name, system.test)
	}
}

func TestReadVersion1(t *testing.T) {
	t.Parallel()
	const memory, cpu = "sys/fs/cgroup/memory/", "sys/fs/cgroup/cpu,cpuacct/"
	for name, system := range map[string]layout{
		"a host": {v1Groups, v1Mounts, map[string]string{
			memory + "user/enroll/memory.limit_in_bytes": "268435456\n",
			memory + "memory.limit_in_bytes":             v1NoLimit,
			cpu + "user/enroll/cpu.cfs_quota_us":         "150000\n",
			cpu + "user/enroll/cpu.cfs_period_us":        "100000\n",
			cpu + "cpu.cfs_quota_us":                     "-1\n",
			cpu + "cpu.cfs_period_us":                    "100000\n",
		}, cgroup.Limits{Memory: 256 * mib, CPU: 1.5}},
		"unlimited": {v1Groups, v1Mounts, map[string]string{
			memory + "user/enroll/memory.limit_in_bytes": v1NoLimit,
			memory + "user/enroll/memory.stat":           "cache 5\nhierarchical_memory_limit 9223372036854771712\n",
			cpu + "user/enroll/cpu.cfs_quota_us":         "-1\n",
			cpu + "user/enroll/cpu.cfs_period_us":        "100000\n",
		}, cgroup.Limits{}},
		"a limit above what is mounted": {"5:memory:/docker/abc\n",
			"35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
			map[string]string{
				memory + "memory.limit_in_bytes": v1NoLimit,
				memory + "memory.stat":           "cache 5\nhierarchical_memory_limit 134217728\ntotal_cache 5\n",
			}, cgroup.Limits{Memory: 128 * mib}},
		"the path of the host": {"5:memory:/kubepods/pod1/abc\n4:cpu,cpuacct:/kubepods/pod1/abc\n",
			strings.ReplaceAll(v1Mounts, " / /sys", " /other /sys"), map[string]string{
				memory + "memory.limit_in_bytes": "268435456\n",
				cpu + "cpu.cfs_quota_us":         "200000\n",
				cpu + "cpu.cfs_period_us":        "100000\n",
			}, cgroup.Limits{Memory: 256 * mib, CPU: 2}},
		"a controller that is not mounted": {v1Groups, "", nil, cgroup.Limits{}},
	} {
		t.Run(name, system.test)
	}
}

// TestReadElsewhere: a system without control groups has no limits.
func TestReadElsewhere(t *testing.T) {
	t.Parallel()
	if got, err := cgroup.Read(tree(nil)); got != (cgroup.Limits{}) || err != nil {
		t.Errorf("got %+v, %v", got, err)
	}
}

// TestReadMalformed: an error names the file, and the limits that can be read count.
func TestReadMalformed(t *testing.T) {
	t.Parallel()
	const groups, mounts, limit = "proc/self/cgroup", "proc/self/mountinfo", "sys/fs/cgroup/cpu.max"
	for name, test := range map[string]struct{ file, text, want string }{
		"a group without a path": {groups, "0:\n0::/\n", "/proc/self/cgroup"},
		"a quota in words":       {limit, "much 100000\n", "/sys/fs/cgroup/cpu.max"},
		"a period in words":      {limit, "100000 often\n", "/sys/fs/cgroup/cpu.max"},
		"a period of 0":          {limit, "100000 0\n", "/sys/fs/cgroup/cpu.max"},
		"a negative quota":       {limit, "-5 100000\n", "/sys/fs/cgroup/cpu.max"},
		"a quota past 64 bits":   {limit, "99999999999999999999 1\n", "/sys/fs/cgroup/cpu.max"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			files := map[string]string{groups: "0::/\n", mounts: v2Mount, "sys/fs/cgroup/memory.max": "268435456\n"}
			files[test.file] = test.text
			got, err := cgroup.Read(tree(files))
			if err == nil || !strings.Contains(err.Error(), test.want) || got.Memory != 256*mib {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
	if _, err := cgroup.Read(tree(map[string]string{groups: "0::/\n"})); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without mountinfo: %v", err)
	}
}

// TestReadHere reads the limits of the test's own process. The files of this system have no
// line that is an error.
func TestReadHere(t *testing.T) {
	t.Parallel()
	limits, err := cgroup.Read(os.DirFS("/"))
	if err != nil {
		t.Error(err)
	}
	t.Logf("%+v", limits)
}
