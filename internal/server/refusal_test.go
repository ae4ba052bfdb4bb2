package server_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/server"
	"github.com/enroll-project/enroll/internal/token"
)

// ask sends a good request for an operation.
func ask(t *testing.T, c *client, cfg server.Config, operation string, headers ...string) answer {
	t.Helper()
	switch operation {
	case "register":
		return c.post("/api/register", `{}`, headers...)
	case "login":
		return c.post("/api/login", `{}`, headers...)
	case "sendPhoneCode":
		return c.post("/api/verify/phone", `{"phone":"1"}`, headers...)
	case "resetPassword":
		return c.post("/api/password/reset", `{"code":"1","password":"1"}`, headers...)
	case "getCaptcha":
		return c.get("/api/captcha", headers...)
	case "getCaptchaAudio":
		return c.get("/api/captcha/audio?captcha_id=1", headers...)
	case "getSettings":
		return c.get("/api/settings", headers...)
	case "getUserGroups":
		return c.get("/api/user/groups", headers...)
	case "getUserGroup":
		return c.get("/api/user/group/detail?id=2", headers...)
	case "getJwks":
		return c.get("/.well-known/jwks.json", headers...)
	}
	raw, err := cfg.Tokens.Sign(token.Subject{UserID: 1000, SiteID: 1}, time.Hour)
	fatal(t, err)
	headers = append(headers, "Token", raw)
	switch operation {
	case "getUserDetail":
		return c.get("/api/user/detail", headers...)
	case "updateUser":
		return c.post("/api/user/detail", `{}`, headers...)
	case "uploadAvatar":
		return c.upload([]byte("x"), headers...)
	case "sendEmailCode":
		return c.post("/api/verify/email", `{}`, headers...)
	case "logout":
		return c.post("/api/logout", `{}`, headers...)
	case "acceptTerms":
		return c.post("/api/user/terms", `{"accepted_terms":"1"}`, headers...)
	case "listSessions":
		return c.get("/api/user/sessions", headers...)
	case "exportUser":
		return c.get("/api/user/export", headers...)
	case "endOtherSessions":
		return c.do("DELETE", "/api/user/sessions", "", headers...)
	case "endSession":
		return c.do("DELETE", "/api/user/sessions/1", "", headers...)
	case "changePassword":
		return c.post("/api/user/password", `{"old_password":"1","password":"2"}`, headers...)
	case "deleteUser":
		return c.post("/api/user/delete", `{"password":"1"}`, headers...)
	case "confirmEmail":
		return c.post("/api/verify/email/confirm", `{"code":"1"}`, headers...)
	case "verifyEmail":
		return c.get("/api/verify/email?code=1", headers...)
	}
	t.Fatalf("no request for %s", operation)
	return answer{}
}

// TestEveryOutcome: for every outcome that the contract lists, a fake use case returns the reason.
// Status, code and headers are checked in both modes; the language is chosen by header and by default
// (English both times).
func TestEveryOutcome(t *testing.T) {
	t.Parallel()
	end := func(ctx context.Context) error { // the request's id names the outcome
		switch reason := server.RequestID(ctx); reason {
		case "ok":
			return nil
		case "internal":
			return errors.New("broken")
		default:
			return &refusal.Error{Reason: refusal.Reason(reason)}
		}
	}
	cfg := server.FakeConfig(t)
	standard := server.Fake(t, cfg, end)
	cfg.AlwaysOK, cfg.Languages, cfg.Registry = true, languagesOf(t, "en"), prometheus.NewRegistry()
	always := server.Fake(t, cfg, end)
	for _, o := range book.all {
		t.Run(o.String(), func(t *testing.T) {
			t.Parallel()
			id := cmp.Or(o.reason, "ok")
			a := ask(t, newFakeClient(t, standard), cfg, o.operation, "Accept-Language", "en", "X-Request-Id", id)
			a.is(t, o.status, o.reason)
			code := map[int]int{http.StatusOK: 0, http.StatusUnauthorized: 1001, http.StatusForbidden: 1002}
			if want, special := code[o.status]; !special && a.Code != -1 || special && a.Code != want {
				t.Errorf("status %d has code %d", o.status, a.Code)
			}
			b := ask(t, newFakeClientAlwaysOK(t, always), cfg, o.operation, "X-Request-Id", id)
			status := http.StatusOK
			if o.operation == "getJwks" { // not below /api/
				status = o.status
			}
			if o.operation != "getUserDetail" && string(b.body) != string(a.body) || b.status != status || b.Reason != a.Reason {
				t.Errorf("always-200: %d %s", b.status, b.body)
			}
			for _, name := range []string{"Retry-After", "WWW-Authenticate", "Cache-Control", "Content-Language", "Vary"} {
				if a.header.Get(name) != b.header.Get(name) {
					t.Errorf("always-200: %s is %q and was %q", name, b.header.Get(name), a.header.Get(name))
				}
			}
		})
	}
}

// TestAlwaysOKOutside: for paths without an operation, the mode applies below /api/ only.
func TestAlwaysOKOutside(t *testing.T) {
	t.Parallel()
	cfg := server.FakeConfig(t)
	cfg.AlwaysOK = true
	c := newFakeClientAlwaysOK(t, server.Fake(t, cfg, func(context.Context) error { return errors.New("broken") }))
	c.get("/api/unknown").is(t, http.StatusOK, "not_found")
	c.get("/api/register").is(t, http.StatusOK, "method_not_allowed")
	c.get("/unknown").is(t, http.StatusNotFound, "not_found")
}

// TestRefusals: each error of the rules becomes the answer of its reason.
func TestRefusals(t *testing.T) {
	t.Parallel()
	incomplete := &refusal.Error{Reason: refusal.RegistrationIncomplete}
	name := &refusal.Error{Reason: refusal.UserNameTooShort, Field: "user_name", Limit: 2}
	word := &refusal.Error{Reason: refusal.PasswordCommon, Field: "password"}
	for about, in := range map[string]struct {
		err         error
		status      int
		reason      string
		fieldErrors []string
	}{
		"plain":      {incomplete, 422, "registration_incomplete", nil},
		"of a field": {word, 422, "password_common", []string{"password password_common"}},
		"wrapped": {fmt.Errorf("register: %w", name), 422, "user_name_too_short",
			[]string{"user_name user_name_too_short"}},
		"joined": {errors.Join(name, word), 422, "user_name_too_short",
			[]string{"user_name user_name_too_short", "password password_common"}},
		"joined, answer first": {errors.Join(incomplete, &refusal.Error{Reason: refusal.Required, Field: "password"}),
			422, "registration_incomplete", []string{"password required"}},
		"joined deep": {fmt.Errorf("a: %w", errors.Join(errors.Join(word), fmt.Errorf("b: %w", name))), 422,
			"password_common", []string{"password password_common", "user_name user_name_too_short"}},
		"with a cause": {&refusal.Error{Reason: refusal.CaptchaWrong, Err: name}, 422, "captcha_wrong", nil},
		"with an internal error": {errors.Join(errors.New("broken"), word), 422, "password_common",
			[]string{"password password_common"}},
		"internal":               {errors.New("broken"), 500, "internal", nil},
		"unknown reason":         {&refusal.Error{Reason: "brand_new", Field: "x"}, 500, "internal", nil},
		"reason of another":      {&refusal.Error{Reason: refusal.CredentialsWrong}, 500, "internal", nil},
		"field reason as answer": {&refusal.Error{Reason: refusal.Required, Field: "phone"}, 500, "internal", nil},
		"deadline":               {fmt.Errorf("query: %w", context.DeadlineExceeded), 503, "unavailable", nil},
		"outcome unknown": {&refusal.Error{Reason: refusal.OutcomeUnknown, Err: context.DeadlineExceeded}, 503,
			"outcome_unknown", nil},
		"another's cancellation": {context.Canceled, 500, "internal", nil},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			h := server.Fake(t, server.FakeConfig(t), func(context.Context) error { return in.err })
			newFakeClient(t, h).post("/api/register", `{}`).is(t, in.status, in.reason, in.fieldErrors...)
		})
	}
}

func TestManyFieldErrors(t *testing.T) {
	t.Parallel()
	var all []error
	for i := range 60 {
		all = append(all, &refusal.Error{Reason: refusal.PasswordCommon, Field: fmt.Sprint("f", i)})
	}
	h := server.Fake(t, server.FakeConfig(t), func(context.Context) error { return errors.Join(all...) })
	if a := newFakeClient(t, h).post("/api/register", `{}`); len(a.Errors) != 50 {
		t.Errorf("%d errors, want 50", len(a.Errors))
	}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	for about, in := range map[string]struct {
		panics func()
		logged string
	}{
		"runtime": {func() { panic(fmt.Sprint([]int{}[len(canary):])) }, "slice bounds out of range"},
		"string":  {func() { panic(canary) }, "panic: string"},
		"error":   {func() { panic(errors.New(canary)) }, "panic: *errors.errorString"},
	} {
		t.Run(about, func(t *testing.T) {
			t.Parallel()
			cfg, lines := server.FakeConfig(t), &journal{}
			cfg.Logger = slog.New(slog.NewJSONHandler(lines, nil))
			c := newFakeClient(t, server.Fake(t, cfg, func(context.Context) error { in.panics(); return nil }))
			c.post("/api/register", `{}`).is(t, http.StatusInternalServerError, "internal")
			c.post("/api/login", `{`).is(t, http.StatusBadRequest, "malformed_json") // still alive
			if text := lines.String(); !strings.Contains(text, in.logged) || !strings.Contains(text, "refusal_test.go") ||
				strings.Contains(text, canary) {
				t.Errorf("the log: %s", text)
			}
		})
	}
}

// TestTooLate: after a part of the answer was sent, an error adds nothing to it and is
// logged.
func TestTooLate(t *testing.T) {
	t.Parallel()
	cfg, lines := server.FakeConfig(t), &journal{}
	cfg.Logger = slog.New(slog.NewJSONHandler(lines, nil))
	cfg.Docs = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		panic("halfway")
	})
	h := server.Fake(t, cfg, nil)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/docs/", nil))
	h.ServeHTTP(&broken{w}, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/api/captcha", nil))
	got := strings.Split(lines.String(), "\n")
	if w.Body.Len() > 0 || !strings.Contains(got[0], `"level":"ERROR"`) ||
		!strings.Contains(got[0], `"reason":"internal"`) {
		t.Errorf("after a panic %q left, and the log has %s", w.Body, got[0])
	}
	if !strings.Contains(got[1], `"level":"INFO"`) || !strings.Contains(got[1], `"status":499`) ||
		!strings.Contains(got[1], "unplugged") {
		t.Errorf("after a broken connection: %s", got[1])
	}
}

// broken is a connection that breaks before the body.
type broken struct{ http.ResponseWriter }

func (b *broken) Write([]byte) (int, error) { return 0, errors.New("unplugged") }

// TestAbort: a panic with http.ErrAbortHandler drops the connection, as net/http documents.
func TestAbort(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(server.Fake(t, server.FakeConfig(t),
		func(context.Context) error { panic(http.ErrAbortHandler) }))
	t.Cleanup(srv.Close)
	if res, err := http.Get(srv.URL + "/api/captcha"); err == nil {
		_ = res.Body.Close()
		t.Errorf("answered %d", res.StatusCode)
	}
}

// TestDeadline: every operation runs under the deadline of its request, counted from
// its beginning, and is answered when it ends there.
func TestDeadline(t *testing.T) {
	t.Parallel()
	for given, want := range map[time.Duration]time.Duration{0: 8 * time.Second, time.Hour: time.Hour,
		time.Nanosecond: time.Nanosecond} {
		cfg := server.FakeConfig(t)
		cfg.Timeout = given
		begin := time.Now()
		h := server.Fake(t, cfg, func(ctx context.Context) error {
			deadline, bounded := ctx.Deadline()
			if !bounded || deadline.Before(begin.Add(want)) || deadline.After(time.Now().Add(want)) {
				t.Errorf("with a timeout of %v, %v after the test began it ends after %v", given, time.Since(begin),
					deadline.Sub(begin))
			}
			if given != time.Nanosecond {
				return nil
			}
			<-ctx.Done()
			return fmt.Errorf("insert: %w", ctx.Err())
		})
		a := newFakeClient(t, h).post("/api/register", `{}`)
		if given != time.Nanosecond {
			a.is(t, http.StatusOK, "")
		} else if a.is(t, http.StatusServiceUnavailable, "unavailable"); a.header.Get("Retry-After") != "5" {
			t.Errorf("Retry-After: %s", a.header.Get("Retry-After"))
		}
	}
}

// TestGone: a client that disconnected is counted as 499 and causes no alert.
func TestGone(t *testing.T) {
	t.Parallel()
	cfg, lines, registry := server.FakeConfig(t), &journal{}, prometheus.NewRegistry()
	cfg.Logger, cfg.Registry = slog.New(slog.NewJSONHandler(lines, nil)), registry
	ctx, cancel := context.WithCancel(t.Context())
	h := server.Fake(t, cfg, func(ctx context.Context) error {
		cancel()
		<-ctx.Done()
		return fmt.Errorf("insert: %w", ctx.Err())
	})
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/register", strings.NewReader(`{}`))
	r.Header.Set("Content-Type", "application/json")
	h.ServeHTTP(w, r)
	if w.Code != http.StatusServiceUnavailable {
		t.Errorf("who still listens hears %d", w.Code)
	}
	if text := lines.String(); !strings.Contains(text, `"level":"INFO"`) || !strings.Contains(text, `"status":499`) {
		t.Errorf("the log: %s", text)
	}
	if got := requests(t, registry); !maps.Equal(got, map[string]float64{"register unavailable 499": 1}) {
		t.Errorf("counted %v", got)
	}
}

// TestRetryAfter: every 429 and 503 has a Retry-After that is not too early, in coarse steps.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	var seen []string
	var wait time.Duration
	c := newFakeClient(t, server.Fake(t, server.FakeConfig(t), func(context.Context) error {
		return &refusal.Error{Reason: refusal.CodeTooSoon, RetryAfter: wait}
	}))
	for given, want := range map[time.Duration]string{
		0: "5", -time.Second: "5", 1: "1", time.Second: "1", time.Second + 1: "2", 3 * time.Second: "3", 3*time.Second +
			1: "4", 5 * time.Second: "5", 9 * time.Second: "10",
		11 * time.Second: "30", 41 * time.Second: "60", time.Minute: "60", time.Minute + 1: "300", 301 * time.Second: "900",
		20 * time.Minute: "1800", 59 * time.Minute: "3600", time.Hour + 1: "86400", 48 * time.Hour: "86400",
	} {
		wait = given
		a := c.post("/api/verify/phone", `{"phone":"1"}`, "Accept-Language", "en")
		got := a.header.Get("Retry-After")
		if got != want || !strings.Contains(a.Msg, want) {
			t.Errorf("%v: Retry-After %s, %q; want %s", wait, got, a.Msg, want)
		}
		if !slices.Contains(seen, got) {
			seen = append(seen, got)
		}
	}
	if len(seen) != 13 {
		t.Errorf("the steps are %q", seen)
	}
}
