package throttle_test

import (
	"errors"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/throttle"
	"github.com/enroll-project/enroll/test/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestWindow: the tries of a network end with its limit, the wait is the rest of the hour that
// began with the first one, and a right password gives them back. Package account plays the
// other rules with whole logins.
func TestWindow(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	counts, err := throttle.New(throttle.Config{
		Pool: pgtest.New(t), Limits: throttle.Limits{PerNetwork: 2}, Secret: make([]byte, 32),
		Now: func() time.Time { return now },
	})
	if err != nil {
		t.Fatal(err)
	}
	login := throttle.Login{Site: 1, Kind: "user_name", Name: "alice", Network: "192.0.2.0/24"}
	for i, step := range []struct {
		after   time.Duration
		wait    time.Duration // 0: counted
		forgive bool
	}{
		{}, {after: 10 * time.Minute}, {wait: 50 * time.Minute}, {after: 50*time.Minute - time.Second, wait: time.Second},
		{after: time.Second}, {forgive: true}, {}, {}, {wait: time.Hour},
	} {
		now = now.Add(step.after)
		try, err := counts.Count(t.Context(), login, db.User{ID: 1000})
		refused := new(throttle.TooManyError)
		if !errors.As(err, &refused) && err != nil || refused.RetryAfter != step.wait {
			t.Errorf("step %d: %v, wait %s, want %s", i, err, refused.RetryAfter, step.wait)
		}
		if err == nil && (!try.Compared() || try.Refused() != nil) {
			t.Errorf("step %d: the password is not compared", i)
		}
		if step.forgive {
			if err := counts.Forgive(t.Context(), try); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestNew: a Throttle without a part that it needs is refused at start.
func TestNew(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	for name, cfg := range map[string]throttle.Config{
		"no pool":      {Secret: make([]byte, 32), Now: time.Now},
		"no clock":     {Pool: pool, Secret: make([]byte, 32)},
		"short secret": {Pool: pool, Secret: make([]byte, 31), Now: time.Now},
	} {
		if _, err := throttle.New(cfg); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
