package main

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
)

// TestAdminListener: the admin API is on its own listener and nowhere else, takes a key that the command line has
// made, and stops with the service.
func TestAdminListener(t *testing.T) {
	t.Parallel()
	environ, count := operatorDatabase(t)
	var key bytes.Buffer
	if err := run(t.Context(), strings.Fields("key create test --scope users:write"), environ, &key); err != nil {
		t.Fatal(err)
	}
	p := start(t, []string{"serve"}, append(environ, "ENROLL_DB_CHECK=warn", "ENROLL_ADMIN_ADDR=127.0.0.1:0")...)
	p.awaitReady(t)
	operators := p.await(t, `"admin_addr":"([0-9.:]+)`)
	send := func(address string) int {
		const path = "/admin/users/1000/disable"
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
