package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/internal/token"
	"github.com/enroll-project/enroll/test/leak"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(searched{m}) }

// used has the secrets that the tests have used (S-06 in docs/rules.md).
var used leak.Watch

// searched runs the tests and searches PostgreSQL's log for their secrets.
type searched struct{ m interface{ Run() int } }

func (s searched) Run() int {
	code := s.m.Run()
	log, err := pgtest.Log()
	if seen := used.Sightings(log); seen != nil || err != nil {
		fmt.Fprintf(os.Stderr, "PostgreSQL's log has %q, %v:\n%s\n", seen, err, log)
		return 1
	}
	return code
}

// world is a service on a database of its own. Its clock stands still until a test
// advances it, and its sender of SMS stores the messages.
type world struct {
	service
	pool  *pgxpool.Pool
	clock *clock
	sms   *outbox
}

func setup(t testing.TB, change ...func(*account.Config)) *world {
	t.Helper()
	return on(t, pgtest.New(t), &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}, change...)
}

// on makes a service on a given database, as another replica would be.
func on(t testing.TB, pool *pgxpool.Pool, c *clock, change ...func(*account.Config)) *world {
	t.Helper()
	w := &world{pool: pool, clock: c, sms: &outbox{}}
	policy, err := password.NewPolicy(password.PolicyConfig{})
	fatal(t, err)
	hasher, err := password.New(password.Config{Params: password.Params{Memory: 64, Passes: 1, Threads: 1}, Queue: 1024,
		MaxWait: time.Minute})
	fatal(t, err)
	pem, err := token.GenerateKey(false)
	fatal(t, err)
	keys, err := token.ParseKeys(pem)
	fatal(t, err)
	tokens, err := token.New(token.Config{Keys: keys, Issuer: "enroll", Audience: "enroll", Now: c.Now, Rand: rand.Reader})
	fatal(t, err)
	cfg := account.Config{
		Pool: pool, Policy: policy, Hasher: hasher, Tokens: tokens, PhoneRegion: "CN", SMS: w.sms,
		Secret: make([]byte, 32), TokenLife: 720 * time.Hour, LoginLife: 24 * time.Hour, SessionMax: 90 * 24 * time.Hour,
		GroupID: 2,
		Now:     c.Now, Rand: rand.Reader, Metrics: prometheus.NewRegistry(),
	}
	for _, f := range change {
		f(&cfg)
	}
	w.service.TB, w.service.tokens, w.service.now = t, tokens, c.Now
	w.service.Service, err = account.New(cfg)
	fatal(t, err)
	return w
}

func fatal(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// code has a code sent to a phone and reads it, as its holder does.
func (w *world) code(t testing.TB, phone string, purpose account.Purpose) string {
	t.Helper()
	_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: purpose, Locale: "en"})
	fatal(t, err)
	return w.sms.last(t).Code
}

// count returns how many rows a query finds.
func (w *world) count(t testing.TB, query string, args ...any) int {
	t.Helper()
	var n int
	fatal(t, w.pool.QueryRow(t.Context(), "SELECT count(*) FROM "+query, args...).Scan(&n))
	return n
}

func (w *world) exec(t testing.TB, query string, args ...any) {
	t.Helper()
	_, err := w.pool.Exec(t.Context(), query, args...)
	fatal(t, err)
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// outbox is a sender of SMS that stores the messages. A real one costs money.
type outbox struct {
	mu   sync.Mutex
	sent []sms.Message
	down bool
}

func (o *outbox) Send(_ context.Context, m sms.Message) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.down {
		return errors.New("no network")
	}
	o.sent = append(o.sent, m)
	return nil
}

func (o *outbox) last(t testing.TB) sms.Message {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.sent) == 0 {
		t.Fatal("no code was sent")
	}
	return o.sent[len(o.sent)-1]
}

func (o *outbox) count() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.sent)
}

// refusals lists the reasons of an error, that of the answer first, as "reason" or
// "field: reason".
func refusals(err error) []string {
	var all []string
	var walk func(error)
	walk = func(err error) {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				walk(e)
			}
			return
		}
		var e *refusal.Error
		switch {
		case err == nil:
		case !errors.As(err, &e):
			all = append(all, fmt.Sprintf("internal error: %v", err))
		case e.Field == "":
			all = append(all, string(e.Reason))
		default:
			all = append(all, e.Field+": "+string(e.Reason))
		}
	}
	walk(err)
	return all
}

// reason returns the reason of the answer: the first reason in the error.
func reason(err error) refusal.Reason {
	var e *refusal.Error
	if errors.As(err, &e) {
		return e.Reason
	}
	if err != nil {
		return "internal error: " + refusal.Reason(err.Error())
	}
	return ""
}

// atOnce runs n calls that start together and returns how they ended.
func atOnce(n int, call func(i int) error) map[refusal.Reason]int {
	var (
		mu    sync.Mutex
		ends  = map[refusal.Reason]int{}
		start = make(chan struct{})
		group sync.WaitGroup
	)
	for i := range n {
		group.Go(func() {
			<-start
			r := reason(call(i))
			mu.Lock()
			defer mu.Unlock()
			ends[r]++
		})
	}
	close(start)
	group.Wait()
	return ends
}

// mailbag keeps the mails.
type mailbag struct {
	mu   sync.Mutex
	sent []mail.Message
}

func (b *mailbag) Send(_ context.Context, m mail.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sent = append(b.sent, m)
	return nil
}

func (b *mailbag) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.sent)
}

func (b *mailbag) last() mail.Message {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sent[len(b.sent)-1]
}
