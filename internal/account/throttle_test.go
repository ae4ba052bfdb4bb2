package account_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/refusal"
)

// alices are three logins that name one user, and nobodys three that name no user.
var (
	alices = [3]account.Login{{Site: 1, UserName: "alice"}, {Site: 1, Email: "alice@example.com"},
		{Site: 1, Phone: phone}}
	nobodys = [3]account.Login{{Site: 1, UserName: "nobody"}, {Site: 1, Email: "nobody@example.com"},
		{Site: 1, Phone: "13900139000"}}
)

// registerAlice registers a user that can log in by each of alices.
func (w *world) registerAlice(t testing.TB) {
	t.Helper()
	_, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "alice", Password: goodPassword, Email: "alice@example.com", Phone: phone, Code: w.code(t, phone,
			account.ForRegister),
	})
	fatal(t, err)
	w.exec(t, "UPDATE users SET email_verified_at = now()")
}

// tryAs logs in and returns the error.
func (w *world) tryAs(t testing.TB, l account.Login, password string) refusal.Reason {
	t.Helper()
	l.Password = password
	_, err := w.Login(t.Context(), l)
	return reason(err)
}

// TestNamesShareTheirTries: the tries of an account are counted together, whichever of its
// names a login uses. A password beyond the bound is not compared, although it is right.
func TestNamesShareTheirTries(t *testing.T) {
	t.Parallel()
	const tries = 6
	for name, limits := range map[string]account.Limits{"account": {LoginPerAccount: tries},
		"network": {LoginPerNetwork: tries}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, func(c *account.Config) { c.Limits = limits })
			w.registerAlice(t)
			for wrong, want := range map[int]refusal.Reason{tries - 1: "", tries: refusal.CredentialsWrong} {
				w.clock.advance(time.Hour)
				for i := range wrong {
					l := alices[i%3]
					l.From.Subnet = "192.0.2.0/24"
					if got := w.tryAs(t, l, "somethingelse"); got != refusal.CredentialsWrong {
						t.Errorf("try %d: %s", i, got)
					}
				}
				l := alices[wrong%3]
				l.From.Subnet = "192.0.2.0/24"
				if got := w.tryAs(t, l, goodPassword); got != want {
					t.Errorf("the right password after %d wrong ones: %q, want %q", wrong, got, want)
				}
			}
		})
	}
}

// TestNamesTellNothingOfEachOther: an attacker that uses up the tries of one name does not learn
// whether another name is of the same account: names of one account, and names of no account, get
// the same answers after the same work (I9).
func TestNamesTellNothingOfEachOther(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	hasher, err := password.New(password.Config{Params: password.Params{Memory: 64, Passes: 1, Threads: 1},
		Metrics: registry})
	fatal(t, err)
	w := setup(t, func(c *account.Config) {
		c.Hasher, c.Limits = hasher, account.Limits{LoginPerNetwork: 4, LoginPerAccount: 6}
	})
	w.registerAlice(t)
	answers := func(names [3]account.Login) (all []string) {
		before := hashes(t, registry)
		for i := range 30 {
			l := names[i/10]
			l.From.Subnet = fmt.Sprintf("192.0.%d.0/24", i%5)
			all = append(all, string(w.tryAs(t, l, "somethingelse")))
		}
		return append(all, fmt.Sprint(hashes(t, registry)-before, " hashes"))
	}
	of, none := answers(alices), answers(nobodys)
	if !slices.Equal(of, none) {
		t.Errorf("alice:  %v\nnobody: %v", of, none)
	}
	if n := len(slices.DeleteFunc(of, func(s string) bool { return s != string(refusal.LoginTooMany) })); n != 3*4 {
		t.Errorf("%d of 30 tries were refused as too many, want 12", n)
	}
}

// TestSharedTriesAtOnce: of many tries at once, on two services and by three names, no more
// passwords are compared than the account has tries.
func TestSharedTriesAtOnce(t *testing.T) {
	t.Parallel()
	limit := func(c *account.Config) { c.Limits = account.Limits{LoginPerAccount: 7} }
	a := setup(t, limit)
	a.registerAlice(t)
	b := on(t, a.pool, a.clock, limit)
	ends := atOnce(60, func(i int) error {
		l := alices[i%3]
		l.Password = "somethingelse"
		_, err := []*world{a, b}[i%2].Login(t.Context(), l)
		return err
	})
	// Seven tries by each name are not refused as too many. Of all of them, seven were compared.
	if ends[refusal.CredentialsWrong] != 3*7 || ends[refusal.LoginTooMany] != 60-3*7 {
		t.Errorf("ends: %v", ends)
	}
	if n := a.count(t, "login_tries WHERE tries = 7"); n != 4 || a.count(t, "login_tries") != 4 {
		t.Errorf("%d rows of seven tries, want three names and one account", n)
	}
	if got := a.tryAs(t, alices[0], goodPassword); got != refusal.LoginTooMany {
		t.Errorf("the right password: %q", got)
	}
	a.clock.advance(time.Hour)
	if got := a.tryAs(t, alices[1], goodPassword); got != "" {
		t.Errorf("an hour later: %q", got)
	}
}

// TestHolderIsKnownByEachName: a holder that has logged in by one name from a network is not
// locked out there by guesses elsewhere, whichever name is typed.
func TestHolderIsKnownByEachName(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.Limits = account.Limits{LoginPerNetwork: 3, LoginPerAccount: 5} })
	w.registerAlice(t)
	home := alices[0]
	home.From.Subnet = "192.0.2.0/24"
	if got := w.tryAs(t, home, goodPassword); got != "" {
		t.Fatal(got)
	}
	for i := range 20 {
		l := alices[i%3]
		l.From.Subnet = fmt.Sprintf("198.51.%d.0/24", i)
		w.tryAs(t, l, "somethingelse")
	}
	for _, l := range alices {
		l.From.Subnet = "203.0.113.0/24"
		if got := w.tryAs(t, l, goodPassword); got == "" {
			t.Error("a right password passes elsewhere after 20 guesses")
		}
		l.From.Subnet = home.From.Subnet
		if got := w.tryAs(t, l, goodPassword); got != "" {
			t.Errorf("at home: %s", got)
		}
	}
}
