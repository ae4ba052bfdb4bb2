package captcha_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/captcha"
)

const (
	goodToken = "0.canary-token_AbC"
	goodKey   = "canary-secret"
	passing   = `{"success":true,"challenge_ts":"2026-11-22T10:00:00Z","hostname":"www.example.org",` +
		`"action":"register","score":0.7,"error-codes":[]}`
)

// thirdParty starts a third party on loopback and returns a configuration for it.
func thirdParty(t testing.TB, handler http.HandlerFunc, change ...func(*httptest.Server)) captcha.SiteVerifyConfig {
	t.Helper()
	srv := httptest.NewUnstartedServer(handler)
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // handshakes fail on purpose
	for _, c := range change {
		c(srv)
	}
	srv.StartTLS()
	t.Cleanup(srv.Close)
	roots := x509.NewCertPool()
	roots.AddCert(srv.Certificate())
	return captcha.SiteVerifyConfig{
		URL: srv.URL + "/siteverify", Secret: goodKey, SiteKey: "site-key",
		Hostnames: []string{"example.org", "www.example.org"}, RootCAs: roots,
	}
}

func says(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func newSiteVerify(t testing.TB, cfg captcha.SiteVerifyConfig) *captcha.SiteVerify {
	t.Helper()
	c, err := captcha.NewSiteVerify(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// verify verifies the good token. It fails the test if the error holds the token, the
// secret or the third party's address.
func verify(t testing.TB, ctx context.Context, cfg captcha.SiteVerifyConfig) error {
	t.Helper()
	a, err := newSiteVerify(t, cfg).Attempt(captcha.Scope{Site: site}, "", goodToken)
	if err != nil {
		t.Fatal(err)
	}
	err = a.Verify(ctx)
	if err != nil && (strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "127.0.0.1")) {
		t.Errorf("the error holds a secret or an address: %v", err)
	}
	return err
}

func TestNewSiteVerifyRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*captcha.SiteVerifyConfig)
		ok     bool
	}{
		"fine": {func(*captcha.SiteVerifyConfig) {}, true},
		"all set": {func(c *captcha.SiteVerifyConfig) {
			c.Action, c.MinScore, c.Timeout = "x", 1, 3*time.Second
		}, true},
		"no URL":          {func(c *captcha.SiteVerifyConfig) { c.URL = "" }, false},
		"http":            {func(c *captcha.SiteVerifyConfig) { c.URL = "http://example.org/canary" }, false},
		"no host":         {func(c *captcha.SiteVerifyConfig) { c.URL = "https:///canary" }, false},
		"not a URL":       {func(c *captcha.SiteVerifyConfig) { c.URL = "https://canary:x/%zz" }, false},
		"credentials":     {func(c *captcha.SiteVerifyConfig) { c.URL = "https://canary@example.org/" }, false},
		"fragment":        {func(c *captcha.SiteVerifyConfig) { c.URL = "https://example.org/#canary" }, false},
		"no secret":       {func(c *captcha.SiteVerifyConfig) { c.Secret = "" }, false},
		"no site key":     {func(c *captcha.SiteVerifyConfig) { c.SiteKey = "" }, false},
		"no host names":   {func(c *captcha.SiteVerifyConfig) { c.Hostnames = nil }, false},
		"empty host name": {func(c *captcha.SiteVerifyConfig) { c.Hostnames = []string{"a", ""} }, false},
		"negative score":  {func(c *captcha.SiteVerifyConfig) { c.MinScore = -0.1 }, false},
		"score above one": {func(c *captcha.SiteVerifyConfig) { c.MinScore = 1.1 }, false},
		"long timeout":    {func(c *captcha.SiteVerifyConfig) { c.Timeout = 3*time.Second + 1 }, false},
		"negative time":   {func(c *captcha.SiteVerifyConfig) { c.Timeout = -1 }, false},
	} {
		cfg := captcha.SiteVerifyConfig{
			URL: "https://example.org/siteverify", Secret: goodKey, SiteKey: "k", Hostnames: []string{"example.org"},
		}
		tc.change(&cfg)
		_, err := captcha.NewSiteVerify(cfg)
		if (err == nil) != tc.ok || err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: error %v, want none: %t", name, err, tc.ok)
		}
	}
}

func TestSiteVerifyVerdicts(t *testing.T) {
	t.Parallel()
	codes := func(code string) string { return `{"success":false,"error-codes":["` + code + `"]}` }
	for name, tc := range map[string]struct {
		status int
		body   string
		want   error
	}{
		"passes":           {200, passing, nil},
		"case of the host": {200, `{"success":true,"hostname":"Example.ORG","action":"register","score":0.5}`, nil},
		"unknown fields": {
			200, `{"success":true,"hostname":"example.org","action":"register","score":1,"cdata":{"a":[1]}}`, nil,
		},
		"another host":    {200, strings.Replace(passing, "www.example.org", "evil.example", 1), captcha.ErrWrong},
		"a subdomain":     {200, strings.Replace(passing, "www.", "x.www.", 1), captcha.ErrWrong},
		"no host":         {200, `{"success":true,"action":"register","score":0.7}`, captcha.ErrWrong},
		"another action":  {200, strings.Replace(passing, "register", "login", 1), captcha.ErrWrong},
		"no action":       {200, `{"success":true,"hostname":"example.org","score":0.7}`, captcha.ErrWrong},
		"low score":       {200, strings.Replace(passing, "0.7", "0.49", 1), captcha.ErrWrong},
		"score above one": {200, strings.Replace(passing, "0.7", "1.01", 1), captcha.ErrWrong},
		"no score": {
			200, `{"success":true,"hostname":"example.org","action":"register"}`, captcha.ErrUnavailable,
		},
		"refused":               {200, strings.Replace(passing, "true", "false", 1), captcha.ErrWrong},
		"refused, no reason":    {200, `{"success":false}`, captcha.ErrWrong},
		"invalid token":         {200, codes("invalid-input-response"), captcha.ErrWrong},
		"spent token":           {200, codes("timeout-or-duplicate"), captcha.ErrWrong},
		"token of another site": {200, codes("sitekey-secret-mismatch"), captcha.ErrWrong},
		"unknown reason":        {200, codes("canary"), captcha.ErrWrong},
		"wrong secret":          {200, codes("invalid-input-secret"), captcha.ErrUnavailable},
		"internal error":        {200, codes("internal-error"), captcha.ErrUnavailable},
		"no success":            {200, `{"hostname":"example.org"}`, captcha.ErrUnavailable},
		"null":                  {200, `null`, captcha.ErrUnavailable},
		"success null":          {200, strings.Replace(passing, "true", "null", 1), captcha.ErrUnavailable},
		"success as text":       {200, strings.Replace(passing, "true", `"true"`, 1), captcha.ErrUnavailable},
		"success as number":     {200, strings.Replace(passing, "true", "1", 1), captcha.ErrUnavailable},
		"list":                  {200, "[" + passing + "]", captcha.ErrUnavailable},
		"two":                   {200, passing + passing, captcha.ErrUnavailable},
		"cut":                   {200, passing[:len(passing)-1], captcha.ErrUnavailable},
		"nothing":               {200, "", captcha.ErrUnavailable},
		"a page":                {200, "<html>canary</html>", captcha.ErrUnavailable},
		"64 KiB":                {200, passing + strings.Repeat(" ", 64<<10-len(passing)), nil},
		"more than 64 KiB":      {200, passing + strings.Repeat(" ", 64<<10+1-len(passing)), captcha.ErrUnavailable},
		"accepted":              {202, passing, captcha.ErrUnavailable},
		"status 500":            {500, passing, captcha.ErrUnavailable},
		"too many":              {429, passing, captcha.ErrUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := thirdParty(t, says(tc.status, tc.body))
			cfg.Action, cfg.MinScore = "register", 0.5
			if err := verify(t, t.Context(), cfg); !errors.Is(err, tc.want) || (err == nil) != (tc.want == nil) {
				t.Errorf("error %v, want %v", err, tc.want)
			}
		})
	}
}

// TestSiteVerifyOptionalFields shows that action and score are optional in an answer
// unless they are configured.
func TestSiteVerifyOptionalFields(t *testing.T) {
	t.Parallel()
	cfg := thirdParty(t, says(200, `{"success":true,"hostname":"example.org"}`))
	if err := verify(t, t.Context(), cfg); err != nil {
		t.Errorf("neither action nor score: %v", err)
	}
}

func TestSiteVerifyRequest(t *testing.T) {
	t.Parallel()
	var requests atomic.Int32
	var form url.Values
	cfg := thirdParty(t, func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		body, _ := io.ReadAll(r.Body)
		form, _ = url.ParseQuery(string(body))
		if r.Method != http.MethodPost || r.URL.RawQuery != "" ||
			r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
			t.Errorf("%s %s of %s", r.Method, r.URL, r.Header.Get("Content-Type"))
		}
		says(200, passing)(w, r)
	})
	for name, tc := range map[string]struct {
		send   bool
		remote string
		want   string
	}{
		"not set":     {false, "203.0.113.7", ""},
		"set":         {true, "203.0.113.7", "203.0.113.7"},
		"mapped":      {true, "::ffff:203.0.113.7", "203.0.113.7"},
		"with a zone": {true, "fe80::1%eth0", "fe80::1"},
		"unknown":     {true, "", ""},
	} {
		cfg.SendRemote = tc.send
		c := newSiteVerify(t, cfg)
		scope := captcha.Scope{Site: site}
		if tc.remote != "" {
			scope.Remote = netip.MustParseAddr(tc.remote)
		}
		before := requests.Load()
		ch, err := c.Challenge(t.Context(), scope)
		if err != nil || ch.Kind != captcha.KindSiteVerify || ch.SiteKey != "site-key" || ch.ID != "" {
			t.Errorf("challenge %+v, error %v", ch, err)
		}
		a, err := c.Attempt(scope, "any id", "a+b&secret=x%41")
		if err != nil || requests.Load() != before {
			t.Errorf("%s: a request before Verify, or error %v", name, err)
		}
		if err := a.Verify(t.Context()); err != nil || requests.Load() != before+1 {
			t.Errorf("%s: %d requests, error %v", name, requests.Load()-before, err)
		}
		want := url.Values{"secret": {goodKey}, "response": {"a+b&secret=x%41"}}
		if tc.want != "" {
			want.Set("remoteip", tc.want)
		}
		if form.Encode() != want.Encode() {
			t.Errorf("%s: sent %v, want %v", name, form, want)
		}
	}
}

func TestSiteVerifyTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 123456789, time.FixedZone("", 3600))
	c := newSiteVerify(t, captcha.SiteVerifyConfig{
		URL: "https://localhost/", Secret: "s", SiteKey: "k", Hostnames: []string{"h"},
		Now: func() time.Time { return now },
	})
	nonces := map[string]bool{}
	for _, good := range []string{"a", "b", "A", goodToken, strings.Repeat("a", 8<<10)} {
		a, err := c.Attempt(captcha.Scope{Site: 1}, "", good)
		if err != nil {
			t.Fatal(err)
		}
		end := now.Add(10 * time.Minute).Truncate(time.Microsecond)
		if !a.Expires().Equal(end) || a.Expires().Location() != time.UTC || len(a.Nonce()) != 32 ||
			nonces[string(a.Nonce())] {
			t.Errorf("nonce of %d bytes, seen: %t, expires %v", len(a.Nonce()), nonces[string(a.Nonce())], a.Expires())
		}
		nonces[string(a.Nonce())] = true
		// A spent token is spent on all sites and with all bindings.
		b, err := c.Attempt(captcha.Scope{Site: 2, Binding: []byte("b")}, "id", good)
		if err != nil || string(a.Nonce()) != string(b.Nonce()) {
			t.Errorf("the same token in another scope has another nonce: %v", err)
		}
	}
	for _, bad := range []string{"", " ", "a b", "a\n", "\x00", "a\x7f", "é", "\xff", strings.Repeat("a", 8<<10+1)} {
		if _, err := c.Attempt(captcha.Scope{}, "", bad); !errors.Is(err, captcha.ErrUnknown) {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

// TestSiteVerifyFailsClosed shows that no token is accepted if the exchange fails.
func TestSiteVerifyFailsClosed(t *testing.T) {
	t.Parallel()
	stuck := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	accepting := func(t *testing.T) captcha.SiteVerifyConfig { return thirdParty(t, says(200, passing)) }
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for name, tc := range map[string]struct {
		ctx  context.Context
		cfg  func(t *testing.T) captcha.SiteVerifyConfig
		also error
	}{
		"context canceled": {gone, accepting, context.Canceled},
		"no answer in time": {t.Context(), func(t *testing.T) captcha.SiteVerifyConfig {
			cfg := thirdParty(t, stuck)
			cfg.Timeout = 50 * time.Millisecond
			return cfg
		}, context.DeadlineExceeded},
		"half an answer in time": {t.Context(), func(t *testing.T) captcha.SiteVerifyConfig {
			cfg := thirdParty(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, passing)
				_ = http.NewResponseController(w).Flush()
				stuck(w, r)
			})
			cfg.Timeout = 300 * time.Millisecond
			return cfg
		}, context.DeadlineExceeded},
		"redirect": {t.Context(), func(t *testing.T) captcha.SiteVerifyConfig {
			return thirdParty(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					t.Error("followed")
					says(200, passing)(w, r)
				}
				http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
			})
		}, nil},
		"old TLS": {t.Context(), func(t *testing.T) captcha.SiteVerifyConfig {
			return thirdParty(t, says(200, passing), func(s *httptest.Server) {
				s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
			})
		}, nil},
		"untrusted": {t.Context(), func(t *testing.T) captcha.SiteVerifyConfig {
			cfg := accepting(t)
			cfg.RootCAs = x509.NewCertPool()
			return cfg
		}, nil},
		"port closed": {t.Context(), func(t *testing.T) captcha.SiteVerifyConfig {
			cfg := accepting(t)
			srv := httptest.NewTLSServer(nil)
			srv.Close()
			cfg.URL = srv.URL
			return cfg
		}, nil},
		"endless": {t.Context(), func(t *testing.T) captcha.SiteVerifyConfig {
			return thirdParty(t, func(w http.ResponseWriter, _ *http.Request) {
				for err := error(nil); err == nil; {
					_, err = io.WriteString(w, strings.Repeat(" ", 4<<10))
				}
			})
		}, nil},
		"cut off": {t.Context(), func(t *testing.T) captcha.SiteVerifyConfig {
			return thirdParty(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, passing)
			})
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := verify(t, tc.ctx, tc.cfg(t))
			late := errors.Is(err, context.DeadlineExceeded)
			if !errors.Is(err, captcha.ErrUnavailable) || tc.also != nil && !errors.Is(err, tc.also) ||
				tc.also == nil && late {
				t.Errorf("error %v, want ErrUnavailable and %v", err, tc.also)
			}
		})
	}
}

// FuzzResponse shows that a token is accepted only if the answer is JSON with success,
// a configured host and a sufficient score.
func FuzzResponse(f *testing.F) {
	var body atomic.Value
	cfg := thirdParty(f, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(body.Load().([]byte)) })
	cfg.MinScore = 0.5
	c := newSiteVerify(f, cfg)
	for _, seed := range []string{
		passing, strings.Replace(passing, "true", "false", 1), `{"success":1}`, `{}`, "", passing + "x",
		`{"SUCCESS":true}`, strings.Replace(passing, "0.7", "1e400", 1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, given []byte) {
		body.Store(given)
		a, err := c.Attempt(captcha.Scope{}, "", goodToken)
		if err != nil {
			t.Fatal(err)
		}
		err = a.Verify(t.Context())
		if err != nil {
			if !errors.Is(err, captcha.ErrWrong) && !errors.Is(err, captcha.ErrUnavailable) {
				t.Errorf("%q: %v", given, err)
			}
			return
		}
		var said struct {
			Success  bool
			Hostname string
			Score    float64
		}
		if json.Unmarshal(given, &said) != nil || !said.Success ||
			!strings.Contains(strings.ToLower(said.Hostname), "example.org") ||
			!(said.Score >= 0.5 && said.Score <= 1) {
			t.Errorf("%q passes", given)
		}
	})
}
