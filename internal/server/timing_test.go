//go:build !race

// A measurement sends one request after the other, and the race detector would make each slower and their times less
// even: tools/make/test.sh runs it without it.

package server_test

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/terms"
)

// strictTiming selects the whole protocol on a quiet machine: for each contrast 2,000 pairs, 20
// requests a second, three times (10 minutes), AUC within 0.45 and 0.55 and medians within 2 ms of
// each other. Without it a contrast is measured until it is clear, and the bound leaves room for chance.
var strictTiming = flag.Bool("timing", false, "TestTiming passes the whole protocol: 10 minutes for each contrast")

const (
	strictPairs = 2000
	strictRuns  = 3
	strictPace  = 50 * time.Millisecond

	controlPairs     = 80
	mostMeasurements = 12 // of one contrast in the short run
)

// contrast is a pair of requests whose answers reveal nothing about other people's accounts. Their
// times must not reveal anything either (ASVS 6.3.8).
type contrast struct {
	name        string
	hasher      password.Config
	pairs       int // that the short run sends
	block       int // the short run takes the minimum of so many times, to see a millisecond on a busy machine
	path        string
	get         bool     // the body is a query
	remove      bool     // DELETE of the path, in which {id} is the id of the body
	terms       string   // the version of the terms, if there are some
	headers     []string // a token, if one is asked for
	bound       string   // the scope of a budget of the asker, which is freed before each request
	users       string   // a statement that changes the known users
	status      int
	reason      string
	known, none func(i int) body
}

// realistic is the cost of production: 5 to 25 ms a hash, by CPU.
func realistic() password.Config {
	return password.Config{Queue: 64, MaxWait: time.Minute}
}

var contrasts = []contrast{
	{
		name: "login", hasher: realistic(), pairs: 50, block: 1, path: "/api/login", status: 422, reason: "credentials_wrong",
		known: func(i int) body { return body{"user_name": fmt.Sprint("known", i), "password": "not the password"} },
		none:  func(i int) body { return body{"user_name": fmt.Sprint("noone", i), "password": "not the password"} },
	},
	{
		name: "send a code", pairs: 200, block: 4, path: "/api/verify/phone", status: 200,
		known: func(i int) body { return body{"phone": phoneOf(i), "purpose": "login"} },
		none:  func(i int) body { return body{"phone": phoneOf(5000 + i), "purpose": "login"} },
	},
	{
		name: "wrong code", pairs: 200, block: 4, path: "/api/register", status: 422, reason: "code_wrong",
		known: func(i int) body { return body{"phone": phoneOf(i), "code": "000000"} },
		none:  func(i int) body { return body{"phone": phoneOf(5000 + i), "code": "000000"} },
	},
	{
		name: "send a code to reset a password", pairs: 200, block: 4, path: "/api/verify/email", status: 200,
		known: func(i int) body { return body{"email": fmt.Sprintf("known%d@example.com", i), "state": "reset"} },
		none:  func(i int) body { return body{"email": fmt.Sprintf("noone%d@example.com", i), "state": "reset"} },
	},
	{
		name: "wrong code of a reset", hasher: realistic(), pairs: 50, block: 1, path: "/api/password/reset", status: 422,
		reason: "code_wrong",
		known: func(i int) body {
			return body{"email": fmt.Sprintf("known%d@example.com", i), "code": "000000", "password": "another good one"}
		},
		none: func(i int) body {
			return body{"email": fmt.Sprintf("noone%d@example.com", i), "code": "000000", "password": "another good one"}
		},
	},
	{
		name: "send a code to register by email", pairs: 200, block: 4, path: "/api/verify/email", status: 200,
		known: func(i int) body { return body{"email": fmt.Sprintf("known%d@example.com", i), "state": "register"} },
		none:  func(i int) body { return body{"email": fmt.Sprintf("noone%d@example.com", i), "state": "register"} },
	},
	{
		name: "send a code to log in by email", pairs: 200, block: 4, path: "/api/verify/email", status: 200,
		known: func(i int) body { return body{"email": fmt.Sprintf("known%d@example.com", i), "state": "login"} },
		none:  func(i int) body { return body{"email": fmt.Sprintf("noone%d@example.com", i), "state": "login"} },
	},
	{
		name: "wrong code of a login by email", pairs: 200, block: 4, path: "/api/login", status: 422, reason: "code_wrong",
		known: func(i int) body { return body{"email": fmt.Sprintf("known%d@example.com", i), "code": "000000"} },
		none:  func(i int) body { return body{"email": fmt.Sprintf("noone%d@example.com", i), "code": "000000"} },
	},
	{ // an address that another user has verified, and an unknown one
		name: "send a code to an email", pairs: 200, block: 4, path: "/api/verify/email", status: 200,
		known: func(i int) body { return body{"email": fmt.Sprintf("known%d@example.com", i)} },
		none:  func(i int) body { return body{"email": fmt.Sprintf("noone%d@example.com", i)} },
	},
	{
		name: "wrong code of an email", pairs: 200, block: 4, path: "/api/verify/email", get: true, status: 422,
		reason: "code_wrong",
		known:  func(i int) body { return body{"email": fmt.Sprintf("known%d@example.com", i), "code": "000000"} },
		none:   func(i int) body { return body{"email": fmt.Sprintf("noone%d@example.com", i), "code": "000000"} },
	},
}

// phoneOf is the i-th of ten thousand phones, of which the first are registered.
// Each has a prefix of its own, so that no budget of a prefix refuses a code.
func phoneOf(i int) string { return fmt.Sprintf("138%04d0000", i) }

// TestTiming: the time of an answer does not show whether an account exists. As a control, the same measurement must
// show a difference if an unknown name is answered early. The contrasts run one after the other, because they would
// disturb each other's times.
func TestTiming(t *testing.T) {
	t.Parallel()
	for _, c := range slices.Concat(contrasts, lifeContrasts) {
		t.Run(c.name, func(t *testing.T) {
			d := c.deploy(t)
			hasty := &client{t, c.hasten(t, d), d.http, d.secrets}
			if *strictTiming {
				c.strict(d, hasty)
				return
			}
			// Other work of the machine hides a difference, so the bound is a part of what an early return shows
			// beside the same work.
			early := c.until(d, hasty, controlPairs, func(s sample) bool { return s.sure() && s.auc() > 0.5 })
			if early == nil {
				t.Fatal("an early return is not seen")
			}
			bound := min(0.15, (early.auc()-0.5)/2)
			t.Logf("early: AUC %.3f, so the bound is %.3f", early.auc(), bound)
			if c.until(d, d.client, c.pairs, func(s sample) bool { return math.Abs(s.auc()-0.5) <= bound }) == nil {
				t.Error("known and unknown can be told apart")
			}
		})
	}
}

// strict measures a contrast by the whole protocol of strictTiming.
func (c contrast) strict(d *deployment, hasty *client) {
	d.Helper()
	c.block = 1
	for range strictRuns {
		s := c.measure(d, d.client, strictPairs, time.NewTicker(strictPace).C)
		d.Logf("AUC %.3f, medians %v apart", s.auc(), s.apart())
		if s.auc() < 0.45 || s.auc() > 0.55 || s.apart().Abs() > 2*time.Millisecond {
			d.Error("known and unknown can be told apart")
		}
	}
	if s := c.measure(d, hasty, controlPairs, nil); s.auc() < 0.9 {
		d.Errorf("an early return is not seen: AUC %.3f", s.auc())
	}
}

// TestTimingFits: the timeout of `make timing` exceeds the time in which the whole protocol sends its requests. A
// quarter is added for the preparation and the control.
func TestTimingFits(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../tools/make/security.mk")
	fatal(t, err)
	found := regexp.MustCompile(`-timeout=(\S+) -v ./internal/server -timing`).FindSubmatch(text)
	if found == nil {
		t.Fatal("make timing has no timeout")
	}
	timeout, err := time.ParseDuration(string(found[1]))
	fatal(t, err)
	contrasts := len(contrasts) + len(lifeContrasts)
	needs := time.Duration(contrasts) * strictRuns * 2 * strictPairs * strictPace * 5 / 4
	if timeout < needs {
		t.Errorf("%d contrasts need %v, and the timeout is %v", contrasts, needs, timeout)
	}
}

// until measures until the times of all measurements together are good, and returns them, or nil if they are not good
// after the last measurement. A busy machine needs more measurements, and fails none: its delays meet both requests of
// a pair alike.
func (c contrast) until(d *deployment, to *client, pairs int, good func(s sample) bool) *sample {
	d.Helper()
	var all sample
	for range mostMeasurements {
		s := c.measure(d, to, pairs, nil)
		all.known, all.none = append(all.known, s.known...), append(all.none, s.none...)
		if good(all) {
			return &all
		}
		d.Logf("AUC %.3f, medians %v apart: measured again", all.auc(), all.apart())
	}
	return nil
}

// sample has the times of the answers for existing and for missing accounts. Those of one index belong to one pair.
type sample struct{ known, none []time.Duration }

// auc is the probability that the answer for an existing account takes longer than the answer for a missing one (the
// area under the curve, Mann and Whitney's U).
func (s sample) auc() float64 { return rank(s.known, s.none) }

// apart is the difference of the medians.
func (s sample) apart() time.Duration { return median(s.known) - median(s.none) }

// sure reports whether chance gives such a share of pairs whose first time is the longer one less than once in 15,000
// samples: 4 standard deviations.
func (s sample) sure() bool {
	longer := 0.0
	for i := range s.known {
		if s.known[i] > s.none[i] {
			longer++
		}
	}
	n := float64(len(s.known))
	return math.Abs(longer-n/2) > 4*math.Sqrt(n)/2
}

// deploy starts a deployment with as many users as the contrast asks for, all with one
// password.
func (c *contrast) deploy(t *testing.T) *deployment {
	t.Helper()
	return c.deployOn(t, nil)
}

func (c *contrast) deployOn(t *testing.T, pool *pgxpool.Pool) *deployment {
	t.Helper()
	d := deploy(t, options{pool: pool, hasher: c.hasher, terms: terms.Terms{Version: c.terms}})
	first := body{"user_name": "known", "password": "MyPassword123"}
	if c.terms != "" {
		first["accepted_terms"] = c.terms
	}
	c.headers = []string{"Token", d.registered(first).Token}
	users := max(c.pairs, controlPairs)
	if *strictTiming {
		users = strictPairs
	}
	d.clone(users)
	if c.users != "" {
		d.exec(c.users)
	}
	return d
}

// clone multiplies the one user in the database: hashing thousands of passwords
// would take a minute.
func (d *deployment) clone(n int) {
	d.Helper()
	columns := d.columns("users")
	values := strings.Join(columns, ", ")
	for column, value := range map[string]string{
		"user_name": "u.user_name || i", "user_name_key": "u.user_name_key || i",
		"user_name_skeleton": "u.user_name_skeleton || '-' || i",
		"phone":              "'+86138' || lpad(i::text, 4, '0') || '0000'", "invite_code": "u.invite_code || i",
		"email": "'known' || i || '@example.com'", "email_key": "'known' || i || '@example.com'",
		"email_verified_at": "now()",
	} {
		values = strings.Replace(", "+values+",", ", "+column+",", ", "+value+",", 1)
		values = strings.Trim(values, ", ")
	}
	d.exec(fmt.Sprintf("INSERT INTO users (%s) SELECT %s FROM users AS u, generate_series(0, %d) AS i",
		strings.Join(columns, ", "), values, n-1))
}

// columns lists the columns of a table that are not generated.
func (d *deployment) columns(table string) (names []string) {
	d.Helper()
	const query = `SELECT array_agg(column_name::text ORDER BY ordinal_position) FROM information_schema.columns
		WHERE table_schema = 'public' AND table_name = $1 AND is_identity = 'NO' AND is_generated = 'NEVER'`
	fatal(d, d.pool.QueryRow(d.Context(), query, table).Scan(&names))
	return names
}

// measure sends pairs of requests in turn, and returns the times of their answers.
func (c contrast) measure(d *deployment, to *client, pairs int, pace <-chan time.Time) sample {
	d.Helper()
	c.prepare(d, pairs)
	var known, none []time.Duration
	ask := func(b body) time.Duration {
		if pace != nil {
			<-pace
		}
		if c.bound != "" {
			d.exec("DELETE FROM budgets WHERE scope = $1", c.bound)
		}
		begin := time.Now()
		a := c.send(to, b)
		took := time.Since(begin)
		if a.status != c.status || a.Reason != c.reason {
			d.Fatalf("%v: %d %s, want %d %s", b, a.status, a.body, c.status, c.reason)
		}
		return took
	}
	for i := range 5 { // warm up, with accounts of neither kind
		ask(c.none(4000 + i))
	}
	for i := range pairs {
		// The order changes, in case the second of two requests is faster.
		if i%2 == 0 {
			known = append(known, ask(c.known(i)))
			none = append(none, ask(c.none(i)))
		} else {
			none = append(none, ask(c.none(i)))
			known = append(known, ask(c.known(i)))
		}
	}
	return sample{least(known, c.block), least(none, c.block)}
}

// send sends a request of the contrast.
func (c contrast) send(to *client, b body) answer {
	if c.remove {
		return to.do(http.MethodDelete, strings.Replace(c.path, "{id}", fmt.Sprint(b["id"]), 1), "", c.headers...)
	}
	if !c.get {
		return to.post(c.path, b, c.headers...)
	}
	query := url.Values{}
	for name, value := range b {
		query.Set(name, fmt.Sprint(value))
	}
	return to.get(c.path+"?"+query.Encode(), c.headers...)
}

// least returns the minimum of each n consecutive times. An attacker can also use minima to
// remove random delays.
func least(of []time.Duration, n int) (out []time.Duration) {
	for block := range slices.Chunk(of, n) {
		out = append(out, slices.Min(block))
	}
	return out
}

// prepare sets the database so that all requests of the contrast get the same answer: either no
// code was requested, or each phone has one, for which the request has a wrong code.
func (c contrast) prepare(d *deployment, pairs int) {
	d.Helper()
	d.now.advance(25 * time.Hour)
	// A person that verifies an email has just logged in.
	d.exec("UPDATE sessions SET created_at = $1", d.now.Now())
	if c.reason != "code_wrong" {
		return
	}
	send := func(about body) {
		b := about.with("purpose", "register")
		delete(b, "code")
		if c.get {
			delete(b, "purpose")
		}
		path := strings.Replace(c.path, "register", "verify/phone", 1)
		if purpose := purposes[path]; purpose != "" && about["phone"] != nil {
			path, b = "/api/verify/phone", body{"phone": about["phone"], "purpose": purpose}
		} else if purpose != "" {
			path, b = "/api/verify/email", body{"email": about["email"], "state": purpose}
		}
		d.post(path, b, c.headers...).is(d, 200, "")
	}
	for i := range pairs {
		send(c.known(i))
		send(c.none(i))
	}
	for i := range min(pairs, 5) {
		send(c.none(4000 + i))
	}
	// The stored codes are changed, so that the code in the test's requests is wrong in each case.
	d.exec("UPDATE one_time_codes SET code_mac = sha256(code_mac)")
}

// purposes has the purpose of the codes that an operation takes, by its path.
var purposes = map[string]string{
	resetPath: "reset", "/api/login": "login", "/api/user/detail": "change", "/api/verify/email/confirm": "verify",
}

// rank returns the share of all pairs of an element of a and an element of b in which the
// element of a is larger. A pair of equal elements counts half.
func rank(a, b []time.Duration) float64 {
	wins := 0.0
	for _, x := range a {
		for _, y := range b {
			switch {
			case x > y:
				wins++
			case x == y:
				wins += 0.5
			}
		}
	}
	return wins / float64(len(a)*len(b))
}

func median(of []time.Duration) time.Duration {
	return slices.Sorted(slices.Values(of))[len(of)/2]
}

func TestRank(t *testing.T) {
	t.Parallel()
	few := []time.Duration{1, 2, 3}
	for want, other := range map[float64][]time.Duration{0.5: few, 0: {4, 5, 6}, 1: {0}, 0.75: {0, 2}} {
		if got := rank(few, other); got != want {
			t.Errorf("%v and %v: %v, want %v", few, other, got, want)
		}
	}
	if median(few) != 2 || !slices.Equal(least(few, 2), []time.Duration{1, 3}) {
		t.Error("median, or the least of two")
	}
}

// hasten serves the deployment with an early return: it answers an unknown name at once, with the
// answer that the deployment gave before. It returns the URL.
func (c contrast) hasten(t *testing.T, d *deployment) string {
	t.Helper()
	c.prepare(d, 1)
	answered := c.send(d.client, c.none(0))
	d.now.advance(25 * time.Hour)
	base, err := url.Parse(d.url)
	fatal(t, err)
	through := httputil.NewSingleHostReverseProxy(base)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		sent = append(sent, r.URL.RawQuery...)
		if strings.Contains(r.URL.Path, "known") || bytes.Contains(sent, []byte("known")) ||
			bytes.Contains(sent, []byte(`"1380`)) || bytes.Contains(sent, []byte(`"1381`)) {
			sent = sent[:len(sent)-len(r.URL.RawQuery)]
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(sent)), int64(len(sent))
			through.ServeHTTP(w, r)
			return
		}
		for name, values := range answered.header {
			w.Header()[name] = values
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(answered.body)))
		w.WriteHeader(answered.status)
		_, _ = w.Write(answered.body)
	}))
	t.Cleanup(srv.Close)
	return srv.URL
}
