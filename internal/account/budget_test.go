package account_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/mail"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
)

// postbox counts mails, and loses them while it is down.
type postbox struct {
	mu   sync.Mutex
	sent int
	down bool
}

func (p *postbox) Send(context.Context, mail.Message) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		return errors.New("no mail server")
	}
	p.sent++
	return nil
}

// TestMailBudgets: of many mails that are requested at once, on two services, exactly as many are
// sent as the budget of a user, a network or the deployment allows. A mail that could not be handed
// over is not counted. Other users and networks have budgets of their own. In the next window the
// count begins again at 0.
func TestMailBudgets(t *testing.T) {
	t.Parallel()
	const limit = 7
	for name, c := range map[string]struct {
		limits account.Limits
		others refusal.Reason // the answer to another user in another network then, "" for a mail
		window time.Duration
	}{
		"user":    {account.Limits{MailPerUser: limit}, "", 24 * time.Hour},
		"network": {account.Limits{MailPerNetwork: limit}, "", time.Hour},
		"total":   {account.Limits{MailTotal: limit}, refusal.CodeTooMany, 24 * time.Hour},
		"off":     {account.Limits{}, "", 24 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := &postbox{down: true}
			change := func(cfg *account.Config) { cfg.Limits, cfg.Mail = c.limits, box }
			a := setup(t, change)
			b := on(t, a.pool, a.clock, change)
			alice, err := a.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
			fatal(t, err)
			bob, err := a.Register(t.Context(), account.Registration{Site: 1, UserName: "bobby", Password: goodPassword})
			fatal(t, err)
			ask := func(w *world, user holder.SignedIn, i int, network string) error {
				_, err := w.SendEmailCode(t.Context(), address.EmailCodeRequest{
					By: w.holder(user.User.ID), Email: fmt.Sprintf("somebody-%d@example.com",
						i), From: account.Origin{Network: network},
				})
				return err
			}
			for i := range limit {
				expect(t, ask(a, alice, i, "192.0.2.0/24"), refusal.MailFailed)
			}
			box.down = false
			ends := atOnce(60, func(i int) error {
				network := "192.0.2.0/24"
				if name == "total" { // one network may use only a part of the total
					network = fmt.Sprintf("198.51.%d.0/24", i)
				}
				return ask([]*world{a, b}[i%2], alice, i, network)
			})
			want := limit
			if name == "off" {
				want = 60
			}
			if ends[""] != want || ends[refusal.CodeTooMany] != 60-want || box.sent != want {
				t.Errorf("ends: %v, %d sent", ends, box.sent)
			}
			expect(t, ask(a, bob, 100, "203.0.113.0/24"), c.others)
			if name == "off" {
				return
			}
			var e *refusal.Error
			if err := ask(b, alice, 101, "192.0.2.0/24"); !errors.As(err, &e) || e.Field != "email" || e.RetryAfter != c.window {
				t.Errorf("refused with %+v", e)
			}
			a.clock.advance(c.window)
			expect(t, ask(a, alice, 102, "192.0.2.0/24"), "")
		})
	}
}

// TestMailBudgetsArePurged: a day later a purge deletes the rows of the budgets.
func TestMailBudgetsArePurged(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *account.Config) {
		c.Mail, c.Limits = &postbox{}, account.Limits{MailPerUser: 1, MailPerNetwork: 1, MailTotal: 1}
	})
	u, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
	fatal(t, err)
	_, err = w.SendEmailCode(t.Context(), address.EmailCodeRequest{By: w.holder(u.User.ID), Email: "a@example.com",
		From: account.Origin{Network: "192.0.2.0/24"}})
	fatal(t, err)
	if n := w.count(t, "budgets WHERE scope LIKE 'mail%'"); n != 4 {
		t.Errorf("%d budgets are in use, want 4", n)
	}
	w.clock.advance(24*time.Hour + time.Second)
	_, err = w.Purge(t.Context())
	fatal(t, err)
	if n := w.count(t, "budgets"); n != 0 {
		t.Errorf("%d budgets are left, want 0", n)
	}
}

// TestDeadMailbox: if a mail server refuses an address for good, the address is reported as
// invalid. A temporary refusal (greylisting) is reported as a failure to send.
func TestDeadMailbox(t *testing.T) {
	t.Parallel()
	for reply, want := range map[int]refusal.Reason{550: refusal.EmailInvalid, 451: refusal.MailFailed} {
		w := setup(t, func(c *account.Config) {
			c.Mail = refusing{&mail.DeliveryError{Kind: mail.RecipientRefused, Reply: reply}}
		})
		u, err := w.Register(t.Context(), account.Registration{Site: 1, UserName: "alice", Password: goodPassword})
		fatal(t, err)
		_, err = w.SendEmailCode(t.Context(), address.EmailCodeRequest{By: w.holder(u.User.ID), Email: "a@example.com"})
		expect(t, err, want)
	}
}

// TestDeadPhone: a provider that refuses the phone itself blames the phone, and the request costs nothing. Another
// refusal of a provider does not.
func TestDeadPhone(t *testing.T) {
	t.Parallel()
	for kind, want := range map[sms.Kind]refusal.Reason{
		sms.RecipientRefused: refusal.PhoneNotMobile, sms.Refused: refusal.SMSFailed, sms.Unserved: refusal.SMSFailed,
	} {
		w := setup(t, func(c *account.Config) { c.SMS = refusingSMS{&sms.DeliveryError{Kind: kind, Status: 200}} })
		for range 2 { // the first costs nothing, not even the wait for the second
			_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
			expect(t, err, want)
		}
		if n := w.count(t, "one_time_codes") + w.count(t, "budgets WHERE used > 0"); n != 0 {
			t.Errorf("%s: %d codes and counts are left", kind, n)
		}
	}
}

type refusingSMS struct{ err error }

func (r refusingSMS) Send(context.Context, sms.Message) error { return r.err }

type refusing struct{ err error }

func (r refusing) Send(context.Context, mail.Message) error { return r.err }
