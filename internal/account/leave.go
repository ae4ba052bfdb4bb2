package account

import (
	"context"
	"errors"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/leave"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// A deletion that was requested is no state of its own: the user can still log in, reset the password and be
// disabled. So no other use case has to know about it, but for the login that takes it back and the
// invitation, which is not good until then.

// Deletion is the request of a logged-in user to delete the account.
type Deletion struct {
	By       holder.Holder
	Password string
	Code     string // instead of the password; sent for ForChange to the user's own phone or email
	From     Origin // of the client; wrong passwords and codes are counted by it
	Locale   string // of the notice that the holder gets (BCP 47)
}

// Delete requests the deletion of the account, with the password or a code as the proof, and ends all
// sessions. It returns the time of the deletion; until then a login takes it back. A wrong password
// is counted like a failed login, as for [credential.Passwords.ChangePassword]. A repetition is refused, because the
// session of its token has ended, so it needs no idempotency key.
func (s *Service) Delete(ctx context.Context, r Deletion) (time.Time, error) {
	// A token alone does not delete an account: it may be stolen, and nothing restores what is deleted.
	// Pure checks come first, as in a change of the password.
	proof := holder.Proof{By: r.By, Field: "password", Password: r.Password, CodeField: "code", Code: r.Code, From: r.From}
	if err := proof.Complete(); err != nil {
		return time.Time{}, err
	}
	// Before admission: a token is no free way to the hashers.
	if err := s.prover.CountUse(ctx, holder.PasswordUses, r.By.Live().User.ID); err != nil { // check: leave-bounded
		return time.Time{}, err
	}
	// Admitted before a try is counted: a refusal as busy costs the person nothing.
	job, err := s.config.Hasher.Admit(ctx, admission.ForLogin)
	if err != nil {
		return time.Time{}, refusal.OfHashing(err)
	}
	defer job.Cancel()
	proven, err := s.prover.Prove(ctx, proof, job)
	if err != nil { // check: leave-password
		return time.Time{}, err
	}
	job.Cancel() // let the next request hash during the commit
	// From here on all or nothing. If the outcome is unknown, the answer says so, and a repetition tells: its
	// token is refused if the deletion was requested (I11).
	var row db.User
	err = s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		// The code before the user, as in a login by code.
		if err := proven.Spend(ctx, q, s.config.Now()); err != nil { // check: leave-code-spent
			return err
		}
		if row, err = s.leaving.Request(ctx, q, r.By.Live().User); err != nil {
			return err
		}
		// In the same transaction: an act without its entry does not exist.
		// check: leave-audited
		err = audit.AddOwn(ctx, q, row, audit.DeletionRequested, r.From.Network, s.config.Now())
		if err != nil {
			return err
		}
		return notice.AddByMail(ctx, q, row, notice.DeletionRequested, r.Locale, s.config.Now()) // check: leave-notice
	})
	// Another request has ended the session, perhaps by this very operation.
	if errors.Is(err, leave.ErrEnded) {
		return time.Time{}, &refusal.Error{Reason: refusal.TokenInvalid}
	}
	if err != nil {
		return time.Time{}, refusal.OfCode(err, "code")
	}
	s.leaving.Requested()
	s.notices.SendSoon(ctx)
	return postgres.OrZero[time.Time](row.DeleteAt).UTC(), nil
}

// begin stores the session of a login, as one statement, or as a transaction if a deletion is pending.
// It returns false if the user was disabled, or all its sessions were ended, since the row was read.
func (s *Service) begin(
	ctx context.Context, row *db.User, at time.Time, start session.Start, locale string,
) (begun bool, err error) {
	// The usual login stays one round trip; the transaction is for the notice.
	run := s.run.Alone
	if row.DeleteAt != nil {
		run = s.run.InTx
	}
	// Nothing else is to be undone if it begins no session.
	err = run(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		begun, err = s.beginOrKeep(ctx, q, row, at, start, locale)
		return err
	})
	return begun, err
}

// beginOrKeep stores the session of a login in the transaction of q. If a deletion is pending, the login takes
// it back, and a notice says so. The time of the deletion stays in the row if this login was the one.
func (s *Service) beginOrKeep(
	ctx context.Context, q *db.Queries, row *db.User, at time.Time, start session.Start, locale string,
) (bool, error) {
	if row.DeleteAt == nil {
		return s.sessions.LogIn(ctx, q, *row, at, start)
	}
	if s.leaving.Due(*row) {
		return false, nil
	}
	// Locked before, so that of two logins at once one takes it back and tells so.
	kept, err := s.leaving.Keep(ctx, q, row.ID)
	if err != nil {
		return false, err
	}
	begun, err := s.sessions.LogIn(ctx, q, *row, at, start)
	if err != nil || !begun {
		return false, err
	}
	// The other login has told so, by its answer and by a notice.
	if !kept {
		row.DeleteAt = nil
		return true, nil
	}
	// Only the login that has taken the deletion back writes it.
	// The entry names the network of the login, which may be a thief's.
	// check: leave-kept-audited
	err = audit.AddOwn(ctx, q, *row, audit.DeletionCanceled, start.Network(), s.config.Now())
	if err != nil {
		return false, err
	}
	// check: leave-kept-notice
	return true, notice.AddByMail(ctx, q, *row, notice.DeletionCanceled, locale, s.config.Now())
}

// kept reports whether a login that has succeeded with the row has taken a deletion back. Then it counts that
// and has the notice sent.
func (s *Service) kept(ctx context.Context, row db.User) bool {
	if row.DeleteAt == nil {
		return false
	}
	s.leaving.Kept()
	s.notices.SendSoon(ctx)
	return true
}

// PurgeDeleted deletes the users whose deletion is due. Call it from time to time.
func (s *Service) PurgeDeleted(ctx context.Context) error {
	_, err := s.leaving.Purge(ctx)
	return refusal.Of(err)
}
