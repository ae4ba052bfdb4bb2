package main

import (
	"cmp"
	"context"
	_ "embed" // for register.pgbench
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// script has the statements of a registration by phone, in pgbench's language.
//
//go:embed register.pgbench
var script []byte

// transactionClients is the number of connections at which the service is
// compared with pgbench.
const transactionClients = 32

// transactions makes pgbench run the statements of a registration by phone. It returns how many of these
// transactions pgbench ran per second, which bounds the rate of the service. pgbench is written in C and
// leaves more CPU time to PostgreSQL than another client would. The rate is 0 if pgbench is not installed.
func (b *bench) transactions(ctx context.Context) (rate float64, err error) {
	pgbench, err := findPgbench()
	if err != nil {
		b.say("transactions: %v", err)
		return 0, nil
	}
	database, err := b.testbed.database(ctx)
	if err != nil {
		return 0, err
	}
	if rate, err = b.pgbench(ctx, pgbench, database); err == nil {
		b.say("pgbench, %d           %8.1f/s  the transactions of a registration by phone", transactionClients, rate)
	}
	return rate, errors.Join(err, b.testbed.drop(ctx, database))
}

func (b *bench) pgbench(ctx context.Context, program, database string) (float64, error) {
	file := filepath.Join(b.testbed.dir, "register.pgbench")
	if err := os.WriteFile(file, script, 0o600); err != nil {
		return 0, err
	}
	defer os.Remove(file)
	if err := b.testbed.plantAlike(ctx, database, b.planted()/transactionClients); err != nil {
		return 0, err
	}
	if err := b.testbed.calm(ctx); err != nil {
		return 0, err
	}
	url, err := pgx.ParseConfig(b.testbed.postgres.URL(database))
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, program, "--no-vacuum", "--protocol=prepared", "--jobs=2",
		"--client="+strconv.Itoa(transactionClients), "--time="+strconv.Itoa(int(b.plan.load/time.Second)),
		"--define=n=0", `--define=mac=\x`+fmt.Sprintf("%064d", 0), "--file="+file,
		"--host="+url.Host, "--port="+strconv.Itoa(int(url.Port)), "--username="+url.User, database)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	found := regexp.MustCompile(`(?m)^tps = ([0-9.]+)`).FindSubmatch(out)
	if found == nil {
		return 0, fmt.Errorf("pgbench does not say how fast it was: %s", out)
	}
	// Each transaction must have inserted a user. Otherwise the script failed early
	// and the rate means nothing.
	users, err := b.testbed.count(ctx, database, "users")
	if err != nil {
		return 0, err
	}
	done := regexp.MustCompile(`actually processed: ([0-9]+)`).FindSubmatch(out)
	if done == nil || string(done[1]) != strconv.Itoa(users) {
		return 0, fmt.Errorf("pgbench registered %d users: %s", users, out)
	}
	return strconv.ParseFloat(string(found[1]), 64)
}

// plantAlike stores a code for each phone that the script uses. All have the same
// MAC, because pgbench cannot compute one.
func (s *testbed) plantAlike(ctx context.Context, database string, each int) error {
	err := s.exec(ctx, database, fmt.Sprintf(`
		INSERT INTO one_time_codes (
			site_id, address, purpose, user_id, code_mac, subnet, network, sent_at, expires_at, tries, tries_elsewhere
		)
		SELECT 1, '+86' || (13000000000 + client * 10000000 + n), 'register', 0, decode(repeat('00', 32), 'hex'),
			'', '', now(), now() + interval '1 hour', 0, 0
		FROM generate_series(0, %d) AS client, generate_series(1, %d) AS n`, transactionClients-1, each))
	if err != nil {
		return err
	}
	return s.exec(ctx, database, "VACUUM ANALYZE one_time_codes")
}

func (s *testbed) count(ctx context.Context, database, table string) (n int, err error) {
	err = s.with(ctx, database, func(c *pgx.Conn) error {
		return c.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n)
	})
	return n, err
}

// findPgbench looks in PATH and then in Debian's folder of PostgreSQL programs,
// which is not in PATH. It takes the newest version there.
func findPgbench() (string, error) {
	if path, err := exec.LookPath("pgbench"); err == nil {
		return path, nil
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench")
	if err != nil || len(found) == 0 {
		return "", errors.New("not measured, since there is no pgbench; on Debian it is part of the package postgresql")
	}
	return newest(found), nil
}

// newest returns the path of the newest version, from paths such as /usr/lib/postgresql/15/bin/pgbench.
func newest(paths []string) string {
	version := func(path string) float64 {
		number, _ := strconv.ParseFloat(filepath.Base(filepath.Dir(filepath.Dir(path))), 64) // 0 if it is not a number
		return number
	}
	return slices.MaxFunc(paths, func(a, b string) int { return cmp.Compare(version(a), version(b)) })
}
