package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// unlimited is the least number of bytes that this package takes as no limit. Version 1 has
// no word for "no limit". Its default is about 2^63, depending on the page size.
const unlimited = 1 << 60

// readV2 reads memory.max, memory.high and cpu.max. A process that exceeds memory.high
// is not killed, but slowed down until it hardly works, so both count as limits.
func readV2(root fs.FS, dir string, limits *Limits) error {
	var errs []error
	for _, name := range []string{"memory.max", "memory.high"} {
		text, err := readWords(root, dir, name)
		if err == nil && len(text) == 1 && text[0] != "max" {
			err = limits.addMemory(text[0])
		}
		errs = append(errs, located(err, dir, name))
	}
	text, err := readWords(root, dir, "cpu.max")
	if err == nil && len(text) == 2 && text[0] != "max" {
		err = limits.addCPU(text[0], text[1])
	}
	return errors.Join(append(errs, located(err, dir, "cpu.max"))...)
}

// readV1Memory reads the limit of the group and, from memory.stat, the lowest limit of the group
// and its parents: a container often cannot see the files of the parents.
func readV1Memory(root fs.FS, dir string, limits *Limits) error {
	text, err := readWords(root, dir, "memory.limit_in_bytes")
	if err == nil && len(text) == 1 {
		err = limits.addMemory(text[0])
	}
	own := located(err, dir, "memory.limit_in_bytes")
	text, err = readWords(root, dir, "memory.stat")
	for i := 0; err == nil && i+1 < len(text); i += 2 {
		if text[i] == "hierarchical_memory_limit" {
			err = limits.addMemory(text[i+1])
		}
	}
	return errors.Join(own, located(err, dir, "memory.stat"))
}

// readV1CPU reads the quota, -1 for none, and the period in which it may be used.
func readV1CPU(root fs.FS, dir string, limits *Limits) error {
	quota, err := readWords(root, dir, "cpu.cfs_quota_us")
	if err != nil || len(quota) != 1 || strings.HasPrefix(quota[0], "-") {
		return located(err, dir, "cpu.cfs_quota_us")
	}
	period, err := readWords(root, dir, "cpu.cfs_period_us")
	if err == nil && len(period) == 1 {
		err = limits.addCPU(quota[0], period[0])
	}
	return located(err, dir, "cpu.cfs_period_us")
}

// readWords returns the words of a file. A file that does not exist has none: the root
// group has no limits, and a group has files only for the controllers that are
// switched on for it.
func readWords(root fs.FS, dir, name string) ([]string, error) {
	text, err := fs.ReadFile(root, path.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.Fields(string(text)), err
}

// located adds the name of the file to an error. The parser's error quotes the text of the
// file, which holds no secret.
func located(err error, dir, name string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("cgroup: /%s: %w", path.Join(dir, name), err)
}

// addMemory lowers the memory limit to a number of bytes, if that is lower.
func (l *Limits) addMemory(text string) error {
	bytes, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return err
	}
	if bytes < unlimited && (l.Memory == 0 || int64(bytes) < l.Memory) {
		l.Memory = max(1, int64(bytes)) // 0 bytes is a limit too
	}
	return nil
}

// addCPU lowers the CPU limit to a quota in a period, both in microseconds, if that is
// lower. The kernel accepts neither to be 0, so a 0 means that the file has another format.
func (l *Limits) addCPU(quota, period string) error {
	q, err := strconv.ParseUint(quota, 10, 64)
	if err != nil {
		return err
	}
	p, err := strconv.ParseUint(period, 10, 64)
	if err != nil {
		return err
	}
	if q == 0 || p == 0 {
		return errors.New("a quota or period of 0")
	}
	if cores := float64(q) / float64(p); l.CPU == 0 || cores < l.CPU {
		l.CPU = cores
	}
	return nil
}
