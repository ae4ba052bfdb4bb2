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

// patience bounds one run of the named tests. A mutant that makes them hang
// is not killed: a test that waits for ever tells nobody what is wrong.
const patience = 3 * time.Minute

// lab builds and runs tests of one checkout with files exchanged.
type lab struct {
	root   string // absolute, as the overlay wants it
	folder string // for what is built
	serial int
	say    io.Writer // takes what the tests print
}

func newLab(root string) (*lab, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		return nil, fmt.Errorf("-dir is not the top of a checkout: %w", err)
	}
	folder, err := os.MkdirTemp("", "enroll-mutants-")
	return &lab{root: root, folder: folder, say: io.Discard}, err
}

func (l *lab) close() { _ = os.RemoveAll(l.folder) }

// verdict is how a mutant ended. killer is the first test that failed, "" if the
// mutant survived.
type verdict struct {
	killer string
	took   time.Duration
}

// sane wants the tests that are to kill to pass as long as there is nothing to kill:
// tests that fail anyway would kill everything.
func (l *lab) sane(ctx context.Context, chosen []mutant) error {
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
		v, err := l.try(ctx, m)
		if err != nil {
			return fmt.Errorf("without any mutant: %w", err)
		}
		if v.killer != "" {
			return fmt.Errorf("without any mutant, %s of %s fails", v.killer, pkg)
		}
	}
	return nil
}

// try builds the tests with the mutant in place and runs them. An error means
// that this says nothing about the mutant.
func (l *lab) try(ctx context.Context, m mutant) (verdict, error) {
	start := time.Now()
	l.serial++
	folder := filepath.Join(l.folder, strconv.Itoa(l.serial))
	if err := os.Mkdir(folder, 0o700); err != nil {
		return verdict{}, err
	}
	defer os.RemoveAll(folder) // a test binary has 30 MB
	overlay, err := l.overlay(m, folder)
	if err != nil {
		return verdict{}, err
	}
	binary := filepath.Join(folder, "test")
	build := exec.CommandContext(ctx, "go", "test", "-c", "-overlay", overlay, "-o", binary, "./"+m.pkg)
	build.Dir = l.root
	if out, err := build.CombinedOutput(); err != nil {
		return verdict{}, fmt.Errorf("it does not compile: %w\n%s", err, out)
	}
	killer, err := l.runTests(ctx, m, binary)
	return verdict{killer, time.Since(start)}, err
}

// overlay writes the changed files, and the list of them that the go command
// takes.
func (l *lab) overlay(m mutant, folder string) (string, error) {
	changed, err := m.apply(l.root)
	if err != nil {
		return "", err
	}
	list := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range changed {
		path := filepath.Join(folder, strconv.Itoa(len(list.Replace))+filepath.Ext(name))
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return "", err
		}
		list.Replace[filepath.Join(l.root, filepath.FromSlash(name))] = path
	}
	text, err := json.Marshal(list)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "overlay.json")
	return path, os.WriteFile(path, text, 0o600)
}

// failure finds the name of a test that failed.
var failure = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// runTests returns the test that failed, "" if none did.
func (l *lab) runTests(ctx context.Context, m mutant, binary string) (string, error) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, "-test.run", m.tests, "-test.failfast", "-test.timeout", patience.String())
	cmd.Dir = filepath.Join(l.root, filepath.FromSlash(m.pkg)) // where go test would run them
	both := io.MultiWriter(&out, l.say)                        // one for the two, so that only one goroutine writes
	cmd.Stdout, cmd.Stderr = both, both
	err := cmd.Run()
	text := out.String()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case strings.Contains(text, "testing: warning: no tests to run"):
		return "", fmt.Errorf("%s has no test that %s names", m.pkg, m.tests)
	case err == nil:
		return "", nil
	case strings.Contains(text, "panic: test timed out"):
		return "", fmt.Errorf("%s hangs for %v", m.tests, patience)
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return "", err
	}
	// The first name is that of the whole test: its parts are printed after it.
	if found := failure.FindAllStringSubmatch(text, -1); found != nil {
		return found[0][1], nil
	}
	if strings.Contains(text, "panic: ") {
		return "a panic", nil
	}
	return "", fmt.Errorf("the tests ended with %w and named none that failed:\n%s", err, text)
}
