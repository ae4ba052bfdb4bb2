package pgtest_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/enroll-project/enroll/test/pgtest"
)

// verdict is a testing.TB that records why the test has ended.
type verdict struct {
	testing.TB
	fatal string
}

func (v *verdict) Helper() {}

func (v *verdict) Fatalf(format string, _ ...any) {
	v.fatal = format
	runtime.Goexit()
}

// TestBlocked: the calls wait until the lock is released, and their errors are returned.
func TestBlocked(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	lock, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Exec(t.Context(), "LOCK spent_captchas"); err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	call := func() error {
		_, err := pool.Exec(t.Context(), "SELECT FROM spent_captchas")
		return err
	}
	results := pgtest.Blocked(t, pool, call, func() error { return errors.Join(call(), refused) })
	if err := lock.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := results(); !errors.Is(err, refused) || err.Error() != refused.Error() {
		t.Error(err)
	}
}

// TestNotBlocked: if a call returns at once, the test ends instead of waiting for the lock.
func TestNotBlocked(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	v := &verdict{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		pgtest.Blocked(v, pool, func() error { return errors.New("at once") })
	}()
	<-done
	if !strings.Contains(v.fatal, "without waiting") {
		t.Errorf("ended by %q", v.fatal)
	}
}
