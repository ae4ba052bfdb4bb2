package main

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestBreachCheck: a breached password is refused as a common one, and an API
// that fails does not stop a registration.
func TestBreachCheck(t *testing.T) {
	t.Parallel()
	const breached = "canary breached word"
	sum := sha1.Sum([]byte(breached))
	digits := strings.ToUpper(hex.EncodeToString(sum[:]))
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.RequestURI != "/range/"+digits[:5] {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprintln(w, digits[5:]+":7")
	}))
	t.Cleanup(api.Close)
	p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+pgtest.URL(t), "ENROLL_DB_CHECK=warn",
		"ENROLL_CAPTCHA=off", "ENROLL_BREACH_CHECK_URL="+api.URL+"/range/")...)
	a := p.post(t, "/api/register", `{"user_name":"newuser","password":"`+breached+`"}`)
	if a.Reason != "password_common" {
		t.Errorf("a breached password: %+v", a)
	}
	if a := p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123"}`); a.Status != 200 {
		t.Errorf("while the API fails: %+v", a)
	}
	_, metrics := get(t, p.ops+"/metrics")
	for _, want := range []string{`{result="breached"} 1`, `{result="failed"} 1`} {
		if !strings.Contains(metrics, "enroll_password_breach_checks_total"+want) {
			t.Errorf("no metric %s", want)
		}
	}
	p.stop(t)
	for _, secret := range []string{"canary", digits, digits[:5], digits[5:]} {
		if strings.Contains(p.output(), secret) || strings.Contains(metrics, secret) {
			t.Errorf("the log or the metrics have %s", secret)
		}
	}
}
