// Package cgroup reads the memory limit and the CPU quota that Linux control groups
// set for this process, version 1 and 2.
//
// A container, a Kubernetes pod and a systemd unit are limited by control groups. The
// number of the machine's cores and its memory say nothing about them. Go's runtime
// takes the CPU quota into account for GOMAXPROCS, rounded up and to two at least, and
// ignores the memory limit.
//
// Two files of /proc name the groups of a process and where their files are mounted
// (cgroups(7), proc_pid_cgroup(5), proc_pid_mountinfo(5)); two or three files of each
// group hold the limits. This package uses no library for it: those that exist also create
// groups, speak to systemd or change the runtime's settings.
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// Limits are what the control groups allow. A field is 0 if there is no limit.
type Limits struct {
	Memory int64   // bytes
	CPU    float64 // cores: CPU time divided by real time
}

// Read returns the lowest limits of the group of this process and of all parents of that
// group. root is the root of the file system, as by os.DirFS("/"). The Limits are
// zero on a system without control groups. If a file cannot be understood, Read returns
// an error together with the limits that it found elsewhere.
func Read(root fs.FS) (Limits, error) {
	groups, err := fs.ReadFile(root, "proc/self/cgroup")
	if errors.Is(err, fs.ErrNotExist) {
		return Limits{}, nil
	}
	if err != nil {
		return Limits{}, fmt.Errorf("cgroup: %w", err)
	}
	mounts, err := fs.ReadFile(root, "proc/self/mountinfo")
	if err != nil {
		return Limits{}, fmt.Errorf("cgroup: %w", err)
	}
	var limits Limits
	// A file that cannot be understood, for example that of a later kernel, must not hide the
	// limits in the others.
	var errs []error
	for line := range strings.Lines(string(groups)) {
		// hierarchy:controllers:path; version 2 has hierarchy 0 and names no controllers.
		_, rest, _ := strings.Cut(strings.TrimSpace(line), ":")
		controllers, group, ok := strings.Cut(rest, ":")
		if !ok {
			errs = append(errs, fmt.Errorf("cgroup: /proc/self/cgroup: %q", line))
			continue
		}
		for _, controller := range strings.Split(controllers, ",") {
			read := readers()[controller]
			if read == nil {
				continue
			}
			for _, dir := range directories(string(mounts), controller, group) {
				errs = append(errs, read(root, dir, &limits))
			}
		}
	}
	return limits, errors.Join(errs...)
}

// readers returns the functions that read the limits of a group, by controller. "" is version 2.
func readers() map[string]func(root fs.FS, dir string, limits *Limits) error {
	return map[string]func(fs.FS, string, *Limits) error{"": readV2, "memory": readV1Memory, "cpu": readV1CPU}
}

// directories returns the folders of a group and its parents, as far as they are
// mounted, relative to the root. A limit of a parent holds for all groups below it
// together: systemd limits a slice, Kubernetes a pod.
func directories(mounts, controller, group string) (dirs []string) {
	top, shown, ok := findMount(mounts, controller)
	if !ok {
		return nil
	}
	// A container may see its own group as the root of the mount. The path of the group is
	// then that of the host, or "/../…" if it is outside of the container's namespace, and
	// the limits are in the root of the mount.
	below, inside := strings.CutPrefix(group, strings.TrimSuffix(shown, "/"))
	if !inside || !strings.HasPrefix(below+"/", "/") || strings.HasPrefix(below+"/", "/../") {
		below = "/"
	}
	for below = path.Clean("/" + below); ; below = path.Dir(below) {
		dirs = append(dirs, strings.TrimPrefix(path.Join(top, below), "/"))
		if below == "/" {
			return dirs
		}
	}
}

// findMount returns where the first mount of a controller is, and which group is the root
// of what is mounted there. A host of version 1 also mounts version 2, without controllers
// and therefore without the files of limits.
func findMount(mounts, controller string) (top, shown string, ok bool) {
	for line := range strings.Lines(mounts) {
		// id parent device root mountpoint options [optional …] - type source options
		before, after, _ := strings.Cut(line, " - ")
		left, right := strings.Fields(before), strings.Fields(after)
		if len(left) < 5 || len(right) < 3 {
			continue
		}
		v2 := controller == "" && right[0] == "cgroup2"
		v1 := controller != "" && right[0] == "cgroup" && hasOption(right[2], controller)
		if v1 || v2 {
			return unescape(left[4]), unescape(left[3]), true
		}
	}
	return "", "", false
}

// hasOption reports whether a list with commas has a whole word. The controllers cpu and cpuacct
// are usually mounted together, as "rw,cpu,cpuacct", and one name is a prefix of the other.
func hasOption(options, name string) bool {
	return strings.Contains(","+options+",", ","+name+",")
}

// unescape undoes how mountinfo writes a space, a tab, a line feed and a backslash.
func unescape(field string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(field)
}
