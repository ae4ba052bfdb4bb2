package hangup_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/terms"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/captchatest"
	"github.com/enroll-project/enroll/test/cut"
	"github.com/enroll-project/enroll/test/pgtest"
)

// deployment is a database and two servers. direct serves clients that wait for their answers, and
// through serves clients that hang up. The database connection of through passes a proxy.
type deployment struct {
	testing.TB
	direct, through http.Handler
	settle          func() // waits for the messages that through sends after its answers
	settleDirect    func() // waits for the messages that direct sends after its answers
	pool            *pgxpool.Pool
	single          *pgxpool.Pool // the pool of through, of one connection
	proxy           *cut.Proxy
	watch           *watch
	senders         *senders
	clock           *clock
	people          *int // how many there have been, so that each test has people of its own
}

// person returns the number of a new person.
func (d *deployment) person() int {
	*d.people++
	return *d.people
}

// shared returns a function that lends a deployment to a subtest, one at a time. A deployment takes longer than many a
// subtest, since it loads the contract twice, and each subtest has people of its own. There are as many deployments
// as subtests run at the same time.
func shared(t *testing.T) (lend func(*testing.T) *deployment) {
	t.Helper()
	free := make(chan *deployment, runtime.GOMAXPROCS(0))
	for range cap(free) {
		free <- deploy(t, newSenders(t, "webhook", accepts))
	}
	return func(t *testing.T) *deployment {
		d := <-free
		t.Cleanup(func() { free <- d })
		mine := *d
		mine.TB = t
		return &mine
	}
}

// clock is a clock that the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// watch calls a function when the n-th statement after arm begins.
type watch struct {
	mu   sync.Mutex
	left int
	then func()          // nil if there is nothing to do, or when it is done
	last context.Context // of the statement that was sent last
}

func (w *watch) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last = ctx
	switch {
	case w.then == nil:
	case w.left > 0:
		w.left--
	default:
		w.then()
		w.then = nil
	}
	return ctx
}

func (w *watch) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// ends reports whether the driver cancels the statement that was sent last, now or soon: its context has ended.
func (w *watch) ends() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last.Err() != nil
}

func (w *watch) arm(place int, then func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left, w.then = place, then
}

// disarm reports whether the function was called.
func (w *watch) disarm() (made bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	made = w.then == nil
	w.then = nil
	return made
}

func deploy(t testing.TB, s *senders) *deployment {
	t.Helper()
	d := &deployment{TB: t, pool: pgtest.New(t), watch: &watch{}, senders: s, people: new(int),
		clock: &clock{at: time.Now().Truncate(time.Second)}}
	d.proxy = cut.New(t, d.pool.Config().ConnString())
	// The settings of the service's own pools, so that a hang-up does there what it does in production.
	config := d.pool.Config().Copy()
	through, err := pgxpool.ParseConfig(d.proxy.URL(url.Values{}))
	fatal(t, err)
	through.ConnConfig.BuildContextWatcherHandler = config.ConnConfig.BuildContextWatcherHandler
	through.ConnConfig.OnNotice = config.ConnConfig.OnNotice
	through.ConnConfig.Tracer, through.MaxConns = d.watch, 1
	d.single, err = pgxpool.NewWithConfig(t.Context(), through)
	fatal(t, err)
	t.Cleanup(d.single.Close)
	pem, err := token.GenerateKey(false)
	fatal(t, err)
	keys, err := token.ParseKeys(pem)
	fatal(t, err)
	tokens, err := token.New(token.Config{Keys: keys, Issuer: "enroll", Audience: "enroll", Now: d.clock.Now})
	fatal(t, err)
	d.direct, d.settleDirect = d.serve(d.pool, tokens)
	d.through, d.settle = d.serve(d.single, tokens)
	return d
}

// serve puts a server together as cmd/enroll does. Each operation that can ask for a captcha does.
func (d *deployment) serve(pool *pgxpool.Pool, tokens *token.Signer) (http.Handler, func()) {
	d.Helper()
	policy, err := password.NewPolicy(password.PolicyConfig{})
	fatal(d, err)
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1}, Queue: 1024, MaxWait: time.Hour,
	})
	fatal(d, err)
	// A proof of work, because drawing an image takes longer than solving the easiest one.
	captchas, err := captcha.NewWork(captcha.WorkConfig{
		Config:  captcha.Config{Secret: make([]byte, 32), Now: d.clock.Now},
		MinBits: captcha.LeastBits, MaxBits: captcha.LeastBits,
	})
	fatal(d, err)
	accounts, err := account.New(account.Config{
		Pool: pool, Policy: policy, Hasher: hasher, Tokens: tokens, Captchas: captchas,
		CaptchaOn: account.Operations(), CaptchaNetwork: account.CaptchaNetwork{IPv4: 24, IPv6: 64},
		SMS: d.senders.sms, Calls: func(string) bool { return true }, Mail: d.senders.mail,
		Secret: make([]byte, 32), PhoneRegion: "CN",
		Limits:         account.Limits{LoginPerNetwork: 1000, LoginPerAccount: 1000},
		PhoneCountries: []string{"CN"}, TokenLife: 720 * time.Hour, LoginLife: 24 * time.Hour,
		SessionMax: 90 * 24 * time.Hour, DeleteAfter: 720 * time.Hour, GroupID: 2, Now: d.clock.Now, Rand: rand.Reader,
		Metrics: prometheus.NewRegistry(), Terms: terms.Terms{Version: termsVersion},
	})
	fatal(d, err)
	handler, err := server.New(server.Config{
		Accounts: accounts, Tokens: tokens, Sites: []int64{1}, FormatPhone: func(e164 string) string { return e164 },
		Keys:   func(context.Context) error { return nil },
		Logger: slog.New(slog.DiscardHandler), Registry: prometheus.NewRegistry(), Now: time.Now, Rand: rand.Reader,
		Timeout: time.Hour,
	})
	fatal(d, err)
	return handler, accounts.Close
}

// request is a request of one person. The number of the person selects its client network, because the
// messages of a network are limited.
type request struct {
	person       int
	method, path string
	body         map[string]any
	raw          []byte // in place of body, with its media type
	media        string
	token, key   string // Token and Idempotency-Key
	captcha      bool   // whether it needs one
}

// answer is what a client reads.
type answer struct {
	status int
	Reason string
	Data   struct {
		ID        int64
		Token     string
		CaptchaID string `json:"captcha_id"`
		Salt      string
		Bits      int
		Puzzles   int
		Sessions  []struct {
			ID      string
			Current bool
		}
	}
}

// content returns the body of a request, with a captcha that it solves.
func (d *deployment) content(r request) []byte {
	d.Helper()
	switch {
	case r.raw != nil:
		return r.raw
	case r.body == nil:
		return nil
	}
	members := map[string]any{}
	for name, value := range r.body {
		members[name] = value
	}
	// People accept the terms whenever they may be asked for them.
	if r.path == "/api/register" || r.path == "/api/login" {
		members["accepted_terms"] = termsVersion
	}
	if r.captcha {
		c := d.wait(request{person: r.person, method: "GET", path: "/api/captcha"}).Data
		solved, err := captchatest.Work(c.Salt, c.Bits, c.Puzzles)
		fatal(d, err)
		members["captcha_id"], members["captcha"] = c.CaptchaID, solved
	}
	text, err := json.Marshal(members)
	fatal(d, err)
	return text
}

// make returns the HTTP request, with a body that may be another one than content.
func (d *deployment) make(ctx context.Context, r request, length int, body io.Reader) *http.Request {
	req := httptest.NewRequestWithContext(ctx, r.method, r.path, body)
	req.ContentLength = int64(length)
	req.RemoteAddr = fmt.Sprintf("10.%d.%d.7:4711", r.person/256, r.person%256)
	if r.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Accept-Language", "en") // mails in English are not in Base64, so their codes can be read
	for name, value := range map[string]string{"Token": r.token, "Idempotency-Key": r.key, "Content-Type": r.media} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	return req
}

// wait sends a request whose client waits for the answer.
func (d *deployment) wait(r request) answer {
	d.Helper()
	content := d.content(r)
	w := httptest.NewRecorder()
	d.direct.ServeHTTP(w, d.make(d.Context(), r, len(content), bytes.NewReader(content)))
	return d.read(w)
}

func (d *deployment) read(w *httptest.ResponseRecorder) (a answer) {
	d.Helper()
	a.status = w.Code
	if w.Body.Len() > 0 {
		// This fails for a list, whose data is not an object. Its test reads the list itself.
		_ = json.Unmarshal(w.Body.Bytes(), &a)
	}
	return a
}

// good is wait for a request that succeeds.
func (d *deployment) good(r request) answer {
	d.Helper()
	a := d.wait(r)
	if a.status != http.StatusOK {
		d.Fatalf("%s %s: %d %s", r.method, r.path, a.status, a.Reason)
	}
	return a
}

func (d *deployment) count(query string, args ...any) (n int) {
	d.Helper()
	fatal(d, d.pool.QueryRow(d.Context(), "SELECT count(*) FROM "+query, args...).Scan(&n))
	return n
}
