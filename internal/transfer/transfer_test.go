package transfer_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/internal/transfer/source"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var by = audit.Actor{Kind: audit.Command, Name: "mover"}

// Hashes that a login verifies, and one that it does not.
const (
	argon2  = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQxMjM0NTY3OA$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"
	bcrypt  = "$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234"
	unknown = "$md5$hush"
)

// deployment is a database with the rules of a registration.
type deployment struct {
	*testing.T
	pool  *pgxpool.Pool
	now   time.Time
	names leave.Names
	extra *extra.Schema
}

func open(t *testing.T) *deployment {
	t.Helper()
	d := &deployment{T: t, pool: pgtest.New(t), now: time.Now().UTC().Truncate(time.Microsecond)}
	var err error
	d.names, err = leave.NewNames(bytes.Repeat([]byte{7}, 32), time.Hour)
	d.fatal(err)
	d.extra, err = extra.Compile([]byte(`{"type": "object"}`))
	d.fatal(err)
	return d
}

func (d *deployment) fatal(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *deployment) exec(sql string, args ...any) {
	d.Helper()
	_, err := d.pool.Exec(d.Context(), sql, args...)
	d.fatal(err)
}

func (d *deployment) count(from string, args ...any) (n int) {
	d.Helper()
	d.fatal(d.pool.QueryRow(d.Context(), "SELECT count(*) FROM "+from, args...).Scan(&n))
	return n
}

// config returns the configuration of an import.
func (d *deployment) config(report *bytes.Buffer) transfer.ImportConfig {
	d.Helper()
	phones, err := identifier.NewPhoneRules("CN", []string{"CN"})
	d.fatal(err)
	// Each import is a little later than the one before, as it is with a real clock.
	d.now = d.now.Add(time.Millisecond)
	at := d.now
	c := transfer.ImportConfig{
		Pool: d.pool, By: by, From: source.FromNDJSON, Source: "old", Site: 1, Extra: d.extra, DefaultGroup: 2,
		Now: func() time.Time { return at }, Sites: []int64{1, 2},
		Rules: &operator.Rules{Phones: phones, Names: d.names, Rand: rand.Reader},
	}
	if report != nil {
		c.Report = report
	}
	return c
}

// export returns the file of an export.
func (d *deployment) export(site int64) string {
	d.Helper()
	var out bytes.Buffer
	_, err := transfer.Export(d.Context(), transfer.ExportConfig{
		Pool: d.pool, By: by, Site: site, Now: func() time.Time { return d.now },
	}, &out)
	d.fatal(err)
	return out.String()
}

// file returns a file with lines. Single quotes stand for double ones, and each line is a user unless it says
// otherwise.
func file(lines ...string) string {
	users := 0
	b := strings.Builder{}
	b.WriteString(`{"kind":"header","format":"enroll-users","version":1}` + "\n")
	for _, line := range lines {
		line = strings.ReplaceAll(line, "'", `"`)
		if !strings.Contains(line, `"kind":`) {
			line = `{"kind":"user",` + strings.TrimPrefix(line, "{")
		}
		if !strings.Contains(line, `"kind":"group"`) {
			users++
		}
		b.WriteString(line + "\n")
	}
	return b.String() + fmt.Sprintf(`{"kind":"end","users":%d}`, users) + "\n"
}

// reported is a line of a report.
type reported struct {
	Line   int64
	Kind   string
	ID     any
	User   int64 `json:"user_id"`
	Result string
	Notes  []string
}

// text is what a test compares: the result and the notes.
func (r reported) text() string { return strings.Join(append([]string{r.Result}, r.Notes...), "; ") }

// load imports a file and returns the counts and the report, which has no hash.
func (d *deployment) load(content string, change ...func(*transfer.ImportConfig)) (transfer.Counts, []reported) {
	d.Helper()
	var out bytes.Buffer
	c := d.config(&out)
	for _, f := range change {
		f(&c)
	}
	counts, err := transfer.Import(d.Context(), c, strings.NewReader(content))
	d.fatal(err)
	for _, secret := range []string{argon2, bcrypt, unknown} {
		if strings.Contains(out.String(), secret[:8]) {
			d.Errorf("the report has a hash: %s", &out)
		}
	}
	var lines []reported
	for s := bufio.NewScanner(&out); s.Scan(); {
		var one reported
		d.fatal(json.Unmarshal(s.Bytes(), &one))
		lines = append(lines, one)
	}
	return counts, lines
}

// twice imports a file of another system and compares the report, and then imports it again: that changes nothing.
func (d *deployment) twice(content string, change func(*transfer.ImportConfig), want, where []string) {
	d.Helper()
	_, report := d.load(content, change)
	for i, one := range report {
		if i >= len(want) || one.text() != want[i] {
			d.Errorf("line %d: %q, want %q", one.Line, one.text(), want[min(i, len(want)-1)])
		}
	}
	if len(report) != len(want) {
		d.Errorf("%d lines, want %d", len(report), len(want))
	}
	for _, condition := range where {
		if d.count("users WHERE "+condition) != 1 {
			d.Errorf("no user with %s", condition)
		}
	}
	was := d.export(0)
	counts, _ := d.load(content, change)
	if counts.Imported+counts.Changed != 0 || d.export(0) != was {
		d.Errorf("the second import changes something: %+v", counts)
	}
}

// quickHasher wraps weak hashes at a low cost.
func quickHasher(t *testing.T) *password.Hasher {
	t.Helper()
	hasher, err := password.New(password.Config{Params: password.Params{Memory: 64, Passes: 1}, MaxWait: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return hasher
}

// everyState inserts users in each state that a user can have, on two sites: with ids below 1000, with an inviter of a
// greater id, disabled, waiting, about to be deleted, without password, and with each kind of identifier alone.
const everyState = `INSERT INTO groups VALUES (1, 7, 'Seven', 'with <b> & "quotes"', 3), (2, 7, 'other', '', 0);
	INSERT INTO users (id, site_id, user_name, user_name_key, user_name_skeleton, email, email_key, email_verified_at,
		phone, password_hash, real_name, avatar_url, group_id, status, is_retailer, balance, total_reward, invite_code,
		invite_limit, invites_used, created_at, updated_at, last_login_at, expires_at, first_name, last_name, introduce,
		birthday, extra, user_name_changed_at, phone_since, email_since)
	OVERRIDING SYSTEM VALUE VALUES
	(5, 1, 'Alice', 'alice', 'alice', 'Alice@Example.com', 'alice@example.com', '2024-02-29 12:00:00.123456+08',
		'+8613800138000', '` + argon2 + `', '爱丽丝 <A>', '/a.png?x=1&y=2', 7, 1, true, 12, 34, 'code5', 3, 2,
		'2020-01-01 00:00:00.000001+00', '2021-01-01', '2022-01-01 00:00:00.1+00', '2030-01-01', 'A', 'B', E'two\nlines',
		'1990-05-05 00:00:00+00', '{"b": [1.50, "<&>"], "a": null}', '2023-01-01', '2023-01-02', '2023-01-03'),
	(1000, 2, 'Alice', 'alice', 'alice', NULL, NULL, NULL, NULL, '` + bcrypt + `', '', '', 2, 0, false, 0, 0, 'code5',
		NULL, 0, '2020-01-01', '2020-01-01', '2020-01-01', NULL, '', '', '', NULL, NULL, NULL, NULL, NULL),
	(1001, 1, NULL, NULL, NULL, 'b@example.com', 'b@example.com', '2020-01-01', NULL, NULL, '', '', 2, 1, false, 0, 0,
		'code1001', NULL, 0, '2020-01-01', '2020-01-01', '2020-01-01', NULL, '', '', '', NULL, NULL, NULL, NULL, NULL),
	(6, 1, NULL, NULL, NULL, NULL, NULL, NULL, '+8613800138003', NULL, '', '', 2, 0, false, 0, 0,
		'code6', NULL, 0, '2020-01-01', '2020-01-01', '2020-01-01', NULL, '', '', '', NULL, NULL, NULL, NULL, NULL),
	(1002, 1, NULL, NULL, NULL, 'c@example.com', 'c@example.com', NULL, '+8613800138001', NULL, '', '', 2, 1, false, 0, 0,
		'code1002', NULL, 0, '2020-01-01', '2020-01-01', '2020-01-01', NULL, '', '', '', NULL, NULL, NULL, NULL, NULL);
	UPDATE users SET parent_id = 1002 WHERE id = 5;
	UPDATE users SET parent_id = 5 WHERE id = 1001;
	UPDATE users SET delete_at = now() + interval '10 days' WHERE id = 1002;
	UPDATE users SET status = 0, waiting = true WHERE id = 6;
	UPDATE users SET terms_version = '2026-11', terms_at = '2024-01-01 00:00:00.5+00', terms_language = 'zh-CN'
		WHERE id = 5;`

// columns is each column of the users that a file has, or that follows from it.
const columns = `SELECT string_agg(
		(to_jsonb(u) - '{tokens_valid_from,keys_version,event_seq}'::text[])::text, E'\n' ORDER BY id)
	FROM users AS u`

// TestRoundTrip: an export into an empty database has each column of each user, and gives the same bytes again. A
// registration afterwards gets an id that is free.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	from, to := open(t), open(t)
	to.now = from.now
	from.exec(everyState)
	from.exec("SELECT setval('users_id_seq', 1002)")
	// A user whose deletion is due is not a user any more.
	from.exec(`INSERT INTO users (site_id, phone, real_name, avatar_url, group_id, status, is_retailer, balance,
			total_reward, invite_code, invites_used, created_at, updated_at, last_login_at, delete_at)
		VALUES (1, '+8613800138009', '', '', 2, 1, false, 0, 0, 'gone', 0, $1, $1, $1, $1)`, from.now)
	file := from.export(0)
	counts, lines := to.load(file)
	if want := (transfer.Counts{Rows: 5, Imported: 5, Groups: 2}); counts != want {
		t.Errorf("%+v: %+v", counts, lines)
	}
	if again := to.export(0); again != file {
		t.Errorf("the second export is\n%s\nand the first was\n%s", again, file)
	}
	from.exec("DELETE FROM users WHERE invite_code = 'gone'")
	var was, is string
	from.fatal(from.pool.QueryRow(t.Context(), columns).Scan(&was))
	to.fatal(to.pool.QueryRow(t.Context(), columns).Scan(&is))
	if was != is {
		t.Errorf("the users are\n%s\nand were\n%s", is, was)
	}
	if to.count("users WHERE tokens_valid_from = $1 AND keys_version = $2", to.now, identifier.DataVersion) != 5 {
		t.Error("tokens of the ids stay valid, or keys count as old")
	}
	var next int64
	to.fatal(to.pool.QueryRow(t.Context(), "SELECT nextval('users_id_seq')").Scan(&next))
	if next <= 1002 {
		t.Errorf("the next id is %d", next)
	}
	if one := to.export(2); strings.Count(one, "\n") != 4 || strings.Contains(one, `"site_id":1`) {
		t.Errorf("of site 2:\n%s", one)
	}
	if from.count("audit_entries WHERE act = 'users.exported' AND actor_name = 'mover'") != 1 ||
		to.count("audit_entries WHERE act = 'users.import_begun' AND detail = 'from old'") != 1 ||
		to.count("audit_entries WHERE act = 'users.imported' AND detail LIKE '%5 rows, 5 imported, 0 changed%'") != 1 {
		t.Error("the audit log lacks an entry")
	}
}
