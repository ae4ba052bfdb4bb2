package account_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/test/pgtest"
)

var planRows = flag.Int("rows", 0, "rows of each purged table in turn, inserted by TestPlans besides its usual ones")

// fewRows is how many rows TestPlans inserts into each table.
const fewRows = 20_000

// kept has a statement for each table. It inserts $1 rows that are still needed at the time $2. Those of
// login_tries have an older window_start than the rows that a purge deletes, so a purge by an index on
// window_start alone would read them, too. Rows that belong to users are shared out among those that exist.
var kept = map[string]string{
	"users": `INSERT INTO users (site_id, user_name, user_name_key, user_name_skeleton, email, email_key, phone,
		password_hash, real_name,
			avatar_url, group_id, status, is_retailer, balance, total_reward, invite_code, invites_used, created_at,
			updated_at, last_login_at)
		SELECT 1, n, n, n, n || '@example.com', n || '@example.com', '+8615' || 100000000 + g, '$', '', '', 2, 1, false, 0,
		0, n, 0, $2, $2, $2
		FROM generate_series(1, $1::int) g, LATERAL (SELECT 'user' || g AS n) x`,
	"spent_captchas": `INSERT INTO spent_captchas SELECT sha256(int4send(-g)), $2::timestamptz + interval '1 minute'
		FROM generate_series(1, $1::int) g`,
	"one_time_codes": `INSERT INTO one_time_codes SELECT 1, '+86139' || 10000000 + g, 'login', 0, sha256(int4send(g)),
		'', '', t, t + interval '1 hour', 0, 0
		FROM generate_series(1, $1::int) g, (SELECT $2::timestamptz AS t) x`,
	"codes": `INSERT INTO codes SELECT 1, '+86139' || 10000000 + g, NULL, NULL, NULL, 0, 1, t, t, 0, t, 0
		FROM generate_series(1, $1::int) g, (SELECT $2::timestamptz - interval '2 hours' AS t) x`,
	"idempotency_keys": `INSERT INTO idempotency_keys SELECT 1, 'new ' || g, sha256(''), substr(sha256(int4send(g)), 1,
		16), t, NULL, t
		FROM generate_series(1, $1::int) g, (SELECT $2::timestamptz - interval '23 hours' AS t) x`,
	"budgets": `INSERT INTO budgets SELECT 'sms_network', 'new ' || g, $2::timestamptz + interval '1 hour', 1,
		0 FROM generate_series(1, $1::int) g`,
	"sessions": `INSERT INTO sessions
		SELECT (SELECT min(id) FROM users) + g % (SELECT count(*) FROM users), 'session ' || g, $2, $2,
			$2::timestamptz + interval '1 hour', NULL, '', '' FROM generate_series(1, $1::int) g`,
	"notices": `INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts)
		SELECT (SELECT min(id) FROM users) + g % (SELECT count(*) FROM users), 'password_changed', 'a@example.com', 'en', $2,
			$2::timestamptz + g * interval '1 minute', 0 FROM generate_series(1, $1::int) g`,
	"avatars": `INSERT INTO avatars SELECT id, sha256(int8send(id)), 'image/jpeg', '-', $2
		FROM users ORDER BY id LIMIT $1`,
	"groups": `INSERT INTO groups (site_id, id, title, level)
		SELECT 1 + g % 1000, g, 'group', CASE WHEN $2::timestamptz IS NULL THEN 1 ELSE 0 END
		FROM generate_series(1, $1::int) g`,
	"kept_names": `INSERT INTO kept_names SELECT 1, sha256(int4send(g)), $2::timestamptz + interval '1 day'
		FROM generate_series(1, $1::int) g`,
	"audit_entries": `INSERT INTO audit_entries (at, actor, actor_name, act, site_id, user_id, network, detail)
		SELECT $2::timestamptz, 'self', '', 'user.password_changed', 1 + g % 1000, g, '', ''
		FROM generate_series(1, $1::int) g`,
	"events": `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
		SELECT 100 + g, 1 + g % 1000, -g, 1, 'user.registered', $2::timestamptz, '{}' FROM generate_series(1, $1::int) g`,
	"event_receivers": `INSERT INTO event_receivers SELECT 'crm' || g % 16, 1, 1 FROM generate_series(1, $1::int) g
		WHERE $2::timestamptz IS NOT NULL ON CONFLICT DO NOTHING`,
	"deliveries": `INSERT INTO deliveries (receiver, user_id, seq, last_seq, event_at, queued_at, due_at)
		SELECT 'crm' || g % 16, g, 0, 1, $2::timestamptz, $2, $2 + g * interval '1 second'
		FROM generate_series(1, $1::int) g`,
	"set_aside_events": `INSERT INTO set_aside_events
		SELECT 'crm' || g % 16, g, 1, 1 + g % 1000, 'user.registered', $2::timestamptz, $2, 'timeout'
		FROM generate_series(1, $1::int) g`,
	"sms_days": `INSERT INTO sms_days (day, country, codes)
		SELECT $2::timestamptz::date - g / 200, chr(65 + g % 20) || chr(65 + g / 20 % 10), 1
		FROM generate_series(0, least($1::int, 80000) - 1) g`,
	"sms_sender_days": `INSERT INTO sms_sender_days (day, country, sender, currency, sent)
		SELECT $2::timestamptz::date - g / 200, chr(65 + g % 20) || chr(65 + g / 20 % 10), 'aliyun', 'CNY', 1
		FROM generate_series(0, least($1::int, 80000) - 1) g`,
	"sms_receipts": `INSERT INTO sms_receipts (id, day, country, sender, result, counted)
		SELECT substr(sha256(int4send(g)), 1, 16), $2::timestamptz::date, 'CN', 'aliyun', 'delivered', g % 1000 > 0
		FROM generate_series(1, $1::int) g`,
	"sms_receipt_days": `INSERT INTO sms_receipt_days (day, country, sender, delivered)
		SELECT $2::timestamptz::date - g / 200, chr(65 + g % 20) || chr(65 + g / 20 % 10), 'aliyun', 1
		FROM generate_series(0, least($1::int, 80000) - 1) g`,
	"sms_uses": `INSERT INTO sms_uses (day, country) SELECT $2::timestamptz::date, 'CN'
		FROM generate_series(1, $1::int) g`,
	"service_keys": `INSERT INTO service_keys (name, hash, scopes, created_at)
		SELECT 'key' || g, sha256(int4send(g)), '{users:read}', $2 FROM generate_series(1, $1::int) g`,
	"invitations": `INSERT INTO invitations (site_id, hash, quota, used, note, created_by, created_at, expires_at)
		SELECT 1 + g % 1000, sha256(int4send(g)), 1, 0, '', 'command root', $2,
			CASE g % 2 WHEN 0 THEN $2::timestamptz - interval '89 days' END
		FROM generate_series(1, $1::int) g`,
	"imported_users": `INSERT INTO imported_users
		SELECT 'old' || g % 10, g, g, CASE WHEN $2::timestamptz IS NULL THEN '1' END
		FROM generate_series(1, $1::int) g`,
	"login_networks": `INSERT INTO login_networks SELECT 'new ' || g, '{"a": 1}', $2::timestamptz
		FROM generate_series(1, $1::int) g`,
	"login_tries": `INSERT INTO login_tries SELECT sha256(int4send(-g)), 'network', $2::timestamptz - interval '20 days',
		0, $2::timestamptz + interval '10 days'
		FROM generate_series(1, $1::int) g`,
}

// ended has a statement for each table whose expired rows are not deleted by Purge. It inserts n of them.
var ended = map[string]string{
	"kept_names": `INSERT INTO kept_names SELECT 2, sha256(int4send(g)), $2::timestamptz - interval '1 day'
		FROM generate_series(1, $1::int) g`,
	"audit_entries": `INSERT INTO audit_entries (at, actor, actor_name, act, site_id, user_id, network, detail)
		SELECT $2::timestamptz - interval '400 days', 'self', '', 'user.password_changed', 1, NULL, '', ''
		FROM generate_series(1, $1::int) g`,
	"events": `INSERT INTO events (tx, site_id, user_id, seq, type, at, fields)
		SELECT g, 1, -g, 2, 'user.registered', $2::timestamptz - interval '31 days', '{}'
		FROM generate_series(1, $1::int) g`,
	"sms_days": `INSERT INTO sms_days (day, country)
		SELECT $2::timestamptz::date - 401 - g, 'CN' FROM generate_series(1, $1::int) g`,
	"sms_sender_days": `INSERT INTO sms_sender_days (day, country, sender, currency)
		SELECT $2::timestamptz::date - 401 - g, 'CN', 'aliyun', '' FROM generate_series(1, $1::int) g`,
	"sms_receipts": `INSERT INTO sms_receipts (id, day, country, sender, result, counted)
		SELECT substr(sha256(int4send(-g)), 1, 16), $2::timestamptz::date - 8, 'CN', 'aliyun', 'delivered', true
		FROM generate_series(1, $1::int) g`,
	"sms_receipt_days": `INSERT INTO sms_receipt_days (day, country, sender)
		SELECT $2::timestamptz::date - 401 - g, 'CN', 'aliyun' FROM generate_series(1, $1::int) g`,
	"set_aside_events": `INSERT INTO set_aside_events SELECT 'crm', -g, 2, 1, 'user.registered', t, t, 'timeout'
		FROM generate_series(1, $1::int) g, (SELECT $2::timestamptz - interval '31 days' AS t) AS x`,
	"users": `INSERT INTO users (site_id, user_name, user_name_key, user_name_skeleton, password_hash, real_name,
			avatar_url, group_id, status, is_retailer, balance, total_reward, invite_code, invites_used, created_at,
			updated_at, last_login_at, delete_at)
		SELECT 1, n, n, n, '$', '', '', 2, 1, false, 0, 0, n, 0, t, t, t, t
		FROM generate_series(1, $1::int) g, LATERAL (SELECT md5(g || random()::text) AS n) x,
			(SELECT $2::timestamptz - interval '2 days' AS t) y`,
}

// otherPurges are the statements that end rows of the tables in ended.
func (w *world) otherPurges(t *testing.T) []statement {
	t.Helper()
	now := w.clock.Now()
	args := map[string][]any{"PurgeKeptNames": {now}, "DueUsers": {now, now.Add(-24 * time.Hour)},
		"PurgeEvents": {now.Add(-30 * 24 * time.Hour)}, "PurgeSetAsideEvents": {now.Add(-30 * 24 * time.Hour)},
		"PurgeSMSDays": {now.AddDate(0, 0, -400)}, "PurgeSMSSenderDays": {now.AddDate(0, 0, -400)},
		"PurgeSMSReceipts": {now.AddDate(0, 0, -7)}, "PurgeSMSReceiptDays": {now.AddDate(0, 0, -400)}}
	var all []statement
	for _, sql := range compiledQueries(t) {
		if given := args[queryName(sql)]; given != nil {
			all = append(all, statement{sql, given})
		}
	}
	// EXPLAIN does not show the plans of the statements within a function, so the function's body is
	// explained.
	var body string
	fatal(t, w.pool.QueryRow(t.Context(), "SELECT prosrc FROM pg_proc WHERE proname = 'purge_audit'").Scan(&body))
	body = strings.ReplaceAll(body, "kept_after", "$1::timestamptz")
	all = append(all, statement{"-- name: purge_audit\n" + body, []any{now.Add(-365 * 24 * time.Hour)}})
	if len(all) != len(ended) {
		t.Fatalf("%d statements for %d tables", len(all), len(ended))
	}
	return all
}

// TestPlans: beside many rows no query, no purge and no check of a foreign key reads a table from end to end. A
// purge reads the rows that it deletes and no others. The planner plans for ten million rows. Each index is in one of
// these plans, or else it would cost each write and serve none. `make plans` inserts ten million rows into each table
// that is purged, one after the other.
func TestPlans(t *testing.T) {
	t.Parallel()
	t.Run("few", func(t *testing.T) { plansBeside(t, "") })
	if *planRows == 0 {
		return
	}
	for table := range kept {
		if purged[table] != "" || ended[table] != "" {
			t.Run(table, func(t *testing.T) { plansBeside(t, table) })
		}
	}
}

// plansBeside checks all plans. If many is a table, it has planRows rows that no purge may read.
func plansBeside(t *testing.T, many string) {
	w, purges := purgeStatements(t)
	const old = 500
	rows := map[string]int{many: *planRows}
	if many == "sessions" {
		rows["users"] = max(fewRows, *planRows/10) // ten for each
	}
	for table := range kept {
		w.exec(t, "ALTER TABLE "+table+" SET (autovacuum_enabled = off)") // it would count the rows again
	}
	w.keep(t, "users", rows["users"]) // others refer to them
	for table := range kept {
		if table != "users" {
			w.keep(t, table, rows[table])
		}
		if purged[table] != "" {
			w.exec(t, purged[table], old, w.clock.Now())
		}
		if ended[table] != "" {
			w.exec(t, ended[table], old, w.clock.Now())
		}
	}
	w.exec(t, "VACUUM ANALYZE")
	// The planner chooses as for ten million rows: it multiplies the pages of a table by the rows of a page here.
	w.exec(t, "UPDATE pg_class SET reltuples = 1e7 WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace")
	purges = append(purges, w.otherPurges(t)...)
	used := map[string]bool{}
	for _, mode := range []string{"force_generic_plan", "force_custom_plan"} {
		for _, p := range purges {
			t.Run(mode+"/"+queryName(p.sql), func(t *testing.T) {
				plan, ms := w.explain(t, "(ANALYZE, FORMAT JSON)", mode, p.sql, p.args)
				want := old
				if strings.Contains(p.sql, "DELETE FROM audit_entries WHERE id") {
					want *= 2 // once by time and once by id
				}
				plan.indexes(used)
				if read := plan.scanned(t); read != want || plan.skipped() != 0 {
					t.Errorf("%d rows were read, not %d, and %g skipped:\n%s", read, want, plan.skipped(), plan)
				}
				if many != "" {
					t.Logf("%.1f ms, by %s", ms, plan.by())
				}
			})
		}
	}
	for _, sql := range append(compiledQueries(t), w.keyChecks(t)...) {
		t.Run(queryName(sql), func(t *testing.T) {
			plan, _ := w.explain(t, "(FORMAT JSON)", "force_generic_plan", sql, nil)
			plan.indexes(used)
			plan.scanned(t)
			if index := pageIndexes[queryName(sql)]; index != "" && !plan.uses(index) {
				t.Errorf("the pages are not ranges of %s:\n%s", index, plan)
			}
		})
	}
	for _, index := range w.plainIndexes(t) {
		if !used[index] {
			t.Errorf("no plan uses %s", index)
		}
	}
}

// keep inserts rows that no purge may read: n, or a few if n is 0. Indexes that are not unique are made again behind
// many rows, which takes less time than an entry for each row.
func (w *world) keep(t *testing.T, table string, n int) {
	t.Helper()
	if n == 0 {
		w.exec(t, kept[table], fewRows, w.clock.Now())
		return
	}
	rows, err := w.pool.Query(t.Context(), `SELECT format('DROP INDEX %s', indexrelid::regclass),
		pg_get_indexdef(indexrelid) FROM pg_index WHERE NOT indisunique AND indrelid = $1::regclass`, table)
	fatal(t, err)
	indexes, err := pgx.CollectRows(rows, pgx.RowToStructByPos[struct{ Drop, Create string }])
	fatal(t, err)
	for _, index := range indexes {
		w.exec(t, index.Drop)
	}
	w.exec(t, kept[table], n, w.clock.Now())
	for _, index := range indexes {
		w.exec(t, index.Create)
	}
	if got := w.count(t, table); got < n {
		t.Fatalf("%s has %d rows", table, got)
	}
}

// plainIndexes returns the names of the indexes that are not unique. A unique one is a constraint.
func (w *world) plainIndexes(t *testing.T) []string {
	t.Helper()
	rows, err := w.pool.Query(t.Context(), `SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class AS c
		ON c.oid = indexrelid WHERE NOT indisunique AND c.relnamespace = current_schema()::regnamespace`)
	fatal(t, err)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	fatal(t, err)
	if len(names) < 20 {
		t.Fatalf("only %d indexes were found, want at least 20", len(names))
	}
	return names
}

// pageIndexes are indexes that have the order of a list behind its filter, by the query of the list. By another index
// of the table, a page would read the rows that the filter leaves out, or all rows to sort them. All users of this test
// are in one group, so the list of a group is not here.
var pageIndexes = map[string]string{
	"ClaimDeliveries": "deliveries_due_idx", "DeliveryState": "deliveries_event_at_idx",
	"FoldSMSReceipts":    "sms_receipts_new_idx",
	"ListSetAsideEvents": "set_aside_events_pk",
	"ListDisabledUsers":  "users_disabled_idx", "ListInvitedUsers": "users_invitation_id_idx",
	"ListWaitingUsers": "users_waiting_idx",
}

// statement is a statement that was sent, with its parameters.
type statement struct {
	sql  string
	args []any
}

// statements records the statements that are sent.
type statements struct {
	mu   sync.Mutex
	sent []statement
}

func (s *statements) TraceQueryStart(ctx context.Context, _ *pgx.Conn, data pgx.TraceQueryStartData) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, statement{data.SQL, data.Args})
	return ctx
}

func (s *statements) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// purgeStatements returns the statements of a purge, and the service that ran them, whose tables are empty.
func purgeStatements(t *testing.T) (*world, []statement) {
	t.Helper()
	config := pgtest.Fresh(t).Config() // the rows of `make plans` are dropped with the database
	config.ConnConfig.RuntimeParams["statement_timeout"] = "0"
	s := &statements{}
	config.ConnConfig.Tracer = s
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	fatal(t, err)
	t.Cleanup(pool.Close)
	w := on(t, pool, &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)})
	_, err = w.Purge(t.Context())
	fatal(t, err)
	if len(s.sent) != len(purged) {
		t.Fatalf("%d statements for %d tables: %q", len(s.sent), len(purged), s.sent)
	}
	return w, s.sent
}

// compiledQueries returns the queries of sqlc, except those of `enroll restored` and counts.sql of operators,
// which read whole tables.
func compiledQueries(t *testing.T) []string {
	t.Helper()
	return allQueries(t, "restore.sql.go", "counts.sql.go")
}

// allQueries returns the queries of sqlc, except those of the files leftOut.
func allQueries(t *testing.T, leftOut ...string) (all []string) {
	t.Helper()
	files, err := filepath.Glob("../../gen/db/*.sql.go")
	fatal(t, err)
	for _, file := range files {
		if slices.Contains(leftOut, filepath.Base(file)) {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		fatal(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if sql, err := strconv.Unquote(lit.Value); err == nil && strings.HasPrefix(sql, "-- name: ") {
					all = append(all, sql)
				}
			}
			return true
		})
	}
	if len(all) == 0 {
		t.Fatal("no query was found")
	}
	return all
}

// keyChecks returns the statements that PostgreSQL runs by itself for each foreign key
// when a row that others may refer to is deleted.
func (w *world) keyChecks(t *testing.T) []string {
	t.Helper()
	rows, err := w.pool.Query(t.Context(), `SELECT format(CASE confdeltype
			WHEN 'c' THEN '-- name: %3$s\nDELETE FROM ONLY %1$s WHERE $1 = %2$I'
			ELSE '-- name: %3$s\nSELECT 1 FROM ONLY %1$s x WHERE $1 = %2$I FOR KEY SHARE OF x'
			END, conrelid::regclass, attname, conname)
		FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum] WHERE contype = 'f'`)
	fatal(t, err)
	checks, err := pgx.CollectRows(rows, pgx.RowTo[string])
	fatal(t, err)
	if n := w.count(t, "pg_constraint WHERE contype = 'f'"); n != len(checks) || n == 0 {
		t.Fatalf("%d of %d foreign keys were read", len(checks), n)
	}
	for i := range checks {
		checks[i] = strings.ReplaceAll(checks[i], `\n`, "\n")
	}
	return checks
}

func queryName(sql string) string {
	name, _, _ := strings.Cut(strings.TrimPrefix(sql, "-- name: "), " ")
	name, _, _ = strings.Cut(name, "\n")
	return name
}

// explain returns the plan of a prepared statement, and rolls back the changes of an
// analysis, whose time it returns in milliseconds. If args is nil, the arguments are NULLs, which make
// no difference to a generic plan.
func (w *world) explain(t *testing.T, how, mode, sql string, args []any) (plan, float64) {
	t.Helper()
	tx, err := w.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = tx.Exec(t.Context(), "SET LOCAL plan_cache_mode = "+mode)
	fatal(t, err)
	_, err = tx.Exec(t.Context(), "PREPARE probe AS "+sql)
	fatal(t, err)
	defer func() { _, _ = tx.Exec(context.WithoutCancel(t.Context()), "DEALLOCATE probe") }()
	var n int
	fatal(t, tx.QueryRow(t.Context(), "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = "+
		"'probe'").Scan(&n))
	values := make([]string, n)
	for i := range values {
		if values[i] = "NULL"; args != nil {
			values[i] = literal(t, args[i])
		}
	}
	call := "EXPLAIN " + how + " EXECUTE probe"
	if n > 0 {
		call += "(" + strings.Join(values, ", ") + ")"
	}
	var text string
	fatal(t, tx.QueryRow(t.Context(), call).Scan(&text))
	var plans []struct {
		Plan plan
		Took float64 `json:"Execution Time"`
	}
	fatal(t, json.Unmarshal([]byte(text), &plans))
	return plans[0].Plan, plans[0].Took
}

func literal(t *testing.T, arg any) string {
	t.Helper()
	switch v := arg.(type) {
	case time.Time:
		return "'" + v.Format(time.RFC3339Nano) + "'"
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case int64, int32, bool:
		return fmt.Sprintf("'%v'", v)
	}
	t.Fatalf("a %T has no literal here", arg)
	return ""
}

// plan is a node of EXPLAIN (FORMAT JSON).
type plan struct {
	Type     string  `json:"Node Type"`
	Table    string  `json:"Relation Name"`
	Index    string  `json:"Index Name"`
	Rows     float64 `json:"Actual Rows"`
	Loops    float64 `json:"Actual Loops"`
	Filtered float64 `json:"Rows Removed by Filter"`
	Checked  float64 `json:"Rows Removed by Index Recheck"`
	Plans    []plan
}

func (p plan) String() string {
	text, err := json.MarshalIndent(p, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// scanned returns how many rows were read by an index. A node that reads a whole
// table fails the test.
func (p plan) scanned(t *testing.T) (rows int) {
	t.Helper()
	// A constraint keeps keys_done at one row.
	whole := p.Type == "Seq Scan" && p.Table != "keys_done"
	if whole || strings.Contains(p.Type, "Join") && p.Type != "Nested Loop" && p.reads() {
		t.Errorf("%s on %q reads it from end to end:\n%s", p.Type, p.Table, p)
	}
	if p.Index != "" {
		rows = int(p.Rows * p.Loops)
	}
	for _, child := range p.Plans {
		rows += child.scanned(t)
	}
	return rows
}

// uses reports whether p or a node below it reads an index.
func (p plan) uses(index string) bool {
	return p.Index == index || slices.ContainsFunc(p.Plans, func(child plan) bool { return child.uses(index) })
}

// by returns the names of the indexes that p and the nodes below it read.
func (p plan) by() string {
	used := map[string]bool{}
	p.indexes(used)
	delete(used, "")
	return strings.Join(slices.Sorted(maps.Keys(used)), ", ")
}

// indexes adds the indexes that p and the nodes below it use.
func (p plan) indexes(used map[string]bool) {
	used[p.Index] = true
	for _, child := range p.Plans {
		child.indexes(used)
	}
}

// reads reports whether p or a node below it reads a table. A join of two results reads none.
func (p plan) reads() bool {
	return p.Table != "" || slices.ContainsFunc(p.Plans, plan.reads)
}

// skipped returns how many rows were read and then filtered out.
func (p plan) skipped() float64 {
	n := (p.Filtered + p.Checked) * max(p.Loops, 1)
	for _, child := range p.Plans {
		n += child.skipped()
	}
	return n
}
