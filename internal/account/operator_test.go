package account_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

// anActor is an operator with a key.
var anActor = audit.Actor{Kind: audit.Key, Name: "support", Network: "192.0.2.0/24"}

// passwordOfOperator is the one that the operator sets.
const passwordOfOperator = "given by support 7"

// operators returns the use cases of operators on the database of a world.
func (w *world) operators(t testing.TB) *operator.Service {
	t.Helper()
	phones, err := identifier.NewPhoneRules("CN", nil)
	fatal(t, err)
	policy, err := password.NewPolicy(password.PolicyConfig{})
	fatal(t, err)
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1, Threads: 1}, Metrics: prometheus.NewRegistry(),
	})
	fatal(t, err)
	names, err := leave.NewNames(make([]byte, 32), 0)
	fatal(t, err)
	codes, err := code.New(code.Config{
		Pool: w.pool, Secret: make([]byte, 32), Now: w.clock.Now, Rand: rand.Reader, Metrics: prometheus.NewRegistry(),
	})
	fatal(t, err)
	s, err := operator.New(operator.Config{
		Pool: w.pool, Sites: []int64{1}, Codes: codes, Addresses: w.Addresses, Phones: phones, DefaultGroup: 2,
		Locale: "en", Now: w.clock.Now,
		Rules: &operator.Rules{Phones: phones, Policy: policy, Hasher: hasher, Names: names, Rand: rand.Reader},
	})
	fatal(t, err)
	return s
}

// usesPassword has the holder change the password, reset it by a code, or log in with the old one.
func (r *recovery) usesPassword(t testing.TB, how string, by holder.Holder, code string) (err error) {
	switch how {
	case "change":
		_, err = r.ChangePassword(t.Context(), credential.Change{By: by, OldPassword: goodPassword,
			Password: newPassword, Locale: "en"})
	case "reset":
		_, err = r.ResetPassword(t.Context(), credential.Reset{Site: 1, Phone: phone, Code: code,
			Password: newPassword, Locale: "en"})
	case "login":
		_, err = r.Login(t.Context(), account.Login{Site: 1, UserName: "holder", Password: goodPassword})
	}
	return err
}

// TestPasswordOfOperatorBesideHolder: an operator sets a password while the holder changes it, resets it or logs in.
// The second of the two waits for the first, and the password of the last change is the only one that logs in. No
// earlier session or token is valid.
func TestPasswordOfOperatorBesideHolder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		by            string // what the holder does
		operatorFirst bool
		want          refusal.Reason // of the holder's request
		last          string         // the password after both
	}{
		"after a change":  {"change", false, "", passwordOfOperator},
		"before a change": {"change", true, refusal.CredentialsWrong, passwordOfOperator},
		"after a reset":   {"reset", false, "", passwordOfOperator},
		"before a reset":  {"reset", true, "", newPassword},
		"before a login":  {"login", true, refusal.CredentialsWrong, passwordOfOperator},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recoverable(t)
			by, err := r.holderOf(r.user.Token)
			fatal(t, err)
			_, err = r.SendPhoneCode(t.Context(), address.CodeRequest{
				Site: 1, Phone: phone, Purpose: account.ForReset, Locale: "en",
			})
			fatal(t, err)
			r.Close() // the code is sent after the answer
			code := r.sms.last(t).Code
			operators := r.operators(t)
			own := func() error { return r.usesPassword(t, c.by, by, code) }
			set := func() error {
				given := passwordOfOperator
				_, err := operators.Update(t.Context(), operator.Act{
					By: audit.Actor{Kind: audit.Key, Name: "support"}, User: r.user.User.ID, Site: 1,
				}, operator.Changes{Password: &given})
				return err
			}
			var refused, failed error
			first, second := func() error { refused = own(); return nil }, func() error { failed = set(); return nil }
			if c.operatorFirst {
				first, second = second, first
			}
			// The first one has the user's row and waits for the count of notices; the second waits for the row.
			held, err := r.pool.Begin(t.Context())
			fatal(t, err)
			defer func() { _ = held.Rollback(context.WithoutCancel(t.Context())) }()
			_, err = held.Exec(t.Context(), `INSERT INTO budgets (scope, key, ends_at, used, redeemed)
				VALUES ('notice_user', $1::bigint::text, $2, 1, 0)`, r.user.User.ID, r.clock.Now().Add(time.Hour))
			fatal(t, err)
			begun := pgtest.Blocked(t, r.pool, first)
			both := pgtest.Blocked(t, r.pool, second, begun)
			fatal(t, held.Rollback(t.Context()))
			fatal(t, errors.Join(both(), failed))
			expect(t, refused, c.want)
			r.Close()
			if _, err := r.holderOf(r.user.Token); err == nil || r.count(t, "sessions") != 0 {
				t.Errorf("a session from before is live: %v", err)
			}
			r.clock.advance(time.Hour) // failed logins are not counted any more
			for _, password := range []string{goodPassword, newPassword, passwordOfOperator} {
				want := refusal.CredentialsWrong
				if password == c.last {
					want = ""
				}
				if got := r.logsIn(t, password); got != want {
					t.Errorf("%s: %q", password, got)
				}
			}
			if n := r.count(t, "audit_entries WHERE act = 'user.updated' AND detail = 'password'"); n != 1 {
				t.Errorf("%d entries of the operator", n)
			}
		})
	}
}
