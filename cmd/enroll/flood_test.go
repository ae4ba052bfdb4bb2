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

// The flood of TestFlood: twice what one core of a fast machine can hash, to a process
// that has one core. `make bench` has longer floods, and the figures.
const (
	arrivals    = 1200
	betweenThem = 2 * time.Millisecond
	floodPhases = 4         // parts of the flood; some of each kind are served in at least half of them
	floodMemory = 512 << 10 // KiB, with the race detector
)

// visit is the outcome of one request.
type visit struct {
	login  bool
	status int
	wrong  string // what is wrong with the answer, "" for nothing
}

// TestFlood sends requests at a constant rate, half of them registrations and half logins.
// A request that is not served is refused as the contract says. Some of each kind are served
// in half of the phases. Health and metrics answer during the flood.
func TestFlood(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"serve", "--dev"}, "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir(),
		"ENROLL_LIMIT_LOGIN_ACCOUNT=off", "GOMAXPROCS=1")
	if a := p.post(t, "/api/register", `{"user_name":"holder","password":"MyPassword123"}`); a.Status != http.StatusOK {
		t.Fatalf("before the flood: %+v", a)
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: arrivals}}
	t.Cleanup(client.CloseIdleConnections)
	visits := make([]visit, arrivals)
	var group sync.WaitGroup
	over := make(chan struct{})
	watched := make(chan int)
	go func() { watched <- lookOn(t, client, p.ops, over) }()
	tick := time.NewTicker(betweenThem)
	defer tick.Stop()
	for i := range visits {
		<-tick.C
		group.Go(func() { visits[i] = arrive(client, p.api, i) })
	}
	group.Wait()
	close(over)
	if n := <-watched; n < 3 {
		t.Errorf("health and metrics answered %d times", n)
	}
	checkVisits(t, visits)
	// After the flood the queue is empty, and a new registration succeeds.
	if a := p.post(t, "/api/register", `{"user_name":"latecomer","password":"MyPassword123"}`); a.Status != http.StatusOK {
		t.Errorf("after the flood: %+v", a)
	}
	if kib := peak(t, p.cmd.Process.Pid); kib > floodMemory {
		t.Errorf("peak memory %d MiB", kib/1024)
	}
	p.stop(t)
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
			if err != nil || response.StatusCode != http.StatusOK {
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

func checkVisits(t *testing.T, visits []visit) {
	t.Helper()
	served, refused := map[string]int{}, 0
	for i, v := range visits {
		if v.wrong != "" {
			t.Errorf("arrival %d: %s", i, v.wrong)
		}
		if v.status != http.StatusOK {
			refused++
			continue
		}
		phase := i * floodPhases / len(visits)
		served[fmt.Sprintf("registrations of phase %d", phase)] += 1 - i%2
		served[fmt.Sprintf("logins of phase %d", phase)] += i % 2
	}
	t.Logf("refused %d, served %v", refused, served)
	for what, n := range served {
		if n == 0 {
			delete(served, what)
		}
	}
	// A phase lasts 0.6 s. On a busy machine, requests that wait from one phase may fill the next one.
	if len(served) < 2*(floodPhases/2) {
		t.Errorf("served: %v", served)
	}
	if refused == 0 {
		t.Error("it was no flood: nobody was refused")
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
