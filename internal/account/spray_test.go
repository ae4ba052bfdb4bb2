package account_test

import (
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/refusal"
)

// from returns the origin of a client by its address.
func from(address string) account.Origin { return account.OriginOf(netip.MustParseAddr(address)) }

// tryFrom logs in by a user name from an address and returns the error.
func (w *world) tryFrom(t testing.TB, address, name, password string) error {
	t.Helper()
	_, err := w.Login(t.Context(), account.Login{Site: 1, UserName: name, Password: password, From: from(address)})
	return err
}

// enlist registers a user from an address.
func (w *world) enlist(t testing.TB, address, name string) {
	t.Helper()
	_, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: name, Password: goodPassword, From: from(address),
	})
	fatal(t, err)
}

// standard are the limits that a deployment has if it sets none.
func standard(c *account.Config) {
	c.Limits = account.Limits{LoginPerNetwork: 10, LoginPerAccount: 100, LoginAccounts: 30}
}

// TestRegistrationNetworkIsKnown: a user that has registered and never logged in is not locked out
// of the network of the registration by guesses elsewhere, not even by guesses in the next /64. The
// table has the network as a hash, which differs for each user.
func TestRegistrationNetworkIsKnown(t *testing.T) {
	t.Parallel()
	const home, neighbor = "2001:db8:1:2::7", "2001:db8:1:3::7"
	w := setup(t, standard)
	w.enlist(t, home, "alice")
	w.enlist(t, home, "bob")
	for i := range 101 {
		if err := w.tryFrom(t, fmt.Sprintf("198.51.%d.1", i), "alice", "somethingelse"); err == nil {
			t.Fatal("a wrong password logs in")
		}
	}
	for range 11 {
		_ = w.tryFrom(t, neighbor, "alice", "somethingelse")
	}
	expect(t, w.tryFrom(t, neighbor, "alice", goodPassword), refusal.LoginTooMany)
	expect(t, w.tryFrom(t, "203.0.113.1", "alice", goodPassword), refusal.LoginTooMany)
	expect(t, w.tryFrom(t, home, "alice", goodPassword), "")
	if n := w.count(t, "(SELECT DISTINCT registration_network FROM users) AS n"); n != 2 {
		t.Errorf("%d hashes for two users of one network", n)
	}
}

// TestRegistrationNetworkIsForgotten: after 30 days the network counts as unknown.
func TestRegistrationNetworkIsForgotten(t *testing.T) {
	t.Parallel()
	const home = "192.0.2.1"
	w := setup(t, standard)
	w.enlist(t, home, "alice")
	w.clock.advance(30 * 24 * time.Hour)
	for i := range 101 {
		_ = w.tryFrom(t, fmt.Sprintf("198.51.%d.1", i), "alice", "somethingelse")
	}
	expect(t, w.tryFrom(t, home, "alice", goodPassword), refusal.LoginTooMany)
}

// TestTenNetworksCannotLockALogin: endless guesses from ten networks leave tries to a holder
// in an unknown network.
func TestTenNetworksCannotLockALogin(t *testing.T) {
	t.Parallel()
	for name, address := range map[string]func(network, guess int) string{
		"IPv4": func(network, _ int) string { return fmt.Sprintf("198.51.%d.1", network) },
		// Each guess comes from another /64 of the ten /48.
		"IPv6": func(network, guess int) string { return fmt.Sprintf("2001:db8:%x:%x::1", network, guess) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			besiege(t, address)
		})
	}
}

func besiege(t *testing.T, address func(network, guess int) string) {
	w := setup(t, standard)
	w.enlist(t, "192.0.2.1", "alice")
	w.exec(t, "UPDATE users SET registration_network = NULL")
	refused, guesses := 0, 0
	for minute := range 150 {
		for network := range 10 {
			for range 2 { // as many as are counted: once they are used up each further one is refused
				guesses++
				if reason(w.tryFrom(t, address(network, guesses), "alice", "wrong-one")) == refusal.LoginTooMany {
					refused++
				}
			}
		}
		if minute%10 == 9 { // with a typing error, since a success would end the experiment
			expect(t, w.tryFrom(t, fmt.Sprintf("203.0.%d.1", minute), "alice", "MyPasswrod123"), refusal.CredentialsWrong)
		}
		w.clock.advance(time.Minute)
	}
	expect(t, w.tryFrom(t, "203.0.113.1", "alice", goodPassword), "")
	if refused < 2000 {
		t.Errorf("only %d of 3,000 guesses were refused, want at least 2000", refused)
	}
}

// TestSpraying: one password is tried at 77 accounts from one network within 125 seconds. 30 are
// compared. Retry-After is accurate to the second. The answer does not depend on whether the
// account exists. A holder that is known in the network can log in.
func TestSpraying(t *testing.T) {
	t.Parallel()
	w := setup(t, standard)
	const home, abroad = "192.0.2.7", "203.0.113.1"
	w.enlist(t, home, "resident")
	var names []string
	for i := range 77 {
		names = append(names, fmt.Sprintf("victim%d", i))
		w.enlist(t, abroad, names[i])
	}
	begin := w.clock.Now()
	compared := 0
	for i, name := range names {
		err := w.tryFrom(t, home, name, "somethingelse")
		switch reason(err) {
		case refusal.CredentialsWrong:
			compared++
		case refusal.LoginTooMany:
			var e *refusal.Error
			errors.As(err, &e)
			if want := begin.Add(time.Hour).Sub(w.clock.Now()); e.RetryAfter != want {
				t.Errorf("try %d: wait %s, want %s", i, e.RetryAfter, want)
			}
		default:
			t.Errorf("try %d: %v", i, err)
		}
		w.clock.advance(125 * time.Second / 77)
	}
	if compared != 30 {
		t.Errorf("%d accounts were tried, want 30", compared)
	}
	expect(t, w.tryFrom(t, home, names[76], goodPassword), refusal.LoginTooMany)
	expect(t, w.tryFrom(t, home, "resident", "somethingelse"), refusal.LoginTooMany)
	expect(t, w.tryFrom(t, home, "resident", goodPassword), "")
	expect(t, w.tryFrom(t, abroad, names[76], goodPassword), "")
	w.clock.advance(begin.Add(time.Hour - time.Second).Sub(w.clock.Now()))
	expect(t, w.tryFrom(t, home, names[76], goodPassword), refusal.LoginTooMany)
	w.clock.advance(time.Second)
	expect(t, w.tryFrom(t, home, names[76], goodPassword), "")
}

// TestSharedNetwork: many people behind one address log in, some of them at the second try.
// Successes do not count.
func TestSharedNetwork(t *testing.T) {
	t.Parallel()
	w := setup(t, standard)
	const office = "192.0.2.7"
	for i := range 90 {
		name := fmt.Sprintf("person%d", i)
		w.enlist(t, "203.0.113.1", name)
		if i%3 == 0 {
			expect(t, w.tryFrom(t, office, name, "somethingelse"), refusal.CredentialsWrong)
		}
		expect(t, w.tryFrom(t, office, name, goodPassword), "")
	}
}

// TestSprayingAtOnce: of many tries at once from one network, on two services, no more than the
// limit of the network compare a password.
func TestSprayingAtOnce(t *testing.T) {
	t.Parallel()
	a := setup(t, standard)
	b := on(t, a.pool, a.clock, standard)
	ends := atOnce(80, func(i int) error {
		return []*world{a, b}[i%2].tryFrom(t, "192.0.2.7", fmt.Sprintf("nobody%d", i), "somethingelse")
	})
	if ends[refusal.CredentialsWrong] != 30 || ends[refusal.LoginTooMany] != 50 {
		t.Errorf("ends: %v", ends)
	}
	if n := a.count(t, "login_networks"); n != 1 {
		t.Errorf("%d rows for one network, want 1", n)
	}
}

// TestSprayingOverSubnets: all /64 of one /48 together may fail at as many accounts as four /64, and
// each /64 at no more than its own bound. Neither a holder that is known in one of them nor another
// /48 is refused. After the Retry-After of the last refusal, a login from the /48 is served.
func TestSprayingOverSubnets(t *testing.T) {
	t.Parallel()
	w := setup(t, standard)
	subnet := func(i int) string { return fmt.Sprintf("2001:db8:1:%x::7", i) }
	const abroad = "2001:db8:2::7"
	w.enlist(t, subnet(1), "resident")
	w.enlist(t, abroad, "traveler")
	tried, compared := 0, 0
	spray := func(from string, tries int) (wait time.Duration) {
		for range tries {
			tried++
			err := w.tryFrom(t, from, fmt.Sprintf("nobody%d", tried), "somethingelse")
			var e *refusal.Error
			switch errors.As(err, &e); e.Reason {
			case refusal.CredentialsWrong:
				compared++
			case refusal.LoginTooMany:
				wait = e.RetryAfter
			}
		}
		return wait
	}
	// One /64 with endless guesses uses up no more than a quarter of the /48.
	if spray(subnet(0), 130); compared != 30 {
		t.Fatalf("one /64 tried %d accounts", compared)
	}
	w.clock.advance(10 * time.Minute)
	var wait time.Duration
	for i := range 150 {
		wait = spray(subnet(1+i), 1)
	}
	if compared != 120 || wait != 50*time.Minute {
		t.Errorf("150 /64 of one /48 tried %d accounts, and the last waits %s", compared, wait)
	}
	expect(t, w.tryFrom(t, subnet(999), "traveler", goodPassword), refusal.LoginTooMany)
	expect(t, w.tryFrom(t, subnet(1), "resident", goodPassword), "")
	expect(t, w.tryFrom(t, abroad, "traveler", "somethingelse"), refusal.CredentialsWrong)
	spray(subnet(998), 31) // none of which counts for the /64
	w.clock.advance(wait)
	expect(t, w.tryFrom(t, subnet(998), "traveler", goodPassword), "")
}
