//go:build !release

package main

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestDevDatabaseEnds: PostgreSQL is killed, then its folder is deleted as well.
// Both times it is started again, and says so.
func TestDevDatabaseEnds(t *testing.T) {
	t.Parallel()
	folder := dataDir(t)
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATA_DIR="+folder)
	postmaster := func() int {
		t.Helper()
		note, err := os.ReadFile(filepath.Join(folder, "postgres", "data", "postmaster.pid"))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(note), "\n")
		pid, err := strconv.Atoi(first)
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	kill := func(pid int) {
		t.Helper()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
	}
	registered := func() string {
		t.Helper()
		for { // the pool notices ended connections one by one
			a := p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123"}`)
			if a.Status != http.StatusServiceUnavailable || t.Failed() {
				return a.Reason
			}
		}
	}
	if reason := registered(); reason != "" {
		t.Fatalf("at first: %s", reason)
	}
	kill(postmaster())
	p.await(t, `(PostgreSQL has ended, and is started again)(?s:.*)PostgreSQL runs again`)
	if reason := registered(); reason != "user_name_taken" {
		t.Errorf("after it was killed: %s", reason)
	}
	last := postmaster()
	for os.RemoveAll(folder) != nil { // PostgreSQL still writes there
	}
	kill(last) // if it has not ended by itself, without its folder
	p.await(t, `(?s:(PostgreSQL runs again).*){2}`)
	if reason := registered(); reason != "" {
		t.Errorf("with a new folder: %s", reason)
	}
	p.stop(t)
}
