package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

// The flood of TestFlood: more clients than can wait, to a process that has one core. It lasts until enough requests of
// each kind were served, however slow the machine is. `make bench` has floods of a constant rate, and the figures.
const (
	crowd       = 200                    // clients, each with one request at a time
	betweenThem = 250 * time.Millisecond // from one request of a client to its next; Retry-After is ignored
	enough      = 10                     // served requests of each kind
	mostVisits  = 40_000                 // bounds the flood if that never happens
	floodMemory = 512 << 10              // KiB, with the race detector
)

// visit is the outcome of one request.
type visit struct {
	login  bool
	status int
	wrong  string // what is wrong with the answer, "" for nothing
}

// TestFlood: in a flood of registrations and logins, requests of each kind are served, and the others are refused as
// the contract says. Health and metrics answer during the flood. Readiness may say that the database is slow, because
// the flood also takes CPU time from the database. health.TestSlowLookIsNotUnready tests how slow it may be.
func TestFlood(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_LIMIT_LOGIN_ACCOUNT=off", "GOMAXPROCS=1")
	if a := p.post(t, "/api/register", `{"user_name":"holder","password":"MyPassword123"}`); a.Status != http.StatusOK {
		t.Fatalf("before the flood: %+v", a)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: crowd}}
	t.Cleanup(client.CloseIdleConnections)
	over := make(chan struct{})
	watched := make(chan int)
	go func() { watched <- lookOn(t, client, p.ops, over) }()
	var visits tally
	var group sync.WaitGroup
	for range crowd {
		group.Go(func() {
			tick := time.NewTicker(betweenThem)
			defer tick.Stop()
			for i, more := visits.next(); more; i, more = visits.next() {
				visits.add(t, i, arrive(client, p.api, i))
				<-tick.C
			}
		})
	}
	group.Wait()
	close(over)
	if n := <-watched; n < 3 {
		t.Errorf("health and metrics answered %d times", n)
	}
	t.Logf("of %d requests %d registrations and %d logins were served", visits.begun, visits.registrations, visits.logins)
	if visits.registrations < enough || visits.logins < enough {
		t.Errorf("%d registrations and %d logins were served, want %d of each", visits.registrations, visits.logins, enough)
	}
	if visits.refused == 0 {
		t.Error("it was no flood: all were served")
	}
	// After the flood the queue is empty, and a new registration succeeds.
	if a := p.post(t, "/api/register", `{"user_name":"latecomer","password":"MyPassword123"}`); a.Status != http.StatusOK {
		t.Errorf("after the flood: %+v", a)
	}
	if kib := peak(t, p.cmd.Process.Pid); kib > floodMemory {
		t.Errorf("peak memory %d MiB", kib/1024)
	}
	p.stop(t)
}

// tally counts the requests of a flood.
type tally struct {
	sync.Mutex

	begun, registrations, logins, refused int
}

// next returns the number of the next request, or false if the flood is over: enough requests of each kind were
// served and some were refused, or there were too many.
func (v *tally) next() (i int, more bool) {
	v.Lock()
	defer v.Unlock()
	done := v.registrations >= enough && v.logins >= enough && v.refused >= enough
	if done || v.begun >= mostVisits {
		return 0, false
	}
	v.begun++
	return v.begun, true
}

func (v *tally) add(t *testing.T, i int, seen visit) {
	v.Lock()
	defer v.Unlock()
	switch {
	case seen.wrong != "":
		t.Errorf("request %d: %s", i, seen.wrong)
		v.begun = mostVisits // the others would say the same
	case seen.status != http.StatusOK:
		v.refused++
	case seen.login:
		v.logins++
	default:
		v.registrations++
	}
}

// arrive sends one request and compares the answer with the contract.
func arrive(client *http.Client, api string, i int) visit {
	v := visit{login: i%2 == 1}
	path, body := "/api/register", fmt.Sprintf(`{"user_name":"flood-%d-x","password":"MyPassword123"}`, i)
	if v.login {
		path, body = "/api/login", `{"user_name":"holder","password":"MyPassword123"}`
	}
	response, err := client.Post(api+path, "application/json", strings.NewReader(body))
	if err != nil {
		v.wrong = err.Error()
		return v
	}
	defer response.Body.Close()
	var envelope struct {
		Code      *int            `json:"code"`
		Msg       string          `json:"msg"`
		Reason    string          `json:"reason"`
		Data      json.RawMessage `json:"data"`
		RequestID string          `json:"request_id"`
	}
	content, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(content, &envelope)
	}
	v.status = response.StatusCode
	wait, _ := strconv.Atoi(response.Header.Get("Retry-After"))
	switch {
	case err != nil:
		v.wrong = err.Error()
	case envelope.Code == nil || envelope.Msg == "" || envelope.RequestID == "":
		v.wrong = "no envelope"
	case v.status == http.StatusOK:
		if *envelope.Code != 0 || envelope.Reason != "" || len(envelope.Data) < 10 {
			v.wrong = "a success that is none"
		}
	case v.status != http.StatusServiceUnavailable || envelope.Reason != "busy" || *envelope.Code != -1 ||
		string(envelope.Data) != "null":
		v.wrong = fmt.Sprintf("%d %s", v.status, envelope.Reason)
	case wait < 1 || wait > 60:
		v.wrong = fmt.Sprintf("Retry-After: %q", response.Header.Get("Retry-After"))
	}
	return v
}

// lookOn requests health and metrics until the flood is over.
func lookOn(t *testing.T, client *http.Client, ops string, over <-chan struct{}) (answered int) {
	for {
		for _, path := range []string{"/livez", "/readyz", "/metrics"} {
			response, err := client.Get(ops + path)
			if err != nil {
				t.Error(err)
				return answered
			}
			said, err := io.ReadAll(response.Body)
			_ = response.Body.Close()
			slow := path == "/readyz" && strings.Contains(string(said), "does not confirm a write in time")
			if err != nil || response.StatusCode != http.StatusOK && !slow {
				t.Errorf("%s: %d %.200s %v", path, response.StatusCode, said, err)
			}
			answered++
		}
		select {
		case <-over:
			return answered
		default:
		}
	}
}

// peak returns the largest resident size that a process had, in KiB, or 0 if the system does
// not show it.
func peak(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Logf("the peak of a process's memory is read from /proc, which this system has not: %v", err)
		return 0
	}
	found := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if found == nil {
		t.Fatal("no VmHWM")
	}
	kib, _ := strconv.Atoi(string(found[1])) // digits, by the pattern
	return kib
}
