package operator_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var by = audit.Actor{Kind: audit.Key, Name: "support", Network: "192.0.2.0/24"}

// office is a service on a database with some users.
type office struct {
	*operator.Service
	*testing.T
	pool *pgxpool.Pool
	now  time.Time
}

func open(t *testing.T) *office {
	t.Helper()
	o := &office{T: t, pool: pgtest.New(t), now: time.Now().UTC().Truncate(time.Microsecond)}
	phones, err := identifier.NewPhoneRules("CN", nil)
	o.fatal(err)
	o.Service, err = operator.New(operator.Config{
		Pool: o.pool, Sites: []int64{1, 2}, Phones: phones, DefaultGroup: 2,
		Now: func() time.Time { return o.now },
	})
	o.fatal(err)
	return o
}

func (o *office) fatal(err error) {
	o.Helper()
	if err != nil {
		o.Fatal(err)
	}
}

func (o *office) exec(sql string, args ...any) {
	o.Helper()
	_, err := o.pool.Exec(o.Context(), sql, args...)
	o.fatal(err)
}

// add adds a user of a site that has registered some minutes ago, with a session, and returns its id.
func (o *office) add(site int64, n int) (id int64) {
	o.Helper()
	at := o.now.Add(-time.Duration(n) * time.Minute)
	name := fmt.Sprintf("user%d", n)
	o.fatal(o.pool.QueryRow(o.Context(), `INSERT INTO users (site_id, user_name, user_name_key, user_name_skeleton,
			email, email_key, phone, password_hash, real_name, avatar_url, group_id, status, is_retailer, balance, total_reward,
			invite_code, invites_used, created_at, updated_at, last_login_at)
		VALUES ($1, $2, $2, $2, $3, $3, $4, '$', '', '', 2, 1, false, 0, 0, $2, 0, $5, $5, $5) RETURNING id`,
		site, name, name+"@example.com", fmt.Sprintf("+86138001380%02d", n), at).Scan(&id))
	o.exec("INSERT INTO sessions VALUES ($1, 'one', $2, $2, $3, NULL, '', '')", id, at, o.now.Add(time.Hour))
	return id
}

func (o *office) count(from string, args ...any) (n int) {
	o.Helper()
	o.fatal(o.pool.QueryRow(o.Context(), "SELECT count(*) FROM "+from, args...).Scan(&n))
	return n
}

// TestActs: each act has its effect on its user only, ends sessions where it must, and writes one entry. In a dry
// run and for another site it changes nothing. A repetition writes no entry, except for the end of sessions.
func TestActs(t *testing.T) {
	t.Parallel()
	o := open(t)
	other := o.add(1, 1)
	o.exec("INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven'), (2, 8, 'eight')")
	for n, c := range []struct {
		act      audit.Act
		do       func(operator.Act) (operator.User, error)
		where    string
		sessions int
		again    int // entries of a repetition
	}{
		{"user.disabled", func(a operator.Act) (operator.User, error) { return o.Disable(t.Context(), a) },
			"status = 0", 0, 0},
		{"user.deleted", func(a operator.Act) (operator.User, error) { return o.Delete(t.Context(), a) },
			"delete_at = $2", 0, 0},
		{"user.sessions_ended", func(a operator.Act) (operator.User, error) { return o.EndSessions(t.Context(), a) },
			"tokens_valid_from > $2", 0, 1},
		{"user.group_set", func(a operator.Act) (operator.User, error) { return o.SetGroup(t.Context(), a, 7) },
			"group_id = 7", 1, 0},
	} {
		id := o.add(1, n+10)
		changed := "users WHERE id = $1 AND $2::timestamptz IS NOT NULL AND " + c.where
		for _, a := range []operator.Act{{By: by, User: id, Site: 2}, {By: by, User: 1}, {By: by, User: id, DryRun: true}} {
			if _, err := c.do(a); a.DryRun != (err == nil) || err != nil && !errors.Is(err, operator.ErrUserUnknown) {
				t.Errorf("%s %+v: %v", c.act, a, err)
			}
			if o.count(changed, id, o.now) != 0 || o.count("audit_entries WHERE act = $1", c.act) != 0 {
				t.Errorf("%s is done by %+v", c.act, a)
			}
		}
		for want := range 2 {
			u, err := c.do(operator.Act{By: by, User: id, Site: 1})
			if err != nil || u.ID != id || o.count(changed, id, o.now) != 1 ||
				o.count("sessions WHERE user_id = $1", id) != c.sessions {
				t.Errorf("%s: %+v, %v", c.act, u, err)
			}
			if n := o.count(`audit_entries WHERE act = $1 AND user_id = $2 AND site_id = 1 AND actor = 'key'
				AND actor_name = 'support' AND network = '192.0.2.0/24' AND at = $3`, c.act, id, o.now); n != 1+want*c.again {
				t.Errorf("%s: %d entries", c.act, n)
			}
		}
	}
	if o.count("users WHERE id = $1 AND status = 1 AND delete_at IS NULL AND group_id = 2", other) != 1 ||
		o.count("sessions WHERE user_id = $1", other) != 1 {
		t.Error("another user has changed")
	}
}

// TestEnable: a disabled user is enabled, and a group of another site is refused.
func TestEnable(t *testing.T) {
	t.Parallel()
	o := open(t)
	id := o.add(1, 1)
	o.exec("INSERT INTO groups (site_id, id, title) VALUES (2, 8, 'eight')")
	act := operator.Act{By: by, User: id}
	for _, do := range []func(operator.Act) (operator.User, error){
		func(a operator.Act) (operator.User, error) { return o.Disable(t.Context(), a) },
		func(a operator.Act) (operator.User, error) { return o.Enable(t.Context(), a) },
	} {
		_, err := do(act)
		o.fatal(err)
	}
	if u, err := o.Get(t.Context(), id, 1); err != nil || !u.Active || u.Email != "user1@example.com" || u.EmailVerified {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := o.Get(t.Context(), id, 2); !errors.Is(err, operator.ErrUserUnknown) {
		t.Errorf("of another site: %v", err)
	}
	if _, err := o.SetGroup(t.Context(), act, 8); !errors.Is(err, operator.ErrGroupUnknown) {
		t.Errorf("a group of another site: %v", err)
	}
}

// TestLists: pages follow each other without a gap while users are changed, and each filter selects
// its users only.
func TestLists(t *testing.T) {
	t.Parallel()
	o := open(t)
	var ids []int64
	for n := range 7 {
		ids = append(ids, o.add(1, n))
	}
	foreign := o.add(2, 20)
	o.exec("UPDATE users SET group_id = 7 WHERE id = ANY ($1)", ids[2:5])
	o.exec("UPDATE users SET status = 0 WHERE id = ANY ($1)", []int64{ids[1], ids[3]})
	o.exec("UPDATE users SET status = 0, waiting = true WHERE id = ANY ($1)", []int64{ids[0], ids[4]})
	o.exec("UPDATE users SET invitation_id = 4 WHERE id = ANY ($1)", []int64{ids[0], ids[3], ids[4], foreign})
	list := func(f operator.Filter) (all []int64) {
		t.Helper()
		for range 20 {
			users, next, err := o.List(t.Context(), f)
			o.fatal(err)
			for _, u := range users {
				if f.Invitation != 0 && u.Invitation != f.Invitation {
					t.Errorf("invitation %d of %d", u.Invitation, f.Invitation)
				}
				all = append(all, u.ID)
			}
			if f.Cursor = next; next == "" {
				return all
			}
			o.exec("UPDATE users SET updated_at = now()")
		}
		t.Fatal("the list has no end")
		return nil
	}
	for _, c := range []struct {
		filter operator.Filter
		want   []int64
	}{
		{operator.Filter{Site: 1}, ids}, {operator.Filter{Site: 1, Page: 2}, ids}, {operator.Filter{Site: 1, Page: 7}, ids},
		{operator.Filter{Site: 2}, []int64{foreign}}, {operator.Filter{Site: 1, Group: 7, Page: 2}, ids[2:5]},
		{operator.Filter{Site: 1, Disabled: true, Page: 1}, []int64{ids[1], ids[3]}},
		{operator.Filter{Site: 1, Disabled: true, Group: 7}, []int64{ids[3]}},
		{operator.Filter{Site: 1, Invitation: 4, Page: 2}, []int64{ids[0], ids[3], ids[4]}},
		{operator.Filter{Site: 1, Invitation: 4, Group: 7}, ids[3:5]},
		{operator.Filter{Site: 1, Invitation: 4, Disabled: true}, []int64{ids[3]}},
		{operator.Filter{Site: 1, Waiting: true, Page: 1}, []int64{ids[0], ids[4]}},
		{operator.Filter{Site: 1, Waiting: true, Group: 7}, []int64{ids[4]}},
		{operator.Filter{Site: 1, Invitation: 4, Waiting: true}, []int64{ids[0], ids[4]}},
		{operator.Filter{Site: 2, Waiting: true}, nil},
		{operator.Filter{Site: 1, Invitation: 5}, nil}, {operator.Filter{Site: 2, Invitation: 4}, []int64{foreign}},
		{operator.Filter{Site: 1, CreatedFrom: o.now.Add(-3 * time.Minute), CreatedUntil: o.now, Page: 1}, ids[1:4]},
		{operator.Filter{Site: 1, Identifier: "USER3"}, ids[3:4]},
		{operator.Filter{Site: 1, Identifier: "138 0013 8004"}, ids[4:5]},
		{operator.Filter{Site: 1, Identifier: "user5@EXAMPLE.com"}, ids[5:6]},
		{operator.Filter{Site: 2, Identifier: "user3"}, nil}, {operator.Filter{Site: 1, Identifier: "?"}, nil},
	} {
		if got := list(c.filter); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %d, want %d", c.filter, got, c.want)
		}
	}
	for _, cursor := range []string{
		"!", "MQ", "OTk5OTk5OTk5OTk5OTk5OTk5OS4x",
		// A text behind the numbers, and numbers with a sign and a leading zero.
		"MTcwMDAwMDAwMDAwMDAwMC43eA", "KzE3MDAwMDAwMDAwMDAwMDAuMDc",
	} {
		if _, _, err := o.List(t.Context(), operator.Filter{Site: 1, Cursor: cursor}); !errors.Is(err, operator.ErrCursor) {
			t.Errorf("%q: %v", cursor, err)
		}
	}
	counts, err := o.Counts(t.Context(), 1)
	want := operator.Counts{Total: 7, Active: 3, Disabled: 2, Waiting: 2, Registered: 7}
	if err != nil || counts != want {
		t.Errorf("%+v, %v", counts, err)
	}
	rows, err := o.pool.Query(t.Context(), "SELECT act FROM audit_entries")
	o.fatal(err)
	if acts, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(acts) != 0 {
		t.Errorf("lists are no acts: %q, %v", acts, err)
	}
}

// TestCountsTakeTheirTime: the numbers of a large site take longer than other statements may.
func TestCountsTakeTheirTime(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	o := &office{T: t, pool: pgtest.Open(t, url+"&statement_timeout=500"), now: time.Now()}
	var err error
	o.Service, err = operator.New(operator.Config{Pool: o.pool, Sites: []int64{1}, Now: func() time.Time { return o.now }})
	o.fatal(err)
	holder, err := pgtest.Open(t, url).Begin(t.Context())
	o.fatal(err)
	_, err = holder.Exec(t.Context(), "LOCK TABLE users")
	o.fatal(err)
	result := pgtest.Blocked(t, o.pool, func() error { _, err := o.Counts(t.Context(), 1); return err })
	// A lock stands for the rows that a count reads: it takes a second.
	_, err = holder.Exec(t.Context(), "SELECT pg_sleep(1)")
	o.fatal(err)
	o.fatal(holder.Rollback(t.Context()))
	if err := result(); err != nil {
		t.Errorf("%v", err)
	}
}
