package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/token"
)

// signIn is a server with fake handlers, and tokens of its own.
func signIn(t *testing.T) (c *client, real *client, sign func(site int64, age time.Duration) string) {
	t.Helper()
	now := time.Now()
	cfg := server.FakeConfig(t)
	var age time.Duration
	cfg.Tokens = server.NewSigner(t, func() time.Time { return now.Add(-age) })
	sign = func(site int64, old time.Duration) string {
		age = old
		defer func() { age = 0 }()
		raw, err := cfg.Tokens.Sign(token.Subject{UserID: 1000, SiteID: site}, 24*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	h, err := server.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Registry = server.FakeConfig(t).Registry
	return newFakeClient(t, server.Fake(t, cfg, nil)), newClient(t, h), sign
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	fake, real, sign := signIn(t)
	good, twin, other, old, tomorrow := sign(1, 0), sign(1, 0), sign(2, 0), sign(1, 25*time.Hour), sign(1, -time.Hour)
	foreign, err := server.NewSigner(t, time.Now).Sign(token.Subject{UserID: 1000, SiteID: 1}, time.Hour)
	fatal(t, err)
	const path = "/api/user/detail"
	for name, headers := range map[string][]string{
		"Token":                {"Token", good},
		"Bearer":               {"Authorization", "Bearer " + good},
		"bearer in other case": {"Authorization", "bEARER   " + good},
		"both, equal":          {"Token", good, "Authorization", "Bearer " + good},
		"Token and Basic":      {"Token", good, "Authorization", "Basic eDp5"},
		"empty Token":          {"Token", "", "Authorization", "Bearer " + good},
		"on its site":          {"Token", other, "Site-Id", "2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake.get(path, headers...).is(t, http.StatusOK, "")
		})
	}
	for name, in := range map[string]struct {
		reason  string
		headers []string
	}{
		"none":              {"token_missing", nil},
		"empty":             {"token_missing", []string{"Token", ""}},
		"Basic":             {"token_missing", []string{"Authorization", "Basic eDp5"}},
		"expired":           {"token_expired", []string{"Token", old}},
		"Bearer of nothing": {"token_invalid", []string{"Authorization", "Bearer"}},
		"garbage":           {"token_invalid", []string{"Token", "x"}},
		"from the future":   {"token_invalid", []string{"Token", tomorrow}},
		"another's key":     {"token_invalid", []string{"Token", foreign}},
		"of another site":   {"token_invalid", []string{"Token", other}},
		"on another site":   {"token_invalid", []string{"Token", good, "Site-Id", "2"}},
		"two, different":    {"token_invalid", []string{"Token", good, "Authorization", "Bearer " + twin}},
		"Token twice":       {"token_invalid", []string{"Token", good, "Token", good}},
		"Authorization twice": {"token_invalid", []string{"Authorization", "Bearer " + good, "Authorization",
			"Bearer " + good}},
		"with another": {"token_invalid", []string{"Authorization", "Bearer " + good + " " + good}},
		"too long":     {"token_invalid", []string{"Token", strings.Repeat("x", 4097)}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := real.get(path, in.headers...)
			a.is(t, http.StatusUnauthorized, in.reason)
			want := `Bearer error="invalid_token"`
			if in.reason == "token_missing" {
				want = "Bearer"
			}
			if got := a.header.Get("WWW-Authenticate"); got != want || a.Code != 1001 {
				t.Errorf("code %d, WWW-Authenticate: %s", a.Code, got)
			}
		})
	}
	real.get(path, "Site-Id", "x", "Token", good).is(t, http.StatusBadRequest, "invalid_request", "Site-Id wrong_type")
	real.get(path, "Site-Id", "3").is(t, http.StatusUnprocessableEntity, "site_unknown")
	for _, open := range []string{"/api/captcha", "/.well-known/jwks.json"} {
		if a := real.get(open, "Token", "x"); a.status != http.StatusOK {
			t.Errorf("%s asks for a token: %d", open, a.status)
		}
	}
}

func TestKeySet(t *testing.T) {
	t.Parallel()
	cfg := server.FakeConfig(t)
	h, err := server.New(cfg)
	fatal(t, err)
	if got, want := newClient(t, h).get("/.well-known/jwks.json").body, cfg.Tokens.JWKS(); string(got) != string(want) {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestUpdateToken: in the last hour of a token the answer has a new one, in the header and in the
// data, unless the request is refused.
func TestUpdateToken(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for age, renewed := range map[time.Duration]bool{0: false, 22 * time.Hour: false, 23*time.Hour + time.Minute: true,
		24 * time.Hour: true} {
		var refused error
		age, cfg := age, server.FakeConfig(t)
		cfg.Tokens = server.NewSigner(t, func() time.Time { return now })
		raw, err := cfg.Tokens.Sign(token.Subject{UserID: 1000, SiteID: 1}, 24*time.Hour)
		fatal(t, err)
		issued := now
		now = now.Add(age)
		c := newFakeClient(t, server.Fake(t, cfg, func(context.Context) error { return refused }))
		a := c.get("/api/user/detail", "Token", raw)
		var user struct{ Token string }
		a.into(t, &user)
		fresh := a.header.Get("Update-Token")
		if renewed != (fresh != "") || renewed && user.Token != fresh || !renewed && user.Token != raw {
			t.Errorf("at %v: Update-Token %q, token %q", age, fresh, user.Token)
		}
		if renewed {
			if claims, err := cfg.Tokens.Parse(fresh); err != nil || claims.UserID != 1000 ||
				!claims.ExpiresAt.After(now.Add(23*time.Hour)) {
				t.Errorf("the successor: %+v, %v", claims, err)
			}
		}
		refused = &refusal.Error{Reason: refusal.AccountDisabled}
		if a := c.get("/api/user/detail", "Token", raw); a.header.Get("Update-Token") != "" ||
			a.status != http.StatusForbidden {
			t.Errorf("refused with %d, Update-Token %q", a.status, a.header.Get("Update-Token"))
		}
		now = issued
	}
}
