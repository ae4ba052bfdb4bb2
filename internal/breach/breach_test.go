package breach_test

import (
	"context"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/breach"
)

const checks = "enroll_password_breach_checks_total"

// secretive is a password. The tests search for its parts in texts that must not have them.
const secretive = "päss canary word"

// split returns the SHA-1 of a password in the protocol's form: the digits that are
// sent, and those that are compared.
func split(s string) (prefix, suffix string) {
	sum := sha1.Sum([]byte(s))
	all := strings.ToUpper(hex.EncodeToString(sum[:]))
	return all[:5], all[5:]
}

// rangeServer starts an API on loopback.
func rangeServer(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// newChecker returns a checker that waits a minute for answers, so that a slow machine
// fails no test, unless the configuration sets a timeout.
func newChecker(t testing.TB, config breach.Config) (*breach.Checker, *prometheus.Registry) {
	t.Helper()
	registry := prometheus.NewRegistry()
	config.Metrics = registry
	b, err := breach.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	if config.Timeout == 0 {
		b.SetTimeout(time.Minute)
	}
	return b, registry
}

// counted fails the test unless the metric has exactly these results.
func counted(t testing.TB, registry *prometheus.Registry, want map[string]float64) {
	t.Helper()
	for _, result := range []string{"clean", "breached", "failed", "skipped", "overloaded"} {
		if got := metric(t, registry, checks, "result", result); got != want[result] {
			t.Errorf("%v checks %s, want %v", got, result, want[result])
		}
	}
}

// TestPublishedExample compares with the published example of the protocol: the
// SHA-1 of "P@ssw0rd" begins with 21BD1.
func TestPublishedExample(t *testing.T) {
	t.Parallel()
	server := rangeServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI != "/range/21BD1" {
			t.Errorf("asked for %s", r.RequestURI)
		}
		fmt.Fprint(w, "2D6980B9098804E7A83DC5831BFBAF3927F:1\r\n"+
			"2DC183F740EE76F27B78EB39C8AD972A757:52579\r\n"+
			"2DE4C0087846D223DBBCCF071614590F300:2")
	})
	b, registry := newChecker(t, breach.Config{URL: server.URL + "/range/"})
	if err := b.Check(t.Context(), "P@ssw0rd"); !errors.Is(err, breach.ErrBreached) {
		t.Error(err)
	}
	counted(t, registry, map[string]float64{"breached": 1})
}

// TestRequest: the five digits are sent, and nothing else of the password or its owner.
func TestRequest(t *testing.T) {
	t.Parallel()
	prefix, suffix := split(secretive)
	for _, path := range []string{"", "/", "/range", "/range/"} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			server := rangeServer(t, func(w http.ResponseWriter, r *http.Request) {
				body, err := io.ReadAll(r.Body)
				if err != nil {
					t.Error(err)
				}
				want := strings.TrimSuffix(path, "/") + "/" + prefix
				if r.Method != http.MethodGet || r.RequestURI != want || len(body) > 0 {
					t.Errorf("%s %s with %d bytes, want GET %s", r.Method, r.RequestURI, len(body), want)
				}
				if r.Header.Get("Add-Padding") != "true" {
					t.Error("no padding is asked for")
				}
				for name, values := range r.Header {
					switch name {
					case "Add-Padding", "User-Agent", "Accept-Encoding":
					default:
						t.Errorf("header %s: %s", name, values)
					}
				}
				fmt.Fprintln(w, suffix[1:]+"0:1")
			})
			b, registry := newChecker(t, breach.Config{URL: server.URL + path})
			if err := b.Check(t.Context(), secretive); err != nil {
				t.Error(err)
			}
			counted(t, registry, map[string]float64{"clean": 1})
		})
	}
}

// TestAnswers: only a whole, well-formed answer counts. With any other the password is
// accepted.
func TestAnswers(t *testing.T) {
	t.Parallel()
	_, suffix := split(secretive)
	other := strings.Repeat("0", 35)
	hit := suffix + ":3\r\n"
	send := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
			if code >= 200 && code != http.StatusNoContent && code != http.StatusNotModified {
				_, _ = io.WriteString(w, hit)
			}
		}
	}
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"hit":             {send(other + ":9\r\n" + hit), "breached"},
		"lower case":      {send(strings.ToLower(hit)), "breached"},
		"line feeds":      {send(other + ":9\n" + suffix + ":1\n"), "breached"},
		"miss":            {send(other + ":9\r\n"), "clean"},
		"padding":         {send(other + ":0\r\n" + suffix + ":0\r\n"), "clean"},
		"the longest":     {send(sized(breach.MaxRangeAnswer)), "clean"},
		"empty":           {send(""), "failed"},
		"a page":          {send("<html>" + hit), "failed"},
		"half a line":     {send(hit + suffix), "failed"},
		"no count":        {send(hit + other + ":\r\n"), "failed"},
		"negative":        {send(suffix + ":-1\r\n"), "failed"},
		"no hex":          {send(hit + strings.Repeat("G", 35) + ":1\r\n"), "failed"},
		"no end of line":  {send(hit + strings.Repeat("0", 10_000)), "failed"},
		"huge":            {send(sized(breach.MaxRangeAnswer + 1)), "failed"},
		"cut off":         {cutOff(hit), "failed"},
		"no content":      {status(204), "failed"},
		"redirect":        {status(307), "failed"},
		"not modified":    {status(304), "failed"},
		"not found":       {status(404), "failed"},
		"too many":        {status(429), "failed"},
		"server error":    {status(500), "failed"},
		"no HTTP at all":  {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "failed"},
		"unknown coding":  {coded("gzip", hit), "failed"},
		"headers forever": {manyHeaders, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var requests atomic.Int32
			server := rangeServer(t, func(w http.ResponseWriter, r *http.Request) {
				requests.Add(1)
				test.answer(w, r)
			})
			b, registry := newChecker(t, breach.Config{URL: server.URL})
			err := b.Check(t.Context(), secretive)
			if (test.want == "breached") != errors.Is(err, breach.ErrBreached) || test.want != "breached" && err != nil {
				t.Errorf("got %v, want %s", err, test.want)
			}
			counted(t, registry, map[string]float64{test.want: 1})
			if n := requests.Load(); n != 1 {
				t.Errorf("%d requests, want one: nothing is followed and nothing repeated", n)
			}
		})
	}
}

// sized is a well-formed answer of that many bytes.
func sized(n int) string {
	line := strings.Repeat("0", 35) + ":1\n"
	lines := n/len(line) - 1
	return strings.Repeat(line, lines) + line[:36] + strings.Repeat("0", n-len(line)*lines-len(line)) + "1\n"
}

// cutOff promises more than it sends.
func cutOff(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(text)+1))
		_, _ = io.WriteString(w, text)
	}
}

func coded(coding, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", coding)
		_, _ = io.WriteString(w, text)
	}
}

func manyHeaders(w http.ResponseWriter, _ *http.Request) {
	for i := range 100 {
		w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
	}
	_, _ = io.WriteString(w, strings.Repeat("0", 35)+":1\n")
}

// TestDefaults: the time of one check, and the number of checks at a time, have the documented
// bounds.
func TestDefaults(t *testing.T) {
	t.Parallel()
	b, err := breach.New(breach.Config{URL: "https://range.example/"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	checks, wait, timeout := b.Bounds()
	if checks != 64 || wait != 100*time.Millisecond || timeout != 300*time.Millisecond {
		t.Errorf("%d checks at a time, a wait of %v, a timeout of %v", checks, wait, timeout)
	}
	if _, err := breach.New(breach.Config{URL: "https://range.example/", Timeout: 300*time.Millisecond + 1}); err == nil {
		t.Error("a longer timeout is accepted")
	}
}

// TestSlowAnswer: if the API hangs, before its answer or within it, the password is
// accepted after the timeout. The server of the test hangs until the request ends.
func TestSlowAnswer(t *testing.T) {
	t.Parallel()
	_, suffix := split(secretive)
	for name, first := range map[string]string{"no answer": "", "half an answer": suffix + ":1\n"} {
		for _, timeout := range []time.Duration{300 * time.Millisecond, 20 * time.Millisecond} {
			t.Run(fmt.Sprintf("%s in %s", name, timeout), func(t *testing.T) {
				t.Parallel()
				server := rangeServer(t, func(w http.ResponseWriter, r *http.Request) {
					if first != "" {
						_, _ = io.WriteString(w, first)
						_ = http.NewResponseController(w).Flush()
					}
					<-r.Context().Done()
				})
				b, registry := newChecker(t, breach.Config{URL: server.URL, Timeout: timeout})
				if err := b.Check(t.Context(), secretive); err != nil {
					t.Error(err)
				}
				counted(t, registry, map[string]float64{"failed": 1})
			})
		}
	}
}

// TestCanceledCaller: a client that hangs up neither avoids the check nor makes the API
// look unreachable.
func TestCanceledCaller(t *testing.T) {
	t.Parallel()
	_, suffix := split(secretive)
	server := rangeServer(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, suffix+":1") })
	b, registry := newChecker(t, breach.Config{URL: server.URL})
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for range breach.BreakAfter + 1 {
		if err := b.Check(gone, secretive); !errors.Is(err, breach.ErrBreached) {
			t.Error(err)
		}
	}
	counted(t, registry, map[string]float64{"breached": breach.BreakAfter + 1})
}

// TestPause: five failures, one after another, begin a pause of thirty seconds. Then one
// request is made. If it succeeds the pause ends.
func TestPause(t *testing.T) {
	t.Parallel()
	_, suffix := split(secretive)
	var down atomic.Bool
	var asked atomic.Int32
	server := rangeServer(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		if down.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, suffix+":1")
	})
	c := &fakeClock{now: time.Unix(1_800_000_000, 0)}
	b, registry := newChecker(t, breach.Config{URL: server.URL, Now: c.Now})
	check := func(times int, breached bool) {
		t.Helper()
		for range times {
			if err := b.Check(t.Context(), secretive); errors.Is(err, breach.ErrBreached) != breached {
				t.Errorf("got %v, breached is %t", err, breached)
			}
		}
	}
	down.Store(true)
	check(breach.BreakAfter-1, false)
	down.Store(false)
	check(1, true) // four failures and a success are not five failures one after another
	down.Store(true)
	check(breach.BreakAfter+7, false)
	want := map[string]float64{"failed": 2*breach.BreakAfter - 1, "breached": 1, "skipped": 7}
	counted(t, registry, want)

	c.advance(breach.BreakFor - 1)
	check(1, false)
	want["skipped"]++
	counted(t, registry, want)
	c.advance(1)
	check(3, false) // one makes a request and fails, the others are skipped
	want["failed"], want["skipped"] = want["failed"]+1, want["skipped"]+2
	counted(t, registry, want)

	down.Store(false)
	check(1, false) // still skipped
	c.advance(breach.BreakFor)
	check(4, true)
	want["breached"], want["skipped"] = want["breached"]+4, want["skipped"]+1
	counted(t, registry, want)
	if n := asked.Load(); float64(n) != want["failed"]+want["breached"] {
		t.Errorf("asked %d times", n)
	}
}

// TestOneRequestAfterAPause: of many checks at the end of a pause one makes a request.
func TestOneRequestAfterAPause(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	server := rangeServer(t, func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusInternalServerError)
	})
	c := &fakeClock{now: time.Unix(1_800_000_000, 0)}
	b, registry := newChecker(t, breach.Config{URL: server.URL, Now: c.Now})
	for range breach.BreakAfter {
		_ = b.Check(t.Context(), secretive)
	}
	c.advance(breach.BreakFor)
	var group sync.WaitGroup
	for range 50 {
		group.Go(func() {
			if err := b.Check(t.Context(), secretive); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	counted(t, registry, map[string]float64{"failed": breach.BreakAfter + 1, "skipped": 49})
	if n := asked.Load(); n != breach.BreakAfter+1 {
		t.Errorf("asked %d times", n)
	}
}

// TestOverload: checks beyond the bound are given up after their wait, and counted. They
// do not open the circuit breaker, so the checks that come after the flood
// are made.
func TestOverload(t *testing.T) {
	t.Parallel()
	_, suffix := split(secretive)
	const most, flood = 4, 50
	arrived, answer := make(chan struct{}, most), make(chan struct{})
	server := rangeServer(t, func(w http.ResponseWriter, _ *http.Request) {
		arrived <- struct{}{}
		<-answer
		fmt.Fprintln(w, suffix+":1")
	})
	c, registry := newChecker(t, breach.Config{URL: server.URL})
	c.SetRunning(most, 0)
	var group sync.WaitGroup
	for range most {
		group.Go(func() { _ = c.Check(t.Context(), secretive) })
	}
	for range most {
		<-arrived
	}
	for range flood {
		if err := c.Check(t.Context(), secretive); err != nil {
			t.Error(err)
		}
	}
	close(answer)
	group.Wait()
	if err := c.Check(t.Context(), secretive); !errors.Is(err, breach.ErrBreached) {
		t.Errorf("after the flood: %v", err)
	}
	counted(t, registry, map[string]float64{"breached": most + 1, "overloaded": flood})
}

// TestWaitForAnotherCheck: a check that finds no free place waits until another check ends.
func TestWaitForAnotherCheck(t *testing.T) {
	t.Parallel()
	_, suffix := split(secretive)
	var now, most atomic.Int32
	server := rangeServer(t, func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		fmt.Fprintln(w, suffix+":1")
		now.Add(-1)
	})
	c, registry := newChecker(t, breach.Config{URL: server.URL})
	c.SetRunning(1, time.Hour)
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { _ = c.Check(t.Context(), secretive) })
	}
	group.Wait()
	counted(t, registry, map[string]float64{"breached": 20})
	if n := most.Load(); n != 1 {
		t.Errorf("%d requests at a time, want 1", n)
	}
}

// TestTLS: many checks at a time use HTTP/2. The answer of an API with an untrusted
// certificate, or of one that speaks TLS 1.1, does not count.
func TestTLS(t *testing.T) {
	t.Parallel()
	_, suffix := split(secretive)
	for name, test := range map[string]struct {
		version uint16
		trusted bool
		want    string
	}{
		"trusted":   {tls.VersionTLS13, true, "breached"},
		"untrusted": {tls.VersionTLS13, false, "failed"},
		"old":       {tls.VersionTLS11, true, "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ProtoMajor != 2 && r.TLS.Version > tls.VersionTLS11 {
					t.Errorf("spoke %s", r.Proto)
				}
				fmt.Fprintln(w, suffix+":1")
			}))
			server.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes
			server.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: test.version}
			server.EnableHTTP2 = test.version > tls.VersionTLS11 // HTTP/2 needs TLS 1.2
			server.StartTLS()
			t.Cleanup(server.Close)
			config := breach.Config{URL: server.URL, RootCAs: x509.NewCertPool()}
			if test.trusted {
				config.RootCAs.AddCert(server.Certificate())
			}
			b, registry := newChecker(t, config)
			n := breach.BreakAfter
			if test.want == "breached" {
				_ = b.Check(t.Context(), secretive) // makes the connection
				n = 64
			}
			var group sync.WaitGroup
			for range n {
				group.Go(func() { _ = b.Check(t.Context(), secretive) })
			}
			group.Wait()
			if test.want == "breached" {
				n++ // the one before
			}
			counted(t, registry, map[string]float64{test.want: float64(n)})
		})
	}
}

func TestNewChecksItsSettings(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	for _, url := range []string{
		"https://api.example.com/range/", "https://api.example.com",
		"http://127.0.0.1:8080/range/", "http://[::1]/", "http://localhost/range",
	} {
		if _, err := breach.New(breach.Config{URL: url}); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	const canary = "canary"
	for name, config := range map[string]breach.Config{
		"nothing":      {},
		"plain":        {URL: "http://" + canary + ".example.com/range/"},
		"other scheme": {URL: "ftp://" + canary + "/range/"},
		"no host":      {URL: "https:///" + canary},
		"malformed":    {URL: "https://host/%zz" + canary},
		"credentials":  {URL: "https://user:" + canary + "@host/range/"},
		"query":        {URL: "https://host/range/?key=" + canary},
		"fragment":     {URL: "https://host/range/#" + canary},
		"negative":     {URL: "https://host/", Timeout: -1},
		"too patient":  {URL: "https://host/", Timeout: 300*time.Millisecond + 1},
		"metric twice": {URL: "https://host/", Metrics: registry},
	} {
		if name == "metric twice" {
			if _, err := breach.New(config); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := breach.New(config); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var none *breach.Checker
	if err := none.Check(t.Context(), "P@ssw0rd"); err != nil {
		t.Errorf("switched off: %v", err)
	}
}

// FuzzSearchRange: in any answer a password is breached only if its suffix is there with
// a count.
func FuzzSearchRange(f *testing.F) {
	suffix := strings.Repeat("0", 34) + "A"
	for _, seed := range []string{
		suffix + ":1\r\n", strings.ToLower(suffix) + ":52579\n" + strings.Repeat("F", 35) + ":2",
		suffix + ":0", suffix + ":-1", ":", suffix + "::1", suffix + ":99999999999999999999",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		found, err := breach.SearchRange(strings.NewReader(answer), suffix)
		if found && (err != nil || !strings.Contains(strings.ToUpper(answer), suffix+":")) {
			t.Errorf("found in %q, %v", answer, err)
		}
		if again, _ := breach.SearchRange(strings.NewReader(strings.ToLower(answer)), suffix); err == nil && again != found {
			t.Errorf("case matters in %q", answer)
		}
	})
}

// fakeClock stands still unless it is advanced.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
