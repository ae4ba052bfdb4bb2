package main

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestOutageOfASender: with two senders, people notice an outage of the first one five times at most: if it may have
// sent their message. If it certainly has not, they notice nothing. All later messages go to the second sender at once.
func TestOutageOfASender(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer  func(http.ResponseWriter, *http.Request)
		noticed int // messages that are answered with outcome_unknown
	}{
		"unavailable": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, 0},
		"reset": {func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = conn.(*net.TCPConn).SetLinger(0)
			_ = conn.Close()
		}, 5},
		"hanging": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				c.answer(w, r)
			}))
			t.Cleanup(first.Close)
			second := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
			t.Cleanup(second.Close)
			p := start(t, []string{"serve"}, append(production(t), "ENROLL_DATABASE_URL="+pgtest.URL(t),
				"ENROLL_DB_CHECK=warn", "ENROLL_CAPTCHA=off", "ENROLL_LIMIT_SMS_NETWORK=off", "ENROLL_LIMIT_SMS_PREFIX=off",
				"ENROLL_SMS=twilio,webhook", "ENROLL_SMS_NAME=Enroll", "ENROLL_SMS_TWILIO_ENDPOINT="+first.URL,
				"ENROLL_SMS_TWILIO_ACCOUNT_SID=AC"+strings.Repeat("1", 32), "ENROLL_SMS_TWILIO_SECRET=hush",
				"ENROLL_SMS_TWILIO_FROM=+15005550006", "ENROLL_SMS_WEBHOOK_URL="+second.URL,
				"ENROLL_SMS_WEBHOOK_SECRET=whsec_"+base64.StdEncoding.EncodeToString([]byte(twinSecret)))...)
			p.awaitReady(t)
			for i := range 8 {
				got := p.post(t, "/api/verify/phone", fmt.Sprintf(`{"phone":"1380013800%d"}`, i))
				if want := map[bool]string{true: "outcome_unknown"}[i < c.noticed]; got.Reason != want {
					t.Errorf("message %d: %q, want %q", i, got.Reason, want)
				}
			}
		})
	}
}
