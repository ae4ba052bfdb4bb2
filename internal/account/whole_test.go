package account_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
)

// now returns the holder of the user's token, as a request at this moment has it.
func (r *recovery) now(t testing.TB) holder.Holder {
	t.Helper()
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	return by
}

// changeCode requests a code by mail for a change, and returns it.
func (r *recovery) changeCode(t testing.TB) string {
	t.Helper()
	r.clock.advance(time.Minute)
	_, err := r.SendEmailCode(t.Context(), address.EmailCodeRequest{By: r.now(t), Purpose: code.ForChange, Locale: "en"})
	fatal(t, err)
	return r.mails.last().Code
}

// TestPasswordIsReplacedWhole: a change or reset of the password of which one statement fails is an internal
// error and changes nothing: the old password and the old session stay good, and the code, too.
func TestPasswordIsReplacedWhole(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	fatal(t, r.askReset(t, "holder@example.com"))
	reset := credential.Reset{Email: "holder@example.com", Code: r.mails.last().Code}
	change := credential.Change{OldPassword: goodPassword, Password: newPassword, Locale: "en"}
	r.exec(t, "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$")
	for _, step := range []string{
		"INSERT OR UPDATE ON budgets", "INSERT OR UPDATE ON login_tries", "UPDATE OF password_hash ON users",
		"UPDATE OF tokens_valid_from ON users", "INSERT ON sessions", "INSERT ON audit_entries", "INSERT ON notices",
	} {
		_, table, _ := strings.Cut(step, " ON ")
		r.exec(t, "CREATE TRIGGER fail BEFORE "+step+" FOR EACH STATEMENT EXECUTE FUNCTION fail()")
		change.By = r.now(t)
		_, err := r.ChangePassword(t.Context(), change)
		if refused := (*refusal.Error)(nil); err == nil || errors.As(err, &refused) {
			t.Errorf("%s fails: a change ends with %v", step, err)
		}
		// A reset begins no session and compares no password, so it does not use those two tables.
		if table != "sessions" && table != "login_tries" {
			err := r.resetBy(t.Context(), reset)
			if refused := (*refusal.Error)(nil); err == nil || errors.As(err, &refused) {
				t.Errorf("%s fails: a reset ends with %v", step, err)
			}
		}
		r.exec(t, "DROP TRIGGER fail ON "+table)
		r.exec(t, "DELETE FROM budgets")
	}
	r.exec(t, "DROP FUNCTION fail")
	if r.count(t, "notices")+r.count(t, "audit_entries") != 0 {
		t.Error("a change that failed left something")
	}
	fatal(t, r.resetBy(t.Context(), reset))
}

// TestPasswordIsReplacedOnce: of two changes that have begun with one password, the second finds another
// hash. If its proof was the old password, that is now wrong. If it was a code, the request can be repeated.
func TestPasswordIsReplacedOnce(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	typed := r.changeCode(t)
	stale := r.now(t)
	change := credential.Change{By: stale, OldPassword: goodPassword, Password: newPassword, Locale: "en"}
	in, err := r.ChangePassword(t.Context(), change)
	fatal(t, err)
	_, err = r.ChangePassword(t.Context(), change)
	expect(t, err, refusal.CredentialsWrong)
	byCode := credential.Change{By: stale, Code: typed, Password: "a third good one 9", Locale: "en"}
	_, err = r.ChangePassword(t.Context(), byCode)
	expect(t, err, refusal.Unavailable)
	r.user = in
	byCode.By = r.now(t)
	_, err = r.ChangePassword(t.Context(), byCode)
	fatal(t, err)
}

// TestProofBesideUpgradedHash: a login upgrades the hash of the password between the check of a token and the
// transaction of a change or a deletion. No session has ended, so the proof is still good.
func TestProofBesideUpgradedHash(t *testing.T) {
	t.Parallel()
	old, err := bcrypt.GenerateFromPassword([]byte(goodPassword), bcrypt.MinCost)
	fatal(t, err)
	for name, act := range map[string]func(ctx context.Context, r *recovery, by holder.Holder, typed string) error{
		"deletion by password": func(ctx context.Context, r *recovery, by holder.Holder, _ string) error {
			_, err := r.Delete(ctx, account.Deletion{By: by, Password: goodPassword})
			return err
		},
		"deletion by code": func(ctx context.Context, r *recovery, by holder.Holder, typed string) error {
			_, err := r.Delete(ctx, account.Deletion{By: by, Code: typed})
			return err
		},
		"change by password": func(ctx context.Context, r *recovery, by holder.Holder, _ string) error {
			_, err := r.ChangePassword(ctx, credential.Change{By: by, OldPassword: goodPassword, Password: newPassword})
			return err
		},
		"change by code": func(ctx context.Context, r *recovery, by holder.Holder, typed string) error {
			_, err := r.ChangePassword(ctx, credential.Change{By: by, Code: typed, Password: newPassword})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recoverable(t, func(c *account.Config) { c.DeleteAfter = deleteAfter })
			r.exec(t, "UPDATE users SET password_hash = $1", string(old))
			typed, by := r.changeCode(t), r.now(t)
			if got := r.logsIn(t, goodPassword); got != "" || r.count(t, "users WHERE password_hash LIKE '$argon2id$%'") != 1 {
				t.Fatalf("the hash was not upgraded: %q", got)
			}
			fatal(t, act(t.Context(), r, by, typed))
			r.Close()
		})
	}
}
