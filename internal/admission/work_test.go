package admission_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/admission"
)

// argon2id and bcrypt return the work of one hash. argon2idTime and bcryptTime are the
// times that the tests assume for it.
func argon2id() admission.Work {
	return admission.Work{Algorithm: admission.Argon2id, Units: 19456 * 2}
}
func bcrypt() admission.Work { return admission.Work{Algorithm: admission.Bcrypt, Units: 1024} }

const (
	argon2idTime = 5 * time.Millisecond
	bcryptTime   = 50 * time.Millisecond
)

// admitAll admits jobs of a class until one is refused, runs them, and returns how
// many they were.
func admitAll(t *testing.T, l limiter, class admission.Class) (n int) {
	t.Helper()
	var jobs []*admission.Job
	for len(jobs) < 10_000 {
		job, err := l.Admit(t.Context(), class, argon2id())
		if errors.Is(err, admission.ErrBusy) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		jobs = append(jobs, job)
	}
	var group sync.WaitGroup
	for _, job := range jobs {
		group.Go(func() {
			if err := job.Run(t.Context(), argon2id(), sleep(argon2idTime)); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	return len(jobs)
}

// login admits a login by what argon2id costs, spends time on the captcha and on
// looking the user up, and then verifies a bcrypt hash.
func (l limiter) login(ctx context.Context, spend time.Duration) (admitted bool, err error) {
	job, err := l.Admit(ctx, admission.ForLogin, argon2id())
	if err != nil {
		return false, err
	}
	defer job.Cancel()
	pause(spend)
	return true, job.Run(ctx, bcrypt(), sleep(bcryptTime))
}

// TestBcryptTeachesRegistrationsNothing: logins with bcrypt hashes do not change how many
// registrations are admitted.
func TestBcryptTeachesRegistrationsNothing(t *testing.T) {
	t.Parallel()
	inBubble(t, 1, 1000, 700*time.Millisecond, func(t *testing.T, l limiter, _ *prometheus.Registry) {
		if err := l.run(t.Context(), argon2id(), sleep(argon2idTime)); err != nil {
			t.Fatal(err)
		}
		before := admitAll(t, l, admission.ForRegistration)
		for range 100 {
			if _, err := l.login(t.Context(), argon2idTime); err != nil {
				t.Fatal(err)
			}
		}
		if after := admitAll(t, l, admission.ForRegistration); after != before {
			t.Errorf("%d registrations are admitted, %d were before", after, before)
		}
	})
}

// TestLoginsAreAdmittedByTheirCost floods the limiter with logins of users with bcrypt hashes. A
// login that was admitted has spent its captcha, and must not be refused for a wait that Admit
// could have estimated. After five seconds, when the cost of these logins is known, none waits
// longer than MaxWait either.
func TestLoginsAreAdmittedByTheirCost(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		count        int
		every, spend time.Duration
	}{
		"steadily":            {5000, 2 * time.Millisecond, argon2idTime},
		"with a slow captcha": {5000, 2 * time.Millisecond, 300 * time.Millisecond},
		"at once":             {117, 0, argon2idTime},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, 2, 128, 700*time.Millisecond, func(t *testing.T, l limiter, _ *prometheus.Registry) {
				if err := l.run(t.Context(), argon2id(), sleep(argon2idTime)); err != nil {
					t.Fatal(err)
				}
				var mu sync.Mutex
				var served, paid int
				var longest time.Duration
				begun := time.Now()
				var group sync.WaitGroup
				for range test.count {
					group.Go(func() {
						came := time.Now()
						admitted, err := l.login(context.Background(), test.spend)
						mu.Lock()
						defer mu.Unlock()
						if came.Sub(begun) > 5*time.Second {
							longest = max(longest, time.Since(came)-test.spend-bcryptTime)
						}
						switch {
						case err == nil:
							served++
						case admitted:
							paid++
						}
					})
					pause(test.every)
				}
				group.Wait()
				if paid != 0 {
					t.Errorf("%d logins were refused after they were admitted, %d served", paid, served)
				}
				if longest > 700*time.Millisecond {
					t.Errorf("a login waited %v", longest)
				}
				if possible := int(time.Duration(test.count) * test.every * 2 / bcryptTime); served < possible*9/10 {
					t.Errorf("%d logins were served of %d possible", served, possible)
				}
			})
		})
	}
}
