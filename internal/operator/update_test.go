package operator_test

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/person"
)

// TestUpdate: each field can be changed alone, an empty value clears it, and the other fields keep theirs. A repetition
// changes nothing and writes no entry.
func TestUpdate(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	o.exec("INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven')")
	text := func(s string) *string { return &s }
	yes, no, group := true, false, int64(7)
	id, other := o.add(1, 1), o.add(1, 2)
	o.exec("UPDATE users SET status = 0 WHERE id = $1", id) // an operator also changes disabled users
	for i, c := range []struct {
		c             operator.Changes
		where, detail string
	}{
		{operator.Changes{UserName: text("Alice")},
			"user_name = 'Alice' AND user_name_key = 'alice' AND user_name_skeleton IS NOT NULL", "user_name"},
		{operator.Changes{Phone: text("13800138099")}, "phone = '+8613800138099' AND phone_since IS NULL", "phone"},
		{operator.Changes{EmailVerified: &yes},
			"email = 'user1@example.com' AND email_verified_at = $2", "email_verified"},
		{operator.Changes{Email: text("A@example.com")},
			"email = 'A@example.com' AND email_verified_at IS NULL AND email_since IS NULL", "email"},
		{operator.Changes{Email: text("a@example.com"), EmailVerified: &yes},
			"email = 'a@example.com' AND email_verified_at = $2", "email, email_verified"},
		{operator.Changes{EmailVerified: &no}, "email = 'a@example.com' AND email_verified_at IS NULL", "email_verified"},
		{operator.Changes{Edits: person.Edits{RealName: text("R"), FirstName: text("F"), LastName: text("L"),
			AvatarURL: text("/a"), Introduce: text("I")}},
			"real_name || first_name || last_name || avatar_url || introduce = 'RFL/aI'",
			"real_name, first_name, last_name, avatar_url, introduce"},
		{operator.Changes{Edits: person.Edits{Birthday: new(o.now.Unix()), Extra: []byte(`{"city":"杭州","n":1.0}`)}},
			`birthday = date_trunc('second', $2::timestamptz) AND extra = '{"n":1.0,"city":"杭州"}'`, "birthday, extra"},
		{operator.Changes{Edits: person.Edits{Birthday: new(int64(-2208988800)), Extra: []byte(`{"n":2}`)}},
			`birthday = '1900-01-01 00:00:00+00' AND extra = '{"n":2}'`, "birthday, extra"},
		{operator.Changes{Edits: person.Edits{Birthday: new(int64(0)), Extra: []byte(`{}`)}},
			"birthday IS NULL AND extra IS NULL", "birthday, extra"},
		{operator.Changes{Edits: person.Edits{RealName: text("")}}, "real_name || first_name = 'F'", "real_name"},
		{operator.Changes{Group: &group}, "group_id = 7", "group_id"},
		{operator.Changes{Email: text(""), UserName: text("")},
			"email IS NULL AND email_key IS NULL AND user_name IS NULL", "user_name, email"},
	} {
		act := operator.Act{By: by, User: id, Site: 1}
		where := "users WHERE id = $1 AND $2::timestamptz <> '0001-01-01' AND user_name_changed_at IS NULL " +
			"AND status = 0 AND " +
			c.where
		for range 2 {
			u, err := o.Update(t.Context(), act, c.c)
			if err != nil || u.ID != id || o.count(where, id, o.now) != 1 {
				t.Errorf("%d: %+v, %v", i, u, err)
			}
		}
		if n := o.count("audit_entries WHERE act = 'user.updated' AND user_id = $1 AND detail = $2", id, c.detail); n == 0 ||
			o.count("audit_entries") != i+1 {
			t.Errorf("%d: %d entries", i, n)
		}
	}
	if o.count("users WHERE id = $1 AND user_name || email || group_id = 'user2user2@example.com2'", other) != 1 ||
		o.count("sessions") != 1 {
		t.Error("another user, or a session, has changed")
	}
}

// TestUpdateRefused: a refused change leaves the user as it was.
func TestUpdateRefused(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	text := func(s string) *string { return &s }
	yes, group := true, int64(9)
	renamed := operator.Changes{Edits: person.Edits{RealName: text("R")}}
	id := o.add(1, 1)
	o.add(1, 2)
	for i, c := range []struct {
		c    operator.Changes
		want string
	}{
		{operator.Changes{UserName: text("admin"), Email: text("x"), Phone: text("1"),
			Edits: person.Edits{Introduce: text("\x07")}},
			"user_name: user_name_reserved; email: email_invalid; phone: phone_invalid; introduce: introduce_invalid"},
		{operator.Changes{Edits: person.Edits{Birthday: new(o.now.Unix() + 2*86400), Extra: []byte(`{"n":"x"}`)}},
			"extra_invalid; extra.n: extra_invalid; birthday: birthday_invalid"},
		{operator.Changes{UserName: text("User2")}, "user_name: user_name_taken"},
		{operator.Changes{Email: text("user2@example.com")}, "email: email_taken"},
		{operator.Changes{Phone: text("13800138002")}, "phone: phone_taken"},
		{operator.Changes{UserName: text(""), Phone: text("")}, "identifier_needed"},
		{operator.Changes{Email: text(""), EmailVerified: &yes}, "identifier_needed; email: required"},
		{operator.Changes{Edits: person.Edits{RealName: text("R")}, Group: &group}, operator.ErrGroupUnknown.Error()},
	} {
		if _, err := o.Update(t.Context(), operator.Act{By: by, User: id}, c.c); reasons(err) != c.want {
			t.Errorf("%d: %s", i, reasons(err))
		}
	}
	act := operator.Act{By: by, User: id, Site: 2}
	_, err := o.Update(t.Context(), act, renamed)
	if !errors.Is(err, operator.ErrUserUnknown) {
		t.Errorf("of another site: %v", err)
	}
	act = operator.Act{By: by, User: id, DryRun: true}
	if u, err := o.Update(t.Context(), act, renamed); err != nil || u.Profile.RealName != "R" {
		t.Errorf("a dry run: %+v, %v", u, err)
	}
	before := "users WHERE id = $1 AND user_name = 'user1' AND phone IS NOT NULL AND real_name || group_id = '2'"
	if o.count(before, id) != 1 ||
		o.count("audit_entries") != 0 {
		t.Error("a refused change is stored")
	}
	// An email that the operator vouches for is taken from a user that has it unverified.
	u, err := o.Update(t.Context(), operator.Act{By: by, User: id},
		operator.Changes{Email: text("user2@example.com"), EmailVerified: &yes})
	if err != nil || u.Email != "user2@example.com" || o.count("users WHERE email IS NULL") != 1 {
		t.Errorf("an eviction: %+v, %v", u, err)
	}
}
