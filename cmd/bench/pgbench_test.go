package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestCeilingFitsTheSchema: the statements of pgbench register a person with a session. A migration that changes them
// would otherwise show only in a run of `make bench`.
func TestCeilingFitsTheSchema(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	mac := `'\x` + strings.Repeat("00", 32) + "'"
	exec := func(sql string) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	exec(`INSERT INTO one_time_codes (site_id, address, purpose, user_id, code_mac, subnet, network, sent_at, expires_at,
		tries, tries_elsewhere) VALUES (1, '+8613000000001', 'register', 0, ` + mac + `, '', '', now(),
		now() + interval '1 hour', 0, 0)`)
	filled := strings.NewReplacer(":phone", "13000000001", ":mac", mac).Replace(string(script))
	var statements []string
	for line := range strings.Lines(filled) {
		if !strings.HasPrefix(line, "--") && !strings.HasPrefix(line, `\`) {
			statements = append(statements, line)
		}
	}
	exec(strings.Join(statements, ""))
	var n int
	err := pool.QueryRow(t.Context(), `SELECT count(*) FROM users AS u JOIN sessions AS s ON s.user_id = u.id
		WHERE u.phone = '+8613000000001'`).Scan(&n)
	if err != nil || n != 1 {
		t.Errorf("%d users with a session, %v", n, err)
	}
	if err = pool.QueryRow(t.Context(), "SELECT count(*) FROM sms_uses").Scan(&n); err != nil || n != 1 {
		t.Errorf("%d spent codes are noted, %v", n, err)
	}
}

// TestCeilingHasAllParts: each statement of pgbench has the parts of the query that it copies, by their names. A part
// that is missing would make PostgreSQL look faster than it is for the service. A registration by phone has no email,
// so it takes none away.
func TestCeilingHasAllParts(t *testing.T) {
	t.Parallel()
	part := regexp.MustCompile(`(?m)^(?:WITH |\), )(\w+) AS `)
	for file, query := range map[string]string{
		"users.sql": "SpendCodeAndInsertUser", "one_time_codes.sql": "TryCode",
	} {
		text, err := os.ReadFile("../../queries/" + file)
		if err != nil {
			t.Fatal(err)
		}
		_, after, found := strings.Cut(string(text), "-- name: "+query+" ")
		body, _, _ := strings.Cut(after, "-- name: ")
		parts := part.FindAllStringSubmatch(body, -1)
		if !found || len(parts) == 0 {
			t.Fatalf("%s has no parts of %s", file, query)
		}
		for _, p := range parts {
			has := regexp.MustCompile(`(?m)^(?:WITH |\), )` + p[1] + ` AS `).Match(script)
			if has == (p[1] == "evicted") {
				t.Errorf("register.pgbench has the part %s of %s: %t", p[1], query, has)
			}
		}
	}
}

// TestNewestPgbench: versions are compared as numbers. As text, 9.6 is after 15.
func TestNewestPgbench(t *testing.T) {
	t.Parallel()
	of := func(version string) string { return "/usr/lib/postgresql/" + version + "/bin/pgbench" }
	if got := newest([]string{of("15"), of("18"), of("9.6"), of("none")}); got != of("18") {
		t.Error(got)
	}
	if got := newest([]string{of("9.5"), of("9.6")}); got != of("9.6") {
		t.Error(got)
	}
}
