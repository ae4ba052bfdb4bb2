package login

import (
	"errors"
	"testing"

	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/refusal"
)

// TestLoginNeedsOneIdentifier: an incomplete request is refused before any part of Logins is used, so the test
// needs none. The tests of package account cover the rest of a login.
func TestLoginNeedsOneIdentifier(t *testing.T) {
	t.Parallel()
	s := New(Config{})
	for want, requests := range map[refusal.Reason][]Request{
		refusal.LoginIncomplete: {
			{}, {UserName: "alice"}, {Password: "secret"}, {UserName: "alice", Phone: "13800138000", Password: "secret"},
			{UserName: "alice", Email: "a@example.com", Password: "secret"},
		},
		refusal.PhoneNotOffered: {{Phone: "13800138000", Code: "123456"}, {UserName: "alice", Code: "123456"}},
		refusal.EmailNotOffered: {{Email: "a@example.com", Code: "123456"}},
	} {
		for _, one := range requests {
			_, err := s.Login(t.Context(), one)
			if e := (*refusal.Error)(nil); !errors.As(err, &e) || e.Reason != want {
				t.Errorf("%+v: %v, want %s", one, err, want)
			}
		}
	}
}

// TestCanonical: each spelling of an identifier is counted and looked up as one name.
func TestCanonical(t *testing.T) {
	t.Parallel()
	phones, err := identifier.NewPhoneRules("CN", nil)
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{Phones: phones})
	for _, c := range []struct {
		request    Request
		kind, name string
	}{
		{Request{UserName: "Ａlice"}, "user_name", "alice"},
		{Request{UserName: "A@Example.com"}, "email", "a@example.com"},
		{Request{UserName: "+86 138-0013-8000"}, "phone", "+8613800138000"},
		{Request{Email: "A@Example.com"}, "email", "a@example.com"},
		{Request{Phone: "138 0013 8000"}, "phone", "+8613800138000"},
		{Request{Email: "no body"}, "", "no body"},
		{Request{Phone: "no body"}, "", "no body"},
	} {
		if kind, name := s.canonical(c.request); kind != c.kind || name != c.name {
			t.Errorf("%+v is %q %q", c.request, kind, name)
		}
	}
}
