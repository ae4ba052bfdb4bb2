package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// container runs an unpacked image as its user, in a root in which that user can write nothing.
type container struct {
	root string
	env  []string
	user syscall.Credential
}

// command returns a command of the image's program, with more settings.
func (c container) command(t *testing.T, args []string, environ ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "/enroll", args...)
	cmd.Dir, cmd.Env = "/", append(append([]string{}, c.env...), environ...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: c.root, Credential: &c.user}
	return cmd
}

// registers migrates a database with the image, serves from it, and registers once over HTTP.
func (c container) registers(t *testing.T) {
	database := "ENROLL_DATABASE_URL=" + startPostgres(t)
	if out, err := c.command(t, []string{"migrate"}, database).CombinedOutput(); err != nil {
		t.Fatalf("migrate: %v: %s", err, out)
	}
	ops := freeAddress(t)
	environ := []string{
		database, "ENROLL_ADDR=127.0.0.1:0", "ENROLL_OPS_ADDR=" + ops, "ENROLL_STOP_DELAY=0s", "ENROLL_CAPTCHA=off",
		"ENROLL_SECRET=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "ENROLL_TOKEN_SECRET=" + strings.Repeat("x", 32),
	}
	cmd := c.command(t, []string{"serve"}, environ...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	serving := make(chan string, 1)
	ended := make(chan struct{})
	var text strings.Builder
	go func() {
		defer close(ended)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			text.WriteString(lines.Text() + "\n")
			if m := regexp.MustCompile(`"msg":"serving".*"addr":"([0-9.:]+)"`).FindStringSubmatch(lines.Text()); m != nil {
				serving <- m[1]
			}
		}
	}()
	var address string
	select {
	case address = <-serving:
	case <-ended:
		t.Fatalf("it does not serve: %v\n%s", cmd.Wait(), text.String())
	}
	// The command of the image's health check.
	await(t, "readiness", func() error { return c.command(t, []string{"ready"}, environ...).Run() })
	register(t, "http://"+address+"/api/register")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-ended
	if err := cmd.Wait(); err != nil {
		t.Errorf("the stop: %v\n%s", err, text.String())
	}
}

// register creates a user, whose answer has a token.
func register(t *testing.T, url string) {
	t.Helper()
	res, err := http.Post(url, "application/json", strings.NewReader(`{"user_name":"newuser","password":"MyPassword123"}`))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	var answer struct{ Data struct{ Token string } }
	if err != nil || json.Unmarshal(body, &answer) != nil || res.StatusCode != http.StatusOK || answer.Data.Token == "" {
		t.Errorf("%s: %s, %v", res.Status, body, err)
	}
}

// startPostgres starts a PostgreSQL with its default settings and returns the URL of its database. It
// runs as nobody, because PostgreSQL refuses to run as root.
func startPostgres(t *testing.T) string {
	t.Helper()
	bin := postgresPrograms(t)
	nobody := &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	folder, err := os.MkdirTemp("", "enroll-postgres-") // testing's folders are closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	if err := os.Chown(folder, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, "data")
	initdb := exec.CommandContext(t.Context(), filepath.Join(bin, "initdb"), "-D", data, "-U", "enroll", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = nobody, folder
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	address := freeAddress(t)
	host, port, _ := net.SplitHostPort(address)
	server := exec.Command(filepath.Join(bin, "postgres"), "-D", data, "-h", host, "-p", port, "-k", "")
	server.SysProcAttr, server.Dir = nobody, folder
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	server.Stdout, server.Stderr = log, log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGQUIT) // ends its processes, too
		_ = server.Wait()
		if text, err := os.ReadFile(log.Name()); err == nil && t.Failed() {
			t.Logf("PostgreSQL:\n%s", text)
		}
	})
	await(t, "PostgreSQL", func() error {
		return exec.Command(filepath.Join(bin, "pg_isready"), "-q", "-h", host, "-p", port).Run()
	})
	return fmt.Sprintf("postgres://enroll@%s/postgres?sslmode=disable", address)
}

// postgresPrograms returns the folder of initdb, and skips the test where there is none.
func postgresPrograms(t *testing.T) string {
	t.Helper()
	// Debian does not have them in PATH.
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if path, err := exec.LookPath("initdb"); err == nil {
		found = append(found, path)
	}
	if len(found) == 0 {
		t.Skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
	}
	// A link in PATH may lead to a folder with all programs.
	path, err := filepath.EvalSymlinks(found[len(found)-1])
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Dir(path)
}

// freeAddress returns an address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	return free.Addr().String()
}

// await returns once look returns nil. It looks for two minutes, for a busy machine.
func await(t *testing.T, what string, look func() error) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var err error
	for range 1200 {
		if err = look(); err == nil {
			return
		}
		<-tick.C
	}
	t.Fatalf("%s: %v", what, err)
}
