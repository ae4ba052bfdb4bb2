package postgres_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestParameters(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	for name, test := range map[string]struct {
		url  string
		want map[string]string
	}{
		"ours": {url, map[string]string{
			"statement_timeout": "5s", "lock_timeout": "2s", "idle_in_transaction_session_timeout": "10s",
			"application_name": "some test",
		}},
		"the URL's": {url + "&statement_timeout=7s&lock_timeout=0&application_name=other", map[string]string{
			"statement_timeout": "7s", "lock_timeout": "0", "idle_in_transaction_session_timeout": "10s",
			"application_name": "other",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pool := open(t, postgres.Config{URL: test.url, ApplicationName: "some test"})
			for setting, want := range test.want {
				if got := value[string](t, pool, "SELECT current_setting($1)", setting); got != want {
					t.Errorf("%s is %s, want %s", setting, got, want)
				}
			}
		})
	}
}

func TestMaxConns(t *testing.T) {
	t.Parallel()
	const url = "postgres://user@localhost/database"
	for name, test := range map[string]struct {
		config postgres.Config
		want   int32
	}{
		"of the URL":        {postgres.Config{URL: url + "?pool_max_conns=3"}, 3},
		"of the setting":    {postgres.Config{URL: url + "?pool_max_conns=3", MaxConns: 5}, 5},
		"of a keyword form": {postgres.Config{URL: "host=localhost pool_max_conns=4"}, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := open(t, test.config).Config().MaxConns; got != test.want {
				t.Errorf("%d connections, want %d", got, test.want)
			}
		})
	}
}

// TestMaxConnsByCores: without a setting a process opens at most eight connections for each core, and at most 32.
// It is not parallel, because it sets the number of cores of the whole process.
func TestMaxConnsByCores(t *testing.T) {
	cores := runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(cores) })
	for n, want := range map[int]int32{1: 8, 2: 16, 3: 24, 4: 32, 5: 32} {
		runtime.GOMAXPROCS(n)
		if got := open(t, postgres.Config{URL: "postgres://user@localhost/database"}).Config().MaxConns; got != want {
			t.Errorf("%d cores: %d connections, want %d", n, got, want)
		}
	}
}

// TestBadURL: the error for a malformed connection string has no part of the string.
func TestBadURL(t *testing.T) {
	t.Parallel()
	for _, url := range []string{
		"postgres://user:" + secret + "@host:port/database",
		"postgres://user:" + secret + "/x@host/database?sslmode=x",
		"postgres://user:" + secret + "%zz@host/database",
		"postgres://user:" + secret + " with space@[host/database",
		"postgres:/user:" + secret + "@host:5432/database",
		"mysql://user:" + secret + "@host/database",
		"host=h password=" + secret + " port=x",
		"host=h passwort=" + secret + " sslmode=maybe",
		"password='" + secret + "\nhost=h port=99999",
		"user:" + secret + "@host/database",
		"postgres://user:" + secret + "@host/database?pool_max_conns=many",
		"postgres://user:" + secret + "@host/database?sslmode=verify-full&sslrootcert=/nonexistent/ca.pem",
	} {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			_, err := postgres.Open(t.Context(), postgres.Config{URL: url})
			migrateErr := postgres.Migrate(t.Context(), url)
			if err == nil || migrateErr == nil {
				t.Fatalf("%q was taken: %v, %v", url, err, migrateErr)
			}
			if all := err.Error() + migrateErr.Error(); strings.Contains(all, secret) {
				t.Errorf("%q: the error has the password: %s", url, all)
			}
			if !errors.Is(err, postgres.ErrURL) && !strings.Contains(err.Error(), "/nonexistent/ca.pem") {
				t.Errorf("%q: %v", url, err)
			}
		})
	}
}

// TestAway: a pool can be opened while no server answers, and its errors then have no
// password.
func TestAway(t *testing.T) {
	t.Parallel()
	pool := open(t, postgres.Config{URL: "postgres://user:" + secret + "@127.0.0.1:1/database"})
	_, err := postgres.Pending(t.Context(), pool)
	if !postgres.IsUnavailable(err) || strings.Contains(err.Error(), secret) {
		t.Errorf("Pending: %v", err)
	}
	if err := postgres.Migrate(t.Context(), "postgres://user:"+secret+
		"@127.0.0.1:1/database"); !postgres.IsUnavailable(err) ||
		strings.Contains(err.Error(), secret) {
		t.Errorf("Migrate: %v", err)
	}
}

// TestSeveralHosts: the first that answers and accepts writes is used.
func TestSeveralHosts(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	pool := open(t, postgres.Config{URL: url})
	host := pool.Config().ConnConfig.Host
	other := filepath.Join(t.TempDir(), "other") // a second name of the same server
	if err := os.Symlink(host, other); err != nil {
		t.Fatal(err)
	}
	database := pool.Config().ConnConfig.Database
	words := "user=enroll dbname=" + database + " host="

	failover := open(t, postgres.Config{URL: words + "/nonexistent," + host})
	if got := value[int](t, failover, "SELECT 1"); got != 1 {
		t.Error(got)
	}
	exec(t, pool, "ALTER DATABASE "+database+" SET default_transaction_read_only = on")
	readOnly := open(t, postgres.Config{URL: words + other + "," + host})
	if err := readOnly.Ping(t.Context()); !postgres.IsUnavailable(err) {
		t.Errorf("standbys were taken for a primary: %v", err)
	}
	for _, only := range []string{words + host, words + other + "," + host + " target_session_attrs=any"} {
		if got := value[int](t, open(t, postgres.Config{URL: only}), "SELECT 1"); got != 1 {
			t.Error(got)
		}
	}
}

func TestCollectors(t *testing.T) {
	t.Parallel()
	pool := open(t, postgres.Config{URL: pgtest.URL(t), MaxConns: 3})
	conn, err := pool.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(postgres.Collectors(pool)...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			name := family.GetName()
			for _, label := range m.GetLabel() {
				name += " " + label.GetValue()
			}
			got[name] = m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	for name, want := range map[string]float64{
		"enroll_db_connections in_use": 1, "enroll_db_connections max": 3, "enroll_db_acquires_total": 1,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v; all: %v", name, got[name], want, got)
		}
	}
}

// TestHangUpKeepsTheConnection: if a client disconnects during a statement, the
// statement is canceled and the connection is kept. Otherwise a flood of such clients
// would keep PostgreSQL busy opening connections.
func TestHangUpKeepsTheConnection(t *testing.T) {
	t.Parallel()
	const conns, rounds = 4, 10
	pool := open(t, postgres.Config{URL: pgtest.EmptyURL(t), MaxConns: conns, ApplicationName: "hang up"})
	watch := open(t, postgres.Config{URL: pool.Config().ConnConfig.ConnString()})
	waiting := func(n int) {
		until(t, watch, "SELECT count(*) = $1 FROM pg_stat_activity WHERE application_name = 'hang up' AND wait_event = "+
			"'PgSleep'", n)
	}
	for range rounds {
		ctx, hangUp := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for range conns {
			group.Go(func() {
				if _, err := pool.Exec(ctx, "SELECT pg_sleep(60)"); err == nil {
					t.Error("the statement went on")
				}
			})
		}
		waiting(conns)
		hangUp()
		group.Wait()
		waiting(0)
	}
	// A connection may be lost when the machine is too busy to answer in time.
	if n := pool.Stat().NewConnsCount(); n > conns*rounds/2 {
		t.Errorf("%d connections were made for %d of %d hang-ups", n, conns*rounds, conns)
	}
}
