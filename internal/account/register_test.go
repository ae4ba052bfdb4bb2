package account_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/test/pgtest"
)

const goodPassword = "MyPassword123"

func TestRegisterByPassword(t *testing.T) {
	t.Parallel()
	w := setup(t)
	got, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "newuser", Password: goodPassword, Email: "newuser@example.com",
		Basics: person.Basics{RealName: "新用户", AvatarURL: "uploads/202211/21/14f56760596b5328.webp"},
	})
	fatal(t, err)
	u, now := got.User, w.clock.Now()
	if u.ID < 1000 || u.InviteCode == "" || got.Token == "" {
		t.Errorf("id %d, invite code %q, token %q", u.ID, u.InviteCode, got.Token)
	}
	u.ID, u.InviteCode = 0, ""
	for _, at := range []*time.Time{&u.CreatedAt, &u.UpdatedAt, &u.LastLoginAt} {
		if !at.Equal(now) {
			t.Errorf("time %v, want %v", at, now)
		}
		*at = time.Time{}
	}
	want := holder.User{
		Site: 1, UserName: "newuser", UserNameKey: "newuser", Email: "newuser@example.com",
		Profile: person.Profile{Basics: person.Basics{
			RealName: "新用户", AvatarURL: "uploads/202211/21/14f56760596b5328.webp",
		}},
		GroupID: 2, Status: holder.Active,
	}
	if u != want {
		t.Errorf("got  %+v\nwant %+v", u, want)
	}
	if w.count(t, "users WHERE password_hash LIKE '$argon2id$%' AND email_verified_at IS NULL") != 1 {
		t.Error("the row has no argon2id hash, or a verified email")
	}
}

func TestRegisterByPhone(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, "13800138000", account.ForRegister)
	got, err := w.Register(t.Context(), account.Registration{Site: 1, Phone: "+86 138-0013-8000", Code: code})
	fatal(t, err)
	if got.User.Phone != "+8613800138000" || got.User.UserName != "" {
		t.Errorf("phone %q, user name %q", got.User.Phone, got.User.UserName)
	}
	if w.count(t, "users WHERE password_hash IS NULL") != 1 {
		t.Error("a user that gave no password has a hash")
	}
}

// TestRegisteredIsStored: the user that a registration returns is the one that is read later,
// with every column.
func TestRegisteredIsStored(t *testing.T) {
	t.Parallel()
	w := setup(t, withTerms("2"))
	w.exec(t, "INSERT INTO groups (site_id, id, title) SELECT 1, id, 'a group' FROM generate_series(1, 9) AS id")
	inviter, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "inviter", Password: goodPassword, AcceptedTerms: "2", Locale: "en",
	})
	fatal(t, err)
	got, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "newuser", Password: goodPassword, Email: "newuser@example.com",
		Phone: phone, Code: w.code(t, phone, account.ForRegister),
		Basics:     person.Basics{RealName: "新用户", AvatarURL: "/a.webp"},
		InviteCode: inviter.User.InviteCode, AcceptedTerms: "2", Locale: "en",
	})
	fatal(t, err)
	stored := w.holder(got.User.ID).User()
	if !reflect.DeepEqual(got.User, stored) {
		t.Errorf("returned %+v\nstored   %+v", got.User, stored)
	}
	// The registration of this test sets none of these fields.
	unset := []string{"EmailVerified", "Retailer", "Balance", "TotalReward", "ExpiresAt", "FirstName", "LastName",
		"Introduce", "Birthday", "Extra", "Waiting"}
	for _, field := range reflect.VisibleFields(reflect.TypeOf(stored)) {
		if reflect.ValueOf(stored).FieldByIndex(field.Index).IsZero() && !slices.Contains(unset, field.Name) {
			t.Errorf("%s is not tested", field.Name)
		}
	}
}

// TestRegisterCombinations: where no mail can be sent, a registration needs the fields of the
// method by user name or by phone, and may have others.
func TestRegisterCombinations(t *testing.T) {
	t.Parallel()
	missing := func(fields ...string) string {
		return "registration_incomplete " + strings.Join(fields, ": required ") + ": required"
	}
	for _, c := range []struct{ fields, want string }{
		{"user_name password", ""},
		{"user_name password email", ""},
		{"user_name password phone code", ""},
		{"phone code", ""},
		{"phone code password", ""},
		{"phone code user_name", ""},
		{"phone code email", ""},
		{"", missing("user_name", "password")},
		{"user_name", missing("password")},
		{"password", missing("user_name")},
		{"email password", missing("user_name")},
		{"email", missing("user_name", "password")},
		{"phone", missing("code")},
		{"code", missing("phone")},
		{"phone password", missing("code")},
		{"user_name password phone", missing("code")},
		{"user_name password code", missing("phone")},
	} {
		t.Run(c.fields, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			r := account.Registration{Site: 1}
			has := func(field string) bool { return slices.Contains(strings.Fields(c.fields), field) }
			if has("user_name") {
				r.UserName = "newuser"
			}
			if has("password") {
				r.Password = goodPassword
			}
			if has("email") {
				r.Email = "newuser@example.com"
			}
			if has("phone") {
				r.Phone = "13800138000"
			}
			if has("code") {
				r.Code = w.code(t, "13800138000", account.ForRegister)
			}
			_, err := w.Register(t.Context(), r)
			if got := strings.Join(refusals(err), " "); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestRegisterReportsAllRefusals(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "a", Password: "short", Email: "a@b.co\r\nBcc:", Phone: "abc13800138000xyz", Code: "123456",
		Basics: person.Basics{RealName: "a\x07", AvatarURL: "javascript:alert(1)"},
	})
	want := []string{
		"user_name: user_name_too_short", "email: email_invalid", "phone: phone_invalid", "password: password_too_short",
		"real_name: real_name_invalid", "avatar_url: avatar_url_invalid",
	}
	if got := refusals(err); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestRegisterRules: each rule of a field is refused with its own reason.
func TestRegisterRules(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.SiteWords = []string{"Example Shop"} })
	base := account.Registration{Site: 1, UserName: "newuser", Password: goodPassword, Email: "newuser@example.com"}
	for name, c := range map[string]struct {
		change func(*account.Registration)
		want   refusal.Reason
	}{
		"long name": {func(r *account.Registration) { r.UserName = strings.Repeat("a", 33) },
			refusal.UserNameTooLong},
		"blank in name": {func(r *account.Registration) { r.UserName = "new user" }, refusal.UserNameCharacter},
		"two scripts":   {func(r *account.Registration) { r.UserName = "аlice" }, refusal.UserNameMixedScripts},
		"digits":        {func(r *account.Registration) { r.UserName = "13800138000" }, refusal.UserNameDigits},
		"reserved":      {func(r *account.Registration) { r.UserName = "adm1n" }, refusal.UserNameReserved},
		"long password": {func(r *account.Registration) { r.Password = strings.Repeat("长", 129) },
			refusal.PasswordTooLong},
		"common password":   {func(r *account.Registration) { r.Password = "password1" }, refusal.PasswordCommon},
		"site as password":  {func(r *account.Registration) { r.Password = "example SHOP" }, refusal.PasswordContext},
		"email as password": {func(r *account.Registration) { r.Password = "NewUser@example.com" }, refusal.PasswordContext},
		"long email": {func(r *account.Registration) { r.Email = strings.Repeat("a", 65) + "@example.com" },
			refusal.EmailTooLong},
		"long real name": {func(r *account.Registration) { r.RealName = strings.Repeat("名", 65) },
			refusal.RealNameInvalid},
		"turned real name": {func(r *account.Registration) { r.RealName = "abc\u202egpj" }, refusal.RealNameInvalid},
		"blank real name":  {func(r *account.Registration) { r.RealName = " " }, refusal.RealNameInvalid},
		"slashes": {func(r *account.Registration) { r.AvatarURL = "///evil.example/a.png" },
			refusal.AvatarURLInvalid},
		"other host": {func(r *account.Registration) { r.AvatarURL = "//evil.example/a.png" },
			refusal.AvatarURLInvalid},
		"backslashes": {func(r *account.Registration) { r.AvatarURL = `/\evil.example` }, refusal.AvatarURLInvalid},
		"data URL": {func(r *account.Registration) { r.AvatarURL = "data:image/png;base64,AA" },
			refusal.AvatarURLInvalid},
		"climbing path": {func(r *account.Registration) { r.AvatarURL = "uploads/../../etc/passwd" },
			refusal.AvatarURLInvalid},
		"user info": {func(r *account.Registration) { r.AvatarURL = "https://a:b@example.com/a.png" },
			refusal.AvatarURLInvalid},
		"no such invitation": {func(r *account.Registration) { r.InviteCode = "nobody" }, refusal.InviteInvalid},
		"no such inviter":    {func(r *account.Registration) { r.InviteID = 999_999 }, refusal.InviteInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := base
			c.change(&r)
			_, err := w.Register(t.Context(), r)
			if reason(err) != c.want {
				t.Errorf("got %v, want %s", refusals(err), c.want)
			}
			if n := w.count(t, "users"); n != 0 {
				t.Errorf("refused registrations have inserted %d users", n)
			}
		})
	}
}

// TestRegisterKeepsPasswordsWhole: 25 Chinese characters have more than the 72 bytes beyond which
// AnQiCMS stores an empty hash. Blanks are a part of the password.
func TestRegisterKeepsPasswordsWhole(t *testing.T) {
	t.Parallel()
	w := setup(t)
	long := strings.Repeat("很长的密码", 20)
	for name, password := range map[string]string{"longname": long, "blanks": "  two blanks each side  "} {
		_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: name, Password: password})
		fatal(t, err)
		_, err = w.Login(t.Context(), account.Login{Site: 1, UserName: name, Password: password})
		fatal(t, err)
		for _, other := range []string{password[:len(password)-3], strings.TrimSpace(password) + "x", password + " ",
			strings.TrimSpace(password)} {
			if other == password {
				continue
			}
			if _, err := w.Login(t.Context(), account.Login{Site: 1, UserName: name,
				Password: other}); reason(err) != refusal.CredentialsWrong {
				t.Errorf("%s: logged in with another password: %v", name, err)
			}
		}
	}
}

func TestTaken(t *testing.T) {
	t.Parallel()
	w := setup(t)
	code := w.code(t, "13800138000", account.ForRegister)
	_, err := w.Register(t.Context(), account.Registration{
		Site: 1, UserName: "Alice", Password: goodPassword, Email: "A@Example.com", Phone: "13800138000", Code: code,
	})
	fatal(t, err)
	taken := func(r account.Registration, want refusal.Reason) {
		t.Helper()
		if _, err := w.Register(t.Context(), r); reason(err) != want {
			t.Errorf("%q %q %q: got %v, want %s", r.UserName, r.Email, r.Phone, refusals(err), want)
		}
	}
	for _, name := range []string{"Alice", "alice", "ａｌｉｃｅ", "аӏісе"} {
		taken(account.Registration{Site: 1, UserName: name, Password: goodPassword}, refusal.UserNameTaken)
	}
	taken(account.Registration{Site: 1, UserName: "bob", Password: goodPassword, Email: "a@example.com"},
		refusal.EmailTaken)

	// Only a request with the phone's code learns that it is taken (I9).
	taken(account.Registration{Site: 1, Phone: "13800138000", Code: "000000"}, refusal.CodeExpired)
	w.clock.advance(time.Minute)
	right := w.code(t, "13800138000", account.ForRegister)
	wrong := "000000"
	if right == wrong {
		wrong = "000001"
	}
	taken(account.Registration{Site: 1, Phone: "13800138000", Code: wrong}, refusal.CodeWrong)
	taken(account.Registration{Site: 1, Phone: "+86 138-0013-8000", Code: right}, refusal.PhoneTaken)

	// On another site the same name and email are free.
	_, err = w.Register(t.Context(), account.Registration{Site: 2, UserName: "alice", Password: goodPassword,
		Email: "a@example.com"})
	fatal(t, err)
}

// TestOneWinner races one name in two spellings on two services (I1).
func TestOneWinner(t *testing.T) {
	t.Parallel()
	a := setup(t)
	b := on(t, a.pool, a.clock)
	ends := atOnce(200, func(i int) error {
		w, name := a, "Racer"
		if i%2 == 1 {
			w, name = b, "racer"
		}
		_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: name, Password: goodPassword})
		return err
	})
	if ends[""] != 1 || ends[refusal.UserNameTaken] != 199 {
		t.Errorf("ends: %v", ends)
	}
	if n := a.count(t, "users"); n != 1 {
		t.Errorf("%d users, want 1", n)
	}
}

func TestInvitation(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.InviteLimit = 2 })
	register := func(name, code string, id int64) (holder.User, error) {
		got, err := w.Register(t.Context(), account.Registration{
			Site: 1, UserName: name, Password: goodPassword, InviteCode: code, InviteID: id,
		})
		return got.User, err
	}
	inviter, err := register("inviter", "", 0)
	fatal(t, err)
	other, err := register("other", "", 0)
	fatal(t, err)
	guest, err := register("guest1", " "+strings.ToUpper(inviter.InviteCode), 0)
	fatal(t, err)
	if guest.ParentID != inviter.ID {
		t.Errorf("parent %d, want %d", guest.ParentID, inviter.ID)
	}
	if _, err := register("guest2", inviter.InviteCode, other.ID); reason(err) != refusal.InviteInvalid {
		t.Errorf("code and id of two users: %v", err)
	}
	if _, err := register("other", inviter.InviteCode, 0); reason(err) != refusal.UserNameTaken {
		t.Errorf("taken name: %v", err)
	}
	// The refused attempts have used up no invitation: one use is left, for one of many requests.
	ends := atOnce(16, func(i int) error {
		_, err := register("racer"+string(rune('a'+i)), inviter.InviteCode, inviter.ID*int64(i%2))
		return err
	})
	if ends[""] != 1 || ends[refusal.InviteInvalid] != 15 {
		t.Errorf("ends: %v", ends)
	}
	w.exec(t, "UPDATE users SET status = 0 WHERE id = $1", other.ID)
	for code, id := range map[string]int64{"": other.ID, other.InviteCode: 0} {
		if _, err := register("late", code, id); reason(err) != refusal.InviteInvalid {
			t.Errorf("disabled inviter: %v", err)
		}
	}
	if _, err := register("late", inviter.InviteCode, 0); reason(err) != refusal.InviteInvalid {
		t.Errorf("a third use of two: %v", err)
	}
}

// TestGuessedInvitation: ids are sequential. If invitations are limited, a guessed id is refused
// and uses none up, and the inviter's friends need the code. If they are not, an id is enough.
func TestGuessedInvitation(t *testing.T) {
	t.Parallel()
	for limit, want := range map[int32]refusal.Reason{2: refusal.InviteInvalid, 0: ""} {
		w := setup(t, func(c *account.Config) { c.InviteLimit = limit })
		register := func(name, code string, id int64) (holder.User, error) {
			got, err := w.Register(t.Context(), account.Registration{
				Site: 1, UserName: name, Password: goodPassword, InviteCode: code, InviteID: id,
			})
			return got.User, err
		}
		inviter, err := register("inviter", "", 0)
		fatal(t, err)
		for i := range 3 {
			_, err := register(fmt.Sprintf("guesser%d", i), "", inviter.ID)
			expect(t, err, want)
		}
		for i := range 2 {
			friend, err := register(fmt.Sprintf("friend%d", i), inviter.InviteCode, inviter.ID*int64(i))
			if err != nil || friend.ParentID != inviter.ID {
				t.Errorf("limit %d: %v, invited by %d", limit, err, friend.ParentID)
			}
		}
		w.exec(t, "UPDATE users SET status = 0, invites_used = 0 WHERE id = $1", inviter.ID)
		for code, id := range map[string]int64{"": inviter.ID, inviter.InviteCode: 0} {
			_, err := register("late", code, id)
			expect(t, err, refusal.InviteInvalid)
		}
	}
}

func TestInviteCodesAreNotDerivedFromIDs(t *testing.T) {
	t.Parallel()
	w := setup(t)
	seen := map[string]bool{}
	for _, name := range []string{"one", "two", "three", "four"} {
		got, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: name, Password: goodPassword})
		fatal(t, err)
		if seen[got.User.InviteCode] || len(got.User.InviteCode) != 16 {
			t.Errorf("invite code %q", got.User.InviteCode)
		}
		seen[got.User.InviteCode] = true
	}
}

// TestOutcomeUnknown ends the connection at COMMIT. It is then not known whether the
// user exists, so the answer must claim neither a success nor a refusal.
func TestOutcomeUnknown(t *testing.T) {
	t.Parallel()
	pool := pgtest.Fresh(t)
	w := on(t, pool, &clock{now: time.Now()})
	w.exec(t, `CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$`)
	w.exec(t, `CREATE CONSTRAINT TRIGGER die AFTER INSERT ON users DEFERRABLE INITIALLY DEFERRED
		FOR EACH ROW EXECUTE FUNCTION die()`)
	_, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "newuser", Password: goodPassword})
	if reason(err) != refusal.OutcomeUnknown {
		t.Errorf("got %v", refusals(err))
	}
}

func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.exec(t, "SELECT 1")
	away := on(t, w.pool, w.clock)
	away.pool = pgtest.Fresh(t)
	away = on(t, away.pool, w.clock)
	away.pool.Close()
	_, err := away.Register(t.Context(), account.Registration{Site: 1, UserName: "newuser", Password: goodPassword})
	if reason(err) != refusal.Unavailable {
		t.Errorf("got %v", refusals(err))
	}
}
