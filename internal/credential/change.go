package credential

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// Change is the request of a logged-in user to change the password.
type Change struct {
	By          holder.Holder
	OldPassword string         // or else Code
	Code        string         // sent to the user's own phone or verified email, for ForChange
	Password    string         // the new one
	From        network.Origin // of the client; wrong passwords are counted by it
	UserAgent   string         // of the client; words of it are kept with the session
	Locale      string         // of the notice that the holder gets (BCP 47)
}

// A repetition is refused, because the session of its token has ended: a client that has lost the
// answer logs in with the new password. So the change needs no idempotency key, and nothing of the
// old password has to be remembered.

// ChangePassword changes the password for a request with the old one, or with a code that was sent to
// the user's own phone or email. It ends all sessions and begins a new one (ASVS 7.4.3, 7.2.4): a
// stolen token of the same session ends with the others. The rules of the new password are those of
// a registration. A wrong old password is counted like a failed login, by the account, so that a
// stolen token is no way to try passwords.
func (s *Passwords) ChangePassword(ctx context.Context, r Change) (holder.SignedIn, error) {
	// The user as the check of the token has read it. storePassword compares the hash again.
	row := r.By.Live().User
	// Pure checks first, as in a registration: a mistake in the new password counts no try.
	proof := holder.Proof{
		By: r.By, Field: "old_password", Password: r.OldPassword, CodeField: "code", Code: r.Code, From: r.From,
	}
	if err := proof.Complete(); err != nil {
		return holder.SignedIn{}, err
	}
	fresh, err := s.config.Policy.Check(r.Password, append(s.wordsOf(row), s.config.SiteWords...)...)
	if err != nil {
		return holder.SignedIn{}, refusal.OfPassword(err)
	}
	// Before admission: a token is no free way to the hashers.
	if err := s.prover.CountUse(ctx, holder.PasswordUses, row.ID); err != nil { // check: change-bounded
		return holder.SignedIn{}, err
	}
	// The new token lives as long as the one that was sent, since a person may have chosen "remember".
	// Near the end of a session that life is short, so the new one is a login's life at least.
	start, err := s.sessions.Begin(max(r.By.Live().Life(), s.config.LoginLife), holder.ClientOf(r.From, r.UserAgent))
	if err != nil {
		return holder.SignedIn{}, err
	}
	// Admitted before a try is counted: a refusal as busy costs the person nothing.
	job, err := s.config.Hasher.Admit(ctx, admission.ForLogin)
	if err != nil {
		return holder.SignedIn{}, refusal.OfHashing(err)
	}
	defer job.Cancel()
	proven, err := s.prover.Prove(ctx, proof, job)
	if err != nil {
		return holder.SignedIn{}, err
	}
	// After the old password, so that a stolen token is no free way to the API of breached passwords.
	if s.config.Breaches != nil {
		if err := s.config.Breaches.Check(ctx, fresh); err != nil {
			return holder.SignedIn{}, refusal.OfPassword(err)
		}
	}
	// Outside the transaction (I4). If the hashers are busy, nothing has changed. The job was used up by
	// the old password, but not by a code.
	rehash := s.config.Hasher.Hash
	if r.Code != "" {
		rehash = job.Hash
	}
	phc, err := rehash(ctx, fresh)
	if err != nil {
		return holder.SignedIn{}, refusal.OfHashing(err)
	}
	// From here on all or nothing. If the outcome is unknown, the answer says so, and the client
	// logs in with the new password or else with the old one (I11).
	if row, err = s.storePassword(ctx, row, proven, phc, r, start); err != nil {
		return holder.SignedIn{}, err
	}
	s.notices.SendSoon(ctx)
	return holder.SignIn(s.sessions, holder.UserOf(row), start)
}

// storePassword spends the code, if there is one, replaces the hash that was read, ends all sessions
// and begins a new one, in one transaction. Of two changes at once the second finds another hash and
// is refused; its code stays good. Rows are locked in the order code, budgets, user, as in a reset.
func (s *Passwords) storePassword(
	ctx context.Context, row db.User, proven code.Proven, phc string, r Change, start session.Start,
) (stored db.User, err error) {
	now := s.config.Now()
	err = s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) error {
		if err := proven.Spend(ctx, q, now); err != nil { // check: change-code-spent
			return err
		}
		// This statement locks the user's row, which EndAll and LogIn change as well.
		n, err := q.ReplacePasswordHash(ctx, db.ReplacePasswordHashParams{
			ID: row.ID, OldHash: row.PasswordHash, NewHash: phc, Now: now,
		})
		if err != nil {
			return err
		}
		switch {
		case n == 1:
		case proven.Address != "": // the code is still good, and no password was compared
			return &refusal.Error{Reason: refusal.Unavailable, RetryAfter: time.Second}
		default:
			return &refusal.Error{Reason: refusal.CredentialsWrong, Field: "old_password"}
		}
		if err := session.EndAll(ctx, q, row.ID, now); err != nil { // check: change-ends-sessions
			return err
		}
		// LogIn compares the row with the time that EndAll has set.
		if stored, err = q.UserByID(ctx, db.UserByIDParams{SiteID: row.SiteID, ID: row.ID}); err != nil {
			return err
		}
		// The session of the token has ended with the request to delete the account. A new one would take that
		// back, which only a login may.
		if stored.DeleteAt != nil { // check: change-leaving
			return &refusal.Error{Reason: refusal.TokenInvalid}
		}
		// Not a login, so the time of the last one stays.
		begun, err := s.sessions.LogIn(ctx, q, stored, stored.LastLoginAt, start)
		if err == nil && !begun { // the row is locked, so the user was disabled before
			err = &refusal.Error{Reason: refusal.AccountDisabled}
		}
		if err != nil {
			return err
		}
		// By the network of this request: that of the login may be another one.
		// The entry commits with the change or not at all.
		err = audit.AddOwn(ctx, q, stored, audit.PasswordChanged, r.From.Network, now) // check: change-audited
		if err != nil {
			return err
		}
		return notice.AddByMail(ctx, q, stored, notice.PasswordChanged, r.Locale, now) // check: change-notice
	})
	return stored, refusal.OfCode(err, "code")
}
