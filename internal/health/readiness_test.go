package health

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/enroll-project/enroll/internal/postgres"
)

// TestReadinessRate: for any number of probes, the database is written once in two seconds, and at most
// five times a second while it fails.
func TestReadinessRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		looks, fails := 0, false
		r := &Readiness{now: time.Now, log: slog.New(slog.DiscardHandler), look: func(context.Context) error {
			looks++
			if fails {
				return errors.New("away")
			}
			return nil
		}}
		ask := func() { // a thousand within a second
			for range 10 {
				var crowd sync.WaitGroup
				for range 100 {
					crowd.Go(func() { _ = r.Ready(t.Context()) })
				}
				crowd.Wait()
				time.Sleep(100 * time.Millisecond)
			}
		}
		ask()
		ask()
		if looks != 1 {
			t.Errorf("ready: %d looks in two seconds", looks)
		}
		looks, fails = 0, true
		ask()
		if looks != 5 {
			t.Errorf("not ready: %d looks in a second", looks)
		}
	})
}

// TestReadinessDoesNotWait: while a look hangs, readiness is off after a second, and nothing more is
// written. A probe that disconnects does not end the look that it began.
func TestReadinessDoesNotWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		looks, hang := 0, make(chan struct{})
		r := &Readiness{now: time.Now, log: slog.New(slog.DiscardHandler), look: func(ctx context.Context) error {
			looks++
			<-hang
			return ctx.Err()
		}}
		for range 3 {
			begin := time.Now()
			ctx, leave := context.WithCancel(t.Context())
			err := r.Ready(ctx)
			leave()
			if !errors.Is(err, errSlow) || time.Since(begin) != time.Second {
				t.Errorf("%v after %v", err, time.Since(begin))
			}
		}
		close(hang)
		synctest.Wait()
		if err := r.Ready(t.Context()); err != nil || looks != 1 {
			t.Errorf("%v after %d looks", err, looks)
		}
	})
}

// TestSlowLookIsNotUnready: a service that was ready stays so while a look is slow, for 5 s after the last successful
// one. A look that fails turns readiness off at once.
func TestSlowLookIsNotUnready(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		takes, fails := time.Duration(0), error(nil)
		r := &Readiness{now: time.Now, log: slog.New(slog.DiscardHandler), look: func(context.Context) error {
			time.Sleep(takes)
			return fails
		}}
		expect := func(want error) {
			t.Helper()
			if err := r.Ready(t.Context()); !errors.Is(err, want) {
				t.Errorf("%v, not %v", err, want)
			}
		}
		expect(nil)
		takes = 4 * time.Second
		time.Sleep(readyFor)
		expect(nil) // 3 s after the look
		expect(nil) // 4 s
		time.Sleep(500 * time.Millisecond)
		expect(errSlow) // 5.5 s
		time.Sleep(time.Second)
		expect(nil) // the look has succeeded
		time.Sleep(readyFor)
		fails = errUnmigrated
		expect(nil)
		time.Sleep(takes - readyWait)
		expect(errUnmigrated) // what it found, although the service was ready 6 s ago
		takes = 2 * time.Second
		time.Sleep(unreadyFor)
		expect(errSlow)
		synctest.Wait()
		time.Sleep(takes)
	})
}

// TestReadinessLogsChanges: each new cause is logged once. One line says that the service is ready
// again. A different local port makes no new cause.
func TestReadinessLogsChanges(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	r := &Readiness{log: slog.New(slog.NewTextHandler(&out, nil))}
	reset := func(port string) error {
		return errors.New("read tcp 127.0.0.1:" + port + "->127.0.0.1:5432: connection reset")
	}
	for _, err := range []error{
		nil, reset("1"), reset("2"), postgres.ErrReadOnly, postgres.ErrReadOnly, errUnmigrated, nil, nil,
		&postgres.ServerError{Code: "28P01", Connecting: true, Reason: "password authentication failed"},
	} {
		r.report(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	want := []string{"connection reset", "read-only", "not migrated", "level=INFO msg=\"ready", "ENROLL_DATABASE_URL"}
	if len(lines) != len(want) {
		t.Fatalf("%d lines: %q", len(lines), lines)
	}
	for i, line := range lines {
		if !strings.Contains(line, want[i]) || strings.Contains(line, "WARN") == (i == 3) {
			t.Errorf("%q does not say %q", line, want[i])
		}
	}
}

// TestToldCauses: a probe tells a database that is too slow from one that cannot be reached. No answer has an address.
func TestToldCauses(t *testing.T) {
	t.Parallel()
	canceled, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("acquire: %w", canceled.Err()), "the database does not confirm a write in time"},
		{postgres.ErrOutcomeUnknown, "the database does not confirm a write in time"},
		{errors.New("dial tcp 10.0.0.7:5432: connect: connection refused"), "the database does not answer"},
		{fmt.Errorf("%w at 10.0.0.7", postgres.ErrReadOnly), postgres.ErrReadOnly.Error()},
	} {
		if got := told(c.err); got.Error() != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}
