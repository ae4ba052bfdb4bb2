package transfer_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/transfer"
	"github.com/enroll-project/enroll/test/pgtest"
)

// earlier inserts users that the rules of today would refuse: by phone, by user name and by email.
const earlier = `INSERT INTO users (id, site_id, user_name, user_name_key, user_name_skeleton, email, email_key,
		email_verified_at, phone, password_hash, real_name, avatar_url, group_id, status, is_retailer, balance,
		total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
	OVERRIDING SYSTEM VALUE VALUES
	(1, 1, NULL, NULL, NULL, NULL, NULL, NULL, '+4915112345678', NULL, '', '', 2, 1, false, 0, 0, 'code1', 0,
		'2020-01-01', '2020-01-01', '2020-01-01'),
	(2, 1, 'Admin', 'admin', 'admin', NULL, NULL, NULL, NULL, '` + argon2 + `', '', '', 2, 1, false, 0, 0, 'code2', 0,
		'2020-01-01', '2020-01-01', '2020-01-01'),
	(3, 1, NULL, NULL, NULL, repeat('A', 65) || '@example.com', repeat('a', 65) || '@example.com', '2020-01-01', NULL,
		NULL, '', '', 2, 1, false, 0, 0,
		'code3', 0, '2020-01-01', '2020-01-01', '2020-01-01');`

// TestRoundTripOfEarlierRules: holders that registered by other rules are in the copy of a deployment, with the same
// bytes. The same rows of a program are checked by the rules of a registration.
func TestRoundTripOfEarlierRules(t *testing.T) {
	t.Parallel()
	from, to, other := open(t), open(t), open(t)
	to.now = from.now
	from.exec(earlier)
	file := from.export(0)
	_, report := to.load(file)
	for i, want := range []string{
		"changed; phone: of earlier rules", "changed; user_name: of earlier rules", "changed; email: of earlier rules",
	} {
		if report[i].text() != want {
			t.Errorf("line %d: %q, want %q", report[i].Line, report[i].text(), want)
		}
	}
	if again := to.export(0); again != file {
		t.Errorf("the second export is\n%s\nand the first was\n%s", again, file)
	}
	_, report = other.load(strings.Replace(file, `,"export":true`, "", 1))
	for i, want := range []string{
		"refused; phone: phone_country; row: identifier_needed",
		"refused; user_name: user_name_reserved; row: identifier_needed",
		"refused; email: email_too_long; row: identifier_needed",
	} {
		if report[i].text() != want {
			t.Errorf("of a program, line %d: %q, want %q", report[i].Line, report[i].text(), want)
		}
	}
}

// TestImportGroupDeleted: users whose group is deleted during an import get the default group, as those of an unknown
// group do.
func TestImportGroupDeleted(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.exec("INSERT INTO groups VALUES (1, 7, 'seven', '', 1), (1, 8, 'eight', '', 1)")
	tx, err := d.pool.Begin(t.Context())
	d.fatal(err)
	_, err = tx.Exec(t.Context(), "DELETE FROM groups WHERE id = 7")
	d.fatal(err)
	var counts transfer.Counts
	var report bytes.Buffer
	c := d.config(&report)
	wait := pgtest.Blocked(t, d.pool, func() (err error) {
		counts, err = transfer.Import(t.Context(), c, strings.NewReader(file(
			`{'id':1,'phone':'13800138001','group_id':7}`, `{'id':2,'phone':'13800138002','group_id':8}`,
			`{'id':3,'phone':'13800138003'}`)))
		return err
	})
	d.fatal(tx.Commit(t.Context()))
	d.fatal(wait())
	if counts.Changed != 1 || counts.Imported != 2 || !strings.Contains(report.String(), "group_id: group_unknown") ||
		d.count("users WHERE id = 1 AND group_id = 2 OR id = 2 AND group_id = 8 OR id = 3 AND group_id = 2") != 3 {
		t.Errorf("%+v: %s", counts, &report)
	}
}

// TestImportOfSecondSystem: a user of another system with the id and the time of creation of a user of the database is
// another user.
func TestImportOfSecondSystem(t *testing.T) {
	t.Parallel()
	d := open(t)
	const created = `,'created_at':'2020-01-01T00:00:00Z'`
	d.load(file(`{'id':5,'phone':'13800138001','invite_code':'5'` + created + `}`))
	_, report := d.load(file(
		`{'id':5,'phone':'13800138002','invite_code':'5'`+created+`}`,
	), func(c *transfer.ImportConfig) { c.Source = "second" })
	if report[0].text() != "changed; id: changed; invite_code: changed" || d.count("users") != 2 {
		t.Errorf("%+v", report)
	}
	_, report = d.load(file(
		`{'id':5,'phone':'13800138001'`+created+`}`,
	), func(c *transfer.ImportConfig) { c.Source = "third" })
	if report[0].text() != "present" || report[0].User != 5 || d.count("users") != 2 {
		t.Errorf("%+v", report)
	}
}

// TestImportRepeatedID: the row of another user with an id that an earlier run has imported is refused, as in one run.
// The row of the same user is present, also if the source or the user has changed it since.
func TestImportRepeatedID(t *testing.T) {
	t.Parallel()
	d := open(t)
	whole := file(`{'id':5,'phone':'13800138001'}`, `{'id':5,'phone':'13800138002'}`)
	second := strings.LastIndex(whole, `{"kind":"user"`)
	counts, err := transfer.Import(t.Context(), d.config(nil), torn{strings.NewReader(whole[:second])})
	if !errors.Is(err, errTorn) || counts.Imported != 1 {
		t.Fatalf("%+v, %v", counts, err)
	}
	for _, again := range []string{"a repetition", "one more"} {
		_, report := d.load(whole)
		if report[0].text() != "present" || report[1].text() != "refused; id: repeated" {
			t.Errorf("%s: %+v", again, report)
		}
	}
	if _, report := d.load(file(`{'id':5,'phone':'13800138001','email':'a@example.com'}`)); report[0].text() != "present" {
		t.Errorf("a later file: %+v", report)
	}
	d.exec("UPDATE users SET phone = '+8613800138009'")
	if _, report := d.load(whole); report[0].text() != "present" || report[1].text() != "refused; id: repeated" {
		t.Errorf("another phone since: %+v", report)
	}
	// A server of the version before has not written the column.
	d.exec("UPDATE imported_users SET fingerprint = NULL")
	if _, report := d.load(whole); report[0].text() != "present" || report[1].text() != "present" {
		t.Errorf("without a fingerprint: %+v", report)
	}
}

// pausing is the output of an export, whose reader pauses at each write for longer than a transaction may be idle, or
// until the server has ended the session.
type pausing struct {
	io.Writer
	pause func() error
}

func (p pausing) Write(b []byte) (int, error) {
	if err := p.pause(); err != nil {
		return 0, err
	}
	return p.Writer.Write(b)
}

// TestExportWaits: a reader of an export may pause for longer than a transaction may be idle.
func TestExportWaits(t *testing.T) {
	t.Parallel()
	d := open(t)
	d.exec(everyState)
	config := d.pool.Config()
	// The export changes this after its first statement, which takes less time on any machine.
	config.ConnConfig.RuntimeParams["idle_in_transaction_session_timeout"] = "2s"
	config.ConnConfig.RuntimeParams["application_name"] = "export"
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	d.fatal(err)
	t.Cleanup(pool.Close)
	pause := func() error {
		for {
			var waits bool
			err := d.pool.QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity
				WHERE datname = current_database() AND application_name = 'export' AND state LIKE 'idle in transaction%'
					AND state_change > clock_timestamp() - interval '3 s')`).Scan(&waits)
			if err != nil || !waits {
				return err
			}
		}
	}
	var out bytes.Buffer
	users, err := transfer.Export(t.Context(), transfer.ExportConfig{
		Pool: pool, By: by, Now: func() time.Time { return d.now },
	}, pausing{&out, pause})
	if err != nil || users != 5 || !strings.Contains(out.String(), `{"kind":"end","users":5}`) {
		t.Errorf("%d users, %v", users, err)
	}
}
