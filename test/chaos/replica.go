package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// replica is a running `enroll serve`, whose addresses stay the same when it is started again.
type replica struct {
	api, ops string
	environ  []string
	binary   string
	log      *os.File
	cmd      *exec.Cmd
	ended    chan struct{}
}

// serve adds a replica to the stage and waits until it is ready.
func (s *stage) serve(ctx context.Context) (*replica, error) {
	r := &replica{binary: s.binary}
	for _, address := range []*string{&r.api, &r.ops} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		*address = l.Addr().String()
		_ = l.Close()
	}
	var err error
	if r.log, err = os.CreateTemp(s.folder, "serve-*.log"); err != nil {
		return nil, err
	}
	r.environ = append(s.environ(), "ENROLL_ADDR="+r.api, "ENROLL_OPS_ADDR="+r.ops)
	s.replicas = append(s.replicas, r)
	return r, r.start(ctx)
}

// readyWithin bounds the wait for a replica or a database to come up, and for a replica to stop.
const readyWithin = 60 * time.Second

func (r *replica) start(ctx context.Context) error {
	r.cmd, r.ended = exec.Command(r.binary, "serve"), make(chan struct{})
	r.cmd.Env, r.cmd.Stdout, r.cmd.Stderr = r.environ, r.log, r.log
	if err := r.cmd.Start(); err != nil {
		return err
	}
	go func(cmd *exec.Cmd, ended chan struct{}) { _ = cmd.Wait(); close(ended) }(r.cmd, r.ended)
	return r.await(ctx)
}

// await waits until the replica says that it is ready.
func (r *replica) await(ctx context.Context) error {
	client := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for end := time.Now().Add(readyWithin); time.Now().Before(end) && ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
		res, err := client.Get("http://" + r.ops + "/readyz")
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-r.ended:
			return fmt.Errorf("a replica ended; its log is %s", r.log.Name())
		default:
		}
	}
	return errors.New("a replica is not ready")
}

// kill ends the replica with SIGKILL.
func (r *replica) kill() {
	if r.cmd != nil && r.cmd.Process != nil {
		_ = r.cmd.Process.Signal(syscall.SIGKILL)
		<-r.ended
	}
}

// stop ends the replica as a supervisor does, and waits for it.
func (r *replica) stop() error {
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-r.ended:
		return nil
	case <-time.After(readyWithin):
		return errors.New("a replica does not stop")
	}
}
