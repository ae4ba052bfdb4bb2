package main

import (
	"encoding/base64"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestServiceCloses: Close closes the idle connection to the SMS gateway.
func TestServiceCloses(t *testing.T) {
	t.Parallel()
	states := make(chan http.ConnState, 16)
	gateway := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	gateway.Config.ConnState = func(_ net.Conn, s http.ConnState) { states <- s }
	gateway.Start()
	defer gateway.Close()
	c, err := settings.Read(true, []string{
		"ENROLL_DATA_DIR=" + t.TempDir(), "ENROLL_SMS=webhook", "ENROLL_SMS_WEBHOOK_URL=" + gateway.URL,
		"ENROLL_SMS_WEBHOOK_SECRET=whsec_" + base64.StdEncoding.EncodeToString([]byte(twinSecret)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.MakeDevKeys(); err != nil {
		t.Fatal(err)
	}
	s, err := newService(c, pgtest.Open(t, pgtest.URL(t)), keysDone, time.Now, prometheus.NewRegistry(),
		slog.New(slog.DiscardHandler), 1)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/api/verify/phone", strings.NewReader(`{"phone":"13800138000"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if s.api.ServeHTTP(w, r); w.Code != http.StatusOK {
		t.Fatal(w.Body)
	}
	for _, want := range []http.ConnState{http.StateNew, http.StateActive, http.StateIdle} {
		if got := <-states; got != want {
			t.Errorf("the connection is %v, not %v", got, want)
		}
	}
	s.accounts.Close()
	if got := <-states; got != http.StateClosed {
		t.Errorf("the connection is %v, not closed", got)
	}
}
