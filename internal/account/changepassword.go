package account

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/code"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/session"
)

// PasswordChange is the request of a logged-in user to change the password.
type PasswordChange struct {
	By          Holder
	OldPassword string // or else Code
	Code        string // sent to the user's own phone or verified email, for ForChange
	Password    string // the new one
	From        Origin // of the client; wrong passwords are counted by it
	UserAgent   string // of the client; words of it are kept with the session
	Locale      string // of the notice that the holder gets (BCP 47)
}

// A repetition is refused, because the session of its token has ended: a client that has lost the
// answer logs in with the new password. So the change needs no idempotency key, and nothing of the
// old password has to be remembered.

// ChangePassword changes the password of a user who knows the old one, or enters a code that was sent to
// the user's own phone or email. It ends all sessions and begins a new one (ASVS 7.4.3, 7.2.4): a
// stolen token of the same session ends with the others. The rules of the new password are those of
// a registration. A wrong old password is counted like a failed login, by the account, so that a
// stolen token is no way to try passwords.
func (s *Service) ChangePassword(ctx context.Context, r PasswordChange) (SignedIn, error) {
	// The user as the check of the token has read it. storePassword compares the hash again.
	row := r.By.live.User
	// Pure checks first, as in a registration: a mistake in the new password counts no try.
	proof := holderProof{r.By, "old_password", r.OldPassword, "code", r.Code, r.From}
	if err := proof.complete(); err != nil {
		return SignedIn{}, err
	}
	fresh, err := s.config.Policy.Check(r.Password, append(s.wordsOf(row), s.config.SiteWords...)...)
	if err != nil {
		return SignedIn{}, passwordRefusal(err)
	}
	// Before admission: a token is no free way to the hashers.
	if err := s.countUse(ctx, passwordBudget, row.ID); err != nil { // check: change-bounded
		return SignedIn{}, err
	}
	// The new token lives as long as the one that was sent, since a person may have chosen "remember".
	// Near the end of a session that life is short, so the new one is a login's life at least.
	start, err := s.sessions.Begin(max(r.By.live.Life(), s.config.LoginLife), clientOf(r.From, r.UserAgent))
	if err != nil {
		return SignedIn{}, err
	}
	// Admitted before a try is counted: a refusal as busy costs the person nothing.
	job, err := s.config.Hasher.Admit(ctx, admission.ForLogin)
	if err != nil {
		return SignedIn{}, hashingRefusal(err)
	}
	defer job.Cancel()
	proven, err := s.proveHolder(ctx, proof, job)
	if err != nil {
		return SignedIn{}, err
	}
	// After the old password, so that a stolen token is no free way to the API of breached passwords.
	if s.config.Breaches != nil {
		if err := s.config.Breaches.Check(ctx, fresh); err != nil {
			return SignedIn{}, passwordRefusal(err)
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
		return SignedIn{}, hashingRefusal(err)
	}
	// From here on all or nothing. If the outcome is unknown, the answer says so, and the client
	// logs in with the new password or else with the old one (I11).
	if row, err = s.storePassword(ctx, row, proven, phc, r, start); err != nil {
		return SignedIn{}, err
	}
	s.sendNoticesSoon(ctx)
	return s.signIn(userOf(row), start)
}

// storePassword spends the code, if there is one, replaces the hash that was read, ends all sessions
// and begins a new one, in one transaction. Of two changes at once the second finds another hash and
// is refused; its code stays good. Rows are locked in the order code, budgets, user, as in a reset.
func (s *Service) storePassword(
	ctx context.Context, row db.User, proven code.Proven, phc string, r PasswordChange, start session.Start,
) (stored db.User, err error) {
	now := s.config.Now()
	err = s.inTx(ctx, func(ctx context.Context, q *db.Queries) error {
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
			return &Error{Reason: Unavailable, RetryAfter: time.Second}
		default:
			return &Error{Reason: CredentialsWrong, Field: "old_password"}
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
			return &Error{Reason: TokenInvalid}
		}
		// Not a login, so the time of the last one stays.
		begun, err := s.sessions.LogIn(ctx, q, stored, stored.LastLoginAt, start)
		if err == nil && !begun { // the row is locked, so the user was disabled before
			err = &Error{Reason: AccountDisabled}
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
		return addNotice(ctx, q, stored, notice.PasswordChanged, r.Locale, now) // check: change-notice
	})
	return stored, codeRefusal(err, "code")
}

// Logout ends the session of the user's token, or every session of the user if all is true.
func (s *Service) Logout(ctx context.Context, by Holder, all bool) error {
	if all {
		// Also the tokens of releases without sessions, which are in no list.
		return sessionRefusal(s.sessions.EndAll(ctx, by.live.User.ID))
	}
	return sessionRefusal(s.sessions.EndThis(ctx, by.live))
}

// Session is one login of a user.
type Session struct {
	ID        string
	CreatedAt time.Time
	UsedAt    time.Time // right to an hour
	Network   string    // of the client that logged in: IPv4 /24 or IPv6 /48, "" if it is not known
	Agent     string    // browser and system of that client, "" if they are not known
	Current   bool      // of the token of the request
}

// Sessions returns the live sessions of a user, the most recently used first, [session.MaxLive] at
// most. Tokens of releases without sessions are not among them.
func (s *Service) Sessions(ctx context.Context, by Holder) ([]Session, error) {
	// At most as many as a login leaves (session.MaxLive), and those of logins at the same moment
	// are left out.
	infos, err := s.sessions.List(ctx, by.live.User.ID)
	if err != nil {
		return nil, refusalOf(err)
	}
	// The current one is marked, so that a person does not take it for a stranger's.
	list := make([]Session, len(infos))
	for i, one := range infos {
		list[i] = Session{one.ID, one.CreatedAt, one.UsedAt, one.Network, one.Agent, one.ID == by.live.ID}
	}
	return list, nil
}

// EndSession ends one session of the user. A session that has ended before, or is of another user, is
// no error: afterwards the user has no such session.
func (s *Service) EndSession(ctx context.Context, by Holder, id string) error {
	// The user's id is part of the statement, so the id of a stranger's session names none.
	_, err := s.sessions.End(ctx, by.live.User.ID, id)
	return sessionRefusal(err)
}

// EndOtherSessions ends all sessions of the user but that of the token.
func (s *Service) EndOtherSessions(ctx context.Context, by Holder, from Origin, userAgent string) error {
	return sessionRefusal(s.sessions.EndOthers(ctx, by.live, clientOf(from, userAgent)))
}
