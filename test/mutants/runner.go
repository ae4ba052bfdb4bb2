package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// testTimeout bounds one run of a mutant's tests. If a test hangs, the mutant does not count as
// killed, because a test that hangs does not show what is wrong.
const testTimeout = 3 * time.Minute

// runner builds and runs tests of a checkout with files replaced.
type runner struct {
	root   string // absolute, as the overlay's file names must be
	marks  marks
	folder string // for overlays and test binaries
	serial int
	output io.Writer // gets the output of the tests
}

func newRunner(root string) (*runner, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return nil, fmt.Errorf("-dir is not the top of a checkout: %w", err)
	}
	known, err := findMarks(root)
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "enroll-mutants-")
	return &runner{root: root, marks: known, folder: folder, output: io.Discard}, err
}

func (r *runner) close() { _ = os.RemoveAll(r.folder) }

// result is the result of one mutant. killer is the first test that failed, "" if none
// did.
type result struct {
	killer string
	took   time.Duration
}

// checkTests returns an error if a test of the chosen mutants fails without a mutant:
// such a test would fail for every mutant.
func (r *runner) checkTests(ctx context.Context, chosen []mutant) error {
	patterns := map[string][]string{}
	var packages []string
	for _, m := range chosen {
		if patterns[m.pkg] == nil {
			packages = append(packages, m.pkg)
		}
		patterns[m.pkg] = append(patterns[m.pkg], "("+m.tests+")")
	}
	for _, pkg := range packages {
		m := mutant{pkg: pkg, tests: strings.Join(patterns[pkg], "|")}
		v, err := r.try(ctx, m)
		if err != nil {
			return fmt.Errorf("without a mutant: %w", err)
		}
		if v.killer != "" {
			return fmt.Errorf("without a mutant, %s of %s fails", v.killer, pkg)
		}
	}
	return nil
}

// try builds and runs the tests of a mutant. It returns an error if there is no result, for
// example because the mutant does not compile or a test hangs.
func (r *runner) try(ctx context.Context, m mutant) (result, error) {
	start := time.Now()
	r.serial++
	folder := filepath.Join(r.folder, strconv.Itoa(r.serial))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return result{}, err
	}
	defer os.RemoveAll(folder) // a test binary takes 30 MB
	overlay, err := r.overlay(m, folder)
	if err != nil {
		return result{}, err
	}
	binary := filepath.Join(folder, "test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-o", binary, "./"+m.pkg)
	build.Dir = r.root
	if out, err := build.CombinedOutput(); err != nil {
		return result{}, fmt.Errorf("it does not compile: %w\n%s", err, out)
	}
	killer, err := r.runTests(ctx, m, binary)
	return result{killer, time.Since(start)}, err
}

// overlay writes the changed files and returns the name of the file for -overlay.
func (r *runner) overlay(m mutant, folder string) (string, error) {
	changed, err := m.apply(r.root, r.marks)
	if err != nil {
		return "", err
	}
	list := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range changed {
		path := filepath.Join(folder, strconv.Itoa(len(list.Replace))+filepath.Ext(name))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return "", err
		}
		list.Replace[filepath.Join(r.root, filepath.FromSlash(name))] = path
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// failure matches the line of a test that failed, with its name.
var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// runTests returns the first test that failed, "" if none did.
func (r *runner) runTests(ctx context.Context, m mutant, binary string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, "-test.run", m.tests, "-test.failfast", "-test.timeout", testTimeout.String())
	cmd.Dir = filepath.Join(r.root, filepath.FromSlash(m.pkg)) // as go test does
	both := io.MultiWriter(&out, r.output)                     // one writer, so that only one goroutine writes
	cmd.Stdout, cmd.Stderr = both, both
	err := cmd.Run()
	text := out.String()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case strings.Contains(text, "testing: warning: no tests to run"):
		return "", fmt.Errorf("%s has no test that matches %s", m.pkg, m.tests)
	case err == nil:
		return "", nil
	case strings.Contains(text, "panic: test timed out"):
		return "", fmt.Errorf("%s hangs for %v", m.tests, testTimeout)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "", err
	}
	// The first name is that of the whole test. Its subtests are printed after it.
	if found := failure.FindAllStringSubmatch(text, -1); found != nil {
		return found[0][1], nil
	}
	if strings.Contains(text, "panic: ") {
		return "a panic", nil
	}
	return "", fmt.Errorf("the tests ended with %w without a failed test:\n%s", err, text)
}
