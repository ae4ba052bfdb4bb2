package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestLatencies(t *testing.T) {
	t.Parallel()
	var l latencies
	for i := range 200 {
		l = append(l, time.Duration(200-i)*time.Millisecond)
	}
	want := summary{Count: 200, P50: 100 * time.Millisecond, P95: 190 * time.Millisecond, P99: 198 * time.Millisecond,
		Max: 200 * time.Millisecond}
	if got := l.summary(); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := (latencies{}).summary(); got != (summary{}) {
		t.Errorf("of nothing: %+v", got)
	}
	if got := (latencies{time.Second}).summary(); got.P50 != time.Second || got.P99 != time.Second {
		t.Errorf("of one: %+v", got)
	}
}

// TestClientClassifies: an answer that breaks the contract is an error. Otherwise a
// server that fails quickly would look fast.
func TestClientClassifies(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		wire   string
		reason string
		broken bool
	}{
		"registered": {wire: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"code\":0,"},
		"refused": {wire: "HTTP/1.1 503 x\r\nRetry-After: 2\r\nContent-Length: 17\r\n\r\n{\"reason\":\"busy\"}",
			reason: "busy"},
		"taken":               {wire: "HTTP/1.1 409 x\r\nContent-Length: 18\r\n\r\n{\"reason\":\"taken\"}", reason: "taken"},
		"no Retry-After":      {wire: "HTTP/1.1 503 x\r\nContent-Length: 17\r\n\r\n{\"reason\":\"busy\"}", broken: true},
		"a fault":             {wire: "HTTP/1.1 500 x\r\nContent-Length: 21\r\n\r\n{\"reason\":\"internal\"}", broken: true},
		"another service's":   {wire: "HTTP/1.1 502 x\r\nContent-Length: 3\r\n\r\nbad", broken: true},
		"200, but no success": {wire: "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"code\":-1}", broken: true},
		"no length":           {wire: "HTTP/1.1 200 OK\r\n\r\n{\"code\":0,", broken: true},
		"cut off":             {wire: "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":0,", broken: true},
		"no HTTP":             {wire: "SSH-2.0-OpenSSH_9.2\r\n", broken: true},
		"nothing":             {broken: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := wired(t, tt.wire).register([]byte("{}"))
			if (err != nil) != tt.broken || a.reason != tt.reason && !tt.broken {
				t.Errorf("%+v, %v", a, err)
			}
		})
	}
}

// wired returns a client whose server sends answer to its first request and then
// closes the connection.
func wired(t *testing.T, answer string) *client {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { _ = ours.Close() })
	go func() {
		in := bufio.NewReader(theirs)
		for line := ""; line != "{}"; { // the request's last line, which has no end
			b, err := in.ReadByte()
			if err != nil {
				return
			}
			if line += string(b); b == '\n' {
				line = ""
			}
		}
		_, _ = theirs.Write([]byte(answer))
		_ = theirs.Close()
	}()
	c := newClient("")
	c.conn = ours
	c.in.Reset(ours)
	return c
}

// TestFloodClock: an answer that arrives after the measured time counts among the
// latencies, but not in the rate.
func TestFloodClock(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	turns := make(chan struct{}, 2)
	go func() {
		_ = http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			<-turns
			_, _ = io.WriteString(w, `{"code":0,}`)
		}))
	}()
	o := &open{address: listener.Addr().String(), people: newByPassword()}
	o.arrive(time.Now())
	o.arrive(time.Now())
	turns <- struct{}{}
	for free := 0; free == 0; {
		o.mu.Lock()
		free = len(o.free)
		o.mu.Unlock()
	}
	o.over.Store(true)
	turns <- struct{}{}
	o.finish()
	var l load
	l.fill([]*tally{o.all[0].tally, o.all[1].tally}, time.Second)
	if l.Served.Count != 2 || l.InTime != 1 || l.Rate != 1 {
		t.Errorf("served %d, in time %d, at a rate of %v", l.Served.Count, l.InTime, l.Rate)
	}
}

// TestPeopleDiffer: no user name comes twice within a load or in two loads, and
// all user names have the same length.
func TestPeopleDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 3 {
		people := newByPassword()
		for range 10_000 {
			body, ok := people.next(nil)
			name, _, _ := strings.Cut(string(body), ",")
			if !ok || seen[name] || len(name) != len(`{"user_name":"u0123456789abcdef"`) {
				t.Fatalf("%s, %v, seen %v", body, ok, seen[name])
			}
			seen[name] = true
		}
	}
}

// TestGoals: a goal without a measurement is never reported as met.
func TestGoals(t *testing.T) {
	t.Parallel()
	for _, g := range (&report{}).goals() {
		if g.Verdict != notMeasured {
			t.Errorf("%s: %s", g.What, g.Verdict)
		}
	}
	late := flooded{load: load{Generator: &punctuality{Unsent: 1}}, Multiple: 3, Goodput: 1}
	for _, g := range late.goals() {
		if g.Verdict == met {
			t.Errorf("%s: met, by a generator that was late", g.What)
		}
	}
	if g := atLeast("x", 0.95, 0.949); g.Verdict != missed {
		t.Errorf("%+v", g)
	}
	if g := atMost("x", time.Second, time.Second); g.Verdict != met {
		t.Errorf("%+v", g)
	}
}

// TestPair: the result of a pair is the median of its rounds. Each round compares two loads that
// ran one right after the other.
func TestPair(t *testing.T) {
	t.Parallel()
	p := pair{Kind: "phone", Before: "0123456789abcdef"}
	for _, rates := range [][2]float64{{100, 99}, {50, 40}, {200, 210}} {
		r := pairRound{Before: load{Rate: rates[0], InTime: 10}, Now: load{Rate: rates[1], InTime: 10}}
		r.Now.Usage.Allocations, r.Now.Usage.Allocated = 4000, 20480
		p.Rounds = append(p.Rounds, r)
	}
	if got := p.ratios(); !slices.Equal(got, []float64{0.8, 0.99, 1.05}) {
		t.Errorf("%v", got)
	}
	const want = "by phone, before (0123456789ab) and now: 100.0 and 99.0/s, 0.990 (rounds 0.800 to 1.050); " +
		"each 0 and 0 us of CPU, 0 and 400 allocations, 0.0 and 2.0 KiB"
	if got := p.line(); got != want {
		t.Error(got)
	}
	// The pair with events is printed beside the other one, and does not decide its goal.
	busy := pair{Kind: "phone", Before: p.Before, Events: true}
	for range 3 {
		r := pairRound{Before: load{Rate: 100, InTime: 10}, Now: load{Rate: 50, InTime: 10, Posted: 7}}
		busy.Rounds = append(busy.Rounds, r)
	}
	if got := busy.line(); !strings.HasSuffix(got, "; events posted: 0 and 7") || strings.Contains(p.line(), "posted") {
		t.Error(got)
	}
	goals := (&report{Pairs: []pair{p, busy}}).pairGoals()
	if goals[0].Verdict != notMeasured || goals[1].Verdict != met || goals[1].Measured != "0.990" {
		t.Errorf("%+v", goals)
	}
}

// TestMetric: a metric is found by its whole name, and not by the beginning of a longer one.
func TestMetric(t *testing.T) {
	t.Parallel()
	const text = "# TYPE a counter\na_total 5\na 1.5e+06\nb{x=\"a 7\"} 9\n"
	if got, err := metric(text, "a"); got != 1.5e6 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := metric(text, "c"); err == nil {
		t.Error("a metric that is not there")
	}
}

// TestElsewhere: if the generator used a tenth of the CPU time, goodput is
// corrected by that tenth and by no more.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	idle := load{Rate: 100, Seconds: 10}
	busy := load{Rate: 200, Seconds: 10}
	f := flooded{load: load{Rate: 135, Seconds: 10}}
	f.Usage.Generator = time.Duration(runtime.NumCPU()) * time.Second // a tenth of the CPU time of all cores
	f.compare(idle, busy)
	if f.Capacity != 150 || f.Goodput != 0.9 || f.Elsewhere != 1 {
		t.Errorf("capacity %v, goodput %v, elsewhere %v", f.Capacity, f.Goodput, f.Elsewhere)
	}
}

// TestGrowth: growth is the rate in the fullest database divided by its Limit, the
// mean rate in an empty database right before and after it.
func TestGrowth(t *testing.T) {
	t.Parallel()
	r := &report{Loads: []load{
		{Kind: "phone", Rate: 500},
		{Kind: "phone", Rate: 900, Users: 10, Limit: 1000},
		{Kind: "phone", Rate: 800, Users: 20, Limit: 1000},
		{Kind: "phone", Rate: 1000},
	}}
	if got := r.growth("phone"); got != 0.8 {
		t.Errorf("%v", got)
	}
	if got := r.growth("password"); got != 0 {
		t.Errorf("not measured: %v", got)
	}
}
