package account_test

import (
	"context"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/profile"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/sms"
	"github.com/enroll-project/enroll/test/pgtest"
)

// rename changes the user name with the password as the proof.
func (r *recovery) rename(t testing.TB, change profile.Change, name string) error {
	t.Helper()
	change.UserName, change.OldPassword, change.Locale = &name, goodPassword, "en"
	_, err := r.ChangeProfile(t.Context(), change)
	return err
}

// TestChangeAfterSessionsEnded: a change of identifiers whose token was checked before all sessions were ended
// does nothing, although its password is right: the request may be a thief's, and the holder has ended the
// sessions (I12).
func TestChangeAfterSessionsEnded(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	r.clock.advance(time.Second)
	fatal(t, r.Logout(t.Context(), by, true))
	expect(t, r.rename(t, profile.Change{By: by}, "newname"), refusal.TokenInvalid)
	if r.count(t, "users WHERE user_name = 'newname'")+r.count(t, "notices") != 0 {
		t.Error("something was changed")
	}
}

// TestChangeToKeptName: until the quarantine is over, a change to the name of a deleted user is refused like a
// registration, also in another case.
func TestChangeToKeptName(t *testing.T) {
	t.Parallel()
	const quarantine = 90 * 24 * time.Hour
	r := leaver(t, func(c *account.Config) { c.DeleteAfter, c.NameQuarantine = 0, quarantine })
	gone, err := r.Register(t.Context(), account.Registration{Site: 1, UserName: "coco", Password: goodPassword})
	fatal(t, err)
	_, err = r.leave(t, gone.Token, goodPassword)
	fatal(t, err)
	r.clock.advance(time.Minute)
	fatal(t, r.PurgeDeleted(t.Context()))
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	for _, name := range []string{"coco", "CoCo"} {
		expect(t, r.rename(t, profile.Change{By: by}, name), refusal.UserNameTaken)
	}
	r.clock.advance(quarantine + time.Second)
	in, err := r.Login(t.Context(), account.Login{Site: 1, Phone: phone, Password: goodPassword})
	fatal(t, err)
	by, err = r.holderOf(in.Token)
	fatal(t, err)
	fatal(t, r.rename(t, profile.Change{By: by}, "coco"))
}

// TestChangeToAnEmailJustLeft: while a change waits for the lock of the user that has its new email, that user
// changes to another email. Then the email is free.
func TestChangeToAnEmailJustLeft(t *testing.T) {
	t.Parallel()
	r := leaver(t)
	other, err := r.Register(t.Context(), account.Registration{Site: 1, UserName: "other", Password: goodPassword,
		Email: "left@example.com"})
	fatal(t, err)
	by, err := r.holderOf(r.user.Token)
	fatal(t, err)
	leaving, err := r.pool.Begin(t.Context())
	fatal(t, err)
	defer func() { _ = leaving.Rollback(context.WithoutCancel(t.Context())) }()
	_, err = leaving.Exec(t.Context(),
		"UPDATE users SET email = 'b@b.example', email_key = 'b@b.example' WHERE id = $1", other.User.ID)
	fatal(t, err)
	changed := pgtest.Blocked(t, r.pool, func() error {
		email := "left@example.com"
		_, err := r.ChangeProfile(t.Context(),
			profile.Change{By: by, Email: &email, OldPassword: goodPassword, Locale: "en"})
		return err
	})
	fatal(t, leaving.Commit(t.Context()))
	expect(t, changed(), "")
	if r.count(t, "users WHERE email_key = 'left@example.com' AND id = $1", r.user.User.ID) != 1 {
		t.Error("the user does not have the email")
	}
}

// landline is a provider that finds each phone to be a landline.
type landline struct{}

func (landline) Send(context.Context, sms.Message) error {
	return &sms.DeliveryError{Kind: sms.RecipientRefused}
}

// TestNoticeOfAnOldPhoneIsRouted: the notice of a changed phone is sent by the sender of the old phone's country. If
// there is none, the notice is given up at once and not retried for a day.
func TestNoticeOfAnOldPhoneIsRouted(t *testing.T) {
	t.Parallel()
	r := leaver(t, func(c *account.Config) {
		router, err := sms.NewRouter(sms.RouterConfig{
			Routes:  []sms.Route{{Name: "china", Country: "CN", Sender: c.SMS}},
			Now:     time.Now,
			Metrics: prometheus.NewRegistry(),
		})
		fatal(t, err)
		c.SMS = router
	})
	none := ""
	for i, old := range []string{"+8613800138000", "+4915112345678"} {
		r.exec(t, "UPDATE users SET phone = $1", old)
		sent := r.sms.count()
		by, err := r.holderOf(r.user.Token)
		fatal(t, err)
		_, err = r.ChangeProfile(t.Context(), profile.Change{By: by, Phone: &none, OldPassword: goodPassword, Locale: "en"})
		fatal(t, err)
		r.Close()
		if n := r.sms.count() - sent; n != 1-i {
			t.Errorf("%s: %d notices were sent, want %d", old, n, 1-i)
		}
		if n := r.count(t, "notices"); n != 0 {
			t.Errorf("%s: %d notices wait", old, n)
		}
	}
	for what, sender := range map[string]sms.Sender{"that is not set": nil, "that refuses the phone": landline{}} {
		fatal(t, notice.Add(t.Context(), db.New(r.pool), r.user.User.ID, notice.PhoneChanged, "+8613800138000", "en",
			r.clock.Now()))
		fatal(t, on(t, r.pool, r.clock, func(c *account.Config) { c.SMS = sender }).SendNotices(t.Context()))
		if n := r.count(t, "notices"); n != 0 {
			t.Errorf("%d notices wait for a sender %s", n, what)
		}
	}
	if m := r.sms.last(t); m.Purpose != sms.PhoneChanged || m.Country != "CN" || m.Code != "" || m.Locale != "en" {
		t.Errorf("a notice of %q to %q in %q", m.Purpose, m.Country, m.Locale)
	}
}
