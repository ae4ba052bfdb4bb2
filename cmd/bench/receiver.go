package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync/atomic"
)

// receiver takes the events that the servers under test post, on the loopback interface. It reads each and answers 204
// at once, so that what a load pays for events is what the server does for them. Its CPU time is counted as the
// generator's.
type receiver struct {
	url    string
	posts  atomic.Int64
	server http.Server
	ended  chan error
}

func openReceiver() (*receiver, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &receiver{url: "http://" + listener.Addr().String() + "/", ended: make(chan error, 1)}
	r.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return // the server has ended meanwhile, and posts the event again after its start
		}
		r.posts.Add(1)
		w.WriteHeader(http.StatusNoContent)
	})
	go func() { r.ended <- r.server.Serve(listener) }()
	return r, nil
}

func (r *receiver) close() error {
	err := errors.Join(r.server.Close(), <-r.ended)
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// posted is the number of events so far, 0 for a nil receiver.
func (r *receiver) posted() int64 {
	if r == nil {
		return 0
	}
	return r.posts.Load()
}

// settings makes a server post its events here. It returns none for a nil receiver, and for a binary of a commit before
// there were events, which would refuse to start.
func (r *receiver) settings(ctx context.Context, s *testbed) ([]string, error) {
	if r == nil {
		return nil, nil
	}
	known, err := knows(ctx, s.binary, "ENROLL_EVENTS_URL")
	if err != nil || !known {
		return nil, err
	}
	return []string{
		"ENROLL_EVENTS_URL=" + r.url, "ENROLL_EVENTS_SECRET=whsec_" + base64.StdEncoding.EncodeToString(s.secret),
	}, nil
}

// knows says whether a binary has a setting.
func knows(ctx context.Context, binary, setting string) (bool, error) {
	cmd := exec.CommandContext(ctx, binary, "config")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH")} // no ENROLL_ variable of this program's environment
	out, err := cmd.Output()
	if err != nil {
		return false, fmt.Errorf("the settings of %s: %w", binary, err)
	}
	return bytes.Contains(append([]byte("\n"), out...), []byte("\n"+setting+"=")), nil
}
