package account_test

import (
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/test/pgtest"
)

// purged are the tables from which Purge deletes, each with a statement that inserts
// $1 rows that are not needed any more at the time $2.
var purged = map[string]string{
	"spent_captchas": `INSERT INTO spent_captchas SELECT sha256(int4send(g)), $2::timestamptz - interval '1 hour'
		FROM generate_series(1, $1::int) g`,
	"one_time_codes": `INSERT INTO one_time_codes SELECT 1, '+86138' || 10000000 + g, 'login', 0, sha256(int4send(g)),
		'', '', t, t, 0, 0
		FROM generate_series(1, $1::int) g, (SELECT $2::timestamptz - interval '2 hours' AS t) x`,
	"codes": `INSERT INTO codes SELECT 1, '+86138' || 10000000 + g, NULL, NULL, NULL, 0, g % 2, t, t, 0, t, 0
		FROM generate_series(1, $1::int) g, (SELECT $2::timestamptz - interval '2 days' AS t) x`,
	"idempotency_keys": `INSERT INTO idempotency_keys SELECT 1, 'old ' || g, sha256(''), substr(sha256(int4send(g)), 1,
		16), t, NULL, t
		FROM generate_series(1, $1::int) g, (SELECT $2::timestamptz - interval '2 days' AS t) x`,
	"budgets": `INSERT INTO budgets SELECT 'sms_network', 'old ' || g, $2::timestamptz - interval '2 hours', 1, 0
		FROM generate_series(1, $1::int) g`,
	"sessions": `WITH u AS (
			INSERT INTO users (site_id, user_name, user_name_key, user_name_skeleton, password_hash, real_name, avatar_url,
				group_id, status, is_retailer, balance, total_reward, invite_code, invites_used, created_at, updated_at,
				last_login_at)
			SELECT 1, n, n, n, '$', '', '', 2, 1, false, 0, 0, n, 0, $2::timestamptz, $2, $2
			FROM generate_series(1, $1::int) g, LATERAL (SELECT md5(g || random()::text) AS n) x RETURNING id
		) INSERT INTO sessions SELECT id, 'a session', $2, $2, $2::timestamptz - interval '1 hour', NULL, '', '' FROM u`,
	"invitations": `INSERT INTO invitations (site_id, hash, quota, used, note, created_by, created_at, revoked_at,
			expires_at, used_up_at)
		SELECT 1, sha256(int4send(-g)), 1, 1, '', 'command root', t, CASE g % 3 WHEN 0 THEN t END,
			CASE g % 3 WHEN 1 THEN t ELSE $2 END, CASE g % 3 WHEN 2 THEN t END
		FROM generate_series(1, $1::int) g, (SELECT $2::timestamptz - interval '91 days' AS t) x`,
	"login_networks": `INSERT INTO login_networks SELECT 'old ' || g, '{"a": 1}', $2::timestamptz - interval '2 hours'
		FROM generate_series(1, $1::int) g`,
	"login_tries": `INSERT INTO login_tries SELECT sha256(int4send(g)), '', $2::timestamptz - interval '2 days', 1,
		NULL FROM generate_series(1, $1::int) g`,
}

// TestPurgeGoesOn: if a table cannot be purged, the error names it, and all batches
// of the other tables are deleted.
func TestPurgeGoesOn(t *testing.T) {
	t.Parallel()
	w := on(t, pgtest.Fresh(t), &clock{now: time.Now().UTC()})
	const rows = 2*1000 + 1
	for broken := range purged {
		for table, fill := range purged {
			w.exec(t, fill, rows, w.clock.Now())
			if table == broken {
				w.exec(t, "ALTER TABLE "+table+" RENAME TO away")
			}
		}
		n, err := w.Purge(t.Context())
		if err == nil || !strings.Contains(err.Error(), broken) {
			t.Errorf("without %s: %v", broken, err)
		}
		if want := int64(len(purged)-1) * rows; n != want {
			t.Errorf("without %s: %d rows were purged, want %d", broken, n, want)
		}
		w.exec(t, "ALTER TABLE away RENAME TO "+broken)
		if n, err := w.Purge(t.Context()); err != nil || n != rows {
			t.Errorf("with %s again: %d rows were purged, %v", broken, n, err)
		}
	}
}
