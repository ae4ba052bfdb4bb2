package account_test

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/refusal"
)

// otherwise has for each field of a Registration a value that the others in this
// file do not have.
var otherwise = map[string]any{
	"Site": int64(3), "UserName": "somebody", "Password": "MyPassword124", "RealName": "Some Body", "FirstName": "Some",
	"LastName": "Body", "AvatarURL": "/b.png",
	"Email": "somebody@example.com", "Phone": "13900139000", "Code": "000000", "InviteCode": "elsewhere",
	"InviteID":       int64(1),
	"From":           account.Origin{Subnet: "192.0.2.0/24", Network: "192.0.2.0/24"},
	"Proof":          account.Proof{CaptchaID: "another", Captcha: "one", Client: netip.MustParseAddr("192.0.2.1")},
	"IdempotencyKey": "another",
	"UserAgent":      "curl/8",
	"InviteHint":     "elsewhere",
	"Locale":         "en",
	"Birthday":       int64(946684800),
	"AcceptedTerms":  "another",
}

// TestDigestCoversEveryField: a request that differs from the remembered one in any field is
// another request (I5), whether the remembered one was by name, by phone, or had all fields. The
// captcha, the network, the user agent, the cookie and the language are not compared. A request for
// another site or with another key is new.
func TestDigestCoversEveryField(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]account.Registration{
		"by name":               {UserName: "alice", Password: goodPassword},
		"by phone":              {Phone: phone},
		"by phone and password": {Phone: phone, Password: goodPassword},
		"with all fields": {
			UserName: "alice", Password: goodPassword,
			Basics: person.Basics{RealName: "Alice", FirstName: "A", LastName: "L", AvatarURL: "/a.png"},
			Email:  "alice@example.com", Phone: phone,
			Proof: account.Proof{CaptchaID: "id", Captcha: "answer"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := setup(t, func(c *account.Config) { c.Mail = &mailbag{} })
			host, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "host", Password: goodPassword})
			fatal(t, err)
			if r.Site, r.IdempotencyKey = 1, "key-1"; r.Phone != "" {
				r.Code = w.code(t, r.Phone, account.ForRegister)
			}
			if name == "with all fields" {
				r.InviteCode, r.InviteID = host.User.InviteCode, host.User.ID
			}
			first, err := w.Register(t.Context(), r)
			fatal(t, err)
			for _, field := range reflect.VisibleFields(reflect.TypeFor[account.Registration]()) {
				if field.Anonymous {
					continue // its fields follow
				}
				other, known := otherwise[field.Name]
				if !known {
					t.Errorf("field %s has no other value here", field.Name)
					continue
				}
				if kind := field.Type.Kind(); kind != reflect.String && kind != reflect.Int64 && field.Name != "Proof" &&
					field.Name != "From" {
					t.Errorf("field %s is a %s, of which the digest may take two values for one", field.Name, kind)
				}
				values := []any{other}
				if !reflect.ValueOf(r).FieldByIndex(field.Index).IsZero() {
					values = append(values, reflect.Zero(field.Type).Interface())
				}
				for _, value := range values {
					changed := r
					reflect.ValueOf(&changed).Elem().FieldByIndex(field.Index).Set(reflect.ValueOf(value))
					again, err := w.Register(t.Context(), changed)
					w.exec(t, "UPDATE idempotency_keys SET failures = 0")
					switch got := reason(err); {
					case slices.Contains([]string{"Proof", "From", "UserAgent", "InviteHint", "Locale"}, field.Name):
						if err != nil || again.User.ID != first.User.ID {
							t.Errorf("%s %v: user %d, %v", field.Name, value, again.User.ID, refusals(err))
						}
					case err == nil && again.User.ID == first.User.ID:
						t.Errorf("%s %v: the same user", field.Name, value)
					case field.Name == "Site" || field.Name == "IdempotencyKey": // a new request
					case got != refusal.IdempotencyKeyReused && got != refusal.RegistrationIncomplete:
						t.Errorf("%s %v: %v", field.Name, value, refusals(err))
					}
				}
			}
			again, err := w.Register(t.Context(), r)
			fatal(t, err)
			if again.User.ID != first.User.ID {
				t.Errorf("unchanged: user %d, then %d", first.User.ID, again.User.ID)
			}
		})
	}
}

// TestDigestTellsFieldsApart: a value that moves from one field to another, or from
// the end of one to the beginning of the next, is another request.
func TestDigestTellsFieldsApart(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.Mail = &mailbag{} })
	r := account.Registration{Site: 1, UserName: "alice", Password: goodPassword, IdempotencyKey: "key-1",
		Basics: person.Basics{RealName: "a b", AvatarURL: "/c"}}
	_, err := w.Register(t.Context(), r)
	fatal(t, err)
	for _, moved := range []person.Basics{
		{RealName: "/c", AvatarURL: "ab"}, {RealName: "a b/", AvatarURL: "c"}, {RealName: "a b/c"},
		{AvatarURL: "a_b/c"}, {RealName: "a", AvatarURL: "b/c"}, {RealName: "a", FirstName: "b ", AvatarURL: "/c"},
		{LastName: "a b", AvatarURL: "/c"},
	} {
		changed := r
		changed.Basics = moved
		w.exec(t, "UPDATE idempotency_keys SET failures = 0")
		_, err := w.Register(t.Context(), changed)
		expect(t, err, refusal.IdempotencyKeyReused)
	}
}

// TestKeyLife: an answer is remembered for 24 hours, to the microsecond, which is the precision of
// PostgreSQL. Until then no purge deletes it.
func TestKeyLife(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.Mail = &mailbag{} })
	first, err := w.Register(t.Context(), keyed())
	fatal(t, err)
	w.clock.advance(24 * time.Hour)
	n, err := w.Purge(t.Context())
	fatal(t, err)
	again, err := w.Register(t.Context(), keyed())
	fatal(t, err)
	if n != 0 || again.User.ID != first.User.ID {
		t.Errorf("after 24 hours %d keys were purged, and the user is %d, not %d", n, again.User.ID, first.User.ID)
	}
	w.clock.advance(time.Microsecond)
	late := keyed()
	late.UserName = "bob"
	second, err := w.Register(t.Context(), late)
	fatal(t, err)
	if second.User.ID == first.User.ID {
		t.Error("the key is still the first user's")
	}
	w.clock.advance(24*time.Hour + time.Microsecond)
	if n, err = w.Purge(t.Context()); err != nil || n != 1 {
		t.Errorf("%d keys were purged, %v", n, err)
	}
}

// TestClaimLife: an attempt that ended without an answer holds its key for 10
// seconds, to the microsecond.
func TestClaimLife(t *testing.T) {
	t.Parallel()
	w := crashed(t)
	w.clock.advance(10*time.Second - time.Microsecond)
	_, err := w.Register(t.Context(), keyed())
	expect(t, err, refusal.IdempotencyInProgress)
	w.clock.advance(time.Microsecond)
	_, err = w.Register(t.Context(), keyed())
	expect(t, err, "")
}

// TestGroup: a new user is in the group that is configured.
func TestGroup(t *testing.T) {
	t.Parallel()
	for _, group := range []int64{0, 2, 7, 1 << 40} {
		w := setup(t, func(c *account.Config) { c.GroupID = group })
		got, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
		fatal(t, err)
		if got.User.GroupID != group {
			t.Errorf("group %d, want %d", got.User.GroupID, group)
		}
	}
}
