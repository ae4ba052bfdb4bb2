package throttle_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/throttle"
)

// TestStaggeredTries: ten networks attack one account. Five of them are an IPv6 /48 that uses another /64 for each
// try. The hours of the networks begin half an hour after that of the account. Each network makes all the tries that
// it has, at the end of its hour and at the beginning of the next, by each name of the account or by one name. In
// each hour and by each name, the password of a person in a network that was never seen is still compared.
func TestStaggeredTries(t *testing.T) {
	t.Parallel()
	names := []throttle.Login{{Kind: "user_name", Name: "alice"}, {Kind: "email", Name: "alice@example.com"},
		{Kind: "phone", Name: "+8613800138000"}}
	for name, known := range map[string][]throttle.Login{"one name": names[:1], "all names": names} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, throttle.Limits{PerNetwork: 10, PerAccount: 100, Accounts: 30})
			n := 0
			try := func(l throttle.Login) (throttle.Try, error) {
				n++
				l.Site = 1
				counted, err := w.counts.Count(t.Context(), l, db.User{ID: 1000})
				if err != nil && !errors.As(err, new(*throttle.TooManyError)) {
					t.Fatal(err)
				}
				return counted, err
			}
			attack := func(i int) error {
				l := known[n%len(known)]
				l.Network = fmt.Sprintf("198.51.%d.0/24", i)
				if i%2 == 1 {
					l.Network, l.Around = fmt.Sprintf("2001:db8:%x:%x::/64", i, n), fmt.Sprintf("2001:db8:%x::/48", i)
				}
				_, err := try(l)
				return err
			}
			burst := func() (counted int) {
				for range 12 * len(known) {
					for i := range 10 {
						if attack(i) == nil {
							counted++
						}
					}
				}
				return counted
			}
			person := func(p int) {
				for _, l := range names {
					l.Network = fmt.Sprintf("203.0.%d.0/24", p)
					if counted, err := try(l); err != nil || !counted.Compared() || counted.Refused() != nil {
						t.Errorf("person %d, %s: %v, compared: %v", p, l.Kind, err, counted.Compared())
					}
				}
			}
			person(0) // begins the hour of the account
			w.now = w.now.Add(30 * time.Minute)
			for i := range 10 {
				_ = attack(i) // begins the hours of the networks
			}
			w.now = w.now.Add(30 * time.Minute)
			for p := range 2 {
				person(1 + 2*p) // begins the next hour of the account
				w.now = w.now.Add(29 * time.Minute)
				if counted := burst(); counted < 20 {
					t.Errorf("only %d attempts were counted, and the test shows little, want at least 20", counted)
				}
				w.now = w.now.Add(time.Minute)
				burst()
				person(2 + 2*p)
				w.now = w.now.Add(30 * time.Minute)
			}
		})
	}
}
