package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/captcha"
	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/captchatest"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestServiceGoesByItsClock: accounts, captchas and tokens use the clock that newService
// is given, and not the machine's.
func TestServiceGoesByItsClock(t *testing.T) {
	t.Parallel()
	c, err := settings.Read(true, []string{"ENROLL_DATA_DIR=" + t.TempDir(), "ENROLL_CAPTCHA=image",
		"ENROLL_CAPTCHA_ON=login"})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MakeDevKeys(); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	s, err := newService(c, pgtest.Open(t, pgtest.URL(t)), keysDone, func() time.Time { return now },
		prometheus.NewRegistry(), slog.New(slog.DiscardHandler), 1)
	if err != nil {
		t.Fatal(err)
	}
	ask := func(r *http.Request) string {
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		s.api.ServeHTTP(w, r)
		return w.Body.String()
	}
	post := func(path, body string) string { return ask(httptest.NewRequest("POST", path, strings.NewReader(body))) }
	registered := post("/api/register", `{"user_name":"newuser","password":"MyPassword123"}`)
	if !strings.Contains(registered, `"created_time":1935403200`) {
		t.Fatalf("registered by another clock: %s", registered)
	}
	_, token, _ := strings.Cut(registered, `"token":"`)
	token, _, _ = strings.Cut(token, `"`)
	_, id, _ := strings.Cut(ask(httptest.NewRequest("GET", "/api/captcha", nil)), `"captcha_id":"`)
	id, _, _ = strings.Cut(id, `"`)
	proof := captchatest.SoundProof(id, captcha.DefaultMinBits)
	audio := "/api/captcha/audio?captcha_id=" + id + "&proof=" + proof
	hear := func() string { return ask(httptest.NewRequest("GET", audio, nil)) }
	detail := func() string {
		r := httptest.NewRequest("GET", "/api/user/detail", nil)
		r.Header.Set("Token", token)
		return ask(r)
	}
	if a := hear() + detail(); strings.Contains(a, `"reason"`) {
		t.Errorf("refused at once: %.300s", a)
	}
	now = now.Add(c.TokenTTL + time.Hour)
	if a := hear(); !strings.Contains(a, "captcha_wrong") {
		t.Errorf("a captcha outlives its clock: %.300s", a)
	}
	if a := detail(); !strings.Contains(a, "token_expired") {
		t.Errorf("a token outlives its clock: %.300s", a)
	}
}
