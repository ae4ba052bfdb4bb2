package throttle_test

import (
	"errors"
	"fmt"
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
	w := newWorld(t, throttle.Limits{PerNetwork: 2})
	login := throttle.Login{Site: 1, Kind: "user_name", Name: "alice", Network: "192.0.2.0/24"}
	for i, step := range []struct {
		after   time.Duration
		wait    time.Duration // 0: counted
		forgive bool
	}{
		{}, {after: 10 * time.Minute}, {wait: 50 * time.Minute}, {after: 50*time.Minute - time.Second, wait: time.Second},
		{after: time.Second}, {forgive: true}, {}, {}, {wait: time.Hour},
	} {
		w.now = w.now.Add(step.after)
		try, err := w.counts.Count(t.Context(), login, db.User{ID: 1000})
		refused := new(throttle.TooManyError)
		if !errors.As(err, &refused) && err != nil || refused.RetryAfter != step.wait {
			t.Errorf("step %d: %v, wait %s, want %s", i, err, refused.RetryAfter, step.wait)
		}
		if err == nil && (!try.Compared() || try.Refused() != nil) {
			t.Errorf("step %d: the password is not compared", i)
		}
		if step.forgive {
			if err := w.counts.Forgive(t.Context(), try); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestShares: the first three tries of a network count against the whole bound of an account, and its
// further ones against a third of it.
func TestShares(t *testing.T) {
	t.Parallel()
	w := newWorld(t, throttle.Limits{PerNetwork: 100, PerAccount: 18})
	for network, allowed := range []int{6, 3, 3, 3, 3, 0} {
		login := throttle.Login{Site: 1, Kind: "user_name", Name: "alice", Network: fmt.Sprintf("192.0.%d.0/24", network)}
		for i := range allowed + 1 {
			_, err := w.counts.Count(t.Context(), login, db.User{ID: 1000})
			if refused := errors.As(err, new(*throttle.TooManyError)); refused != (i == allowed) {
				t.Errorf("network %d, try %d: %v", network, i+1, err)
			}
		}
	}
}

// TestKnownLife: a network from which the holder has logged in is exempt from the count of all networks
// for 30 days.
func TestKnownLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t, throttle.Limits{PerNetwork: 100, PerAccount: 1})
	count := func(network string) (throttle.Try, error) {
		login := throttle.Login{Site: 1, Kind: "user_name", Name: "alice", Network: network}
		return w.counts.Count(t.Context(), login, db.User{ID: 1000})
	}
	try, err := count("192.0.2.0/24")
	if err := errors.Join(err, w.counts.Forgive(t.Context(), try)); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(30*24*time.Hour - time.Second)
	if _, err := count("198.51.100.0/24"); err != nil { // uses up the account's one try
		t.Fatal(err)
	}
	if _, err := count("192.0.2.0/24"); err != nil {
		t.Errorf("a second before: %v", err)
	}
	w.now = w.now.Add(time.Second)
	if _, err := count("192.0.2.0/24"); !errors.As(err, new(*throttle.TooManyError)) {
		t.Errorf("after 30 days: %v", err)
	}
}

// world is a Throttle and its clock.
type world struct {
	counts *throttle.Throttle
	now    time.Time
}

func newWorld(t *testing.T, limits throttle.Limits) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)}
	var err error
	w.counts, err = throttle.New(throttle.Config{
		Pool: pgtest.New(t), Limits: limits, Secret: make([]byte, 32), Now: func() time.Time { return w.now },
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
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
