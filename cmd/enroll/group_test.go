package main

import (
	"encoding/json"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/settings"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestSettingsOfNewUsers: the settings decide the group of a new user and how many it may
// invite. Each has a value here that is not its default.
func TestSettingsOfNewUsers(t *testing.T) {
	t.Parallel()
	c, err := settings.Read(true, []string{
		"ENROLL_DATA_DIR=" + t.TempDir(), "ENROLL_GROUP_ID=7", "ENROLL_INVITE_LIMIT=3",
	})
	if err == nil {
		err = c.MakeDevKeys()
	}
	if err != nil {
		t.Fatal(err)
	}
	database := pgtest.Open(t, pgtest.URL(t))
	s, err := newService(c, database, keysDone, time.Now, prometheus.NewRegistry(), slog.New(slog.DiscardHandler), 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.accounts.Close)
	r := httptest.NewRequest("POST", "/api/register",
		strings.NewReader(`{"user_name":"alice","password":"MyPassword123"}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.api.ServeHTTP(w, r)
	var answer struct {
		Data struct {
			GroupID int64 `json:"group_id"`
		} `json:"data"`
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || answer.Data.GroupID != 7 {
		t.Errorf("group %d, want 7: %v, %s", answer.Data.GroupID, err, w.Body)
	}
	var limit int32
	if err := database.QueryRow(t.Context(), "SELECT invite_limit FROM users").Scan(&limit); err != nil || limit != 3 {
		t.Errorf("%d invitations, want 3: %v", limit, err)
	}
}
