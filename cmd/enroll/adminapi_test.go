package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestAdminListener: the admin API is on its own listener and nowhere else, and accepts a key that the command line has
// made.
func TestAdminListener(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	environ := append(production(t), "ENROLL_DATABASE_URL="+database)
	rows := pgtest.Open(t, database)
	count := func(from string) (n int) {
		t.Helper()
		if err := rows.QueryRow(t.Context(), "SELECT count(*) FROM "+from).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	var key bytes.Buffer
	if err := run(t.Context(), strings.Fields("key create test --scope users:write"), environ, &key); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"serve"}, append(environ, "ENROLL_DB_CHECK=warn", "ENROLL_ADMIN_ADDR=127.0.0.1:0",
		"ENROLL_CAPTCHA=off")...)
	p.awaitReady(t)
	a := p.post(t, "/api/register", `{"user_name":"newuser","password":"MyPassword123"}`)
	if a.Status != http.StatusOK || count("users WHERE status = 1") != 1 || count("sessions") != 1 {
		t.Fatalf("registered: %+v", a)
	}
	operators := p.await(t, `"admin_addr":"([0-9.:]+)`)
	send := func(address string) int {
		path := fmt.Sprintf("/admin/users/%.0f/disable", a.Data["id"])
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(key.String()))
		resp, err := p.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode
	}
	if status := send(strings.TrimPrefix(p.api, "http://")); status != http.StatusNotFound {
		t.Errorf("the public listener answers %d", status)
	}
	status := send(operators)
	if status != http.StatusOK || count("users WHERE status = 0") != 1 || count("sessions") != 0 {
		t.Errorf("the admin listener answers %d", status)
	}
}
