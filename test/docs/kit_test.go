//go:build docs

package docs

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// kit is a folder with the libraries that the programs import, each of exactly
// the version that the files beside this one say.
type kit struct{ folder string }

// unpack installs the libraries, all languages at once.
func unpack(t *testing.T) kit {
	t.Helper()
	k := kit{t.TempDir()}
	readable(t, k.folder)
	if err := os.CopyFS(k.folder, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	steps := map[string]string{
		"node": "npm ci --ignore-scripts --no-audit --no-fund",
		"python": "python3 -m venv env && " +
			"env/bin/pip install --quiet --require-hashes --only-binary :all: -r requirements.txt",
		"java": "mvn --quiet --batch-mode --strict-checksums dependency:copy-dependencies -DoutputDirectory=lib",
		"go":   "go mod verify",
	}
	var all sync.WaitGroup
	for language, step := range steps {
		all.Go(func() {
			started := time.Now()
			cmd := exec.Command("bash", "-euc", step)
			cmd.Dir = k.path(language)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", step, err, out)
			}
			t.Logf("%s: %.1f s", language, time.Since(started).Seconds())
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return k
}

// readable makes a folder of the test readable for other users, because nginx and PostgreSQL drop root's rights.
func readable(t *testing.T, folder string) {
	t.Helper()
	for top := filepath.Clean(os.TempDir()); strings.HasPrefix(folder, top+"/"); folder = filepath.Dir(folder) {
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

func (k kit) path(parts ...string) string {
	return filepath.Join(append([]string{k.folder}, parts...)...)
}

// write puts a program into the kit and returns its path.
func (k kit) write(t *testing.T, text string, path ...string) string {
	t.Helper()
	name := k.path(path...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return name
}

// build compiles a Go program of one file.
func (k kit) build(t *testing.T, source string) string {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", source+".exe", source)
	cmd.Dir = k.path("go")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return source + ".exe"
}

// program is a running server that a page describes.
type program struct {
	url string

	mu     sync.Mutex
	output bytes.Buffer
}

func (p *program) Write(raw []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.Write(raw)
}

func (p *program) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.output.String()
}

// port is one that was free a moment ago: the programs cannot say which one
// they got.
func port(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// serve starts a server on a port, with PORT and env in its environment, and
// returns when it accepts connections. It ends with the test.
func serve(t *testing.T, port string, env []string, command ...string) *program {
	t.Helper()
	p := &program{url: "http://127.0.0.1:" + port}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(append(clean(cmd.Environ()), "PORT="+port), env...)
	cmd.Stdout, cmd.Stderr = p, p
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		<-ended
		if t.Failed() {
			t.Logf("%s said:\n%s", command[0], p.said())
		}
	})
	until(t, "the server listens", func() bool {
		select {
		case <-ended:
			t.Fatalf("%v ended at once", command)
		default:
		}
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return p
}

// until calls reached again and again, for 90 s at most.
func until(t *testing.T, what string, reached func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	for tick := time.NewTicker(100 * time.Millisecond); !reached(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("not within a minute and a half: %s", what)
		}
	}
}

// ask sends a request and returns the status and the body.
func ask(t *testing.T, method, url, body string, header map[string]string) (int, string) {
	t.Helper()
	status, answer, err := try(http.DefaultClient, method, url, body, header)
	if err != nil {
		t.Fatal(err)
	}
	return status, answer
}

func try(client *http.Client, method, url, body string, header map[string]string) (int, string, error) {
	req, err := http.NewRequest(method, url, bytes.NewBufferString(body))
	if err != nil {
		return 0, "", err
	}
	for name, value := range header {
		req.Header.Set(name, value)
	}
	res, err := client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, "", fmt.Errorf("%s: %w", url, err)
	}
	return res.StatusCode, string(raw), nil
}
