package event_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	command "os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll"
	"github.com/enroll-project/enroll/internal/event"
	"github.com/enroll-project/enroll/test/strict"
)

// signing is a secret of Standard Webhooks with the same byte 32 times.
func signing(b byte) string {
	return "whsec_" + base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{b}, 32))
}

// clock is the database's clock, which a test can move on.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return time.Now().Add(time.Duration(c.ahead.Load())) }
func (c *clock) advance(d time.Duration) { c.ahead.Add(int64(d)) }

// post is a request that a receiver got.
type post struct {
	ID   string
	Body string
	Type string
	At   time.Time
	Data struct {
		ID     int64    `json:"id"`
		Site   int64    `json:"site_id"`
		User   int64    `json:"user_id"`
		Seq    int32    `json:"seq"`
		Fields []string `json:"fields"`
	}
}

func (p post) String() string { return fmt.Sprintf("%s %d", p.Type, p.Data.Seq) }

// contract returns the check of a post by the closed contract.
var contract = sync.OnceValue(func() func(http.Header, []byte) error {
	check, err := strict.Events(enroll.Contract)
	if err != nil {
		panic(err)
	}
	return check
})

// receiver is a program of an operator. It verifies each signature by all of its secrets, without the code of Enroll,
// and what it gets by the contract.
type receiver struct {
	*httptest.Server
	posts chan post
}

// newReceiver returns a receiver. answer writes the answer to a post; nil is 204 for all.
func newReceiver(t *testing.T, answer func(http.ResponseWriter, *http.Request, post), secrets ...byte) *receiver {
	t.Helper()
	if len(secrets) == 0 {
		secrets = []byte{1}
	}
	// It is read before the first request, which would wait for it, and might end by its timeout.
	check := contract()
	r := &receiver{posts: make(chan post, 10000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			t.Error(err)
		}
		if err := check(req.Header, body); err != nil {
			t.Error(err)
		}
		p := verified(t, req.Header, body, secrets)
		r.posts <- p
		if answer == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		answer(w, req, p)
	}))
	t.Cleanup(r.Close)
	return r
}

// verified returns the post of a request, whose signatures must be those of the secrets.
func verified(t *testing.T, h http.Header, body []byte, secrets []byte) (p post) {
	id, at := h.Get("webhook-id"), h.Get("webhook-timestamp")
	var want []string
	for _, b := range secrets {
		mac := hmac.New(sha256.New, bytes.Repeat([]byte{b}, 32))
		fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
		want = append(want, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	if got := h.Get("webhook-signature"); got != strings.Join(want, " ") || id == "" {
		t.Errorf("signature %q of %q, want %q", got, id, want)
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil {
		t.Error(err)
	}
	message := struct {
		Type      string
		Timestamp time.Time
		Data      *json.RawMessage
	}{}
	if err := json.Unmarshal(body, &message); err != nil {
		t.Error(err)
	}
	p = post{ID: id, Body: string(body), Type: message.Type, At: time.Unix(seconds, 0)}
	if err := json.Unmarshal(*message.Data, &p.Data); err != nil {
		t.Error(err)
	}
	return p
}

// next returns the next n posts.
func (r *receiver) next(n int) (all []post) {
	for range n {
		all = append(all, <-r.posts)
	}
	return all
}

// sending is a Sender, which runs if send has made it.
type sending struct {
	*event.Sender
	receivers []string // their names
	metrics   *prometheus.Registry
	logged    *bytes.Buffer // to be read after stop
	kill      func()        // ends the requests in progress
	stop      func()        // ends after the requests in progress; stop may be called again

	stopping atomic.Bool // stop was called
}

// sender returns a Sender that does not run.
func sender(t *testing.T, pool *pgxpool.Pool, cfg event.SenderConfig, urls, secrets string) *sending {
	t.Helper()
	receivers, err := event.ParseReceivers(urls, secrets)
	fatal(t, err)
	cfg.Pool, cfg.Receivers, cfg.Rand = pool, receivers, rand.Float64
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Clock == nil {
		cfg.Clock = cfg.Now
	}
	if cfg.Retry == 0 {
		cfg.Retry = event.RetryFor
	}
	s := &sending{metrics: prometheus.NewRegistry(), logged: new(bytes.Buffer)}
	for _, r := range receivers {
		s.receivers = append(s.receivers, r.Name)
	}
	cfg.Metrics, cfg.Log = s.metrics, slog.New(slog.NewTextHandler(s.logged, nil))
	s.Sender, err = event.NewSender(cfg)
	fatal(t, err)
	return s
}

// send begins to send events. It returns when the receivers are known to the database: they get the events from then
// on.
func send(t *testing.T, pool *pgxpool.Pool, cfg event.SenderConfig, urls, secrets string) *sending {
	t.Helper()
	s := sender(t, pool, cfg, urls, secrets)
	ctx, cancel := context.WithCancel(t.Context())
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { defer close(done); s.Run(ctx, stop) }()
	s.kill = func() { cancel(); <-done }
	s.stop = sync.OnceFunc(func() { close(stop); s.stopping.Store(true); <-done })
	t.Cleanup(func() { s.stop(); cancel() })
	known := "SELECT count(*) FROM event_receivers WHERE name = ANY ($1)"
	for one(t, pool, known, s.receivers) < int64(len(s.receivers)) {
	}
	return s
}

// one selects one number from the database.
func one(t *testing.T, pool *pgxpool.Pool, query string, args ...any) (n int64) {
	t.Helper()
	fatal(t, pool.QueryRow(t.Context(), query, args...).Scan(&n))
	return n
}

// TestParseReceivers: names, types and secrets, and what is refused, with an error that quotes nothing.
func TestParseReceivers(t *testing.T) {
	t.Parallel()
	for urls, names := range map[string]string{
		"": "", "https://A.example:8443/x?a=b": "a.example:8443", "crm=https://a.example/x?a=b": "crm",
		"https://a.example,b=https://a.example user.deleted, http://127.0.0.1:9/": "a.example b 127.0.0.1:9",
	} {
		all, err := event.ParseReceivers(urls, signing(1))
		got := []string{}
		for _, r := range all {
			got = append(got, r.Name)
		}
		if err != nil || strings.Join(got, " ") != names {
			t.Errorf("%s: %q, %v", urls, got, err)
		}
	}
	many := strings.Repeat(",x=https://hidden.example", event.MaxReceivers)
	for _, c := range [][2]string{
		{"http://hidden.example", signing(1)}, {"https://user:hidden@a.example", signing(1)}, {"https://", signing(1)},
		{"ftp://hidden.example", signing(1)}, {"Hidden=https://a.example", signing(1)}, {"https://[::1]/hidden", signing(1)},
		{"https://a.example user.hidden", signing(1)}, {"https://a.example user.deleted|user.deleted", signing(1)},
		{"https://a.example/hidden,https://a.example", signing(1)}, {"https://a.example,", signing(1)},
		{many[1:], signing(1)},
		{"https://a.example", ""}, {"https://a.example", "hidden"}, {"https://a.example", "whsec_aGlkZGVu"},
		{"https://a.example", "hidden=" + signing(1)}, {"https://a.example", signing(1) + ",hidden=" + signing(1)},
		{"https://a.example\n/hidden", signing(1)},
	} {
		if _, err := event.ParseReceivers(c[0], c[1]); err == nil || strings.Contains(err.Error(), "idden") {
			t.Errorf("%q, %q: %v", c[0], c[1], err)
		}
	}
	if _, err := event.NewSender(event.SenderConfig{}); err == nil {
		t.Error("a sender without receivers")
	}
}

// TestDocumentedBody: the body in docs/operate.md is as the contract says.
func TestDocumentedBody(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operate.md")
	fatal(t, err)
	_, body, _ := strings.Cut(string(page), "```json\n{\n  \"type\"")
	body, _, _ = strings.Cut("{\"type\""+body, "```")
	h := http.Header{"Content-Type": {"application/json"}, "Webhook-Id": {"x"}, "Webhook-Timestamp": {"1"},
		"Webhook-Signature": {"x"}}
	if err := contract()(h, []byte(body)); err != nil {
		t.Error(err)
	}
}

// TestDocumentedReceiver: the receiver of docs/operate.md accepts the events of Enroll, each once, and refuses others.
func TestDocumentedReceiver(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/operate.md")
	fatal(t, err)
	_, source, _ := strings.Cut(string(page), "```go\n")
	source, _, _ = strings.Cut(source, "```")
	file := filepath.Join(t.TempDir(), "receiver.go")
	fatal(t, os.WriteFile(file, []byte(source), 0o600))
	program := strings.TrimSuffix(file, ".go")
	if out, err := command.CommandContext(t.Context(), "go", "build", "-o", program, file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	fatal(t, err)
	address := listener.Addr().String()
	fatal(t, listener.Close())
	run := command.CommandContext(t.Context(), program, address)
	run.Env = []string{"ENROLL_EVENTS_SECRET=" + signing(1)}
	out, err := run.StdoutPipe()
	fatal(t, err)
	run.Stderr = os.Stderr
	fatal(t, run.Start())
	t.Cleanup(func() { _ = run.Process.Kill(); _ = run.Wait() })
	for err := errRolledBack; err != nil; {
		var conn net.Conn
		if conn, err = net.Dial("tcp", address); err == nil {
			_ = conn.Close()
		}
	}
	_, pool := log(t)
	s := send(t, pool, event.SenderConfig{FirstRetry: time.Nanosecond}, "http://"+address+"/hook", signing(1))
	wrong := send(t, pool, event.SenderConfig{}, "other=http://"+address+"/hook", signing(2))
	id := user(t, pool)
	exec(t, pool, "UPDATE users SET status = 0 WHERE id = $1", id)
	lines := bufio.NewScanner(out)
	for _, want := range []string{"1 user.registered", "2 user.disabled"} {
		if !lines.Scan() || lines.Text() != fmt.Sprint(id, " ", want) {
			t.Errorf("%q, want %s", lines.Text(), want)
		}
	}
	for one(t, pool, "SELECT count(*) FROM deliveries WHERE receiver <> 'other'") > 0 ||
		one(t, pool, "SELECT count(*) FROM deliveries WHERE receiver = 'other' AND tries > 0") == 0 {
	}
	// A repetition of all, as after a crash.
	exec(t, pool, `INSERT INTO deliveries (receiver, user_id, seq, last_seq, event_at, queued_at, due_at)
		SELECT name, $1, 0, 2, now(), now(), now() FROM event_receivers WHERE name <> 'other'`, id)
	for one(t, pool, "SELECT count(*) FROM deliveries WHERE receiver <> 'other'") > 0 {
	}
	exec(t, pool, "UPDATE users SET status = 1 WHERE id = $1", id)
	if !lines.Scan() || lines.Text() != fmt.Sprint(id, " 3 user.enabled") {
		t.Errorf("%q after a repetition", lines.Text())
	}
	s.stop()
	wrong.stop()
	if !strings.Contains(wrong.logged.String(), `failure="status 401"`) {
		t.Error(wrong.logged)
	}
}
