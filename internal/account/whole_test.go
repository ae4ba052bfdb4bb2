package account_test

import (
	"errors"
	"strings"
	"testing"
	"time"

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

// TestPasswordIsReplacedWhole: if one statement of a change or a reset of the password fails, the answer is
// an internal error and nothing changes: the old password, the old session and the code stay valid.
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
// hash. If its proof was the old password, it is refused as wrong. If its proof was a code, the request can
// be repeated.
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
