package operator_test

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/person"
)

// addVerified adds a user with a session whose email is verified.
func (o *office) addVerified(n int) int64 {
	o.Helper()
	id := o.add(1, n)
	o.exec("UPDATE users SET email_verified_at = created_at WHERE id = $1", id)
	return id
}

// TestUpdatePassword: a new password is stored as a hash, ends all sessions of its user only, and the verified email
// gets a notice. A repetition does all of that again. A dry run does nothing.
func TestUpdatePassword(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	id, other := o.addVerified(1), o.addVerified(2)
	given := operator.Changes{Password: new("another horse battery")}
	if _, err := o.Update(t.Context(), operator.Act{By: by, User: id, DryRun: true}, given); err != nil ||
		o.count("users WHERE password_hash <> '$'")+o.count("notices")+o.count("audit_entries") != 0 ||
		o.count("sessions") != 2 {
		t.Errorf("a dry run: %v", err)
	}
	for n := 1; n <= 2; n++ {
		u, err := o.Update(t.Context(), operator.Act{By: by, User: id, Site: 1}, given)
		if err != nil || u.ID != id || o.count("users WHERE password_hash LIKE '$argon2id$%' AND id = $1", id) != 1 ||
			o.count("sessions WHERE user_id = $1", id) != 0 ||
			o.count(`notices WHERE user_id = $1 AND kind = 'password_changed' AND address = 'user1@example.com'
				AND locale = 'en'`, id) != n ||
			o.count("audit_entries WHERE act = 'user.updated' AND user_id = $1 AND detail = 'password'", id) != n {
			t.Errorf("%d: %+v, %v", n, u, err)
		}
		o.exec("INSERT INTO sessions VALUES ($1, 'two', $2, $2, $3, NULL, '', '')", id, o.now, o.now.AddDate(0, 0, 1))
	}
	if o.count("users WHERE password_hash = '$' AND tokens_valid_from IS NULL AND id = $1", other) != 1 ||
		o.count("sessions WHERE user_id = $1", other) != 1 || o.count("notices WHERE user_id = $1", other) != 0 {
		t.Error("another user has changed")
	}
}

// TestUpdatePasswordNotices: if the request also changes the email, the notice goes to the earlier email if it is
// verified, and to the new one if that is verified. An unverified email may be another person's.
func TestUpdatePasswordNotices(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before  bool // whether the email was verified
		changes operator.Changes
		want    []string
	}{
		"verified":   {true, operator.Changes{}, []string{"user1@example.com"}},
		"unverified": {false, operator.Changes{}, nil},
		"replaced":   {true, operator.Changes{Email: new("new@example.com")}, []string{"user1@example.com"}},
		"vouched for": {false, operator.Changes{Email: new("new@example.com"), EmailVerified: new(true)},
			[]string{"new@example.com"}},
		"both verified": {true, operator.Changes{Email: new("new@example.com"), EmailVerified: new(true)},
			[]string{"user1@example.com", "new@example.com"}},
		"cleared":   {true, operator.Changes{Email: new("")}, []string{"user1@example.com"}},
		"confirmed": {false, operator.Changes{EmailVerified: new(true)}, []string{"user1@example.com"}},
		"doubted":   {true, operator.Changes{EmailVerified: new(false)}, []string{"user1@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := openRuled(t)
			id := o.add(1, 1)
			if c.before {
				o.exec("UPDATE users SET email_verified_at = created_at")
			}
			c.changes.Password = new(secretWord)
			_, err := o.Update(t.Context(), operator.Act{By: by, User: id}, c.changes)
			o.fatal(err)
			for _, address := range c.want {
				if o.count("notices WHERE address = $1", address) != 1 {
					t.Errorf("%s gets no notice", address)
				}
			}
			if n := o.count("notices"); n != len(c.want) {
				t.Errorf("%d notices", n)
			}
		})
	}
}

// TestUpdatePasswordRefused: the rules are those of a change by the holder, with the words that the user has and those
// that it gets. A refused password changes nothing, and one of an unknown user is not hashed.
func TestUpdatePasswordRefused(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	id := o.addVerified(1)
	o.exec("UPDATE users SET user_name = 'presenthorse', user_name_key = 'presenthorse'")
	for i, c := range []struct {
		c    operator.Changes
		want string
	}{
		{operator.Changes{Password: new("")}, "password: password_too_short"},
		{operator.Changes{Password: new("short"), Edits: person.Edits{RealName: new("\x07")}},
			"password: password_too_short; real_name: real_name_invalid"},
		{operator.Changes{Password: new("password1")}, "password: password_common"},
		{operator.Changes{Password: new("enrollsite")}, "password: password_context"},
		{operator.Changes{Password: new("PresentHorse")}, "password: password_context"},
		{operator.Changes{Password: new("13800138001")}, "password: password_context"},
		{operator.Changes{Password: new("futurehorse"), UserName: new("futurehorse")}, "password: password_context"},
		{operator.Changes{Password: new("new@example.com"), Email: new("new@example.com")}, "password: password_context"},
		{operator.Changes{Password: new(secretWord), Group: new(int64(9))}, operator.ErrGroupUnknown.Error()},
	} {
		if _, err := o.Update(t.Context(), operator.Act{By: by, User: id}, c.c); reasons(err) != c.want {
			t.Errorf("%d: %s", i, reasons(err))
		}
	}
	for _, a := range []operator.Act{{By: by, User: 1}, {By: by, User: id, Site: 2}} {
		_, err := o.Update(t.Context(), a, operator.Changes{Password: new(secretWord)})
		if !errors.Is(err, operator.ErrUserUnknown) {
			t.Errorf("%+v: %v", a, err)
		}
	}
	if o.count("users WHERE password_hash = '$' AND user_name = 'presenthorse' AND tokens_valid_from IS NULL") != 1 ||
		o.count("sessions") != 1 || o.count("notices")+o.count("audit_entries") != 0 {
		t.Error("a refused password has changed something")
	}
}

// TestUpdateKeepsWayIn: all identifiers and the password change in one statement, so that one way in may take the
// place of another.
func TestUpdateKeepsWayIn(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	id := o.add(1, 1)
	o.exec("UPDATE users SET password_hash = NULL, user_name = NULL, user_name_key = NULL, user_name_skeleton = NULL")
	u, err := o.Update(t.Context(), operator.Act{By: by, User: id},
		operator.Changes{UserName: new("bob"), Password: new(secretWord), Phone: new("")})
	if err != nil || !u.HasPassword || u.UserName != "bob" || u.Phone != "" {
		t.Errorf("%+v, %v", u, err)
	}
}
