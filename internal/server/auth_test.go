package server_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/token"
)

// signIn returns the clients of two servers that accept the same tokens: c has fake handlers, and real has the real
// ones. sign makes a token for a site that was issued some time (age) ago and has a life of 24 h.
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

// TestExampleTokens: the contract's example of the keys verifies the tokens of its other examples.
func TestExampleTokens(t *testing.T) {
	t.Parallel()
	jwks := book.doc.Paths.Value("/.well-known/jwks.json").Get.Responses.Value("200").Value.Content["application/json"]
	var set struct{ Keys []struct{ X, Y []byte } }
	encoded := strings.NewReplacer("-", "+", "_", "/").Replace(jsonOf(jwks.Examples["keys"].Value.Value))
	fatal(t, json.Unmarshal([]byte(regexp.MustCompile(`("[xy]":"[^"]{43})"`).ReplaceAllString(encoded, `$1="`)), &set))
	point, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, set.Keys[0].X, set.Keys[0].Y))
	fatal(t, err)
	der, err := x509.MarshalPKIXPublicKey(point)
	fatal(t, err)
	own, err := token.GenerateKey(false)
	fatal(t, err)
	keys, err := token.ParseKeys(append(own, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})...))
	fatal(t, err)
	issued := func() time.Time { return time.Unix(1702912236, 0) }
	signer, err := token.New(token.Config{Keys: keys, Issuer: "enroll", Audience: "enroll", Now: issued})
	fatal(t, err)
	seen := 0
	for path, item := range book.doc.Paths.Map() {
		for _, op := range item.Operations() {
			for name, example := range op.Responses.Value("200").Value.Content["application/json"].Examples {
				object, _ := example.Value.Value.(map[string]any)
				data, _ := object["data"].(map[string]any)
				raw, is := data["token"].(string)
				if waits := data["approval_pending"] == true; !is || waits && raw == "" {
					continue
				}
				seen++
				if claims, err := signer.Parse(raw); err != nil || claims.UserID != 1000 {
					t.Errorf("%s, the example %s: %+v, %v", path, name, claims, err)
				}
			}
		}
	}
	if seen == 0 {
		t.Error("no example has a token")
	}
}

// TestKeySet: the answer has the keys of the configuration, of either kind.
func TestKeySet(t *testing.T) {
	t.Parallel()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	fatal(t, err)
	der, err := x509.MarshalPKCS8PrivateKey(private)
	fatal(t, err)
	keys, err := token.ParseKeys(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	fatal(t, err)
	edwards, err := token.New(token.Config{Keys: keys, Issuer: "enroll", Audience: "enroll", Now: time.Now})
	fatal(t, err)
	for _, tokens := range []*token.Signer{server.NewSigner(t, time.Now), edwards} {
		cfg := server.FakeConfig(t)
		cfg.Tokens = tokens
		h, err := server.New(cfg)
		fatal(t, err)
		if got, want := newClient(t, h).get("/.well-known/jwks.json").body, tokens.JWKS(); string(got) != string(want) {
			t.Errorf("got %s, want %s", got, want)
		}
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
