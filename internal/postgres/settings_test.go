package postgres_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/internal/devpg"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/test/pgtest"
)

// found lists findings as "setting value", with "!" before the unfit.
func found(findings []postgres.Finding) []string {
	var all []string
	for _, f := range findings {
		mark := ""
		if f.Unfit {
			mark = "!"
		}
		all = append(all, mark+f.Setting+" "+f.Value)
	}
	return all
}

// TestInspect begins with the database of the tests, which has durability off and logs
// no values. It changes the settings that a session may change.
func TestInspect(t *testing.T) {
	t.Parallel()
	url := pgtest.EmptyURL(t)
	never := []string{"!fsync off", "!full_page_writes off"}
	for query, want := range map[string][]string{
		"":                                 {"!synchronous_commit off"},
		"&synchronous_commit=on":           {},
		"&synchronous_commit=remote_write": {},
		"&synchronous_commit=remote_apply": {},
		"&synchronous_commit=local":        {"synchronous_commit local"},
		"&synchronous_commit=on&log_error_verbosity=default":          {"log_error_verbosity default"},
		"&synchronous_commit=on&log_error_verbosity=verbose":          {"log_error_verbosity verbose"},
		"&synchronous_commit=on&log_min_error_statement=fatal":        {},
		"&synchronous_commit=on&log_min_error_statement=error":        {"log_min_error_statement error"},
		"&synchronous_commit=on&log_parameter_max_length_on_error=-1": {"log_parameter_max_length_on_error -1"},
		"&synchronous_commit=on&log_parameter_max_length_on_error=64": {"log_parameter_max_length_on_error 64B"},
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			findings, err := postgres.Inspect(t.Context(), open(t, postgres.Config{URL: url + query}))
			if got := found(findings); err != nil || !slices.Equal(got, append(slices.Clone(never), want...)) {
				t.Errorf("%v, %v, want %v and %v", got, err, never, want)
			}
			for _, f := range findings {
				if s := f.String(); !strings.HasPrefix(s, f.Setting+" is "+f.Value+": ") || f.Risk == "" ||
					!strings.Contains(s, "; ") || f.Advice == "" {
					t.Errorf("%q says not enough", s)
				}
			}
		})
	}
}

// TestRequireFit uses a durable database, like that of development, which has no
// findings. Two other databases are unfit: one from the start, one for a while.
func TestRequireFit(t *testing.T) {
	t.Parallel()
	server, err := devpg.Start(t.Context(), devpg.Config{Dir: t.TempDir(), Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Discard(context.Background()); err != nil {
			t.Error(err)
		}
	})
	strict := func(database string, parameters ...string) *postgres.Pool {
		return open(t, postgres.Config{URL: server.URL(database) + strings.Join(parameters, ""), RequireFit: true})
	}
	if findings, err := postgres.Inspect(t.Context(), strict("enroll")); err != nil || len(findings) > 0 {
		t.Errorf("%v, %v", findings, err)
	}
	// Settings that do not concern durability are reported, and connections are made.
	findings, err := postgres.Inspect(t.Context(),
		strict("enroll", "&log_error_verbosity=verbose", "&synchronous_commit=local"))
	if got := found(findings); err != nil ||
		!slices.Equal(got, []string{"synchronous_commit local", "log_error_verbosity verbose"}) {
		t.Errorf("%v, %v", got, err)
	}
	admin := open(t, postgres.Config{URL: server.URL("enroll")})
	exec(t, admin, "CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0")
	unfit(t, strict("bytes"), "server_encoding is SQL_ASCII")

	// This database is away at first, then unfit. Once it is fit, the pool uses it without
	// a restart.
	late := strict("late")
	if _, err := postgres.Inspect(t.Context(), late); err == nil || errors.As(err, new(*postgres.UnfitError)) {
		t.Errorf("away: %v", err)
	}
	exec(t, admin, "CREATE DATABASE late")
	exec(t, admin, "ALTER DATABASE late SET synchronous_commit = off")
	unfit(t, late, "synchronous_commit is off")
	exec(t, admin, "ALTER DATABASE late RESET synchronous_commit")
	if findings, err := postgres.Inspect(t.Context(), late); err != nil || len(findings) > 0 {
		t.Errorf("fit again: %v, %v", findings, err)
	}
}

// unfit checks that every use of the pool is refused with an UnfitError that has one
// finding, contains words and counts as temporary.
func unfit(t *testing.T, pool *postgres.Pool, words string) {
	t.Helper()
	_, pending := postgres.Pending(t.Context(), pool)
	_, inspected := postgres.Inspect(t.Context(), pool)
	for use, err := range map[string]error{
		"Pending": pending, "Inspect": inspected, "InTx": postgres.InTx(t.Context(), pool,
			nil), "Ping": pool.Ping(t.Context()),
	} {
		var refused *postgres.UnfitError
		if !errors.As(err, &refused) || len(refused.Findings) != 1 || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v, want: %s", use, err, words)
		}
		if !postgres.IsUnavailable(err) {
			t.Errorf("%s: %v does not pass for the database's state", use, err)
		}
	}
}
