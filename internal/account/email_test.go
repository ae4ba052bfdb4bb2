package account_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

// mailbox keeps the last code for each address.
type mailbox struct {
	mu    sync.Mutex
	codes map[string]string
}

func (m *mailbox) Send(_ context.Context, sent mail.Message) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.codes == nil {
		m.codes = map[string]string{}
	}
	m.codes[sent.To] = sent.Code
	return nil
}

// claims returns a service, a function that registers a user with an email, and one that verifies an email.
func claims(t *testing.T) (w *world, user func(name, email string) int64,
	verify func(id int64, email string) func() error) {
	t.Helper()
	box := &mailbox{}
	// The database is this test's own, because TestSwap counts its deadlocks.
	w = on(t, pgtest.Fresh(t), &clock{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)},
		func(c *account.Config) { c.Mail = box })
	tokens := map[int64]string{}
	user = func(name, email string) int64 {
		in, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: name, Password: goodPassword,
			Email: email})
		fatal(t, err)
		tokens[in.User.ID] = in.Token
		return in.User.ID
	}
	verify = func(id int64, email string) func() error {
		by, err := w.holderOf(tokens[id])
		fatal(t, err)
		_, err = w.SendEmailCode(t.Context(), address.EmailCodeRequest{By: by, Email: email})
		fatal(t, err)
		v := address.EmailVerification{By: by, Email: email, Code: box.codes[email]}
		return func() error { _, err := w.VerifyEmail(t.Context(), v); return err }
	}
	return w, user, verify
}

// TestSquatterInBetween: a registration that claims the address commits after the owner's
// transaction has evicted the earlier claim and before it sets the address. The owner has the
// right code, and gets the address.
func TestSquatterInBetween(t *testing.T) {
	t.Parallel()
	w, user, verify := claims(t)
	owner, squatter := user("holder", ""), user("squatter", "")
	prove := verify(owner, "owner@example.com")
	squatting, err := w.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = squatting.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = squatting.Exec(t.Context(),
		"UPDATE users SET email = 'owner@example.com', email_key = 'owner@example.com' WHERE id = $1", squatter)
	fatal(t, err)
	proved := pgtest.Blocked(t, w.pool, prove)
	fatal(t, squatting.Commit(t.Context()))
	expect(t, proved(), "")
	if n := w.count(t, "users WHERE id = $1 AND email_verified_at IS NOT NULL", owner); n != 1 {
		t.Error("the owner does not have the address")
	}
	if n := w.count(t, "users WHERE id = $1 AND email IS NULL", squatter); n != 1 {
		t.Error("the squatter still has the address")
	}
}

// TestTakenEmailSpendsTheCode: one code gets one answer about whether an address is taken.
func TestTakenEmailSpendsTheCode(t *testing.T) {
	t.Parallel()
	w, user, verify := claims(t)
	fatal(t, verify(user("first", ""), "a@example.com")())
	w.clock.advance(time.Minute)
	again := verify(user("second", ""), "a@example.com")
	expect(t, again(), refusal.EmailTaken)
	expect(t, again(), refusal.CodeExpired)
}

// TestOneAnswerForACode: the holder of a phone tries with one code whether emails are taken, one
// after the other or all at once. Only one try is answered. The code still registers without an email.
func TestOneAnswerForACode(t *testing.T) {
	t.Parallel()
	for name, ask := range map[string]func(n int, call func(int) error) map[refusal.Reason]int{
		"at once": atOnce,
		"one after the other": func(n int, call func(int) error) map[refusal.Reason]int {
			ends := map[refusal.Reason]int{}
			for i := range n {
				ends[reason(call(i))]++
			}
			return ends
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			for i := range 12 {
				_, err := w.Register(t.Context(), account.Registration{
					Site: 1, UserName: fmt.Sprintf("person%d", i), Password: goodPassword, Email: fmt.Sprintf("p%d@example.com", i),
				})
				fatal(t, err)
			}
			code := w.code(t, phone, account.ForRegister)
			register := func(email string) error {
				_, err := w.Register(t.Context(), account.Registration{Site: 1, Phone: phone, Code: code, Email: email})
				return err
			}
			ends := ask(12, func(i int) error { return register(fmt.Sprintf("p%d@example.com", i)) })
			if ends[refusal.EmailTaken] != 1 || ends[refusal.CodeExhausted] != 11 {
				t.Errorf("ends: %v", ends)
			}
			expect(t, register("nobody@example.com"), refusal.CodeExhausted)
			expect(t, register(""), "")
		})
	}
}

// TestSwap: two users that claim each other's address verify at once. Both succeed. A deadlock
// would refuse one of them as unavailable.
func TestSwap(t *testing.T) {
	t.Parallel()
	w, user, verify := claims(t)
	for round := range 10 {
		name := string(rune('a' + round))
		one, two := name+"1@example.com", name+"2@example.com"
		first, second := user(name+"-first", one), user(name+"-second", two)
		both := []func() error{verify(first, two), verify(second, one)}
		if ends := atOnce(2, func(i int) error { return both[i]() }); ends[""] != 2 {
			t.Errorf("ends: %v", ends)
		}
	}
	if n := w.count(t, "users WHERE email_verified_at IS NOT NULL"); n != 20 {
		t.Errorf("%d users have their address, want 20", n)
	}
	if n := w.count(t, "pg_stat_database WHERE datname = current_database() AND deadlocks > 0"); n != 0 {
		t.Error("there were deadlocks")
	}
}

// TestVerificationIsOvertaken: while a verification waits for the lock of its user, all sessions end, as by a
// reset, or the user verifies another email. Then the verification changes nothing: a thief may have sent it.
func TestVerificationIsOvertaken(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change string
		want   refusal.Reason
	}{
		"by a reset": {"tokens_valid_from = now()", refusal.TokenInvalid},
		"by another verified email": {"email = 'b@b.example', email_key = 'b@b.example', email_verified_at = now()",
			refusal.ProofRequired},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recoverable(t)
			r.exec(t, "UPDATE users SET email = NULL, email_key = NULL, email_verified_at = NULL")
			by, err := r.holderOf(r.user.Token)
			fatal(t, err)
			_, err = r.SendEmailCode(t.Context(), address.EmailCodeRequest{By: by, Email: "thief@example.com"})
			fatal(t, err)
			holder, err := r.pool.Begin(t.Context())
			fatal(t, err)
			defer func() { _ = holder.Rollback(context.WithoutCancel(t.Context())) }()
			_, err = holder.Exec(t.Context(), "UPDATE users SET "+c.change)
			fatal(t, err)
			verified := pgtest.Blocked(t, r.pool, func() error {
				_, err := r.VerifyEmail(t.Context(), address.EmailVerification{
					By: by, Email: "thief@example.com", Code: r.mails.last().Code,
				})
				return err
			})
			fatal(t, holder.Commit(t.Context()))
			expect(t, verified(), c.want)
			if r.count(t, "users WHERE email_key = 'thief@example.com'") != 0 {
				t.Error("the thief's email is verified")
			}
		})
	}
}
