package audit_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const keep = 365 * 24 * time.Hour

// book returns an audit log with the system's clock, because the database checks its bound with its own clock.
func book(t *testing.T) (*audit.Log, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.New(t)
	log, err := audit.New(audit.Config{Pool: pool, Keep: keep, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	return log, pool
}

// add writes an entry of a key about a user.
func add(t *testing.T, pool *pgxpool.Pool, site, user int64, age time.Duration) audit.Entry {
	t.Helper()
	e := audit.Entry{
		By:  audit.Actor{Kind: audit.Key, Name: "support", Network: "192.0.2.0/24"},
		Act: audit.PasswordReset, Site: site, User: user, Detail: "of a test",
		At: time.Now().Add(-age).UTC().Truncate(time.Microsecond),
	}
	if err := audit.Add(t.Context(), db.New(pool), e); err != nil {
		t.Fatal(err)
	}
	return e
}

// list returns the users of a list's entries.
func list(t *testing.T, log *audit.Log, f audit.Filter) (users []int64, records []audit.Record) {
	t.Helper()
	records, err := log.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range records {
		users = append(users, r.User)
	}
	return users, records
}

// TestList: the newest entry comes first, pages follow each other, and a site sees its own entries only.
func TestList(t *testing.T) {
	t.Parallel()
	log, pool := book(t)
	entry := add(t, pool, 1, 1000, time.Hour)
	for _, of := range [][2]int64{{1, 1001}, {2, 2000}, {0, 0}, {1, 1000}} {
		add(t, pool, of[0], of[1], time.Minute)
	}
	all, records := list(t, log, audit.Filter{})
	if !slices.Equal(all, []int64{1000, 0, 2000, 1001, 1000}) || records[4].Entry != entry {
		t.Errorf("the entries are of %d, the first is %+v", all, records[4])
	}
	first, page := list(t, log, audit.Filter{Page: 2})
	second, _ := list(t, log, audit.Filter{Page: 2, Before: page[1].ID})
	if !slices.Equal(append(first, second...), all[:4]) {
		t.Errorf("pages: %d, %d", first, second)
	}
	for _, c := range []struct {
		filter audit.Filter
		want   []int64
	}{
		{audit.Filter{Site: 1}, []int64{1000, 1001, 1000}}, {audit.Filter{User: 1000}, []int64{1000, 1000}},
		{audit.Filter{Site: 2, User: 1000}, nil}, {audit.Filter{Site: 1, User: 1001}, []int64{1001}},
	} {
		if got, _ := list(t, log, c.filter); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %d, want %d", c.filter, got, c.want)
		}
	}
}

// TestPurge: entries that are older than Config.Keep are deleted. An entry of the last 30 days is not deleted,
// even if the service requests it.
func TestPurge(t *testing.T) {
	t.Parallel()
	log, pool := book(t)
	for user, age := range []time.Duration{
		keep + time.Hour, keep - time.Hour, audit.MinKeep + time.Hour, audit.MinKeep - time.Hour,
	} {
		add(t, pool, 1, int64(user+1), age)
	}
	if n, err := log.Purge(t.Context()); n != 1 || err != nil {
		t.Errorf("%d were purged: %v", n, err)
	}
	if left, _ := list(t, log, audit.Filter{}); !slices.Equal(left, []int64{4, 3, 2}) {
		t.Errorf("left are %d", left)
	}
	if _, err := pool.Exec(t.Context(), "SELECT purge_audit(now() + interval '1 year')"); err != nil {
		t.Fatal(err)
	}
	if left, _ := list(t, log, audit.Filter{}); !slices.Equal(left, []int64{4}) {
		t.Errorf("left are %d", left)
	}
	if _, err := audit.New(audit.Config{Pool: pool, Keep: audit.MinKeep - 1, Now: time.Now}); err == nil {
		t.Error("a log may be kept for less than 30 days")
	}
}
