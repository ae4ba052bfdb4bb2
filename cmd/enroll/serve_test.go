package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestMain lets the test binary be the service, so that tests can start real
// processes and stop them with real signals.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_SERVICE") == "1" {
		_ = os.Unsetenv("RUN_AS_SERVICE")
		main()
		return
	}
	pgtest.Main(m)
}

// process is a running enroll.
type process struct {
	cmd      *exec.Cmd
	api, ops string
	client   *http.Client
	turns    chan struct{} // bounds the requests that are repeated at once after a busy answer
	mu       sync.Mutex
	out      bytes.Buffer
	more     chan struct{} // something has been printed
	done     chan struct{}
}

// start runs enroll and waits until it says where it listens.
func start(t *testing.T, args []string, environ ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(os.Args[0], args...), turns: make(chan struct{}, 4), more: make(chan struct{}, 1),
		done: make(chan struct{})}
	// More requests wait here for a connection: hundreds at once would fill the queue of the
	// listener on a busy machine, and the kernel resets what is beyond it. A connection is closed
	// long before the service would close it, so that no request meets a closing one.
	connections := &http.Transport{MaxConnsPerHost: 64, MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Second}
	t.Cleanup(connections.CloseIdleConnections)
	p.client = &http.Client{Transport: connections}
	p.cmd.Env = append([]string{
		"RUN_AS_SERVICE=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir(),
		"ENROLL_ADDR=127.0.0.1:0", "ENROLL_OPS_ADDR=127.0.0.1:0", "ENROLL_STOP_DELAY=0s",
		"GOCOVERDIR=" + t.TempDir(), // if coverage is measured: without a folder the process prints a warning at its end
	}, environ...)
	pipe, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stderr = p
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill(); <-p.done; _ = p.cmd.Wait() })
	go p.read(pipe)
	p.api = "http://" + p.await(t, `(?:API +http://|"addr":")([0-9.:]+)`)
	p.ops = "http://" + p.await(t, `(?:Metrics +http://|"ops_addr":")([0-9.:]+)`)
	return p
}

// Write takes what goes to standard error.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.Write(b)
}

func (p *process) read(pipe io.Reader) {
	defer close(p.done)
	defer close(p.more)
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		p.mu.Lock()
		p.out.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		select { // do not wait for a reader: the process would block at its next line
		case p.more <- struct{}{}:
		default:
		}
	}
}

// output is all that was printed so far.
func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.out.String()
}

// await returns the first group of a pattern in what was or will be printed.
func (p *process) await(t *testing.T, pattern string) string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for {
		if m := re.FindStringSubmatch(p.output()); m != nil {
			return m[1]
		}
		if _, ok := <-p.more; !ok {
			if m := re.FindStringSubmatch(p.output()); m != nil {
				return m[1]
			}
			t.Fatalf("it ended without saying %s:\n%s", pattern, p.output())
		}
	}
}

// awaitReady returns once /readyz answers 200. It asks for a minute, because on a busy machine a
// look at the database may take longer than a probe waits for it.
func (p *process) awaitReady(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	var body string
	for range 600 {
		var status int
		if status, body = get(t, p.ops+"/readyz"); status == http.StatusOK {
			return
		}
		<-tick.C
	}
	t.Fatalf("not ready: %s", body)
}

// stop sends SIGTERM and fails the test if the exit code is not 0.
func (p *process) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-p.done
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("stopped with %v:\n%s", err, p.output())
	}
}

type answer struct {
	Status int
	Code   int
	Reason string
	Msg    string
	Data   map[string]any
}

// lost is the reason for a request without an answer. It is not a reason of the contract, so that
// the request counts neither as a success nor as a refusal.
const lost = "no answer"

// post sends a body with headers, which are names and values in turn.
func (p *process) post(t *testing.T, path, body string, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.api+path, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return answer{Reason: lost}
	}
	req.Header.Set("Content-Type", "application/json")
	for pair := range slices.Chunk(headers, 2) {
		req.Header.Set(pair[0], pair[1])
	}
	res, err := p.client.Do(req)
	if err != nil {
		t.Error(err)
		return answer{Reason: lost}
	}
	defer res.Body.Close()
	a := answer{}
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		t.Errorf("%s: %v", path, err)
		return answer{Reason: lost}
	}
	a.Status = res.StatusCode
	return a
}

// postUntilAdmitted is post for tests that send many requests at once. While the answer is
// busy, it repeats the request, a few requests at a time.
func (p *process) postUntilAdmitted(t *testing.T, path, body string, headers ...string) answer {
	t.Helper()
	a := p.post(t, path, body, headers...)
	if a.Reason != "busy" {
		return a
	}
	p.turns <- struct{}{}
	defer func() { <-p.turns }()
	for a.Reason == "busy" {
		a = p.post(t, path, body, headers...)
	}
	return a
}

func get(t *testing.T, url string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// dataDir is a folder that PostgreSQL's own user can enter when the tests run
// as root; testing's folders are closed to it.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "enroll-dev-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestServeDev does what a new developer does: it starts the service on an empty folder,
// requests some pages, registers by user name and by phone, stops the service, and starts
// it again on the same folder.
func TestServeDev(t *testing.T) {
	t.Parallel()
	folder := "ENROLL_DATA_DIR=" + dataDir(t)
	p := start(t, []string{"serve", "--dev"}, folder)
	for url, want := range map[string]string{
		p.api + "/docs/":                 "Swagger UI",
		p.api + "/openapi.yaml":          "openapi: 3.0.3",
		p.api + "/openapi.json":          `"openapi"`,
		p.api + "/.well-known/jwks.json": `"keys"`,
		p.api + "/api/captcha":           `"captcha_off":true`,
		p.ops + "/livez":                 "ok",
		p.ops + "/metrics":               "enroll_db_connections",
	} {
		if status, body := get(t, url); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d without %q", url, status, want)
		}
	}
	p.awaitReady(t)
	curl := p.await(t, `-d '(\{.*\})'`)
	registered := p.post(t, "/api/register", curl)
	token, _ := registered.Data["token"].(string)
	if registered.Status != 200 || token == "" {
		t.Fatalf("the printed curl line: %+v", registered)
	}
	if status, _ := get(t, p.api+"/api/user/detail", "Token", token); status != 200 {
		t.Errorf("detail: %d", status)
	}
	if a := p.post(t, "/api/verify/phone", `{"phone":"13800138000"}`); a.Status != 200 {
		t.Fatalf("verify/phone: %+v", a)
	}
	code := p.await(t, `code=(\d{6})`)
	if a := p.post(t, "/api/register", `{"phone":"13800138000","code":"`+code+`"}`); a.Status != 200 ||
		a.Data["phone"] != "13800138000" {
		t.Errorf("by phone: %+v", a)
	}
	// The password of the documentation is printed once, in the command of the banner. It is
	// not a secret, but the token is.
	if strings.Count(p.output(), "MyPassword123") != 1 || strings.Contains(p.output(), token) {
		t.Error("a secret stands in the log")
	}
	p.stop(t)

	again := start(t, []string{"serve", "--dev"}, folder)
	if a := again.post(t, "/api/register", curl); a.Reason != "user_name_taken" {
		t.Errorf("after a restart: %+v", a)
	}
	if status, _ := get(t, again.api+"/api/user/detail", "Token", token); status != 200 {
		t.Errorf("the token did not survive the restart: %d", status)
	}
	again.stop(t)
}

// TestTwoProcesses sends 200 registrations of one name at once to two processes that share
// a database and a folder of development keys. One succeeds. The passwords are hashed at
// the full cost (F-01).
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	url, folder := "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DATA_DIR="+t.TempDir()
	a := start(t, []string{"serve", "--dev"}, url, folder)
	b := start(t, []string{"serve", "--dev"}, url, folder)
	var mu sync.Mutex
	var group sync.WaitGroup
	ends, token := map[int]int{}, ""
	for i := range 200 {
		group.Go(func() {
			p, name := a, "Racer"
			if i%2 == 1 {
				p, name = b, "racer"
			}
			got := p.postUntilAdmitted(t, "/api/register", `{"user_name":"`+name+`","password":"MyPassword123"}`)
			mu.Lock()
			defer mu.Unlock()
			ends[got.Status]++
			if got.Status == 200 {
				token, _ = got.Data["token"].(string)
			}
		})
	}
	group.Wait()
	if ends[200] != 1 || ends[409] != 199 {
		t.Errorf("ends: %v", ends)
	}
	// Each replica accepts a token of the other one.
	for _, p := range []*process{a, b} {
		if status, body := get(t, p.api+"/api/user/detail", "Authorization", "Bearer "+token); status != 200 {
			t.Errorf("detail: %d %s", status, body)
		}
		p.stop(t)
	}
}

// TestServeInProduction follows the README with keygen, migrate and serve.
func TestServeInProduction(t *testing.T) {
	t.Parallel()
	url := "ENROLL_DATABASE_URL=" + pgtest.EmptyURL(t)
	dir := t.TempDir()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"keygen", dir}, nil, &out); err != nil {
		t.Fatal(err)
	}
	environ := append(strings.Fields(out.String()), url,
		"ENROLL_DB_CHECK=warn") // fsync is off in the database of the tests
	p := start(t, []string{"serve"}, environ...)
	if status, body := get(t, p.ops+"/readyz"); status != 503 || !strings.Contains(body, "enroll migrate") {
		t.Errorf("before the migration: %d %s", status, body)
	}
	ready := []string{"ENROLL_OPS_ADDR=" + strings.TrimPrefix(p.ops, "http://")}
	if err := run(t.Context(), []string{"ready"}, ready, io.Discard); err == nil ||
		!strings.Contains(err.Error(), "enroll migrate") {
		t.Errorf("enroll ready before the migration: %v", err)
	}
	if err := run(t.Context(), []string{"migrate"}, []string{url}, io.Discard); err != nil {
		t.Fatal(err)
	}
	p.awaitReady(t)
	if err := run(t.Context(), []string{"ready"}, ready, io.Discard); err != nil {
		t.Errorf("enroll ready after the migration: %v", err)
	}
	a := p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123"}`)
	if a.Reason != "captcha_required" {
		t.Errorf("captcha is not asked for: %+v", a)
	}
	if a := p.post(t, "/api/verify/phone", `{"phone":"13800138000"}`); a.Reason != "phone_not_offered" {
		t.Errorf("no sender: %+v", a)
	}
	for line := range strings.Lines(p.output()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not a JSON line: %s", line)
		}
	}
	p.stop(t)
	if err := run(t.Context(), []string{"ready"}, ready, io.Discard); err == nil {
		t.Error("enroll ready says that a service is ready which has stopped")
	}
}

func TestServeRefusesToStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dev := settings.Config{DataDir: dir}
	if err := dev.MakeDevKeys(); err != nil {
		t.Fatal(err)
	}
	database := "ENROLL_DATABASE_URL=postgres://nobody@127.0.0.1:1/none"
	for name, c := range map[string]struct {
		environ []string
		want    []string
	}{
		"nothing set":  {nil, []string{"ENROLL_DATABASE_URL", "ENROLL_SECRET", "ENROLL_TOKEN_KEYS"}},
		"unknown name": {[]string{"ENROLL_ADRR=x"}, []string{"ENROLL_ADRR"}},
		"development key": {[]string{database, "ENROLL_SECRET=" + strings.Repeat("c2VjcmV0", 6),
			"ENROLL_TOKEN_KEYS=" + dir + "/dev-token-key.pem"}, []string{"development key"}},
		"development word": {[]string{database, "ENROLL_SECRET_FILE=" + dir + "/dev-secret",
			"ENROLL_TOKEN_SECRET=" + strings.Repeat("x", 32)}, []string{"development secret"}},
		"short secret": {[]string{database, "ENROLL_SECRET=c2hvcnQ=", "ENROLL_TOKEN_SECRET=" + strings.Repeat("x", 32)},
			[]string{"ENROLL_SECRET must be 32 bytes"}},
		"codes in the log": {[]string{"ENROLL_SMS=log"}, []string{"ENROLL_SMS=log writes codes to the log",
			"set ENROLL_SMS=webhook"}},
		"webhook": {[]string{"ENROLL_SMS=webhook"}, []string{"ENROLL_SMS_WEBHOOK_URL", "ENROLL_SMS_WEBHOOK_SECRET"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // so that serve ends at once if it starts by mistake
			err := run(ctx, []string{"serve"}, c.environ, io.Discard)
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%v does not say %q", err, want)
				}
			}
		})
	}
}
