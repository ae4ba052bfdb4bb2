package account_test

import (
	"testing"
	"time"

	"github.com/enroll-project/enroll/internal/account"
	"github.com/enroll-project/enroll/internal/address"
	"github.com/enroll-project/enroll/internal/credential"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/operator"
	"github.com/enroll-project/enroll/internal/refusal"
)

// byApproval makes a service on which newcomers wait for an operator.
func byApproval(c *account.Config) { c.Signup = account.SignupApproval }

// waiting is a service on which newcomers wait. It has one waiting user of each method, in the order name, phone,
// email.
type waiting struct {
	*mailer
	requests []account.Registration
	users    []holder.User
}

// applied has people register by each method. The request of each has a key under which it may be repeated.
func applied(t testing.TB) *waiting {
	t.Helper()
	mails := &mailbag{}
	w := &waiting{mailer: &mailer{mails: mails}}
	w.world = setup(t, byApproval, func(c *account.Config) { c.Mail, c.NameQuarantine = mails, 24*time.Hour })
	_, err := w.SendMailCode(t.Context(), address.MailCodeRequest{
		Site: 1, Email: "carol@example.com", Purpose: account.ForRegister, Locale: "en",
	})
	fatal(t, err)
	w.requests = []account.Registration{
		{Site: 1, UserName: "alice", Password: goodPassword, IdempotencyKey: "key-1"},
		{Site: 1, Phone: phone, Code: w.world.code(t, phone, account.ForRegister), IdempotencyKey: "key-2"},
		{Site: 1, Email: "carol@example.com", Code: mails.last().Code, Password: goodPassword, IdempotencyKey: "key-3"},
	}
	for _, r := range w.requests {
		in, err := w.Register(t.Context(), r)
		fatal(t, err)
		if in.Token != "" || !in.User.Waiting || in.User.Status != holder.Disabled || in.User.ID == 0 {
			t.Errorf("registered %+v, with a token of %d bytes", in.User, len(in.Token))
		}
		w.users = append(w.users, in.User)
	}
	w.clock.advance(time.Minute)
	return w
}

// ways are the requests that would log the users in, in their order. Each sends a fresh code if it needs one.
func (w *waiting) ways(t testing.TB) []func() (holder.SignedIn, error) {
	login := func(l account.Login) func() (holder.SignedIn, error) {
		return func() (holder.SignedIn, error) {
			if l.Site = 1; l.Phone != "" {
				l.Code = w.world.code(t, l.Phone, account.ForLogin)
			}
			return w.Login(t.Context(), l)
		}
	}
	return []func() (holder.SignedIn, error){
		login(account.Login{UserName: "alice", Password: goodPassword}),
		login(account.Login{Phone: phone}),
		login(account.Login{Email: "carol@example.com", Password: goodPassword}),
	}
}

// TestSignupApproval: a registration by each method makes a user without a session. Right credentials are refused with
// a reason of their own, wrong ones as those of an unknown name. A repetition is answered like the first request.
// After the approval, right credentials log in, and a repetition gets a token.
func TestSignupApproval(t *testing.T) {
	t.Parallel()
	w := applied(t)
	if n := w.count(t, "users WHERE waiting AND status = 0"); n != 3 || w.count(t, "sessions") != 0 {
		t.Errorf("%d users wait, %d sessions", n, w.count(t, "sessions"))
	}
	ways := w.ways(t)
	for i, user := range w.users {
		_, err := ways[i]()
		expect(t, err, refusal.ApprovalPending)
		again, err := w.Register(t.Context(), w.requests[i])
		fatal(t, err)
		if again.Token != "" || again.User != user {
			t.Errorf("a repetition: %+v, want %+v", again.User, user)
		}
	}
	_, err := w.Login(t.Context(), account.Login{Site: 1, UserName: "alice", Password: "somethingelse"})
	expect(t, err, refusal.CredentialsWrong)
	// The identifiers are taken, and the invitation of a user that waits is not valid.
	_, err = w.Register(t.Context(), joins("ALICE", ""))
	expect(t, err, refusal.UserNameTaken)
	_, err = w.Register(t.Context(), joins("dave", w.users[0].InviteCode))
	expect(t, err, refusal.InviteInvalid)
	if n := w.count(t, "sessions"); n != 0 {
		t.Errorf("%d sessions before the approval", n)
	}
	w.clock.advance(time.Minute)
	for i, user := range w.users {
		_, err := w.operators(t).Approve(t.Context(), operator.Act{By: anActor, User: user.ID})
		fatal(t, err)
		in, err := ways[i]()
		fatal(t, err)
		if in.Token == "" || in.User.Waiting || in.User.Status != holder.Active {
			t.Errorf("approved: %+v", in.User)
		}
		again, err := w.Register(t.Context(), w.requests[i])
		fatal(t, err)
		if again.Token == "" || again.User.ID != user.ID {
			t.Errorf("a repetition after the approval: %+v", again.User)
		}
	}
}

// TestApprovalOfInvited: a person with an operator's invitation is admitted at once, and a person with a user's invite
// code waits. A code that is not valid is refused in the field and ignored in a cookie.
func TestApprovalOfInvited(t *testing.T) {
	t.Parallel()
	w := setup(t, byApproval)
	invitation, id := w.invitation(t, operator.NewInvitation{Quota: 1})
	in, err := w.Register(t.Context(), joins("invited", invitation))
	fatal(t, err)
	if in.Token == "" || in.User.Waiting || in.User.Status != holder.Active || w.invited(t, id) != 1 {
		t.Errorf("invited by an operator: %+v", in.User)
	}
	_, err = w.Register(t.Context(), joins("late", invitation))
	expect(t, err, refusal.InviteInvalid)
	hinted := joins("hinted", "")
	hinted.InviteHint = invitation
	for _, r := range []account.Registration{joins("friend", in.User.InviteCode), hinted} {
		out, err := w.Register(t.Context(), r)
		fatal(t, err)
		if out.Token != "" || !out.User.Waiting {
			t.Errorf("%s is admitted", r.UserName)
		}
	}
}

// TestResetWhileWaiting: a code sets the password of a user that waits, but the user still cannot
// log in.
func TestResetWhileWaiting(t *testing.T) {
	t.Parallel()
	w := applied(t)
	w.world.code(t, phone, account.ForReset)
	w.Close() // the code is sent after the answer
	_, err := w.ResetPassword(t.Context(), credential.Reset{
		Site: 1, Phone: phone, Code: w.sms.last(t).Code, Password: newPassword,
	})
	fatal(t, err)
	login := account.Login{Site: 1, Phone: phone, Password: newPassword}
	_, err = w.Login(t.Context(), login)
	expect(t, err, refusal.ApprovalPending)
	if n := w.count(t, "users WHERE waiting AND password_hash IS NOT NULL"); n != 3 || w.count(t, "sessions") != 0 {
		t.Errorf("%d users have a password, %d sessions", n, w.count(t, "sessions"))
	}
	_, err = w.operators(t).Approve(t.Context(), operator.Act{By: anActor, User: w.users[1].ID})
	fatal(t, err)
	_, err = w.Login(t.Context(), login)
	fatal(t, err)
}

// TestRejectedApplicant: a deleted applicant leaves nothing behind, and its identifiers are free, the user name
// included. Until the deletion, a repetition of the registration is not answered as waiting.
func TestRejectedApplicant(t *testing.T) {
	t.Parallel()
	w := applied(t)
	for i, way := range w.ways(t) {
		_, err := w.operators(t).Delete(t.Context(), operator.Act{By: anActor, User: w.users[i].ID})
		fatal(t, err)
		_, err = way()
		expect(t, err, []refusal.Reason{
			refusal.CredentialsWrong, refusal.PhoneUnregistered, refusal.CredentialsWrong,
		}[i])
		_, err = w.Register(t.Context(), w.requests[i])
		expect(t, err, refusal.IdempotencyKeyReused)
	}
	w.clock.advance(5 * time.Minute)
	fatal(t, w.PurgeDeleted(t.Context()))
	if n := w.count(t, "users"); n != 0 {
		t.Fatalf("%d users are left", n)
	}
	_, err := w.Register(t.Context(), joins("alice", ""))
	fatal(t, err)
}

// TestDecidedByHand: an UPDATE of the status by hand, and the previous version, admit a user that waits.
func TestDecidedByHand(t *testing.T) {
	t.Parallel()
	w := applied(t)
	w.exec(t, "UPDATE users SET status = 1 WHERE id = $1", w.users[0].ID)
	_, err := w.ways(t)[0]()
	fatal(t, err)
	w.exec(t, "UPDATE users SET status = 0 WHERE id = $1", w.users[0].ID)
	_, err = w.ways(t)[0]()
	expect(t, err, refusal.AccountDisabled)
}
