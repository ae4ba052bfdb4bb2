package server_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/holder"
)

// grouped has the fields of a user and its group that tests compare.
type grouped struct {
	Token       string
	Group       *holder.Group
	Recoverable bool
}

// answersUser reports whether the answer of an operation is a user.
func answersUser(op target) bool {
	data := op.Responses.Status(200).Value.Content.Get("application/json")
	if data == nil || data.Schema.Value.Properties["data"] == nil {
		return false
	}
	return data.Schema.Value.Properties["data"].Value.Properties["group"] != nil
}

// TestGroupInEachUser: each answer that is a user has the group of its group_id, as it is now, and null before an
// operator has made one. A group of another site with the same id is not shown.
func TestGroupInEachUser(t *testing.T) {
	t.Parallel()
	seen := 0
	for _, op := range operations() {
		if !answersUser(op) {
			continue
		}
		seen++
		for _, made := range []bool{false, true} {
			t.Run(op.OperationID, func(t *testing.T) {
				t.Parallel()
				s := arrange(t, op, options{})
				s.exec("INSERT INTO groups (site_id, id, title) VALUES (2, 2, 'of another site'), (1, 3, 'another')")
				good := s.good("")
				var want *holder.Group
				if made {
					want = &holder.Group{ID: 2, Title: "会员", Description: "all", Level: 7}
					s.exec("INSERT INTO groups (site_id, id, title, description, level) VALUES (1, 2, '会员', 'all', 7)")
				}
				a := s.ask(good)
				a.is(t, 200, "")
				var got grouped
				a.into(t, &got)
				if (got.Group == nil) != (want == nil) || want != nil && *got.Group != *want {
					t.Errorf("group %+v, want %+v", got.Group, want)
				}
			})
		}
	}
	if seen != 8 {
		t.Errorf("%d operations, want 8", seen)
	}
}

// TestGroupOfRarerAnswers: the repetition of a registration, a login by code, a login that cancels a
// deletion, and a change of identifiers have the group as well.
func TestGroupOfRarerAnswers(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{deleteAfter: time.Hour})
	d.exec("INSERT INTO groups (site_id, id, title, level) VALUES (1, 2, 'members', 1), (1, 9, 'staff', 2)")
	is := func(what string, a answer, title string) (m grouped) {
		t.Helper()
		a.is(t, 200, "")
		if a.into(t, &m); m.Group == nil || m.Group.Title != title {
			t.Errorf("%s: %+v", what, m.Group)
		}
		return m
	}
	for range 2 {
		is("repeated", d.post("/api/register", alice, "Idempotency-Key", "9d5bb1be-5c4e-4a4e-8f0e-2f6b1f0f2c11"), "members")
	}
	token := is("by password", d.post("/api/login", alice), "members").Token
	name := body{"user_name": "alicia", "old_password": "MyPassword123"}
	is("renamed", d.post(detailPath, name, "Token", token), "members")
	d.exec("UPDATE users SET group_id = 9")
	is("moved", d.get(detailPath, "Token", token), "staff")
	d.post("/api/user/delete", body{"password": "MyPassword123"}, "Token", token).is(t, 200, "")
	is("canceled", d.post("/api/login", alice.with("user_name", "alicia")), "staff")
	phone := body{"phone": "13800138000", "code": d.code("13800138000", "register")}
	is("by phone", d.post("/api/register", phone), "members")
	d.now.advance(time.Minute)
	is("by code", d.post("/api/login", phone.with("code", d.code("13800138000", "login"))), "members")
}

// TestRecoverable: a user is recoverable by a phone or by a verified email, if the deployment can send a code
// there. The answer of the registration says so already.
func TestRecoverable(t *testing.T) {
	t.Parallel()
	d := deploy(t, options{})
	register := func(b body) grouped {
		t.Helper()
		a := d.post("/api/register", b)
		a.is(t, 200, "")
		var m grouped
		a.into(t, &m)
		return m
	}
	named := register(alice)
	mailed := register(alice.with("user_name", "bob").with("email", "bob@example.com"))
	phoned := register(body{"phone": "13800138000", "code": d.code("13800138000", "register")})
	if named.Recoverable || mailed.Recoverable || !phoned.Recoverable {
		t.Errorf("name %v, unverified email %v, phone %v", named.Recoverable, mailed.Recoverable, phoned.Recoverable)
	}
	d.exec("UPDATE users SET email_verified_at = now() WHERE email IS NOT NULL")
	for _, c := range []struct {
		what          string
		o             options
		mailed, phone bool
	}{
		{"all senders", options{}, true, true},
		{"no SMS", options{noSMS: true}, true, false},
		{"no mail", options{noMail: true}, false, true},
	} {
		c.o.pool, c.o.tokens, c.o.now = d.pool, d.tokens, d.now
		r := deploy(t, c.o)
		for token, want := range map[string]bool{named.Token: false, mailed.Token: c.mailed, phoned.Token: c.phone} {
			var m grouped
			if r.get(detailPath, "Token", token).into(t, &m); m.Recoverable != want {
				t.Errorf("%s: %v, want %v", c.what, m.Recoverable, want)
			}
		}
	}
}
