package account_test

import (
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/refusal"
)

// audited returns the acts of the audit log, oldest first. It fails the test unless each entry names the
// user, the holder as the actor and the given network.
func (r *recovery) audited(t testing.TB, network string) []audit.Act {
	t.Helper()
	rows, err := r.pool.Query(t.Context(), `SELECT act FROM audit_entries
		WHERE user_id = $1 AND site_id = 1 AND actor = 'self' AND network = $2 AND at <= $3 ORDER BY id`,
		r.user.User.ID, network, r.clock.Now())
	fatal(t, err)
	acts, err := pgx.CollectRows(rows, pgx.RowTo[audit.Act])
	fatal(t, err)
	if n := r.count(t, "audit_entries"); n != len(acts) {
		t.Errorf("%d of %d entries are as they should be", len(acts), n)
	}
	return acts
}

// TestChangesAreAudited: each change of a credential or identifier writes its entries, with the actor and the
// network. A registration, a login and a refused change write none.
func TestChangesAreAudited(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	from := account.Origin{Subnet: "198.51.100.0/24", Network: "198.51.100.0/24"}
	token := func() holder.Holder {
		by, err := r.holderOf(r.user.Token)
		fatal(t, err)
		return by
	}
	var want []audit.Act
	expected := func(err error, acts ...audit.Act) {
		t.Helper()
		fatal(t, err)
		r.Close()
		want = append(want, acts...)
		if got := r.audited(t, from.Network); !slices.Equal(got, want) {
			t.Fatalf("the log has %q, want %q", got, want)
		}
	}
	logIn := func(password string, acts ...audit.Act) {
		t.Helper()
		in, err := r.Login(t.Context(), account.Login{Site: 1, Phone: phone, Password: password, From: from, Locale: "en"})
		expected(err, acts...)
		r.user.Token = in.Token
	}
	logIn(goodPassword)
	// A wrong password changes nothing.
	change := credential.Change{By: token(), OldPassword: "wrong password", Password: newPassword, From: from}
	_, err := r.ChangePassword(t.Context(), change)
	expect(t, err, refusal.CredentialsWrong)
	change.OldPassword = goodPassword
	in, err := r.ChangePassword(t.Context(), change)
	expected(err, audit.PasswordChanged)
	r.user.Token = in.Token

	fatal(t, r.askReset(t, "holder@example.com"))
	_, err = r.ResetPassword(t.Context(), credential.Reset{Site: 1, Email: "holder@example.com",
		Code: r.mails.last().Code, Password: goodPassword, From: from})
	expected(err, audit.PasswordReset)
	logIn(goodPassword)

	name, email := "newholder", "unverified@example.com"
	_, err = r.ChangeProfile(t.Context(), profile.Change{By: token(), UserName: &name, Email: &email,
		OldPassword: goodPassword, From: from})
	expected(err, audit.UserNameChanged, audit.EmailChanged)
	none := ""
	_, err = r.ChangeProfile(t.Context(), profile.Change{By: token(), Edits: person.Edits{RealName: &none}, From: from})
	expected(err) // a real name is not a credential, so there is no entry
	r.clock.advance(time.Hour)
	by := token()
	_, err = r.SendEmailCode(t.Context(), address.EmailCodeRequest{By: by, From: from})
	fatal(t, err)
	_, err = r.VerifyEmail(t.Context(), address.EmailVerification{By: by, Code: r.mails.last().Code, From: from})
	expected(err, audit.EmailVerified)
	_, err = r.Delete(t.Context(), account.Deletion{By: token(), Password: goodPassword, From: from})
	expected(err, audit.DeletionRequested)
	logIn(goodPassword, audit.DeletionCanceled)
	_, err = r.ChangeProfile(t.Context(), profile.Change{By: token(), Phone: &none,
		OldPassword: goodPassword, From: from})
	expected(err, audit.PhoneChanged)
}
