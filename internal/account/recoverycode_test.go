package account_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/refusal"
)

// support is the operator of these tests.
var support = audit.Actor{Kind: audit.Key, Name: "support", Network: "192.0.2.0/24"}

// sendCode has an operator send the holder a recovery code, and returns the reason if it was refused.
func (r *recovery) sendCode(t testing.TB, channel code.Channel) (operator.CodeSent, error) {
	t.Helper()
	sent, err := r.operators(t).SendCode(t.Context(), operator.Act{By: support, User: r.user.User.ID, Site: 1}, channel)
	r.silent(err, "Holder@example.com", phone)
	return sent, err
}

// TestRecoveryCode: the code of an operator goes to the address that the holder gave, resets the password as the
// holder's own would, and leaves an entry without an address.
func TestRecoveryCode(t *testing.T) {
	t.Parallel()
	for channel, want := range map[code.Channel]code.Channel{
		"": code.Email, code.Email: code.Email, code.Phone: code.Phone,
	} {
		r := recoverable(t)
		messages := r.sms.count()
		sent, err := r.sendCode(t, channel)
		if err != nil || sent.Channel != want || sent.ExpiresIn != code.Life || sent.RetryAfter != code.Cooldown {
			t.Fatalf("%q: %+v, %v", channel, sent, err)
		}
		reset := credential.Reset{Phone: phone, From: network.Origin{Subnet: "198.51.100.0/24", Network: "198.51.100.0/24"}}
		if want == code.Email {
			m := r.mails.last()
			if m.To != "Holder@example.com" || m.Purpose != string(code.ForReset) || m.Locale != "en" || m.SiteID != 1 {
				t.Errorf("the mail is %+v", m)
			}
			reset.Phone, reset.Email, reset.Code = "", "holder@example.com", m.Code
		} else {
			reset.Code = r.sms.last(t).Code
		}
		if r.mails.count()+r.sms.count()-messages != 1 {
			t.Errorf("%q: not one message", channel)
		}
		fatal(t, r.resetBy(t.Context(), reset))
		expect(t, r.resetBy(t.Context(), reset), refusal.CodeExpired)
		if got := r.logsIn(t, newPassword); got != "" {
			t.Errorf("%q: %s", channel, got)
		}
		if n := r.count(t, `audit_entries WHERE act = 'user.code_sent' AND user_id = $1 AND actor_name = 'support'
			AND detail = ''`, r.user.User.ID); n != 1 {
			t.Errorf("%q: %d entries", channel, n)
		}
	}
}

// TestRecoveryCodeRefused: a user that a code cannot recover gets none, and neither a message, a count nor an entry is
// left.
func TestRecoveryCodeRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql     string
		channel code.Channel
		want    error // nil for a message
	}{
		"disabled":         {"UPDATE users SET status = 0", "", operator.ErrUnrecoverable},
		"due for deletion": {"UPDATE users SET delete_at = '2026-01-01'", "", operator.ErrUnrecoverable},
		"unverified":       {"UPDATE users SET email_verified_at = NULL", code.Email, operator.ErrUnrecoverable},
		"no phone":         {"UPDATE users SET phone = NULL", code.Phone, operator.ErrUnrecoverable},
		"just changed": {"UPDATE users SET email_since = '2026-11-22 00:00+00', phone_since = '2026-11-22 00:00+00'", "",
			operator.ErrUnrecoverable},
		"by phone instead":  {"UPDATE users SET email_verified_at = NULL", "", nil},
		"changed yesterday": {"UPDATE users SET email_since = '2026-11-21 00:00+00'", code.Email, nil},
		"gone":              {"DELETE FROM users", "", operator.ErrUserUnknown},
		"of another site":   {"UPDATE users SET site_id = 2", "", operator.ErrUserUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := recoverable(t)
			r.exec(t, "TRUNCATE one_time_codes, budgets, audit_entries")
			messages := r.mails.count() + r.sms.count()
			r.exec(t, c.sql)
			_, err := r.sendCode(t, c.channel)
			if !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
			want := 0
			if c.want == nil {
				want = 1
			}
			if r.mails.count()+r.sms.count()-messages != want || r.count(t, "one_time_codes") != want ||
				r.count(t, "audit_entries") != want || (r.count(t, "budgets") == 0) != (want == 0) {
				t.Errorf("%d messages, %d codes, %d counts, %d entries", r.mails.count()+r.sms.count()-messages,
					r.count(t, "one_time_codes"), r.count(t, "budgets"), r.count(t, "audit_entries"))
			}
		})
	}
	r := recoverable(t, func(c *account.Config) { c.Mail = nil })
	_, err := r.sendCode(t, code.Email)
	expect(t, err, refusal.EmailNotOffered)
}

// TestRecoveryCodeBudgets: for one address an operator can send one code a minute and five an hour. A reset of the
// address sets these counts to 0. The codes of an operator do not use up those of the holder.
func TestRecoveryCodeBudgets(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	for n := range 5 {
		_, err := r.sendCode(t, "")
		fatal(t, err)
		if n == 0 {
			_, err = r.sendCode(t, "")
			expect(t, err, refusal.CodeTooSoon)
		}
		r.clock.advance(time.Minute)
	}
	_, err := r.sendCode(t, "")
	expect(t, err, refusal.CodeTooMany)
	_, err = r.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Purpose: account.ForReset, Email: "holder@example.com", Locale: "en",
		From: network.Origin{Subnet: "198.51.100.0/24", Network: "198.51.100.0/24"},
	})
	fatal(t, err)
	_, err = r.operators(t).ResetCodes(t.Context(), support, "holder@example.com", false)
	fatal(t, err)
	_, err = r.sendCode(t, "")
	fatal(t, err)
	// Refused requests have left no entry.
	if n := r.count(t, "audit_entries WHERE act = 'user.code_sent'"); n != 6 {
		t.Errorf("%d entries", n)
	}
}

// TestRecoveryCodeFails: a message that its sender has refused is not counted, and its entry stays. Without an entry
// there is no message.
func TestRecoveryCodeFails(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	r.sms.down = true
	_, err := r.sendCode(t, code.Phone)
	expect(t, err, refusal.SMSFailed)
	if r.count(t, "audit_entries WHERE act = 'user.code_sent'") != 1 || r.count(t, "one_time_codes") != 0 {
		t.Errorf("%d codes", r.count(t, "one_time_codes"))
	}
	r.sms.down = false
	r.exec(t, "ALTER TABLE audit_entries ADD CONSTRAINT closed CHECK (act <> 'user.code_sent') NOT VALID")
	messages := r.sms.count()
	if _, err = r.sendCode(t, code.Phone); err == nil || r.sms.count() != messages || r.count(t, "one_time_codes") != 0 {
		t.Errorf("without an entry: %v, %d messages", err, r.sms.count()-messages)
	}
	r.exec(t, "ALTER TABLE audit_entries DROP CONSTRAINT closed")
	_, err = r.sendCode(t, code.Phone)
	fatal(t, err) // neither of the two counts
}

// TestRecoveryCodeBesideHolder: an operator and the holder request a code at the same moment, and one message is sent.
// A code to an email that the holder changes meanwhile is worth nothing.
func TestRecoveryCodeBesideHolder(t *testing.T) {
	t.Parallel()
	r := recoverable(t)
	ends := make(chan error, 2)
	go func() { _, err := r.sendCode(t, code.Email); ends <- err }()
	go func() { ends <- r.askReset(t, "holder@example.com") }()
	one, other := <-ends, <-ends
	if (one == nil) == (other == nil) || r.mails.count() != 1 {
		t.Errorf("%v, %v, %d mails", one, other, r.mails.count())
	}
	r.clock.advance(time.Minute)
	changing, err := r.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = changing.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = changing.Exec(t.Context(), "UPDATE users SET email = 'b@example.com', email_key = 'b@example.com'")
	fatal(t, err)
	_, err = r.sendCode(t, code.Email)
	fatal(t, err)
	fatal(t, changing.Commit(t.Context()))
	expect(t, r.resetBy(t.Context(), credential.Reset{Email: "holder@example.com", Code: r.mails.last().Code}),
		refusal.CodeExpired)
}
