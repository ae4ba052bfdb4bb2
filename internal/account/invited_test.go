package account_test

import (
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/invite"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/refusal"
)

// byInvitation makes a service whose sign-up is by invitation.
func byInvitation(c *account.Config) { c.Signup = account.SignupInvite }

// invitation has an operator make an invitation of site 1, and returns its code and its id.
func (w *world) invitation(t testing.TB, n operator.NewInvitation) (string, int64) {
	t.Helper()
	n.By, n.Site, n.Quota = anActor, 1, max(n.Quota, 1)
	code, made, err := w.operators(t).CreateInvitation(t.Context(), rand.Reader, n)
	fatal(t, err)
	return code, made.ID
}

// invited returns how many users have registered by an invitation.
func (w *world) invited(t testing.TB, id int64) int {
	t.Helper()
	return w.count(t, "users WHERE invitation_id = $1", id)
}

// uses returns how often an invitation was used.
func (w *world) uses(t testing.TB, id int64) (n int) {
	t.Helper()
	fatal(t, w.pool.QueryRow(t.Context(), "SELECT used FROM invitations WHERE id = $1", id).Scan(&n))
	return n
}

// joins is a registration by user name.
func joins(name, invitation string) account.Registration {
	return account.Registration{Site: 1, UserName: name, Password: goodPassword, InviteCode: invitation}
}

// TestSignupInvite: where sign-up is by invitation, each method admits people with the code of an operator's
// invitation, as many as its quota, and nobody else. Only they get a code to register with. Holders log in as before.
func TestSignupInvite(t *testing.T) {
	t.Parallel()
	before := recoverable(t)
	w := &mailer{mails: before.mails}
	w.world = on(t, before.pool, before.clock, byInvitation, func(c *account.Config) { c.Mail = w.mails })
	const newMail, newPhone = "newcomer@example.com", "13900139000"
	friends := before.user.User.InviteCode
	mailed := w.mails.count()
	for name, r := range map[string]account.Registration{
		"user name": joins("newcomer", ""), "phone": {Site: 1, Phone: newPhone, Code: "123456"},
		"email": {Site: 1, Email: newMail, Code: "123456"}, "nothing": {Site: 1},
		"the code of a user": joins("newcomer", friends),
		"the id of a user":   {Site: 1, UserName: "newcomer", Password: goodPassword, InviteID: before.user.User.ID},
		"the hint of a user": {Site: 1, UserName: "newcomer", Password: goodPassword, InviteHint: friends},
		"an unknown code":    joins("newcomer", "inv_"+strings.Repeat("0", 26)),
	} {
		t.Log(name)
		_, err := w.Register(t.Context(), r)
		expect(t, err, refusal.InviteInvalid)
	}
	for _, unknown := range []string{"", friends, "inv_" + strings.Repeat("0", 26)} {
		_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{
			Site: 1, Phone: newPhone, Purpose: account.ForRegister, Invite: unknown,
		})
		expect(t, err, refusal.InviteInvalid)
		_, err = w.SendMailCode(t.Context(), address.MailCodeRequest{
			Site: 1, Email: newMail, Purpose: account.ForRegister, Invite: unknown,
		})
		expect(t, err, refusal.InviteInvalid)
	}
	if n := w.mails.count() - mailed + len(w.sms.sent); n != 0 || w.count(t, "users") != 1 {
		t.Errorf("%d messages, %d users", n, w.count(t, "users"))
	}
	invitation, id := w.invitation(t, operator.NewInvitation{Quota: 3})
	in, err := w.Register(t.Context(), joins("newcomer", " "+strings.ToUpper(invitation)+"\n"))
	fatal(t, err)
	if in.User.ParentID != 0 || in.User.GroupID != 2 || in.Token == "" {
		t.Errorf("%+v", in.User)
	}
	_, err = w.SendPhoneCode(t.Context(), address.CodeRequest{
		Site: 1, Phone: newPhone, Purpose: account.ForRegister, Invite: invitation,
	})
	fatal(t, err)
	_, err = w.Register(t.Context(), account.Registration{
		Site: 1, Phone: newPhone, Code: w.sms.last(t).Code, InviteCode: invitation,
	})
	fatal(t, err)
	// A registration that is refused for another reason uses nothing.
	_, err = w.Register(t.Context(), joins("Newcomer", invitation))
	expect(t, err, refusal.UserNameTaken)
	_, err = w.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Email: newMail, Purpose: account.ForRegister, Invite: invitation,
	})
	fatal(t, err)
	byMail := account.Registration{Site: 1, Email: newMail, Code: w.mails.last().Code, InviteCode: invitation}
	wrong := byMail
	wrong.Code = other(byMail.Code)
	expect(t, w.registerBy(t, wrong), refusal.CodeWrong)
	if n := w.uses(t, id); n != 2 {
		t.Errorf("%d uses after two registrations", n)
	}
	expect(t, w.registerBy(t, byMail), "")
	_, err = w.Register(t.Context(), joins("fourth", invitation))
	expect(t, err, refusal.InviteInvalid)
	if n := w.uses(t, id); n != 3 || w.count(t, "users") != 4 || w.invited(t, id) != 3 {
		t.Errorf("%d uses, %d users, %d of them invited", n, w.count(t, "users"), w.invited(t, id))
	}
	closed := &recovery{mails: before.mails, user: before.user, world: w.world}
	if got := closed.logsIn(t, goodPassword); got != "" {
		t.Errorf("a holder logs in: %s", got)
	}
	_, err = w.Login(t.Context(), account.Login{Site: 1, Phone: phone, Code: w.world.code(t, phone, account.ForLogin)})
	fatal(t, err)
}

// TestInvitationIsOver: an invitation that is over, of another site, or not of the form of one admits nobody, and no
// code is sent for it. The refusal spends no captcha, and a request without one costs no query.
func TestInvitationIsOver(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w = on(t, w.pool, w.clock, asking(newImages(t, w.clock)), byInvitation)
	good, _ := w.invitation(t, operator.NewInvitation{Life: time.Hour})
	expired, _ := w.invitation(t, operator.NewInvitation{Life: time.Minute})
	revoked, id := w.invitation(t, operator.NewInvitation{})
	_, err := w.operators(t).RevokeInvitation(t.Context(), anActor, 1, id, false)
	fatal(t, err)
	elsewhere, id := w.invitation(t, operator.NewInvitation{})
	w.exec(t, "UPDATE invitations SET site_id = 2 WHERE id = $1", id)
	w.clock.advance(time.Minute)
	proof := w.solve(t, account.CaptchaRequest{Site: 1})
	for name, invitation := range map[string]string{
		"expired": expired, "revoked": revoked, "of another site": elsewhere, "too short": good[:len(good)-1],
		"too long": good + "0", "not of its alphabet": good[:len(good)-1] + "u", "no prefix": good[4:],
	} {
		t.Log(name)
		r := joins("newcomer", invitation)
		r.Proof = proof
		_, err := w.Register(t.Context(), r)
		expect(t, err, refusal.InviteInvalid)
		_, err = w.SendPhoneCode(t.Context(), address.CodeRequest{
			Site: 1, Phone: phone, Purpose: account.ForRegister, Invite: invitation, Proof: proof,
		})
		expect(t, err, refusal.InviteInvalid)
	}
	both := joins("newcomer", good)
	both.InviteID, both.Proof = 1, proof // an id means a user
	_, err = w.Register(t.Context(), both)
	expect(t, err, refusal.InviteInvalid)
	if n := w.count(t, "spent_captchas"); n != 0 || len(w.sms.sent) != 0 {
		t.Errorf("%d captchas were spent, and %d SMS sent", n, len(w.sms.sent))
	}
	r := joins("newcomer", good)
	r.Proof = proof
	_, err = w.Register(t.Context(), r)
	fatal(t, err)
	w.pool.Close()
	_, err = w.Register(t.Context(), joins("another", ""))
	expect(t, err, refusal.InviteInvalid)
	_, err = w.Register(t.Context(), joins("another", good))
	expect(t, err, refusal.CaptchaRequired)
	for invitation, want := range map[string]refusal.Reason{"": refusal.InviteInvalid, good: refusal.CaptchaRequired} {
		_, err = w.SendPhoneCode(t.Context(), address.CodeRequest{
			Site: 1, Phone: phone, Purpose: account.ForRegister, Invite: invitation,
		})
		expect(t, err, want)
	}
}

// TestBoundInvitation: an invitation that is bound to an address admits nobody else, also not a person that enters the
// address without proving it. No code is sent to another address.
func TestBoundInvitation(t *testing.T) {
	t.Parallel()
	w := mailing(t, byInvitation)
	const bound, another = "Ann@Example.com", "eve@example.com"
	byMail, _ := w.invitation(t, operator.NewInvitation{Email: bound})
	bySMS, _ := w.invitation(t, operator.NewInvitation{Phone: "+86 139-0013-9000"})
	phoneCode := func(phone, invitation string) error {
		w.clock.advance(time.Minute)
		_, err := w.SendPhoneCode(t.Context(), address.CodeRequest{
			Site: 1, Phone: phone, Purpose: account.ForRegister, Invite: invitation,
		})
		return err
	}
	mailCode := func(email, invitation string) error {
		_, err := w.SendMailCode(t.Context(), address.MailCodeRequest{
			Site: 1, Email: email, Purpose: account.ForRegister, Invite: invitation,
		})
		return err
	}
	expect(t, phoneCode("13800138000", bySMS), refusal.InviteInvalid)
	expect(t, phoneCode("13900139000", byMail), refusal.InviteInvalid)
	expect(t, mailCode(another, byMail), refusal.InviteInvalid)
	expect(t, mailCode(bound, bySMS), refusal.InviteInvalid)
	unproved := joins("eve", byMail)
	unproved.Email = bound
	expect(t, w.registerBy(t, unproved), refusal.InviteInvalid)
	expect(t, w.registerBy(t, joins("eve", bySMS)), refusal.InviteInvalid)
	// Another invitation gets the code, which then proves another address than that of the bound one.
	free, _ := w.invitation(t, operator.NewInvitation{Quota: 9})
	fatal(t, phoneCode("13800138000", free))
	sms := w.sms.last(t).Code
	for _, r := range []account.Registration{
		{Phone: "13800138000", Code: sms, InviteCode: bySMS},
		{Phone: "13800138000", Code: sms, InviteCode: byMail, Email: bound},
	} {
		expect(t, w.registerBy(t, r), refusal.InviteInvalid)
	}
	if n := w.count(t, "users"); n != 0 {
		t.Errorf("%d users", n)
	}
	fatal(t, phoneCode("13900139000", bySMS))
	expect(t, w.registerBy(t, account.Registration{
		Phone: "13900139000", Code: w.sms.last(t).Code, InviteCode: bySMS, UserName: "ann", Password: goodPassword,
	}), "")
	fatal(t, mailCode("ann@example.com", byMail))
	expect(t, w.registerBy(t, account.Registration{
		Email: "ANN@example.com", Code: w.mails.last().Code, InviteCode: byMail,
	}), "")
	// The row has neither the code nor the address.
	var rows string
	fatal(t, w.pool.QueryRow(t.Context(), "SELECT string_agg(i::text, ' ') FROM invitations AS i").Scan(&rows))
	for _, secret := range []string{byMail, bySMS, byMail[4:], "example.com", "13900139000"} {
		if strings.Contains(strings.ToLower(rows), secret) {
			t.Errorf("the rows have %q", secret)
		}
	}
}

// TestInvitationRace: of many people with one invitation at once, on two replicas, as many register as its quota says.
// If it is revoked meanwhile, each that has registered is counted.
func TestInvitationRace(t *testing.T) {
	t.Parallel()
	a := setup(t, byInvitation)
	b := on(t, a.pool, a.clock, byInvitation)
	register := func(name, invitation string, i int) error {
		w := a
		if i%2 == 1 {
			w = b
		}
		_, err := w.Register(t.Context(), joins(fmt.Sprintf("%s%d", name, i), invitation))
		return err
	}
	invitation, id := a.invitation(t, operator.NewInvitation{Quota: 10})
	ends := atOnce(40, func(i int) error { return register("racer", invitation, i) })
	if ends[""] != 10 || ends[refusal.InviteInvalid] != 30 || a.uses(t, id) != 10 || a.count(t, "users") != 10 {
		t.Errorf("ends: %v, %d uses", ends, a.uses(t, id))
	}
	invitation, id = a.invitation(t, operator.NewInvitation{Quota: 1000})
	var ended operator.Invitation
	office := a.operators(t)
	ends = atOnce(21, func(i int) (err error) {
		if i < 20 {
			return register("late", invitation, i)
		}
		ended, err = office.RevokeInvitation(t.Context(), anActor, 1, id, false)
		return err
	})
	in := a.count(t, "users WHERE user_name LIKE 'late%'")
	if ends[""] != in+1 || ends[refusal.InviteInvalid] != 20-in || int(ended.Used) != in || a.uses(t, id) != in {
		t.Errorf("ends: %v, %d users, %d uses when it was revoked", ends, in, ended.Used)
	}
	_, err := a.Register(t.Context(), joins("last", invitation))
	expect(t, err, refusal.InviteInvalid)
}

// TestInvitationEndsDuringHash: an invitation that ends after it was looked up and before it is used admits nobody,
// also if it comes from a cookie, whose wrong codes are ignored where no invitation is required.
func TestInvitationEndsDuringHash(t *testing.T) {
	t.Parallel()
	w := setup(t)
	dead, id := w.invitation(t, operator.NewInvitation{})
	_, err := w.operators(t).RevokeInvitation(t.Context(), anActor, 1, id, false)
	fatal(t, err)
	for _, c := range []struct {
		n    invite.Named
		want refusal.Reason
	}{
		{invite.Named{Code: dead, Required: true}, refusal.InviteInvalid},
		{invite.Named{Hint: dead, Required: true}, refusal.InviteInvalid},
		{invite.Named{Code: dead}, refusal.InviteInvalid}, {invite.Named{Hint: dead}, ""},
		{invite.Named{Required: true}, refusal.InviteInvalid}, {invite.Named{}, ""},
	} {
		c.n.Site = 1
		used, err := invite.Use(t.Context(), db.New(w.pool), c.n, w.clock.Now())
		expect(t, err, c.want)
		if used != (invite.Used{}) {
			t.Errorf("%+v: %+v", c.n, used)
		}
	}
}

// TestInvitationReplay: a repetition under an idempotency key gets the same user and uses the invitation once, also
// after the invitation is used up.
func TestInvitationReplay(t *testing.T) {
	t.Parallel()
	w := setup(t, byInvitation)
	invitation, id := w.invitation(t, operator.NewInvitation{})
	r := joins("newcomer", invitation)
	r.IdempotencyKey = "key-1"
	first, err := w.Register(t.Context(), r)
	fatal(t, err)
	again, err := w.Register(t.Context(), r)
	fatal(t, err)
	if again.User.ID != first.User.ID || w.uses(t, id) != 1 || w.invited(t, id) != 1 || w.count(t, "users") != 1 {
		t.Errorf("users %d and %d, %d uses", first.User.ID, again.User.ID, w.uses(t, id))
	}
	// The refusal of a request releases its key.
	r = joins("another", invitation)
	r.IdempotencyKey = "key-2"
	_, err = w.Register(t.Context(), r)
	expect(t, err, refusal.InviteInvalid)
	if n := w.count(t, "idempotency_keys"); n != 1 {
		t.Errorf("%d keys", n)
	}
}

// TestInvitationWhereOpen: where sign-up is open, an invitation of an operator gives its group, and a wrong one is
// refused, or ignored if it comes from a cookie. A group that was deleted since is the default one.
func TestInvitationWhereOpen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.exec(t, "INSERT INTO groups (site_id, id, title, level) VALUES (1, 5, 'Members', 1), (2, 5, 'Others', 1)")
	invitation, id := w.invitation(t, operator.NewInvitation{Quota: 3, Group: 5})
	in, err := w.Register(t.Context(), joins("first", invitation))
	fatal(t, err)
	if in.User.GroupID != 5 || in.User.Group == nil || in.User.Group.Title != "Members" ||
		w.count(t, "users WHERE group_id = 5") != 1 {
		t.Errorf("%+v", in.User)
	}
	hinted := joins("second", "")
	hinted.InviteHint = invitation
	_, err = w.Register(t.Context(), hinted)
	fatal(t, err)
	w.exec(t, "DELETE FROM groups WHERE site_id = 1")
	in, err = w.Register(t.Context(), joins("third", invitation))
	fatal(t, err)
	if in.User.GroupID != 2 || w.uses(t, id) != 3 {
		t.Errorf("group %d, %d uses", in.User.GroupID, w.uses(t, id))
	}
	_, err = w.Register(t.Context(), joins("fourth", invitation))
	expect(t, err, refusal.InviteInvalid)
	hinted.UserName = "fourth"
	in, err = w.Register(t.Context(), hinted)
	fatal(t, err)
	if in.User.GroupID != 2 || w.uses(t, id) != 3 {
		t.Errorf("group %d, %d uses", in.User.GroupID, w.uses(t, id))
	}
	if n := w.count(t, "users WHERE invitation_id IS NULL"); n != 1 || w.invited(t, id) != 3 {
		t.Errorf("%d users without an invitation, %d with it", n, w.invited(t, id))
	}
	// Codes to register are sent to everybody.
	_, err = w.SendPhoneCode(t.Context(), address.CodeRequest{Site: 1, Phone: phone, Purpose: account.ForRegister})
	fatal(t, err)
}

// TestInvitationHoldsItsGroup: a group is not deleted between the use of an invitation and its registration.
func TestInvitationHoldsItsGroup(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.exec(t, "INSERT INTO groups (site_id, id, title, level) VALUES (1, 5, 'Members', 1)")
	invitation, id := w.invitation(t, operator.NewInvitation{Group: 5})
	tx, err := w.pool.Begin(t.Context())
	fatal(t, err)
	used, err := invite.Use(t.Context(), db.New(tx), invite.Named{Site: 1, Code: invitation}, w.clock.Now())
	fatal(t, err)
	if used.Group != 5 || used.Inviter != nil || used.Invitation == nil || *used.Invitation != id {
		t.Errorf("%+v", used)
	}
	var free bool
	fatal(t, w.pool.QueryRow(t.Context(), `SELECT EXISTS (
		SELECT FROM groups WHERE id = 5 FOR UPDATE SKIP LOCKED)`).Scan(&free))
	if free {
		t.Error("the group can be deleted")
	}
	fatal(t, tx.Rollback(t.Context()))
}

// TestInvitationTrips: where sign-up is open, a registration by an operator's invitation has the round trips of one
// by a user's invite code. Where sign-up is by invitation, it has one more, for the look-up.
func TestInvitationTrips(t *testing.T) {
	t.Parallel()
	for signup, want := range map[account.Signup]int{account.SignupOpen: 4, account.SignupInvite: 5} {
		w, r := traced(t, func(c *account.Config) { c.Signup = signup })
		invitation, _ := w.invitation(t, operator.NewInvitation{Quota: 2})
		_, err := w.Register(t.Context(), joins("first", invitation))
		fatal(t, err)
		r.counted()
		_, err = w.Register(t.Context(), joins("second", invitation))
		fatal(t, err)
		if sent := r.counted(); len(sent) != want {
			t.Errorf("%s: %d round trips, want %d: %q", signup, len(sent), want, sent)
		}
	}
}

// TestBoundMAC: the MAC covers the channel, so an email and a phone never have the same MAC. Two invitations for one
// address have different MACs.
func TestBoundMAC(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, invitation := range []string{"inv_a", "inv_b"} {
		for _, channel := range []code.Channel{code.Email, code.Phone} {
			seen[string(invite.BoundMAC(invitation, channel, "a"))] = true
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d MACs of 4", len(seen))
	}
}

// TestInvitationsArePurged: an invitation is deleted 90 days after it was revoked, has expired or was used up, and
// not before. One without an end stays. A user keeps the id of its invitation.
func TestInvitationsArePurged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, open := w.invitation(t, operator.NewInvitation{Quota: 2})
	_, expired := w.invitation(t, operator.NewInvitation{Life: time.Hour})
	code, used := w.invitation(t, operator.NewInvitation{Quota: 2})
	_, revoked := w.invitation(t, operator.NewInvitation{Life: 1000 * time.Hour})
	_, err := w.Register(t.Context(), joins("first", code))
	fatal(t, err)
	const day = 24 * time.Hour
	kept := func(want ...int64) {
		t.Helper()
		_, err := w.Purge(t.Context())
		fatal(t, err)
		left := w.count(t, "invitations WHERE id = ANY ($1)", want)
		if all := w.count(t, "invitations"); left != len(want) || all != len(want) {
			t.Errorf("%d of %d are left, and %d in all", left, len(want), all)
		}
	}
	w.clock.advance(90 * day)
	kept(open, expired, used, revoked)
	w.clock.advance(time.Hour + time.Second)
	kept(open, used, revoked)
	_, err = w.Register(t.Context(), joins("second", code))
	fatal(t, err)
	w.clock.advance(90 * day)
	kept(open, used)
	w.clock.advance(time.Second)
	kept(open)
	_, err = w.operators(t).RevokeInvitation(t.Context(), anActor, 1, open, false)
	fatal(t, err)
	w.clock.advance(90 * day)
	kept(open)
	w.clock.advance(time.Second)
	kept()
	if n := w.invited(t, used); n != 2 {
		t.Errorf("%d users have the invitation", n)
	}
}
