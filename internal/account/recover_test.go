package account_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
)

const newPassword = "another good one 8"

// recovery is a deployment with SMS and mail, and a user that can recover its account by both.
type recovery struct {
	*world
	mails *mailbag
	user  holder.SignedIn
}

func recoverable(t testing.TB, change ...func(*account.Config)) *recovery {
	t.Helper()
	r := &recovery{mails: &mailbag{}}
	r.world = setup(t, append([]func(*account.Config){func(c *account.Config) { c.Mail = r.mails }}, change...)...)
	var err error
	r.user, err = r.Register(t.Context(), account.Registration{
		Site: 1, UserName: "holder", Password: goodPassword, Phone: phone, Code: r.code(t, phone, account.ForRegister),
		Email: "Holder@example.com",
	})
	fatal(t, err)
	r.exec(t, "UPDATE users SET email_verified_at = now()")
	r.clock.advance(time.Minute)
	return r
}

// askReset requests a code and waits until it is sent.
func (r *recovery) askReset(t testing.TB, email string) error {
	t.Helper()
	_, err := r.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Purpose: account.ForReset, Email: email, Locale: "en",
	})
	r.Close()
	return err
}

func (r *recovery) resetBy(ctx context.Context, p credential.Reset) error {
	p.Site, p.Locale = 1, "en"
	if p.Password == "" {
		p.Password = newPassword
	}
	_, err := r.ResetPassword(ctx, p)
	r.silent(err, p.Password, p.Email, p.Phone, p.Code)
	return err
}

func (r *recovery) logsIn(t testing.TB, password string) refusal.Reason {
	t.Helper()
	_, err := r.Login(t.Context(), account.Login{Site: 1, UserName: "holder", Password: password})
	return reason(err)
}

// TestResetByEmail: the code goes to the address that was verified, sets the password, ends the
// tokens and is spent; the holder gets a notice at the email and at the phone.
func TestResetByEmail(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	fatal(t, r.askReset(t, "hOLDER@EXAMPLE.COM"))
	sent := r.mails.last()
	if sent.To != "Holder@example.com" || sent.Purpose != mail.ForReset || len(sent.Code) != 6 || r.mails.count() != 1 {
		t.Errorf("sent to %q for %q", sent.To, sent.Purpose)
	}
	reset := credential.Reset{Email: "holder@example.com", Code: sent.Code}
	fatal(t, r.resetBy(t.Context(), reset))
	r.Close()
	expect(t, r.resetBy(t.Context(), reset), refusal.CodeExpired)
	if old, fresh := r.logsIn(t, goodPassword), r.logsIn(t, newPassword); old != refusal.CredentialsWrong || fresh != "" {
		t.Errorf("the old password: %q, the new one: %q", old, fresh)
	}
	if r.count(t, "users WHERE tokens_valid_from > $1", r.clock.Now()) != 1 {
		t.Error("tokens from before the reset are still good")
	}
	told := r.mails.last()
	if told.To != "Holder@example.com" || told.Purpose != mail.PasswordChanged || told.Code != "" ||
		!told.At.Equal(r.clock.Now()) || r.mails.count() != 2 || r.count(t, "notices") != 0 {
		t.Errorf("told %q of %q", told.To, told.Purpose)
	}
	// The phone gets a notice, too, because the mailbox may be in the hands of a thief.
	if told := r.sms.last(t); told.Phone != "+8613800138000" || told.Country != "CN" || told.Code != "" ||
		told.Purpose != sms.PasswordChanged || told.Locale != "en" || r.sms.count() != 2 {
		t.Errorf("%d SMS, the last of %q", r.sms.count(), told.Purpose)
	}
}

// TestResetByPhone: a code to the phone resets the password. A verified email gets the notice, another one does not.
// The phone gets none: it has just been used.
func TestResetByPhone(t *testing.T) {
	t.Parallel()
	for _, verified := range []bool{false, true} {
		t.Run(fmt.Sprintf("verified %v", verified), func(t *testing.T) {
			t.Parallel()
			r := recoverable(t)
			if !verified {
				r.exec(t, "UPDATE users SET email_verified_at = NULL")
			}
			_, err := r.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForReset})
			fatal(t, err)
			r.Close()
			messages := r.sms.count()
			fatal(t, r.resetBy(t.Context(), credential.Reset{Phone: "+86 138-0013-8000", Code: r.sms.last(t).Code}))
			r.Close()
			if r.logsIn(t, newPassword) != "" || r.sms.count() != messages || r.count(t, "notices") != 0 {
				t.Errorf("%d messages, then %d", messages, r.sms.count())
			}
			if !verified {
				if n := r.mails.count(); n != 0 {
					t.Errorf("%d mails to an address that is not verified", n)
				}
				return
			}
			if n := r.mails.count(); n != 1 {
				t.Fatalf("%d mails, want the notice", n)
			}
			told := r.mails.last()
			if told.To != "Holder@example.com" || told.Purpose != mail.PasswordChanged || told.Code != "" {
				t.Errorf("told %q of %q", told.To, told.Purpose)
			}
		})
	}
}

// TestResetOfADueDeletion: an account whose deletion is due counts as deleted, even before the purge. A code that
// was sent before resets no password, no code is sent any more, and a reset that began before changes nothing.
func TestResetOfADueDeletion(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	fatal(t, r.askReset(t, "holder@example.com"))
	sent := r.mails.last()
	now := r.clock.Now()
	r.exec(t, "UPDATE users SET delete_at = $1", now)
	expect(t, r.resetBy(t.Context(), credential.Reset{Email: "holder@example.com", Code: sent.Code}), refusal.CodeExpired)
	r.clock.advance(time.Hour)
	fatal(t, r.askReset(t, "holder@example.com"))
	if n := r.mails.count(); n != 1 {
		t.Errorf("%d mails were sent, want the first only", n)
	}
	_, err := db.New(r.pool).ResetPassword(t.Context(), db.ResetPasswordParams{
		SiteID: 1, ID: r.user.User.ID, Address: phone, PasswordHash: "$new", Now: now,
	})
	if !errors.Is(err, pgx.ErrNoRows) {
		t.Errorf("a reset beside the end of the grace period: %v", err)
	}
}

// TestResetGoesToHoldersOnly: for an address that no user has verified, the answer is that of a success,
// the code is counted, and nothing is sent (I9).
func TestResetGoesToHoldersOnly(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	before := r.sms.count()
	fatal(t, r.askReset(t, "stranger@example.com"))
	r.exec(t, "UPDATE users SET email_verified_at = NULL")
	fatal(t, r.askReset(t, "holder@example.com"))
	_, err := r.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: "13800138009", Purpose: account.ForReset})
	fatal(t, err)
	r.Close()
	if r.mails.count() != 0 || r.sms.count() != before || r.count(t, "one_time_codes WHERE purpose = 'reset'") != 3 {
		t.Errorf("%d mails, %d SMS", r.mails.count(), r.sms.count()-before)
	}
	expect(t, r.askReset(t, "stranger@example.com"), refusal.CodeTooSoon)
}

// TestResetRefusals: the refusals of wrong requests. A right code stays valid if the new password is
// refused.
func TestResetRefusals(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	fatal(t, r.askReset(t, "holder@example.com"))
	right := r.mails.last().Code
	for _, c := range []struct {
		reset credential.Reset
		want  refusal.Reason
	}{
		{credential.Reset{Code: right}, refusal.ResetIncomplete},
		{credential.Reset{Email: "holder@example.com", Phone: phone, Code: right}, refusal.ResetIncomplete},
		{credential.Reset{Email: "holder@example.com", Code: other(right)}, refusal.CodeWrong},
		{credential.Reset{Email: "no email", Code: right}, refusal.CodeExpired},
		{credential.Reset{Phone: "1", Code: right}, refusal.CodeExpired},
		{credential.Reset{Phone: phone, Code: right}, refusal.CodeExpired},
		{credential.Reset{Email: "holder@example.com", Code: right, Password: "short"}, refusal.PasswordTooShort},
		{credential.Reset{Email: "holder@example.com", Code: right, Password: "password1"}, refusal.PasswordCommon},
		{credential.Reset{Email: "holder@example.com", Code: right, Password: "13800138000"},
			refusal.PasswordContext},
	} {
		expect(t, r.resetBy(t.Context(), c.reset), c.want)
	}
	r.exec(t, "UPDATE users SET status = 0")
	for _, want := range []refusal.Reason{refusal.AccountDisabled, refusal.CodeExpired} {
		expect(t, r.resetBy(t.Context(), credential.Reset{Email: "holder@example.com", Code: right}), want)
	}
	r.exec(t, "UPDATE users SET status = 1")
	if got := r.logsIn(t, goodPassword); got != "" {
		t.Errorf("the password was changed: %q", got)
	}
}

// TestResetWithoutSenders: without a sender, a reset by phone or email is refused as not offered.
func TestResetWithoutSenders(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.SMS = nil })
	_, err := w.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Purpose: account.ForReset, Email: "a@example.com",
	})
	expect(t, err, refusal.EmailNotOffered)
	for _, c := range []struct {
		by   credential.Reset
		want refusal.Reason
	}{
		{credential.Reset{Email: "a@example.com", Code: "123456", Password: newPassword}, refusal.EmailNotOffered},
		{credential.Reset{Phone: phone, Code: "123456", Password: newPassword}, refusal.PhoneNotOffered},
	} {
		_, err := w.ResetPassword(t.Context(), c.by)
		expect(t, err, c.want)
	}
}

// TestResetsRace: of many resets with one code on two services one wins (I2), and its password
// is the one that logs in.
func TestResetsRace(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	second := &recovery{world: on(t, r.pool, r.clock, func(c *account.Config) { c.Mail = r.mails })}
	for range 4 {
		fatal(t, r.askReset(t, "holder@example.com"))
		code := r.mails.last().Code
		var mu sync.Mutex
		var won []string
		ends := atOnce(8, func(i int) error {
			mine := newPassword + strings.Repeat("x", i)
			err := []*recovery{r, second}[i%2].resetBy(t.Context(), credential.Reset{
				Email: "holder@example.com", Code: code, Password: mine,
			})
			if err == nil {
				mu.Lock()
				defer mu.Unlock()
				won = append(won, mine)
			}
			return err
		})
		if ends[""] != 1 || ends[refusal.CodeExpired] != 7 {
			t.Fatalf("ends: %v", ends)
		}
		if got := r.logsIn(t, won[0]); got != "" {
			t.Errorf("the winner's password: %q", got)
		}
		r.Close()
		second.Close()
		r.clock.advance(13 * time.Minute)
	}
}

// flaky is a mail server that is down at first.
type flaky struct {
	mailbag
	down int
	err  error // of the mails that fail, nil for that of an outage
}

func (f *flaky) Send(ctx context.Context, m mail.Message) error {
	if m.Purpose == mail.PasswordChanged && f.down > 0 {
		f.down--
		return cmp.Or(f.err, errors.New("no mail server"))
	}
	return f.mailbag.Send(ctx, m)
}

// TestNoticeSurvivesAnOutage: a notice that could not be sent is sent later, also by another
// process, and only once.
func TestNoticeSurvivesAnOutage(t *testing.T) {
	t.Parallel()
	server := &flaky{down: 2}
	r := recoverable(t, func(c *account.Config) { c.Mail = server })
	fatal(t, r.askReset(t, "holder@example.com"))
	fatal(t, r.resetBy(t.Context(), credential.Reset{Email: "holder@example.com", Code: server.last().Code}))
	r.Close()
	if server.count() != 1 || r.count(t, "notices WHERE attempts = 1") != 1 {
		t.Fatalf("%d mails", server.count())
	}
	begin := r.clock.Now()
	next := on(t, r.pool, r.clock, func(c *account.Config) { c.Mail = server })
	fatal(t, next.SendNotices(t.Context())) // not due yet
	for range 2 {
		r.clock.advance(10 * time.Minute)
		fatal(t, next.SendNotices(t.Context()))
	}
	fatal(t, r.SendNotices(t.Context()))
	if told := server.last(); server.count() != 2 || told.Purpose != mail.PasswordChanged || !told.At.Equal(begin) ||
		r.count(t, "notices") != 0 {
		t.Errorf("%d mails, the last of %q at %v", server.count(), told.Purpose, told.At)
	}
}

// TestNoticesAreBounded: while the mail server is down, one call tries a few notices, and the next one the
// others.
func TestNoticesAreBounded(t *testing.T) {
	t.Parallel()
	server := &flaky{down: 100}
	r := recoverable(t, func(c *account.Config) { c.Mail = server })
	for range 8 {
		fatal(t, notice.Add(t.Context(), db.New(r.pool), r.user.User.ID, notice.PasswordChanged, "h@example.com", "en",
			r.clock.Now()))
	}
	for _, want := range []int{5, 8, 8} {
		fatal(t, r.SendNotices(t.Context()))
		if n := r.count(t, "notices WHERE attempts = 1"); n != want {
			t.Errorf("%d notices were tried, want %d", n, want)
		}
	}
}

// TestChangeIsNoticed: a change of the password by the old one also sends a notice.
func TestChangeIsNoticed(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	_, err = r.ChangePassword(t.Context(), credential.Change{
		By: by, OldPassword: goodPassword, Password: newPassword, Locale: "en",
	})
	fatal(t, err)
	r.Close()
	if told := r.mails.last(); r.mails.count() != 1 || told.To != "Holder@example.com" ||
		told.Purpose != mail.PasswordChanged || !told.At.Equal(r.clock.Now()) || told.Locale != "en" {
		t.Errorf("%d mails, the last to %q of %q", r.mails.count(), told.To, told.Purpose)
	}
}

// away is a mail server that cannot be reached.
type away struct{}

func (away) Send(context.Context, mail.Message) error { return errors.New("no mail server") }

// TestResetCodesAreCounted: a reset code is sent after the answer. enroll_codes_total counts it as sent or failed, and
// a failure has a line in the log. If no user has the address, nothing is sent and nothing is counted.
func TestResetCodesAreCounted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		server mail.Sender
		email  string
		want   map[string]float64
	}{
		"sent":     {&mailbag{}, "holder@example.com", map[string]float64{"sent": 1}},
		"failed":   {away{}, "holder@example.com", map[string]float64{"failed": 1}},
		"stranger": {&mailbag{}, "stranger@example.com", map[string]float64{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewRegistry()
			var out bytes.Buffer
			r := recoverable(t, func(config *account.Config) {
				config.Metrics, config.Mail, config.Log = registry, c.server, slog.New(slog.NewTextHandler(&out, nil))
			})
			fatal(t, r.askReset(t, c.email))
			r.Close()
			if failed := c.want["failed"] > 0; failed != strings.Contains(out.String(), `err="no mail server"`) ||
				!failed && out.Len() > 0 || strings.Contains(out.String(), "example.com") {
				t.Errorf("logged %q", &out)
			}
			got := map[string]float64{}
			families, err := registry.Gather()
			fatal(t, err)
			for _, family := range families {
				for _, m := range family.GetMetric() {
					if label := m.GetLabel(); family.GetName() == "enroll_codes_total" && label[0].GetValue() == "email" {
						got[label[2].GetValue()] += m.GetCounter().GetValue()
					}
				}
			}
			if !maps.Equal(got, c.want) {
				t.Errorf("counted %v, want %v", got, c.want)
			}
		})
	}
}

// TestNoticeToNoAddress: a notice for an email that no mail can be sent to is given up at once. A user may have such an
// email by the rules of an earlier release.
func TestNoticeToNoAddress(t *testing.T) {
	t.Parallel()
	server := &flaky{down: 1, err: mail.ErrAddress}
	r := recoverable(t, func(c *account.Config) { c.Mail = server })
	fatal(t, r.askReset(t, "holder@example.com"))
	fatal(t, r.resetBy(t.Context(), credential.Reset{Email: "holder@example.com", Code: server.last().Code}))
	r.Close()
	if n := r.count(t, "notices"); n != 0 || server.down != 0 {
		t.Errorf("%d notices are left, and %d refusals", n, server.down)
	}
}

// TestResetsCountAlike: the code of a phone without an account, of which no SMS is sent, counts in each place in which
// that of a holder counts. A later answer follows from these counts, and would otherwise tell whether there is an
// account.
func TestResetsCountAlike(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	counted := func(number string) (text string) {
		r.exec(t, "DELETE FROM budgets; DELETE FROM sms_days")
		_, err := r.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: number, Purpose: account.ForReset})
		fatal(t, err)
		r.Close()
		fatal(t, r.pool.QueryRow(t.Context(), `SELECT
			(SELECT string_agg(concat_ws(' ', country, codes, used, refused), ', ') FROM sms_days) || '; ' ||
			(SELECT string_agg(concat_ws(' ', scope, used, redeemed), ', ' ORDER BY scope) FROM budgets)`).Scan(&text))
		return text
	}
	holder, nobody := counted(phone), counted("13800138009")
	if holder != nobody || !strings.HasPrefix(holder, "CN 1 0 0; ") {
		t.Errorf("a holder counts %q, and a phone without an account %q", holder, nobody)
	}
}

// TestNoticeIsGivenUp: a notice that is too old is not sent.
func TestNoticeIsGivenUp(t *testing.T) {
	t.Parallel()
	server := &flaky{down: 1}
	r := recoverable(t, func(c *account.Config) { c.Mail = server })
	fatal(t, r.askReset(t, "holder@example.com"))
	fatal(t, r.resetBy(t.Context(), credential.Reset{Email: "holder@example.com", Code: server.last().Code}))
	r.Close()
	r.exec(t, "UPDATE notices SET attempts = 150")
	r.clock.advance(10 * time.Minute)
	fatal(t, r.SendNotices(t.Context()))
	if server.count() != 1 || r.count(t, "notices") != 0 {
		t.Errorf("%d mails", server.count())
	}
}

// TestMailsToADomain: without a login, one network may use only a part of the mails to a domain,
// and all networks together may use all of them.
func TestMailsToADomain(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) { c.Mail, c.Limits.MailPerDomain = &mailbag{}, 24 })
	send := func(network, email string) error {
		_, err := w.SendMailCode(t.Context(), address.MailCodeRequest{
			Site: 1, Purpose: account.ForReset, Email: email, Locale: "en",
			From: account.Origin{Subnet: network, Network: network},
		})
		return err
	}
	name := func(i int) string { return string(rune('a'+i%26)) + strings.Repeat("x", i/26) }
	for i := range 24 {
		expect(t, send("198.51."+name(i/2)+".0/24", name(i)+"@example.com"), "")
	}
	expect(t, send("198.51.z.0/24", "late@example.com"), refusal.CodeTooMany)
	expect(t, send("198.51.a.0/24", "other@example.org"), "")
	w.clock.advance(time.Hour)
	expect(t, send("198.51.a.0/24", "one@example.com"), "")
	expect(t, send("198.51.a.0/24", "two@example.com"), "")
	expect(t, send("198.51.a.0/24", "three@example.com"), refusal.CodeTooMany)
}

// TestResetBesideLogins: no session survives a reset that began before it (I12), and no login
// by the old password succeeds after it.
func TestResetBesideLogins(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	old := goodPassword
	for round := range 6 {
		fatal(t, r.askReset(t, "holder@example.com"))
		code, fresh := r.mails.last().Code, newPassword+strings.Repeat("x", round)
		ends := atOnce(5, func(i int) error {
			if i == 0 {
				return r.resetBy(t.Context(), credential.Reset{Email: "holder@example.com", Code: code, Password: fresh})
			}
			_, err := r.Login(t.Context(), account.Login{Site: 1, UserName: "holder", Password: old})
			return err
		})
		if ends[""]+ends[refusal.CredentialsWrong] != 5 || r.count(t, "sessions") != 0 {
			t.Fatalf("ends: %v, %d sessions survive", ends, r.count(t, "sessions"))
		}
		r.Close()
		old = fresh
		r.clock.advance(13 * time.Minute)
	}
}
