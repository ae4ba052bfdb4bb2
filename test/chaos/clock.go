package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// offsets are by how much the clock of one replica is wrong, one in each round.
var offsets = []time.Duration{-10 * time.Minute, 10 * time.Minute, 24 * time.Hour}

// wrongSource is added to package time of a program whose clock is wrong. A library that replaces the clock for other
// programs (libfaketime) does nothing for one in Go, which asks the kernel itself.
const wrongSource = `package time

import "syscall"

// wrongBy is the number of seconds in CHAOS_CLOCK.
var wrongBy = func() (n int64) {
	text, _ := syscall.Getenv("CHAOS_CLOCK")
	sign := int64(1)
	for _, c := range text {
		if c == '-' {
			sign = -1
			continue
		}
		n = 10*n + int64(c-'0')
	}
	return sign * n
}()
`

// withWrongClock builds the program with a clock that can be set wrong. time.Now is the only function of Go by which
// it reads the date; timeouts use another clock, which stays right, as they would on such a machine.
func withWrongClock(ctx context.Context, p *play) error {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	library := filepath.Join(strings.TrimSpace(string(root)), "src", "time")
	source, err := os.ReadFile(filepath.Join(library, "time.go"))
	if err != nil {
		return err
	}
	const read = "sec, nsec, mono := runtimeNow()\n"
	before, after, found := strings.Cut(string(source), "func Now() Time {\n\t"+read)
	if !found {
		return errors.New("time.Now of this Go is not the one that this scenario changes")
	}
	p.clock = p.stage.folder + "/clock"
	changed, added := p.clock+"-time.go", p.clock+"-wrong.go"
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(library, "time.go"): changed, filepath.Join(library, "wrong.go"): added,
	}})
	if err != nil {
		return err
	}
	for name, text := range map[string]string{
		changed: before + "func Now() Time {\n\t" + read + "\tsec += wrongBy\n" + after,
		added:   wrongSource, p.clock + ".json": string(overlay),
	} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			return err
		}
	}
	build := exec.CommandContext(ctx, "go", "build", "-overlay", p.clock+".json", "-o", p.clock, "./cmd/enroll")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build with another clock: %w: %s", err, out)
	}
	return nil
}

// wrongClock replaces the first replica by one whose clock is wrong, lets it serve, and sets it right. Each replica
// must accept the tokens of the other.
func wrongClock(ctx context.Context, p *play, round int) error {
	r, by := p.stage.replicas[0], offsets[round%len(offsets)]
	binary, environ := r.binary, r.environ
	r.binary, r.environ = p.clock, append(environ[:len(environ):len(environ)],
		"CHAOS_CLOCK="+strconv.Itoa(int(by.Seconds())))
	if err := p.replace(ctx, r); err != nil {
		return fmt.Errorf("%v: %w", by, err)
	}
	// Otherwise a program with a right clock would pass.
	skew, err := r.skew()
	if err != nil {
		return fmt.Errorf("how wrong the clock is: %w", err)
	}
	if math.Abs(skew-by.Seconds()) > 60 {
		return fmt.Errorf("the clock is wrong by %.0f s, want %v", skew, by)
	}
	if err := pause(ctx, p.length); err != nil {
		return err
	}
	r.binary, r.environ = binary, environ
	return p.replace(ctx, r)
}

// skew returns by how many seconds the replica says that its clock is before that of the database.
func (r *replica) skew() (float64, error) {
	res, err := http.Get("http://" + r.ops + "/metrics")
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, err
	}
	_, line, _ := strings.Cut(string(text), "\nenroll_clock_skew_seconds ")
	line, _, _ = strings.Cut(line, "\n")
	return strconv.ParseFloat(line, 64)
}
