package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// usage is the cost of a load: CPU time (user and system), memory and allocations.
type usage struct {
	Server     time.Duration `json:"server_cpu"`
	PostgreSQL time.Duration `json:"postgres_cpu"`
	Generator  time.Duration `json:"generator_cpu"`
	ServerPeak int           `json:"server_peak_kib"`  // VmHWM, of the largest server
	Database   int           `json:"postgres_pss_kib"` // PSS at the end of the load, so that shared pages count once
	// Allocations and Allocated are the objects and bytes that the servers have allocated on their heaps. One request
	// for the metrics is included.
	Allocations float64 `json:"server_allocations"`
	Allocated   float64 `json:"server_allocated_bytes"`
}

// meter reads /proc of the servers and of PostgreSQL.
type meter struct {
	servers    []*served
	postmaster int
	before     usage
}

// tick is USER_HZ, the unit of /proc/PID/stat: 100 on every Linux.
const tick = 10 * time.Millisecond

// newMeter begins a measurement: peaks count from here on.
func newMeter(postmaster int, servers ...*served) (*meter, error) {
	m := &meter{servers: servers, postmaster: postmaster}
	for _, v := range servers {
		// Writing 5 resets VmHWM, the most memory used so far (proc(5)).
		if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", v.pid()), []byte("5"), 0); err != nil {
			return nil, fmt.Errorf("reset the peak of memory: %w", err)
		}
	}
	var err error
	m.before, err = m.read()
	return m, err
}

// since returns the usage since newMeter.
func (m *meter) since() (usage, error) {
	u, err := m.read()
	u.Server -= m.before.Server
	u.PostgreSQL -= m.before.PostgreSQL
	u.Generator -= m.before.Generator
	u.Allocations -= m.before.Allocations
	u.Allocated -= m.before.Allocated
	return u, err
}

func (m *meter) read() (usage, error) {
	var u usage
	for _, v := range m.servers {
		s, err := readStat(v.pid())
		if err != nil {
			return u, err
		}
		peak, err := field(fmt.Sprintf("/proc/%d/status", v.pid()), "VmHWM:")
		if err != nil {
			return u, err
		}
		u.Server += s.own
		u.ServerPeak = max(u.ServerPeak, peak)
		if err := v.countAllocations(&u); err != nil {
			return u, err
		}
	}
	self, err := readStat(os.Getpid())
	if err != nil {
		return u, err
	}
	u.Generator = self.own
	err = m.family(&u)
	return u, err
}

// family adds up PostgreSQL's usage: the postmaster, its children, and the
// children that have ended.
func (m *meter) family(u *usage) error {
	master, err := readStat(m.postmaster)
	if err != nil {
		return err
	}
	u.PostgreSQL = master.own + master.dead
	all, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return err
	}
	for _, path := range all {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path))) // the pattern admits digits only
		s, err := readStat(pid)
		if err != nil || s.parent != m.postmaster && pid != m.postmaster {
			continue // ended meanwhile, or not a child of the postmaster
		}
		if pid != m.postmaster {
			u.PostgreSQL += s.own
		}
		if pss, err := field(fmt.Sprintf("/proc/%d/smaps_rollup", pid), "Pss:"); err == nil {
			u.Database += pss
		}
	}
	return nil
}

// stat is a part of /proc/PID/stat, see proc_pid_stat(5).
type stat struct {
	parent    int
	own, dead time.Duration // user and system time of the process, and of its children that have ended
}

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	// The name in parentheses may hold anything; the rest counts from the last ")".
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 15 {
		return stat{}, errors.New("/proc/PID/stat is not as proc(5) says")
	}
	var n [15]int
	for i := 1; i < len(n); i++ {
		n[i], _ = strconv.Atoi(fields[i]) // unsigned flags that do not fit are not used
	}
	return stat{parent: n[1], own: time.Duration(n[11]+n[12]) * tick, dead: time.Duration(n[13]+n[14]) * tick}, nil
}

func parentOf(pid int) (int, error) {
	s, err := readStat(pid)
	return s.parent, err
}

// field reads a number in kB from a file of lines "Name:   123 kB".
func field(path, name string) (int, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	_, rest, found := strings.Cut(string(text), name)
	words := strings.Fields(rest)
	if !found || len(words) == 0 {
		return 0, fmt.Errorf("%s has no %s", path, name)
	}
	return strconv.Atoi(words[0])
}
