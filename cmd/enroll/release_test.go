package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReleaseBuild shows that a build with the tag "release" has no code that
// could download and execute a PostgreSQL, and that the error of `serve --dev`
// names the two solutions: ENROLL_DATABASE_URL and `make build`. A binary has the
// names of its functions even when stripped (-s -w): the runtime prints them in
// stack traces.
func TestReleaseBuild(t *testing.T) {
	t.Parallel()
	const symbol = "/internal/devpg."
	binary := filepath.Join(t.TempDir(), "enroll")
	build := exec.Command("go", "build", "-tags", "release", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o",
		binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !holds(t, os.Args[0], symbol) {
		t.Errorf("this test program, which is no release build, does not hold %q: the search proves nothing", symbol)
	}
	if holds(t, binary, symbol) {
		t.Fatalf("the release build holds %q", symbol) // the command below would not end
	}
	data := filepath.Join(t.TempDir(), "data")
	serve := exec.Command(binary, "serve", "--dev")
	serve.Env = []string{"ENROLL_DATA_DIR=" + data, "ENROLL_ADDR=127.0.0.1:0", "ENROLL_OPS_ADDR=127.0.0.1:0"}
	out, err := serve.CombinedOutput()
	if err == nil {
		t.Fatal("a release build serves without a database")
	}
	for _, want := range []string{"release build", "ENROLL_DATABASE_URL", "make build"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("serve --dev of a release build does not name %q: %s", want, out)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "postgres")); err == nil {
		t.Error("a release build has begun a cluster")
	}
}

// holds reports whether a file contains the text.
func holds(t *testing.T, name, text string) bool {
	t.Helper()
	content, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(content, []byte(text))
}
