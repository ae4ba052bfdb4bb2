package account_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// addRows adds the person's rows in tables that the operations of the test do not fill, or have emptied again.
func (r *recovery) addRows(t *testing.T) {
	t.Helper()
	r.exec(t, `INSERT INTO sessions VALUES (`+leaverID+`, 'canarysession', now(), now(), now() + interval '1 year', NULL,
		'canarynetwork', 'canaryagent')`)
	r.exec(t, `INSERT INTO imported_users VALUES ('old-system', '17', `+leaverID+`)`)
	r.exec(t, `INSERT INTO deliveries VALUES ('crm', `+leaverID+`, 1, 2, now(), now(), now() + interval '1 year')`)
	r.exec(t, `INSERT INTO set_aside_events VALUES ('crm', `+leaverID+`, 1, 1, 'user.updated', now(), now(), 'gone')`)
}

// isLivedIn checks that each column of the person has a value, and that each table that names a user has a row of the
// person. So a column or a table that is added later is not left out of TestNothingIsLeft.
func (r *recovery) isLivedIn(t *testing.T) {
	t.Helper()
	rows, err := r.pool.Query(t.Context(), `SELECT key FROM users u, jsonb_each(to_jsonb(u))
		WHERE id = $1 AND value IN ('null', '""', '{}')`, r.user.User.ID)
	fatal(t, err)
	empty, err := pgx.CollectRows(rows, pgx.RowTo[string])
	fatal(t, err)
	if len(empty) > 0 {
		t.Errorf("the person has nothing in the columns %q", empty)
	}
	rows, err = r.pool.Query(t.Context(), `SELECT table_name FROM information_schema.columns
		WHERE table_schema = 'public' AND column_name = 'user_id'`)
	fatal(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	fatal(t, err)
	if len(tables) < 5 {
		t.Errorf("only the tables %q are found", tables)
	}
	for _, table := range tables {
		if r.count(t, pgx.Identifier{table}.Sanitize()+" WHERE user_id = $1", r.user.User.ID) == 0 {
			t.Errorf("the person has no row in %s", table)
		}
	}
}
