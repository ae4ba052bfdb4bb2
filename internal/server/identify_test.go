package server

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// TestOldKeys: while the stored keys are of an older version, the operations that read an identifier are
// refused with `unavailable`, and no others.
func TestOldKeys(t *testing.T) {
	t.Parallel()
	cfg := FakeConfig(t)
	cfg.Keys = func(context.Context) error { return errors.New("old") }
	h := Fake(t, cfg, nil)
	var refused []string
	for path, item := range load(t).Paths.Map() {
		for method, op := range item.Operations() {
			r := httptest.NewRequest(method, strings.ReplaceAll(path, "{id}", "x"), strings.NewReader("{}"))
			r.Header.Set("Content-Type", "application/json")
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != http.StatusServiceUnavailable {
				continue
			}
			refused = append(refused, op.OperationID)
			if w.Header().Get("Retry-After") != "5" || !strings.Contains(w.Body.String(), `"reason":"unavailable"`) {
				t.Errorf("%s: Retry-After %q, %s", op.OperationID, w.Header().Get("Retry-After"), w.Body)
			}
		}
	}
	slices.Sort(refused)
	want := []string{"confirmEmail", "login", "register", "resetPassword", "sendEmailCode", "sendPhoneCode",
		"updateUser", "verifyEmail"}
	if !slices.Equal(refused, want) {
		t.Errorf("refused are %q, want %q", refused, want)
	}
}
