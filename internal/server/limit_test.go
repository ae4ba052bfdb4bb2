package server_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/limit"
	"github.com/enroll-project/enroll/internal/server"
)

// TestRateLimit: a network that sends too many requests is refused on every operation, before its
// request is validated. Other networks are not refused.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	limiter, err := limit.New(limit.Config{IPv4Addr: limit.Rate{Count: 1, Period: time.Hour}})
	fatal(t, err)
	d := deploy(t, options{limiter: limiter})
	d.get("/api/captcha").is(d, 200, "")
	for _, o := range [][2]string{
		{"POST", "/api/register"}, {"POST", "/api/login"}, {"POST", "/api/verify/phone"}, {"POST", "/api/verify/email"},
		{"GET", "/api/verify/email"}, {"POST", "/api/verify/email/confirm"}, {"POST", "/api/password/reset"},
		{"GET", "/api/captcha"}, {"GET", "/api/settings"},
		{"GET", "/api/captcha/audio"}, {"GET", "/api/user/detail"},
		{"POST", "/api/user/detail"}, {"POST", "/api/user/avatar"}, {"GET", "/api/user/groups"},
		{"GET", "/api/user/group/detail"},
		{"POST", "/api/logout"}, {"GET", "/api/user/sessions"},
		{"DELETE", "/api/user/sessions"}, {"DELETE", "/api/user/sessions/an-id"}, {"POST", "/api/user/password"},
		{"POST", "/api/user/delete"}, {"GET", "/api/user/export"}, {"POST", "/api/user/terms"},
	} {
		a := d.do(o[0], o[1], "")
		a.is(d, 429, "rate_limited")
		if a.header.Get("Retry-After") != "3600" {
			t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
		}
	}
	// Without a trusted proxy X-Forwarded-For is ignored.
	d.get("/api/captcha", "X-Forwarded-For", "192.0.2.1").is(d, 429, "rate_limited")
	d.get("/.well-known/jwks.json").is(d, 200, "")
}

// TestDocumentLimit: keys, documents, pages and paths that do not exist share one rate, separate
// from that of the operations. The refusal is an envelope.
func TestDocumentLimit(t *testing.T) {
	t.Parallel()
	paths := []string{"/.well-known/jwks.json", "/openapi.yaml", "/openapi.json", "/pow.js", "/nothing", "/docs/",
		"/docs", "/"}
	limiter, err := limit.New(limit.Config{IPv4Addr: limit.Rate{Count: len(paths), Period: time.Hour}})
	fatal(t, err)
	c := real(t, func(cfg *server.Config) {
		cfg.DocumentLimiter = limiter
		cfg.Docs = http.NotFoundHandler()
		cfg.Page = http.NotFoundHandler()
	})
	for _, path := range paths {
		if a := c.get(path); a.status == http.StatusTooManyRequests {
			t.Errorf("%s: %d", path, a.status)
		}
	}
	for _, path := range paths {
		a := c.get(path, "Accept-Language", "en")
		a.is(t, http.StatusTooManyRequests, "rate_limited")
		if a.header.Get("Retry-After") == "" || a.header.Get("Cache-Control") != "no-store" || a.Msg == "" {
			t.Errorf("%s: %v %s", path, a.header, a.body)
		}
	}
	c.get("/api/captcha").is(t, http.StatusOK, "")
}

// TestLoginTries: wrong passwords are bounded, by account and by network, for names that exist and
// names that do not. An hour later the counts are gone.
func TestLoginTries(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{limits: account.Limits{LoginPerNetwork: 3, LoginPerAccount: 5}})
	d.registered(alice)
	for _, name := range []string{"alice", "nobody"} {
		for range 3 {
			d.post("/api/login", body{"user_name": name, "password": "wrong-one"}).is(d, 422, "credentials_wrong")
		}
		d.post("/api/login", body{"user_name": name, "password": "MyPassword123"}).is(d, 429, "login_too_many")
	}
	d.now.advance(time.Hour)
	for range 7 { // more than the limit: a success gives its try back
		d.post("/api/login", alice).is(d, 200, "")
	}
}

// TestSMSBudgets: a prefix, a client network and the whole deployment have their bounds. Codes to
// one phone do not count in the budget of another phone.
func TestSMSBudgets(t *testing.T) {
	t.Parallel()
	for name, limits := range map[string]account.Limits{
		"prefix": {SMSPerPrefix: 2}, "network": {SMSPerNetwork: 2}, "total": {SMSTotal: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, options{limits: limits})
			send := func(i int) answer { return d.post("/api/verify/phone", body{"phone": fmt.Sprintf("1380013%04d", i)}) }
			d.phones.down = true
			send(0).is(d, 503, "sms_failed") // an SMS that was not sent is not counted
			d.phones.down = false
			send(1).is(d, 200, "")
			send(2).is(d, 200, "")
			send(3).is(d, 429, "code_too_many", "phone code_too_many")
			if name == "prefix" {
				d.post("/api/verify/phone", body{"phone": "13900139000"}).is(d, 200, "")
			}
			d.now.advance(24 * time.Hour)
			send(3).is(d, 200, "")
		})
	}
}

// TestImpatienceSharesNoBudget: requests that are repeated too soon for one phone do not use
// up the budget of its prefix.
func TestImpatienceSharesNoBudget(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{limits: account.Limits{SMSPerPrefix: 2}})
	d.code("13800130001", "register")
	for range 5 {
		d.post("/api/verify/phone", body{"phone": "13800130001"}).is(d, 429, "code_too_soon", "phone code_too_soon")
	}
	d.code("13800130002", "register")
}

// TestConversionWatch: after 50 SMS to a prefix, no more are sent if fewer than 20 % of their codes were
// redeemed.
func TestConversionWatch(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		redeemed int
		status   int
	}{"too few redeemed": {9, 429}, "enough redeemed": {10, 200}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deploy(t, options{limits: account.Limits{SMSPerPrefix: 1000}})
			for i := range 50 {
				phone := fmt.Sprintf("1380013%04d", i)
				code := d.code(phone, "register")
				if i < c.redeemed {
					d.registered(body{"phone": phone, "code": code})
				}
			}
			if a := d.post("/api/verify/phone", body{"phone": "13800139999"}); a.status != c.status {
				t.Errorf("%d %s", a.status, a.body)
			}
		})
	}
}
