package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/health"
	"github.com/enroll-project/enroll/internal/listener"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
	"github.com/enroll-project/enroll/test/pipe"
)

// pipeConn is a connection in memory.
type pipeConn struct {
	net.Conn
	answers *bufio.Reader
}

func dial(t *testing.T, to *pipe.Listener) pipeConn {
	t.Helper()
	ours := to.Dial()
	t.Cleanup(func() { _ = ours.Close() })
	return pipeConn{ours, bufio.NewReader(ours)}
}

// get returns the status, and whether the server closes the connection after it.
func (v pipeConn) get(t *testing.T, path string) (status int, closes bool) {
	t.Helper()
	if _, err := io.WriteString(v, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Error(err)
	}
	res, err := http.ReadResponse(v.answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode, res.Close
}

// TestStopDelay: on a stop /readyz answers 503 at once. The service goes on serving for the delay, on
// open connections and on new ones. No connection is closed without an answer that announces the close.
func TestStopDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		api, ops := pipe.Listen(), pipe.Listen()
		handler := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
		log := slog.New(slog.DiscardHandler)
		state := health.NewProbes(func(context.Context) error { return nil })
		ctx, stop := context.WithCancel(t.Context())
		ended, service := make(chan time.Time, 1), &service{}
		go func() {
			c := settings.Config{StopDelay: 5 * time.Second, DrainTime: time.Minute}
			_ = service.run(ctx, c, log, state,
				binding{api, listener.Server(handler, log)},
				binding{ops, listener.Server(state.Handler(prometheus.NewRegistry()), log)})
			ended <- time.Now()
		}()
		old, idle, watcher := dial(t, api), dial(t, api), dial(t, ops)
		for _, v := range []pipeConn{old, idle} {
			if status, closes := v.get(t, "/"); status != 200 || closes {
				t.Errorf("before the stop: %d, closed: %v", status, closes)
			}
		}
		if status, _ := watcher.get(t, "/readyz"); status != 200 {
			t.Errorf("readiness before the stop: %d", status)
		}
		begin := time.Now()
		stop()
		synctest.Wait()
		if status, _ := watcher.get(t, "/readyz"); status != 503 {
			t.Errorf("readiness after the stop: %d", status)
		}
		time.Sleep(5*time.Second - time.Nanosecond)
		for name, v := range map[string]pipeConn{"a new connection": dial(t, api), "an old connection": old} {
			if status, closes := v.get(t, "/"); status != 200 || !closes {
				t.Errorf("%s after the stop: %d, closed: %v", name, status, closes)
			}
		}
		if took := (<-ended).Sub(begin); took != 5*time.Second {
			t.Errorf("it ended after %v", took)
		}
		if _, err := idle.answers.ReadByte(); err == nil {
			t.Error("an idle connection is open after the end")
		}
	})
}

// balancer sends each request to the next replica that was ready when last checked, and repeats
// no request.
type balancer struct {
	mu    sync.Mutex
	ready map[*process]bool
	next  int
}

// check requests the readiness of each replica, over and over, until ctx ends.
func (b *balancer) check(ctx context.Context, p *process) {
	for ctx.Err() == nil {
		res, err := http.Get(p.ops + "/readyz")
		if err == nil {
			_ = res.Body.Close()
		}
		b.mu.Lock()
		b.ready[p] = err == nil && res.StatusCode == 200
		b.mu.Unlock()
	}
}

func (b *balancer) choose() *process {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []*process
	for p, ready := range b.ready {
		if ready {
			all = append(all, p)
		}
	}
	if len(all) == 0 {
		return nil
	}
	b.next++
	return all[b.next%len(all)]
}

// send requests a captcha on a connection of its own until ctx ends, and counts.
func (b *balancer) send(ctx context.Context, served, failed *atomic.Int64) {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for ctx.Err() == nil {
		if p := b.choose(); p == nil {
			failed.Add(1)
		} else if res, err := client.Get(p.api + "/api/captcha"); err != nil {
			failed.Add(1)
		} else {
			_ = res.Body.Close()
			served.Add(1)
		}
	}
}

// TestRollingRestart: no request fails while each of two replicas is replaced by a new one, as long
// as the balancer checks them within the delay.
func TestRollingRestart(t *testing.T) {
	t.Parallel()
	url, folder := "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir()
	replica := func() *process {
		return start(t, []string{"serve", "--dev"}, url, folder, "ENROLL_STOP_DELAY=1s", "ENROLL_LOG_LEVEL=error")
	}
	b := &balancer{ready: map[*process]bool{}}
	ctx, stop := context.WithCancel(t.Context())
	var checks, clients sync.WaitGroup
	add := func() *process {
		p := replica()
		b.mu.Lock()
		b.ready[p] = true
		b.mu.Unlock()
		checks.Go(func() { b.check(ctx, p) })
		return p
	}
	old := []*process{add(), add()}
	var served, failed atomic.Int64
	for range 2 {
		clients.Go(func() { b.send(ctx, &served, &failed) })
	}
	for _, p := range old {
		added := add()
		p.stop(t)
		if status, _ := get(t, added.ops+"/livez"); status != 200 {
			t.Error("the new replica does not live")
		}
	}
	stop()
	clients.Wait()
	checks.Wait()
	if failed.Load() > 0 || served.Load() == 0 {
		t.Errorf("%d requests served, %d failed", served.Load(), failed.Load())
	}
}

// TestStopStoresTheCounts: a process that stops has counted the SMS that it sent just before.
func TestStopStoresTheCounts(t *testing.T) {
	t.Parallel()
	w := newTwins(t)
	w.crowd(3, 0)
	for _, p := range w.processes {
		p.stop(t)
	}
	var sent int
	err := w.session.QueryRow(t.Context(), "SELECT coalesce(sum(sent), 0) FROM sms_sender_days").Scan(&sent)
	if err != nil || sent != 3 {
		t.Errorf("%d SMS are counted, %v, want 3", sent, err)
	}
}
