package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/jackc/pgx/v5"
)

// report has all measurements and describes the machine. Durations are in
// nanoseconds.
type report struct {
	Commit     string            `json:"commit"`
	Started    time.Time         `json:"started"`
	CPU        string            `json:"cpu"`
	Cores      int               `json:"cores"`
	Kernel     string            `json:"kernel"`
	Go         string            `json:"go"`
	PostgreSQL string            `json:"postgresql"`
	Settings   map[string]string `json:"settings"`
	Busy       string            `json:"load_average_before"` // caused by other processes

	Ceiling ceiling   `json:"ceiling"`
	Loads   []load    `json:"loads"`
	Pairs   []pair    `json:"pairs"`
	Floods  []flooded `json:"floods"`
	Scans   []string  `json:"sequential_scans"` // should be empty
	Starts  starts    `json:"starts"`
	Size    int64     `json:"binary_bytes"`
	Goals   []goal    `json:"goals"`
}

func newReport(ctx context.Context, b *bench) *report {
	r := &report{
		Commit: said("git", "describe", "--always", "--dirty"), Started: time.Now().UTC(),
		CPU: cpuName(), Cores: runtime.NumCPU(), Kernel: said("uname", "-r"), Go: runtime.Version(),
		Settings: b.testbed.shown(), Busy: firstLine("/proc/loadavg"),
	}
	_ = b.testbed.with(ctx, "enroll", func(c *pgx.Conn) error { // if this fails, the first measurement returns the error
		return c.QueryRow(ctx, "SHOW server_version").Scan(&r.PostgreSQL)
	})
	b.say("%s, %d cores of %s, Linux %s, %s, PostgreSQL %s, load average %s",
		r.Commit, r.Cores, r.CPU, r.Kernel, r.Go, r.PostgreSQL, r.Busy)
	return r
}

func said(name string, args ...string) string {
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func firstLine(path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	line, _, _ := bytes.Cut(content, []byte("\n"))
	return string(line)
}

func cpuName() string {
	content, _ := os.ReadFile("/proc/cpuinfo") // "unknown" if it cannot be read
	_, rest, found := strings.Cut(string(content), "model name\t: ")
	name, _, _ := strings.Cut(rest, "\n")
	if !found {
		return "unknown"
	}
	return name
}

// print writes the table of goals.
func (r *report) print(out io.Writer) {
	r.Goals = r.goals()
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\nwhat\tgoal\tmeasured\t")
	for _, g := range r.Goals {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", g.What, g.Want, g.Measured, g.Verdict)
	}
	_ = table.Flush() // the report is lost if the output is gone; no other output is left for the error
	for _, scan := range r.Scans {
		fmt.Fprintf(out, "reads a whole table: %s\n", scan)
	}
}

func (r *report) write(path string) error {
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(content, '\n'), 0o644)
}
