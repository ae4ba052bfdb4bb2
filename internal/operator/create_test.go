package operator_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/extra"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/refusal"
)

const (
	quarantine = 90 * 24 * time.Hour
	secretWord = "correct horse battery"
	requestKey = "0123456789abcdef012345"
)

// openRuled is open with the rules of a registration.
func openRuled(t *testing.T) *office {
	t.Helper()
	o := open(t)
	now := func() time.Time { return o.now }
	phones, err := identifier.NewPhoneRules("CN", []string{"CN"})
	o.fatal(err)
	policy, err := password.NewPolicy(password.PolicyConfig{MinLength: 8})
	o.fatal(err)
	hasher, err := password.New(password.Config{
		Params: password.Params{Memory: 64, Passes: 1, Threads: 1}, Metrics: prometheus.NewRegistry(),
	})
	o.fatal(err)
	names, err := leave.NewNames(bytes.Repeat([]byte{7}, 32), quarantine)
	o.fatal(err)
	keys, err := idempotency.New(idempotency.Config{Pool: o.pool, Secret: make([]byte, 32), Now: now, Rand: rand.Reader})
	o.fatal(err)
	described, err := extra.Compile([]byte(`{"properties":{"n":{"type":"number"}}}`))
	o.fatal(err)
	o.Service, err = operator.New(operator.Config{
		Pool: o.pool, Sites: []int64{1, 2}, Phones: phones, DefaultGroup: 2, Locale: "en", Now: now,
		Rules: &operator.Rules{
			Phones: phones, Policy: policy, SiteWords: []string{"enrollsite"}, Hasher: hasher,
			Names: names, Keys: keys, InviteLimit: 3, Extra: described, Rand: rand.Reader,
		},
	})
	o.fatal(err)
	return o
}

// reasons returns the refusals of an error as text, each with its field.
func reasons(err error) string {
	var all []string
	for e := range refusal.All(err) {
		all = append(all, e.Error())
	}
	if len(all) == 0 && err != nil {
		return err.Error()
	}
	return strings.Join(all, "; ")
}

// TestCreate: a created user is stored as a registration would store it, in each combination that lets it log in,
// with one entry that has no value of the user.
func TestCreate(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	o.exec("INSERT INTO groups (site_id, id, title) VALUES (1, 7, 'seven')")
	for i, c := range []struct {
		n     operator.NewUser
		where string
	}{
		{operator.NewUser{UserName: "Alice", Password: secretWord, Email: "Alice@Example.com",
			Basics: person.Basics{RealName: "A", FirstName: "B", LastName: "C", AvatarURL: "/a.png"}},
			`user_name = 'Alice' AND user_name_key = 'alice'
			AND email_key = 'alice@example.com' AND email_verified_at IS NULL AND real_name = 'A' AND first_name = 'B'
			AND last_name = 'C' AND avatar_url = '/a.png' AND group_id = 2 AND status = 1 AND invite_limit = 3
			AND password_hash LIKE '$argon2id$%' AND length(invite_code) = 16 AND keys_version > 0`},
		{operator.NewUser{Phone: "138 0013 8000", Group: 7, Disabled: true},
			"phone = '+8613800138000' AND group_id = 7 AND status = 0 AND password_hash IS NULL"},
		{operator.NewUser{Email: "b@example.com", EmailVerified: true},
			"email_key = 'b@example.com' AND email_verified_at = $2"},
		{operator.NewUser{UserName: "bob", Email: "c@example.com", EmailVerified: true}, "user_name = 'bob'"},
	} {
		c.n.By, c.n.Site, c.n.DryRun = by, 1, true
		u, err := o.Create(t.Context(), c.n)
		if err != nil || o.count("users") != i || o.count("audit_entries") != i {
			t.Fatalf("%d: a dry run: %+v, %v", i, u, err)
		}
		c.n.DryRun = false
		u, err = o.Create(t.Context(), c.n)
		if err != nil || o.count("users WHERE id = $1 AND $2::timestamptz = created_at AND "+c.where, u.ID, o.now) != 1 {
			t.Errorf("%d: %+v, %v", i, u, err)
		}
		if n := o.count(`audit_entries WHERE act = 'user.created' AND user_id = $1 AND site_id = 1 AND actor_name = 'support'
			AND detail = ''`, u.ID); n != 1 {
			t.Errorf("%d: %d entries", i, n)
		}
	}
	if o.count("sessions") != 0 {
		t.Error("a session has begun")
	}
}

// TestCreateRefused: each rule of a registration holds, all fields are reported together, and nothing is stored.
func TestCreateRefused(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	// The names of deleted users are reserved for a time.
	names, err := leave.NewNames(bytes.Repeat([]byte{7}, 32), quarantine)
	o.fatal(err)
	for _, mac := range names.MACs(1, "former", "former") {
		o.exec("INSERT INTO kept_names VALUES (1, $1, $2)", mac, o.now.Add(time.Hour))
	}
	o.add(1, 1)
	for _, c := range []struct {
		n    operator.NewUser
		want string
	}{
		{operator.NewUser{}, "identifier_needed; user_name: required"},
		{operator.NewUser{UserName: "alice"}, "identifier_needed; password: required"},
		{operator.NewUser{Email: "a@example.com"}, "identifier_needed; email_verified: required"},
		{operator.NewUser{Phone: "13800138000", EmailVerified: true}, "identifier_needed; email: required"},
		{operator.NewUser{UserName: "a!", Email: "a", Phone: "1", Password: "short",
			Basics: person.Basics{AvatarURL: "javascript:x"}},
			"user_name: user_name_character; email: email_invalid; phone: phone_invalid; password: password_too_short; " +
				"avatar_url: avatar_url_invalid"},
		{operator.NewUser{UserName: "admin", Password: secretWord}, "user_name: user_name_reserved"},
		{operator.NewUser{UserName: "alice", Password: "password1"}, "password: password_common"},
		{operator.NewUser{UserName: "alice-bob", Password: "Alice-Bob"}, "password: password_context"},
		{operator.NewUser{UserName: "alice", Password: "enrollsite"}, "password: password_context"},
		{operator.NewUser{Phone: "+4915112345678"}, "phone: phone_country"},
		{operator.NewUser{Site: 3, Phone: "13800138000"}, "Site-Id: site_unknown"},
		{operator.NewUser{Phone: "13800138000", Group: 9}, operator.ErrGroupUnknown.Error()},
		{operator.NewUser{UserName: "USER1", Password: secretWord}, "user_name: user_name_taken"},
		{operator.NewUser{UserName: "former", Password: secretWord}, "user_name: user_name_taken"},
		{operator.NewUser{Phone: "13800138001"}, "phone: phone_taken"},
		{operator.NewUser{Phone: "13800138000", Email: "user1@example.com"}, "email: email_taken"},
	} {
		if c.n.Site == 0 {
			c.n.Site = 1
		}
		c.n.By = by
		if _, err := o.Create(t.Context(), c.n); reasons(err) != c.want {
			t.Errorf("%+v: %s", c.n, reasons(err))
		}
	}
	if o.count("users") != 1 || o.count("audit_entries") != 0 {
		t.Error("a refused user is stored")
	}
}

// TestCreateEvicts: an email that the operator vouches for is taken from a user that has it unverified, and from no
// other.
func TestCreateEvicts(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	squatter, elsewhere := o.add(1, 1), o.add(2, 1)
	n := operator.NewUser{By: by, Site: 1, Email: "user1@example.com", EmailVerified: true}
	u, err := o.Create(t.Context(), n)
	if err != nil || !u.EmailVerified || o.count("users WHERE id = $1 AND email IS NULL", squatter) != 1 ||
		o.count("users WHERE id = $1 AND email IS NOT NULL", elsewhere) != 1 {
		t.Errorf("%+v, %v", u, err)
	}
	if _, err := o.Create(t.Context(), n); reasons(err) != "email: email_taken" {
		t.Errorf("a verified email: %v", err)
	}
}

// TestCreateAgain: a repetition under its key gives the same user. Another request, password or service key is
// refused, and a refused request frees its key.
func TestCreateAgain(t *testing.T) {
	t.Parallel()
	o := openRuled(t)
	n := operator.NewUser{By: by, Site: 1, UserName: "alice", Password: "short", IdempotencyKey: requestKey}
	if _, err := o.Create(t.Context(), n); reasons(err) != "password: password_too_short" {
		t.Fatal(err)
	}
	n.Group = 9
	n.Password = secretWord
	if _, err := o.Create(t.Context(), n); !errors.Is(err, operator.ErrGroupUnknown) {
		t.Fatal(err)
	}
	n.Group = 0
	first, err := o.Create(t.Context(), n)
	o.fatal(err)
	for name, change := range map[string]func(*operator.NewUser){
		"password": func(n *operator.NewUser) { n.Password = "another horse battery" },
		"field":    func(n *operator.NewUser) { n.RealName = "Alice" },
		"key":      func(n *operator.NewUser) { n.By.Name = "billing" },
	} {
		other := n
		change(&other)
		if u, err := o.Create(t.Context(), other); reasons(err) != "idempotency_key_reused" &&
			reasons(err) != "Idempotency-Key: idempotency_key_reused" {
			t.Errorf("another %s: %+v, %v", name, u, err)
		}
	}
	n.By = audit.Actor{Kind: by.Kind, Name: by.Name, Network: "198.51.100.0/24"}
	if again, err := o.Create(t.Context(), n); err != nil || again.ID != first.ID || o.count("users") != 1 ||
		o.count("audit_entries") != 1 {
		t.Errorf("%+v, %v", again, err)
	}
	n = operator.NewUser{By: by, Site: 1, Phone: "13800138000", IdempotencyKey: requestKey + "2"}
	for range 2 {
		if _, err := o.Create(t.Context(), n); err != nil || o.count("users") != 2 {
			t.Errorf("without a password: %v", err)
		}
	}
}
