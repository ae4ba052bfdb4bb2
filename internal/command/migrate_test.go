package command

import (
	"io"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// TestMigrateReportsCollisions: if two users have the same key by the new rules, migrate
// fails and names their ids. Users whose names only look alike are not errors.
func TestMigrateReportsCollisions(t *testing.T) {
	t.Parallel()
	database := pgtest.EmptyURL(t)
	migrate := func() error {
		return run(t.Context(), []string{"migrate"}, []string{"ENROLL_DATABASE_URL=" + database}, io.Discard)
	}
	if err := migrate(); err != nil {
		t.Fatal(err)
	}
	db := pgtest.Open(t, database)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	// An older version accepted two spellings of one name, and two names that look alike.
	for name, key := range map[string]string{"Alice": "Alice", "alice": "alice", "ㄚahoo": "ㄚahoo", "yahoo": "yahoo"} {
		exec(`INSERT INTO users (site_id, user_name, user_name_key, user_name_skeleton, password_hash, real_name,
			avatar_url, group_id, status, is_retailer, balance, total_reward, invite_code, invites_used,
			created_at, updated_at, last_login_at)
			VALUES (1, $1, $2, $2, '$', '', '', 2, 1, false, 0, 0, $1, 0, now(), now(), now())`, name, key)
	}
	err := migrate()
	if err == nil || !strings.Contains(err.Error(), "(user_name)") || strings.Contains(err.Error(), "Alice") ||
		strings.Count(err.Error(), "user 1") != 1 {
		t.Errorf("two users are alice: %v", err)
	}
	exec(`UPDATE users SET user_name = 'alice2' WHERE user_name = 'Alice'`)
	if err := migrate(); err != nil {
		t.Errorf("after one of them has another name: %v", err)
	}
}
