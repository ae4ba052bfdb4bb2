package health

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/rekey"
	"github.com/enroll-project/enroll/test/pgtest"
)

// TestKeysOfALaterVersion: a replica of a later data version is not ready until `migrate` has computed all keys. A
// migrate that was interrupted does not make it ready, and it is not ready while two users have one key. The log has
// one line at WARN with what to run. A replica of the previous version beside it stays ready. A replica of the later
// version stays ready while the previous version registers users.
func TestKeysOfALaterVersion(t *testing.T) {
	t.Parallel()
	const later = identifier.DataVersion + 1
	url := pgtest.Fresh(t).Config().ConnString()
	pool, err := postgres.Open(t.Context(), postgres.Config{URL: url, ApplicationName: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := postgres.NewStatements(pool).Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	add := func(name, key string) {
		t.Helper()
		exec(`INSERT INTO users (site_id, user_name, user_name_key, user_name_skeleton, password_hash, real_name,
			avatar_url, group_id, status, is_retailer, balance, total_reward, invite_code, invites_used,
			created_at, updated_at, last_login_at, keys_version)
			VALUES (1, $1, $2, $2, '$', '', '', 2, 1, false, 0, 0, $1, 0, now(), now(), now(), $3)`,
			name, key, identifier.DataVersion)
	}
	var log bytes.Buffer
	now := time.Now()
	replica := func(version int32) *Readiness {
		return NewReadiness(pool, version, func() time.Time { return now }, slog.New(slog.NewTextHandler(&log, nil)))
	}
	before, after := replica(identifier.DataVersion), replica(later)
	ready := func(when string, want bool) {
		t.Helper()
		now = now.Add(time.Hour) // so that both look again
		if err := before.Ready(t.Context()); err != nil {
			t.Errorf("%s: the previous version: %v", when, err)
		}
		if err := after.Ready(t.Context()); (err == nil) != want {
			t.Errorf("%s: the later version: %v, want ready: %v", when, err, want)
		}
		if err := after.Keys(t.Context()); (err == nil) != want {
			t.Errorf("%s: the keys of the later version: %v, want them done: %v", when, err, want)
		}
	}
	migrate := func(collisions int, fails bool) {
		t.Helper()
		_, found, err := rekey.Run(t.Context(), pool, later)
		if len(found) != collisions || (err != nil) != fails {
			t.Errorf("%d collisions, %v", len(found), err)
		}
	}
	add("alice", "old-alice")
	add("bob", "old-bob")
	add("Bob", "bob2")
	ready("before migrate", false)
	exec(`ALTER TABLE users ADD CONSTRAINT interrupts CHECK (keys_version < 2 OR user_name <> 'bob') NOT VALID`)
	migrate(0, true)
	ready("after half of it", false)
	exec("ALTER TABLE users DROP CONSTRAINT interrupts")
	migrate(1, false)
	ready("while two users are bob", false)
	exec("UPDATE users SET user_name = 'robert' WHERE user_name = 'Bob'")
	migrate(0, false)
	ready("after migrate", true)
	add("carol", "carol")
	ready("after a registration with the previous version", true)
	if text := log.String(); strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, "run enroll migrate") {
		t.Errorf("the log is %q", text)
	}
	if _, _, err := rekey.Run(t.Context(), pool, identifier.DataVersion); err != nil { // of the previous version, late
		t.Fatal(err)
	}
	ready("after a migrate of the previous version", true)
}
