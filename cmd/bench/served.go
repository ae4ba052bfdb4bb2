package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// served is a running `enroll serve`.
type served struct {
	cmd      *exec.Cmd
	api, ops string        // addresses
	ready    time.Duration // from the start of the process
	log      string
	ended    chan error
}

// readyWithin bounds the wait for a server to come up and go down.
const readyWithin = 30 * time.Second

// serve starts a server and waits until it is ready. Its log goes to a file, as
// a log does in production.
func (s *testbed) serve(ctx context.Context, database string, more ...string) (*served, error) {
	v := &served{ended: make(chan error, 1)}
	for _, address := range []*string{&v.api, &v.ops} {
		var err error
		if *address, err = freeAddress(); err != nil {
			return nil, err
		}
	}
	log, err := os.CreateTemp(s.dir, "serve-*.log")
	if err != nil {
		return nil, err
	}
	defer log.Close()
	v.log = log.Name()
	v.cmd = exec.Command(s.binary, "serve")
	v.cmd.Env = append(s.environ(database, more...),
		"ENROLL_ADDR="+v.api, "ENROLL_OPS_ADDR="+v.ops, "ENROLL_STOP_DELAY=0s")
	v.cmd.Stdout, v.cmd.Stderr = log, log
	begun := time.Now()
	if err := v.cmd.Start(); err != nil {
		return nil, err
	}
	go func() { v.ended <- v.cmd.Wait() }()
	if err := v.await(ctx); err != nil {
		return nil, errors.Join(err, v.stop())
	}
	v.ready = time.Since(begun)
	return v, nil
}

// await polls /readyz every millisecond until it returns 200.
func (v *served) await(ctx context.Context) error {
	client := &http.Client{Timeout: 2 * time.Second}
	defer client.CloseIdleConnections()
	for end := time.Now().Add(readyWithin); ; {
		response, err := client.Get("http://" + v.ops + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-v.ended:
			v.ended <- err
			return fmt.Errorf("the server ended: %w: %s", err, v.lastLines())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Millisecond):
		}
		if time.Now().After(end) {
			return fmt.Errorf("the server is not ready after %s: %s", readyWithin, v.lastLines())
		}
	}
}

// stop ends the server as a supervisor does, and removes its log.
func (v *served) stop() error {
	defer os.Remove(v.log)
	_ = v.cmd.Process.Signal(syscall.SIGTERM) // fails if it has ended already
	select {
	case err := <-v.ended:
		return err
	case <-time.After(readyWithin):
		_ = v.cmd.Process.Kill()
		return errors.Join(errors.New("the server did not stop"), <-v.ended)
	}
}

// countAllocations adds the objects and bytes that the server has allocated on its heap since its
// start. It reads them from the server's metrics.
func (v *served) countAllocations(u *usage) error {
	client := &http.Client{Timeout: readyWithin}
	defer client.CloseIdleConnections()
	response, err := client.Get("http://" + v.ops + "/metrics")
	if err != nil {
		return err
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return err
	}
	for name, sum := range map[string]*float64{
		"go_memstats_mallocs_total": &u.Allocations, "go_memstats_alloc_bytes_total": &u.Allocated,
	} {
		value, err := metric(string(text), name)
		if err != nil {
			return err
		}
		*sum += value
	}
	return nil
}

// metric returns the value of a metric without labels, from the text format of Prometheus.
func metric(text, name string) (float64, error) {
	_, rest, found := strings.Cut("\n"+text, "\n"+name+" ")
	if !found {
		return 0, fmt.Errorf("the server has no metric %s", name)
	}
	value, _, _ := strings.Cut(rest, "\n")
	return strconv.ParseFloat(strings.TrimSpace(value), 64)
}

func (v *served) pid() int { return v.cmd.Process.Pid }

func (v *served) lastLines() []byte {
	content, _ := os.ReadFile(filepath.Clean(v.log)) // for an error's text only
	lines := bytes.Split(bytes.TrimSpace(content), []byte("\n"))
	return bytes.Join(lines[max(0, len(lines)-3):], []byte(" / "))
}

// freeAddress returns an address on which no process listens now. If another
// process takes it before the server does, the server fails to start and the run
// ends with its error.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}
