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
	UserAgent   string         // of the client; the session stores its browser and system
	Locale      string         // of the notice that the holder gets (BCP 47)
}

// ChangePassword changes the password for a request with the old one, or with a code that was sent to
// the user's own phone or email. It ends all sessions and begins a new one (ASVS 7.4.3, 7.2.4): a
// stolen token of the same session ends with the others. The rules of the new password are those of
// a registration. A wrong old password is counted for the account like a failed login, so that a
// stolen token does not give more tries of passwords.
//
// There is no idempotency key. A repetition is refused, because the change has ended the session of its
// token, and a client that has lost the answer logs in with the new password.
func (s *Passwords) ChangePassword(ctx context.Context, r Change) (in holder.SignedIn, err error) {
	// row is the user as the check of the token has read it. storePassword compares its hash again.
	row := r.By.Live().User
	// Checks without I/O come first, as in a registration: a mistake in the new password costs no try.
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
	// The use is counted before admission, so that a token gives only a bounded number of hashes.
	if err := s.prover.CountUse(ctx, holder.PasswordUses, row.ID); err != nil { // check: change-bounded
		return holder.SignedIn{}, err
	}
	// check: change-busy-free
	defer func() { s.prover.GiveBack(ctx, holder.PasswordUses, r.By.Live().User.ID, err) }()
	// The new token lives as long as the one that was sent, since a person may have chosen "remember". A
	// token that was issued near the end of its session is short-lived, so the new one has at least the
	// life of a login's token.
	start, err := s.sessions.Begin(max(r.By.Live().Life(), s.config.LoginLife), holder.ClientOf(r.From, r.UserAgent))
	if err != nil {
		return holder.SignedIn{}, err
	}
	// The request is admitted before a try is counted: a refusal as busy costs no try.
	job, err := s.config.Hasher.Admit(ctx, admission.ForLogin)
	if err != nil {
		return holder.SignedIn{}, refusal.OfHashing(err)
	}
	defer job.Cancel()
	proven, err := s.prover.Prove(ctx, proof, job)
	if err != nil {
		return holder.SignedIn{}, err
	}
	// The breach check comes after the proof, so that a stolen token alone cannot use its API.
	if s.config.Breaches != nil {
		if err := s.config.Breaches.Check(ctx, fresh); err != nil {
			return holder.SignedIn{}, refusal.OfPassword(err)
		}
	}
	// The hash is made outside the transaction (I4 of package account). If the hashers are busy, nothing has
	// changed. The job was used up if the old password was verified, but not if a code was.
	rehash := s.config.Hasher.Hash
	if r.Code != "" {
		rehash = job.Hash
	}
	phc, err := rehash(ctx, fresh)
	if err != nil {
		return holder.SignedIn{}, refusal.OfHashing(err)
	}
	// The rest is one transaction. If its outcome is unknown, the answer says so, and the client
	// logs in with the new password or, if that fails, with the old one (I11).
	if row, err = s.storePassword(ctx, row, proven, phc, r, start); err != nil {
		return holder.SignedIn{}, err
	}
	s.notices.SendSoon(ctx)
	return holder.SignIn(s.sessions, holder.UserOf(row), start)
}

// storePassword spends the code, if there is one, replaces the hash that was read, ends all sessions
// and begins a new one, in one transaction. Of two concurrent changes the second finds another hash and
// is refused; its code stays valid. Rows are locked in the order code, budgets, user, as in a reset.
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
		case proven.Address != "": // the code is still valid, and no password was compared
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
		// The request to delete the account has ended the session of the token. A new session would cancel the
		// deletion, and only a login may do that.
		if stored.DeleteAt != nil { // check: change-leaving
			return &refusal.Error{Reason: refusal.TokenInvalid}
		}
		// A change is not a login, so the time of the last login stays.
		begun, err := s.sessions.LogIn(ctx, q, stored, stored.LastLoginAt, start)
		if err == nil && !begun { // the row is locked, so the user was disabled before
			err = &refusal.Error{Reason: refusal.AccountDisabled}
		}
		if err != nil {
			return err
		}
		// The entry has the network of this request, because that of the login may be another one.
		// It commits with the change or not at all.
		err = audit.AddOwn(ctx, q, stored, audit.PasswordChanged, r.From.Network, now) // check: change-audited
		if err != nil {
			return err
		}
		return notice.AddByMail(ctx, q, stored, notice.PasswordChanged, r.Locale, now) // check: change-notice
	})
	return stored, refusal.OfCode(err, "code")
}
