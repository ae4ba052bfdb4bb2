package account_test

import (
	"slices"
	"testing"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/rekey"
)

// TestRegistrationsHaveTheDataVersion: the statement that inserts a user says by which
// version of the rules its keys were made.
func TestRegistrationsHaveTheDataVersion(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "PaypaI", Password: goodPassword})
	fatal(t, err)
	if in.User.UserName != "PaypaI" || in.User.UserNameKey != "paypai" {
		t.Errorf("the user is %+v", in.User)
	}
	if n := w.count(t, "users WHERE keys_version = $1", identifier.DataVersion); n != 1 {
		t.Errorf("%d rows of this version, want 1", n)
	}
}

// TestRekey: keys that an older version made are computed again, without a change of
// what is shown, and the users log in.
func TestRekey(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, name := range []string{"Alice", "Bob", "ㄚahoo", "carol"} {
		_, err := w.Register(t.Context(), account.Registration{
			Site: 1, UserName: name, Password: goodPassword, Email: "x" + name[:1] + name[len(name)-2:] + "@example.com",
		})
		if name == "ㄚahoo" {
			_, err = w.Register(t.Context(), account.Registration{Site: 1, UserName: name, Password: goodPassword})
		}
		fatal(t, err)
	}
	w.exec(t, `UPDATE users SET keys_version = 0, user_name_key = 'old-' || user_name_key,
		email_key = 'old-' || email_key`)
	w.exec(t, `UPDATE users SET user_name_skeleton = 'ㄚahoo' WHERE user_name = 'ㄚahoo'`)
	w.exec(t, `UPDATE users SET phone = '+22997123456' WHERE user_name = 'Bob'`)
	changed, collisions, err := rekey.Run(t.Context(), w.pool, identifier.DataVersion)
	if err != nil || changed != 4 || len(collisions) != 0 {
		t.Fatalf("%d changed, %v, %v", changed, collisions, err)
	}
	if n := w.count(t, `users WHERE keys_version = $1 AND user_name_key = lower(user_name)
		AND (email_key IS NULL OR email_key = lower(email))`, identifier.DataVersion); n != 4 {
		t.Errorf("%d rows have new keys, want 4", n)
	}
	if n := w.count(t, "users WHERE user_name_skeleton = 'yahoo' OR phone = '+2290197123456'"); n != 2 {
		t.Errorf("%d of the skeleton and the phone, want 2", n)
	}
	for _, login := range []account.Login{{UserName: "alice"}, {Phone: "+229 97 12 34 56"},
		{Phone: "+229 01 97 12 34 56"}} {
		login.Site, login.Password = 1, goodPassword
		if _, err := w.Login(t.Context(), login); err != nil {
			t.Errorf("%+v: %v", login, err)
		}
	}
	changed, collisions, err = rekey.Run(t.Context(), w.pool, identifier.DataVersion)
	if err != nil || changed != 0 || collisions != nil {
		t.Errorf("again: %d changed, %v, %v", changed, collisions, err)
	}
}

// TestRekeyCollisions: two users whose identifiers have become one are both kept as they
// were, and reported each time until one has changed.
func TestRekeyCollisions(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ids := map[string]int64{}
	for _, name := range []string{"alice", "bob", "carol", "dave", "erin"} {
		in, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: name, Password: goodPassword})
		fatal(t, err)
		ids[name] = in.User.ID
	}
	// With new keys, bob has the key of alice, and carol looks like alice. dave gets the key
	// that erin has now, which is free once erin has a new one.
	w.exec(t, `UPDATE users SET keys_version = 0, user_name = 'Alice', email = 'Bob@b.c', email_key = 'Bob@b.c'
		WHERE user_name = 'bob'`)
	w.exec(t, `UPDATE users SET keys_version = 0, user_name = 'alıce', user_name_key = 'alıce'
		WHERE user_name = 'carol'`)
	w.exec(t, `UPDATE users SET keys_version = 0, user_name_key = 'old' WHERE user_name = 'dave'`)
	w.exec(t, `UPDATE users SET keys_version = 0, user_name_key = 'dave', user_name_skeleton = 'dave2'
		WHERE user_name = 'erin'`)
	want := []rekey.Collision{
		{User: ids["bob"], Field: "user_name"}, {User: ids["carol"], Field: "user_name", Look: true},
	}
	changed, collisions, err := rekey.Run(t.Context(), w.pool, identifier.DataVersion)
	if err != nil || changed != 3 || !slices.Equal(collisions, want) {
		t.Errorf("%d changed, %+v, %v; want 3, %+v", changed, collisions, err, want)
	}
	// The key of bob's email was changed. The name is reported until a person has changed it.
	changed, collisions, err = rekey.Run(t.Context(), w.pool, identifier.DataVersion)
	if err != nil || changed != 0 || !slices.Equal(collisions, want) {
		t.Errorf("again: %d changed, %+v, %v; want %+v", changed, collisions, err, want)
	}
	if n := w.count(t, `users WHERE user_name_key = 'bob' OR user_name_skeleton = 'carol'
		OR user_name_key = 'dave' AND user_name = 'dave'`); n != 3 {
		t.Errorf("%d rows, want 3", n)
	}
	w.exec(t, `UPDATE users SET user_name = 'bobby' WHERE id = $1`, ids["bob"])
	changed, collisions, err = rekey.Run(t.Context(), w.pool, identifier.DataVersion)
	if err != nil || changed != 1 || !slices.Equal(collisions, want[1:]) {
		t.Errorf("after a change: %d changed, %+v, %v", changed, collisions, err)
	}
}

// TestChangeByAnEarlierVersion: if a replica of an earlier version changes a name or verifies an email in a row
// that a later `migrate` has computed, the row is of the earlier version again. So the next `migrate` computes
// the key again. Otherwise the row would say that its key is of the later version, which it is not.
func TestChangeByAnEarlierVersion(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	computed := func() {
		t.Helper()
		r.exec(t, "UPDATE users SET keys_version = $1", identifier.DataVersion+1)
	}
	version := func() (version int32) {
		t.Helper()
		fatal(t, r.pool.QueryRow(t.Context(), "SELECT keys_version FROM users").Scan(&version))
		return version
	}
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	computed()
	fatal(t, r.rename(t, profile.Change{By: by}, "renamed"))
	if got := version(); got != identifier.DataVersion {
		t.Errorf("after another name: version %d", got)
	}
	computed()
	realName := "Alice"
	_, err = r.ChangeProfile(t.Context(), profile.Change{By: by, Edits: person.Edits{RealName: &realName}})
	fatal(t, err)
	if got := version(); got != identifier.DataVersion+1 {
		t.Errorf("after a change without a key: version %d", got)
	}
	r.exec(t, "UPDATE users SET email_verified_at = NULL")
	_, err = r.SendEmailCode(t.Context(), address.EmailCodeRequest{By: by})
	fatal(t, err)
	_, err = r.VerifyEmail(t.Context(), address.EmailVerification{By: by, Code: r.mails.last().Code})
	fatal(t, err)
	if got := version(); got != identifier.DataVersion {
		t.Errorf("after a verified email: version %d", got)
	}
}
