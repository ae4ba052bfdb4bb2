package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// service is a running `enroll serve --dev` with a data folder, which stop removes.
type service struct {
	url     string
	folder  string
	cmd     *exec.Cmd
	ended   chan struct{}
	stopped bool

	mu     sync.Mutex
	output bytes.Buffer
}

// announced is the line by which the service says that it is ready, and where.
var announced = regexp.MustCompile(`^ +API +(http://[0-9.:]+)/`)

// start starts the service and returns when it answers requests.
func start(ctx context.Context, binary string, settings []string) (*service, error) {
	folder, err := os.MkdirTemp("", "enroll-stage-")
	if err != nil {
		return nil, err
	}
	// PostgreSQL does not run as root, and its account must be able to enter the folder.
	if err := os.Chmod(folder, 0o711); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	s := &service{folder: folder, ended: make(chan struct{}), cmd: exec.Command(binary, "serve", "--dev")}
	// Settings in the environment of the test must not change the service.
	s.cmd.Env = slices.DeleteFunc(s.cmd.Environ(), func(pair string) bool { return strings.HasPrefix(pair, "ENROLL_") })
	s.cmd.Env = append(s.cmd.Env, "ENROLL_ADDR=127.0.0.1:0", "ENROLL_OPS_ADDR=127.0.0.1:0", "ENROLL_DATA_DIR="+folder)
	s.cmd.Env = append(s.cmd.Env, settings...)
	// Ctrl-C signals the whole process group. The service gets a group of its own, because it must outlive the command.
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, write, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	s.cmd.Stdout, s.cmd.Stderr = write, write
	err = s.cmd.Start()
	if err = errors.Join(err, write.Close()); err != nil {
		return nil, errors.Join(err, pipe.Close(), os.RemoveAll(folder))
	}
	ready := make(chan string, 1)
	go s.read(pipe, ready)
	select {
	case s.url = <-ready:
		return s, nil
	case <-s.ended:
		err = errors.New("the service ended at once")
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, errors.Join(fmt.Errorf("%w; it said:\n%s", err, s.said()), s.stop())
}

// read keeps what the service says and finds the address in it.
func (s *service) read(pipe io.ReadCloser, ready chan<- string) {
	defer close(s.ended)
	defer pipe.Close()
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		if found := announced.FindStringSubmatch(lines.Text()); found != nil {
			ready <- found[1]
		}
		s.mu.Lock()
		s.output.WriteString(lines.Text() + "\n")
		s.mu.Unlock()
	}
}

func (s *service) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.output.String()
}

// stop ends the service as an operator does, then removes its data. A service
// that does not end within a minute is killed, which is an error. A second stop does nothing.
func (s *service) stop() error {
	if s.stopped {
		return nil
	}
	s.stopped = true
	signaled := s.cmd.Process.Signal(syscall.SIGTERM)
	var late error
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		late = errors.New("the service did not stop within a minute")
		_ = s.cmd.Process.Kill()
	}
	err := s.cmd.Wait()
	if errors.Is(signaled, os.ErrProcessDone) {
		signaled = nil
	}
	return errors.Join(signaled, late, err, os.RemoveAll(s.folder))
}
