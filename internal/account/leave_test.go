package account_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/person"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/test/pgtest"
)

const deleteAfter = 30 * 24 * time.Hour

// leaver is a deployment from which a user can leave.
func leaver(t testing.TB, change ...func(*account.Config)) *recovery {
	t.Helper()
	return recoverable(t, append([]func(*account.Config){
		func(c *account.Config) { c.DeleteAfter = deleteAfter },
	}, change...)...)
}

// leave requests the deletion of the token's user and waits until the notice is sent.
func (r *recovery) leave(t testing.TB, token, password string) (time.Time, error) {
	t.Helper()
	by, err := r.holderOf(token)
	if err != nil {
		return time.Time{}, err
	}
	at, err := r.Delete(t.Context(), account.Deletion{By: by, Password: password, Locale: "en"})
	r.silent(err, password)
	r.Close()
	return at, err
}

// purgeDeleted deletes the users whose deletion is due and returns how many users are left.
func (r *recovery) purgeDeleted(t testing.TB) int {
	t.Helper()
	fatal(t, r.PurgeDeleted(t.Context()))
	return r.count(t, "users")
}

func (r *recovery) comesBack(t testing.TB) holder.SignedIn {
	t.Helper()
	in, err := r.Login(t.Context(), account.Login{Site: 1, UserName: "holder", Password: goodPassword, Locale: "en"})
	fatal(t, err)
	r.Close()
	return in
}

// TestDelete: a deletion needs the password and ends all sessions. Until it is due, a login takes it back, and only
// the answer to that login says so. Once it is due, the user counts as unknown, even before the purge.
func TestDelete(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	second := r.comesBack(t)
	_, err := r.leave(t, r.user.Token, newPassword)
	expect(t, err, refusal.CredentialsWrong)
	at, err := r.leave(t, r.user.Token, goodPassword)
	fatal(t, err)
	if !at.Equal(r.clock.Now().Add(deleteAfter)) {
		t.Errorf("the time is %v", at)
	}
	for _, token := range []string{r.user.Token, second.Token} {
		_, err := r.holderOf(token)
		expect(t, err, refusal.TokenInvalid)
	}
	told := r.mails.last()
	if r.mails.count() != 1 || told.Purpose != mail.DeletionRequested || told.To != "Holder@example.com" ||
		!told.Until.Equal(at) || told.Locale != "en" {
		t.Errorf("%d mails, the last of %q, until %v", r.mails.count(), told.Purpose, told.Until)
	}
	_, err = r.Register(t.Context(), account.Registration{
		Site: 1, UserName: "friend", Password: goodPassword, InviteCode: r.user.User.InviteCode,
	})
	expect(t, err, refusal.InviteInvalid)
	r.clock.advance(deleteAfter - time.Second)
	if n := r.purgeDeleted(t); n != 1 {
		t.Fatalf("%d users before the time, want 1", n)
	}
	back := r.comesBack(t)
	if !back.DeletionCanceled || r.mails.count() != 2 || r.mails.last().Purpose != mail.DeletionCanceled {
		t.Errorf("%d mails, the last of %q", r.mails.count(), r.mails.last().Purpose)
	}
	if again := r.comesBack(t); again.DeletionCanceled || r.mails.count() != 2 {
		t.Errorf("taken back twice: %d mails", r.mails.count())
	}
	r.clock.advance(2 * time.Hour)
	if n := r.purgeDeleted(t); n != 1 {
		t.Fatalf("%d users after it was taken back, want 1", n)
	}
	_, err = r.leave(t, back.Token, goodPassword)
	fatal(t, err)
	r.clock.advance(deleteAfter)
	if got := r.logsIn(t, goodPassword); got != refusal.CredentialsWrong {
		t.Errorf("a login when the time has come: %q", got)
	}
	_, err = r.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: r.code(t, phone, account.ForLogin)})
	expect(t, err, refusal.PhoneUnregistered)
	if n := r.purgeDeleted(t); n != 1 {
		t.Fatal("deleted while earlier requests may run")
	}
	r.clock.advance(time.Minute)
	if n := r.purgeDeleted(t); n != 0 {
		t.Fatalf("%d users after the time", n)
	}
	r.clock.advance(time.Minute)
	_, err = r.Register(t.Context(), account.Registration{
		Site: 1, Phone: phone, Code: r.code(t, phone, account.ForRegister), Email: "holder@example.com",
	})
	fatal(t, err)
}

// TestDeletionTakenBackByCode: a login by a code takes the deletion back, as one by a password
// does.
func TestDeletionTakenBackByCode(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	_, err := r.leave(t, r.user.Token, goodPassword)
	fatal(t, err)
	in, err := r.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: r.code(t, phone, account.ForLogin)})
	fatal(t, err)
	r.Close()
	if !in.DeletionCanceled || r.mails.last().Purpose != mail.DeletionCanceled || r.count(t,
		"users WHERE delete_at IS NULL") != 1 {
		t.Errorf("the last mail is of %q", r.mails.last().Purpose)
	}
}

// TestDeletionTakenBackByARegistration: a repetition of a registration logs in, and so takes the deletion back.
// The notice is in the language of the repetition.
func TestDeletionTakenBackByARegistration(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	request := account.Registration{
		Site: 1, UserName: "keyed", Password: goodPassword, Email: "keyed@example.com", IdempotencyKey: "key-1",
		Locale: "zh-CN",
	}
	in, err := r.Register(t.Context(), request)
	fatal(t, err)
	r.exec(t, "UPDATE users SET email_verified_at = $1 WHERE id = $2", r.clock.Now(), in.User.ID)
	_, err = r.leave(t, in.Token, goodPassword)
	fatal(t, err)
	request.Locale = "en"
	_, err = r.Register(t.Context(), request)
	fatal(t, err)
	r.Close()
	if told := r.mails.last(); told.Purpose != mail.DeletionCanceled || told.To != request.Email || told.Locale != "en" {
		t.Errorf("the last mail is of %q in %q", told.Purpose, told.Locale)
	}
}

// TestDeletionTakenBackByAnEarlierVersion: the login statement of the previous version takes the deletion
// back, too.
func TestDeletionTakenBackByAnEarlierVersion(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	_, err := r.leave(t, r.user.Token, goodPassword)
	fatal(t, err)
	r.exec(t, "UPDATE users SET last_login_at = last_login_at")
	r.clock.advance(deleteAfter + time.Hour)
	if n := r.purgeDeleted(t); n != 1 {
		t.Error("deleted in spite of a login")
	}
}

// TestDeleteAtOnce: if DeleteAfter is 0, no login takes the deletion back.
func TestDeleteAtOnce(t *testing.T) {
	t.Parallel()
	server := &flaky{}
	r := leaver(t, func(c *account.Config) { c.DeleteAfter, c.Mail = 0, server })
	_, err := r.leave(t, r.user.Token, goodPassword)
	fatal(t, err)
	// A login in progress may have read its time earlier, and the clock of another replica may be behind.
	for _, ago := range []time.Duration{0, time.Second, 30 * time.Second} {
		r.clock.advance(-ago)
		if got := r.logsIn(t, goodPassword); got != refusal.CredentialsWrong {
			t.Errorf("a login of %v before: %q", ago, got)
		}
		r.clock.advance(ago)
	}
	r.clock.advance(time.Minute)
	if n := r.purgeDeleted(t); n != 0 || server.last().Purpose != mail.DeletionRequested {
		t.Errorf("%d users", n)
	}
}

// TestDeletionWaitsForItsNotice: while the mail server is away, the deletion waits for a day at most.
func TestDeletionWaitsForItsNotice(t *testing.T) {
	t.Parallel()
	r := leaver(t, func(c *account.Config) { c.DeleteAfter, c.Mail = 0, away{} })
	_, err := r.leave(t, r.user.Token, goodPassword)
	fatal(t, err)
	r.clock.advance(time.Hour)
	if n := r.purgeDeleted(t); n != 1 {
		t.Fatalf("%d users before the notice, want 1", n)
	}
	r.clock.advance(24 * time.Hour)
	if n := r.purgeDeleted(t); n != 0 {
		t.Errorf("%d users after a day", n)
	}
}

// TestDeletionsMeet: of several requests at once one succeeds. A request is refused if the password
// was changed meanwhile.
func TestDeletionsMeet(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	ends := atOnce(4, func(int) error {
		_, err := r.Delete(t.Context(), account.Deletion{By: by, Password: goodPassword})
		return err
	})
	r.Close()
	if ends[""] != 1 || ends[refusal.TokenInvalid] != 3 {
		t.Errorf("ends: %v", ends)
	}
	by, err = r.holderOf(r.comesBack(t).Token)
	fatal(t, err)
	r.exec(t, "UPDATE users SET password_hash = password_hash || 'x'")
	_, err = r.Delete(t.Context(), account.Deletion{By: by, Password: goodPassword})
	expect(t, err, refusal.TokenInvalid)
	if r.count(t, "users WHERE delete_at IS NOT NULL") != 0 {
		t.Error("deleted by an old password")
	}
}

// TestPurgeBesideLogins: a login and the purge of one user lock the user's row. Either the login is refused, or
// the user stays with its session.
func TestPurgeBesideLogins(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	for round := range 6 {
		in, err := r.Register(t.Context(), account.Registration{Site: 1, UserName: fmt.Sprint("person", round),
			Password: goodPassword})
		fatal(t, err)
		_, err = r.leave(t, in.Token, goodPassword)
		fatal(t, err)
		// The purge waits a minute after the due time. The service "ahead" has a clock that is two minutes fast.
		ahead := on(t, r.pool, &clock{now: r.clock.Now().Add(deleteAfter + 2*time.Minute)})
		r.clock.advance(deleteAfter - time.Second)
		ends := atOnce(5, func(i int) error {
			if i == 0 {
				return ahead.PurgeDeleted(t.Context())
			}
			_, err := r.Login(t.Context(), account.Login{Site: 1, UserName: fmt.Sprint("person", round),
				Password: goodPassword})
			return err
		})
		if ends[""]+ends[refusal.CredentialsWrong] != 5 {
			t.Fatalf("ends: %v", ends)
		}
		stayed := r.count(t, "users WHERE id = $1 AND delete_at IS NULL", in.User.ID)
		if sessions := r.count(t, "sessions WHERE user_id = $1", in.User.ID); stayed == 0 && sessions != 0 ||
			stayed != 0 && ends[""] != 5 {
			t.Fatalf("ends: %v, %d stayed, %d sessions", ends, stayed, sessions)
		}
	}
}

// TestInviterLeaves: when a user leaves, the users that it has invited stay, even if they are more than one
// statement unlinks. The count of invitations of the user's own inviter stays, too.
func TestInviterLeaves(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	in, err := r.Register(t.Context(), account.Registration{Site: 1, UserName: "middle", Password: goodPassword,
		InviteCode: r.user.User.InviteCode})
	fatal(t, err)
	r.exec(t, `INSERT INTO users (site_id, parent_id, phone, real_name, avatar_url, group_id, status, is_retailer,
			balance, total_reward, invite_code, invites_used, created_at, updated_at, last_login_at)
		SELECT 1, $1, '+8615' || 100000000 + g, '', '', 2, 1, false, 0, 0, g, 0, $2, $2, $2
		FROM generate_series(1, 1500) g`, in.User.ID, r.clock.Now())
	_, err = r.leave(t, in.Token, goodPassword)
	fatal(t, err)
	r.clock.advance(deleteAfter + time.Hour)
	for _, want := range []int{1502, 1501} {
		if n := r.purgeDeleted(t); n != want {
			t.Errorf("%d users, want %d", n, want)
		}
	}
	if n := r.count(t, "users WHERE parent_id IS NOT NULL"); n != 0 {
		t.Errorf("%d users have an inviter that is gone", n)
	}
	if r.count(t, "users WHERE id = $1 AND invites_used = 1", r.user.User.ID) != 1 {
		t.Error("the inviter's count has changed")
	}
}

// dump returns the text of every row of every table.
func (w *world) dump(t testing.TB) string {
	t.Helper()
	rows, err := w.pool.Query(t.Context(), `SELECT format('%I', relname) FROM pg_class
		WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`)
	fatal(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	fatal(t, err)
	var text strings.Builder
	for _, table := range tables {
		rows, err := w.pool.Query(t.Context(), "SELECT '"+table+": ' || t::text FROM "+table+" AS t")
		fatal(t, err)
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		fatal(t, err)
		text.WriteString(strings.Join(lines, "\n") + "\n")
	}
	return text.String()
}

// everywhere returns all rows, and the whole database as pg_dump writes it. If there is no pg_dump, it returns
// the rows only, which leaves out what is in no table, such as comments and large objects.
func (w *world) everywhere(t testing.TB) string {
	t.Helper()
	rows := w.dump(t)
	if dump, ok := pgtest.Dump(t, w.pool); ok {
		for _, part := range []string{"CREATE TABLE public.users", "INSERT INTO public.users"} {
			if !strings.Contains(dump, part) {
				t.Errorf("control: the dump has no %s", part)
			}
		}
		return rows + dump
	}
	return rows
}

const (
	leaverID         = "7654321098"
	leaverInvitation = "8172635409" // an id, of the invitation by which the person has registered
)

// livedIn is a deployment in which a person with a canary in each field, and with a row in each table, has
// requested the deletion. The friend has invited the person, and the person the guest.
func livedIn(t *testing.T) (r *recovery, friend, guest holder.SignedIn) {
	t.Helper()
	mails := &mailbag{}
	r = &recovery{mails: mails, world: setup(t, func(c *account.Config) {
		c.DeleteAfter, c.Mail = deleteAfter, mails
		c.Limits = account.Limits{LoginPerNetwork: 9, LoginPerAccount: 99, LoginAccounts: 9, MailPerUser: 9, MailTotal: 99,
			SMSPerPrefix: 9, SMSPerNetwork: 9, SMSTotal: 99}
	})}
	friend, err := r.Register(t.Context(), account.Registration{Site: 1, UserName: "friend", Password: goodPassword})
	fatal(t, err)
	r.exec(t, "ALTER TABLE users ALTER COLUMN id RESTART WITH "+leaverID)
	from := account.Origin{Subnet: "203.0.113.0/24", Network: "203.0.113.0/24"}
	r.user, err = r.Register(t.Context(), account.Registration{
		Site: 1, UserName: "canaryname", Password: goodPassword, Phone: phone, Email: "canarymail@example.com",
		Code:       r.code(t, phone, account.ForRegister),
		Basics:     person.Basics{RealName: "canaryreal", AvatarURL: "/canaryavatar"},
		InviteCode: friend.User.InviteCode, From: from, UserAgent: "canaryagent/1", IdempotencyKey: "canarykey",
	})
	fatal(t, err)
	guest, err = r.Register(t.Context(), account.Registration{Site: 1, UserName: "invited", Password: goodPassword,
		InviteCode: r.user.User.InviteCode})
	fatal(t, err)
	r.exec(t, `UPDATE users SET first_name = 'canaryfirst', last_name = 'canarylast', introduce = 'canaryself',
		invitation_id = `+leaverInvitation+`, birthday = '1999-01-02', extra = '{"canarymember": "canaryextra"}',
		terms_version = 'canaryterms', terms_at = now(), terms_language = 'canarylanguage',
		email_verified_at = now(), invite_limit = 9, expires_at = now() + interval '1 year', user_name_changed_at = now(),
		phone_since = now() - interval '9 days', email_since = now() - interval '9 days', password_tx = 1
		WHERE id = `+leaverID)
	r.exec(t, `INSERT INTO avatars SELECT id, sha256($1), 'image/png', $1, now() FROM users WHERE id IN ($2, $3)`,
		[]byte(leaverPicture), friend.User.ID, r.user.User.ID)
	// The person logs in in each way, types a wrong password, requests a code of each kind, and gets a
	// notice.
	r.clock.advance(time.Minute)
	for _, l := range []account.Login{
		{UserName: "canaryname", Password: goodPassword}, {Email: "canarymail@example.com", Password: goodPassword},
		{Phone: phone, Password: goodPassword}, {UserName: "canaryname", Password: "wrong password"},
	} {
		l.Site, l.From, l.UserAgent = 1, from, "canaryagent/2"
		if _, err := r.Login(t.Context(), l); err != nil {
			expect(t, err, refusal.CredentialsWrong)
		}
	}
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	_, err = r.SendEmailCode(t.Context(), address.EmailCodeRequest{By: by, Email: "canaryother@example.com",
		Purpose: account.ForVerify, From: from})
	fatal(t, err)
	fatal(t, r.askReset(t, "canarymail@example.com"))
	_ = r.code(t, phone, account.ForLogin)
	for _, scope := range userScopes(t) {
		r.exec(t, `INSERT INTO budgets VALUES ($1, '`+leaverID+`', now() + interval '1 year', 1, 0)
			ON CONFLICT DO NOTHING`, scope)
	}
	_, err = r.leave(t, r.user.Token, goodPassword)
	fatal(t, err)
	r.exec(t, `INSERT INTO notices (user_id, kind, address, locale, created_at, due_at, attempts)
		VALUES (`+leaverID+`, 'password_changed', 'canarymail@example.com', 'en', now(), now() + interval '1 year', 0)`)
	r.exec(t, "UPDATE audit_entries SET network = 'canarynetwork'")
	r.addRows(t)
	r.isLivedIn(t)
	return r, friend, guest
}

const leaverPicture = "canarypicture"

// userScopes returns the scopes of budgets whose keys are ids of users. It finds them in the code by the end of
// their names, so that the test also covers a scope that is added later.
func userScopes(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../*/*.go")
	fatal(t, err)
	scopes := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		fatal(t, err)
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, found := range regexp.MustCompile(`"([a-z]+_user)"`).FindAllSubmatch(text, -1) {
			scopes[string(found[1])] = true
		}
	}
	if len(scopes) < 5 {
		t.Fatalf("only the scopes %v are found", scopes)
	}
	return slices.Collect(maps.Keys(scopes))
}

// keepsID matches the rows that may have the id of a deleted user: of the audit log, of the events, of their
// deliveries, and of the imports, which do not import the user again.
var keepsID = regexp.MustCompile(
	`^(INSERT INTO public\.)?(audit_entries|events|deliveries|set_aside_events|imported_users)[: ]`)

// TestNothingIsLeft: a person leaves, and neither a canary nor the id is in any table, or elsewhere in what pg_dump
// writes. A day later no count is left either. The data of other users stays. Only the tables of keepsID keep the id,
// without the network, and the id leads to no person any more.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	r, friend, guest := livedIn(t)
	full := r.everywhere(t)
	canaries := []string{"canary", leaverInvitation, phone, "+8613800138000", leaverID, r.user.User.InviteCode,
		"1999-01-02", base64.StdEncoding.EncodeToString([]byte(leaverPicture))}
	for _, canary := range append(canaries[:7:7], hex.EncodeToString([]byte(leaverPicture))) {
		if !strings.Contains(full, canary) {
			t.Errorf("%q is nowhere before", canary)
		}
	}
	// The deletion is due at once, so that the codes are still valid when the purge runs.
	r.exec(t, "UPDATE users SET delete_at = $1 WHERE delete_at IS NOT NULL", r.clock.Now().Add(-25*time.Hour))
	if n := r.purgeDeleted(t); n != 2 {
		t.Fatalf("%d users, want 2", n)
	}
	if r.count(t, "avatars WHERE user_id = $1", friend.User.ID) != 1 {
		t.Error("the friend's picture, which is the same, is gone")
	}
	r.exec(t, "DELETE FROM avatars")
	for line := range strings.Lines(r.everywhere(t)) {
		log := keepsID.MatchString(line)
		for _, canary := range canaries {
			if canary == leaverID && log {
				continue
			}
			if strings.Contains(line, canary) || strings.Contains(line, hex.EncodeToString([]byte(canary))) {
				t.Errorf("%q is left in %s", canary, line)
			}
		}
	}
	for query, want := range map[string]int{
		"login_tries WHERE known_until IS NOT NULL": 0, "one_time_codes": 0, "idempotency_keys": 0, "notices": 0,
		"users WHERE invites_used = 1": 1, "sessions": 2, "audit_entries WHERE network = ''": 1, "audit_entries": 1,
		"budgets WHERE scope IN ('address_failures', 'asker_failures', 'asker_known', 'mail_user')": 0,
	} {
		if n := r.count(t, query); n != want {
			t.Errorf("%d %s, want %d", n, query, want)
		}
	}
	if r.count(t, "users WHERE id = $1 AND parent_id IS NULL", guest.User.ID) != 1 {
		t.Error("the guest is gone, or has an inviter")
	}
	r.clock.advance(25 * time.Hour)
	_, err := r.Purge(t.Context())
	fatal(t, err)
	if n := r.count(t, "budgets") + r.count(t, "login_tries") + r.count(t, "login_networks"); n != 0 {
		t.Errorf("%d counts a day later", n)
	}
}

// TestNameQuarantine: until the quarantine is over, the user name of a deleted user is refused as taken, also in
// another case and as a look-alike, and also if the deletion commits while the registration waits.
func TestNameQuarantine(t *testing.T) {
	t.Parallel()
	const quarantine = 90 * 24 * time.Hour
	r := leaver(t, func(c *account.Config) { c.DeleteAfter, c.NameQuarantine = 0, quarantine })
	register := func(name string) error {
		_, err := r.Register(t.Context(), account.Registration{Site: 1, UserName: name, Password: goodPassword})
		return err
	}
	coco, err := r.Register(t.Context(), account.Registration{Site: 1, UserName: "coco", Password: goodPassword})
	fatal(t, err)
	for _, token := range []string{r.user.Token, coco.Token} {
		_, err := r.leave(t, token, goodPassword)
		fatal(t, err)
	}
	r.clock.advance(time.Minute)
	// Registrations that come at that moment wait for the row that is about to be deleted.
	ends := atOnce(5, func(i int) error {
		if i == 0 {
			return r.PurgeDeleted(t.Context())
		}
		return register("holder")
	})
	if ends[refusal.UserNameTaken] != 4 || r.count(t, "users") != 0 {
		t.Fatalf("ends: %v", ends)
	}
	for _, name := range []string{"holder", "HoLDer", "coco", "\u0441\u043e\u0441\u043e"} { // the last one is Cyrillic
		expect(t, register(name), refusal.UserNameTaken)
	}
	if text := r.dump(t); strings.Contains(text, "holder") || r.count(t, "kept_names") != 4 {
		t.Errorf("the name is kept as it is: %s", text)
	}
	off := on(t, r.pool, r.clock)
	in, err := off.Register(t.Context(), account.Registration{Site: 1, UserName: "holder", Password: goodPassword})
	fatal(t, err)
	r.exec(t, "DELETE FROM users WHERE id = $1", in.User.ID)
	r.clock.advance(quarantine)
	fatal(t, r.PurgeDeleted(t.Context()))
	fatal(t, register("holder"))
	r.clock.advance(time.Second)
	fatal(t, r.PurgeDeleted(t.Context()))
	if n := r.count(t, "kept_names"); n != 0 {
		t.Errorf("%d names are kept for ever", n)
	}
}

// TestChangeBesideDeletion: a change of the password that began before the deletion was requested does not take
// the deletion back.
func TestChangeBesideDeletion(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	leaving, err := r.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = leaving.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = leaving.Exec(t.Context(), "UPDATE users SET delete_at = $1", r.clock.Now().Add(deleteAfter))
	fatal(t, err)
	fatal(t, session.EndAll(t.Context(), db.New(leaving), r.user.User.ID, r.clock.Now()))
	changed := pgtest.Blocked(t, r.pool, func() error {
		_, err := r.ChangePassword(t.Context(), credential.Change{
			By: by, OldPassword: goodPassword, Password: newPassword, Locale: "en",
		})
		return err
	})
	fatal(t, leaving.Commit(t.Context()))
	expect(t, changed(), refusal.TokenInvalid)
	if r.count(t, "users WHERE delete_at IS NULL") != 0 || r.count(t, "sessions") != 0 {
		t.Error("the deletion was taken back")
	}
}

// TestDeletionGoesOn: if a step before the deletion of the user fails, a purge returns the error and deletes
// no user, but still frees the names whose quarantine is over. The next purge finds the user again.
func TestDeletionGoesOn(t *testing.T) {
	t.Parallel()
	r := leaver(t, func(c *account.Config) { c.NameQuarantine = time.Hour })
	_, err := r.leave(t, r.user.Token, goodPassword)
	fatal(t, err)
	r.clock.advance(deleteAfter + time.Hour)
	r.exec(t, "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$")
	for _, step := range []string{
		"DELETE ON one_time_codes", "DELETE ON budgets", "DELETE ON login_tries", "UPDATE OF parent_id ON users",
		"INSERT ON kept_names", "DELETE ON users", "DELETE ON kept_names",
	} {
		_, table, _ := strings.Cut(step, " ON ")
		r.exec(t, "INSERT INTO kept_names VALUES (1, sha256('old'), $1)", r.clock.Now().Add(-time.Second))
		r.exec(t, "CREATE TRIGGER fail BEFORE "+step+" FOR EACH STATEMENT EXECUTE FUNCTION fail()")
		err := r.PurgeDeleted(t.Context())
		if gone := r.count(t, "users") == 0; err == nil || gone != (step == "DELETE ON kept_names") {
			t.Errorf("%s fails: %v, deleted %t", step, err, gone)
		}
		old := r.count(t, "kept_names WHERE name_mac = sha256('old')")
		if want := strings.Count(step, "DELETE ON kept_names"); old != want {
			t.Errorf("%s fails: %d old names are kept, want %d", step, old, want)
		}
		r.exec(t, "DROP TRIGGER fail ON "+table)
	}
	r.exec(t, "DROP FUNCTION fail")
	if n := r.purgeDeleted(t); n != 0 {
		t.Errorf("%d users are left, want 0", n)
	}
}
