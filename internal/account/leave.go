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
)

// A requested deletion is not a state of its own: the user can still log in, reset the password and be disabled.
// So few other use cases depend on it: a login takes the deletion back, and so does a repeated registration, which
// logs in; a change of the password that the request has overtaken is refused; and the user's invite code is not valid.

// Deletion is the request of a logged-in user to delete the account.
type Deletion struct {
	By       holder.Holder
	Password string
	Code     string // instead of the password; of the purpose ForChange, sent to the user's own phone or email
	From     Origin // of the client; wrong passwords and codes are counted by it
	Locale   string // of the notice that the holder gets (BCP 47)
}

// Delete requests the deletion of the account, with the password or a code as the proof, and ends all
// sessions. It returns the time of the deletion; until then a login takes it back. A wrong password
// is counted like a failed login, as for [credential.Passwords.ChangePassword]. A repetition is refused, because the
// session of its token has ended, so it needs no idempotency key.
func (s *Service) Delete(ctx context.Context, r Deletion) (at time.Time, err error) {
	// A token alone does not delete an account: it may be stolen, and nothing restores what is deleted.
	// Checks that need no database come first, as in a change of the password.
	proof := holder.Proof{By: r.By, Field: "password", Password: r.Password, CodeField: "code", Code: r.Code, From: r.From}
	if err := proof.Complete(); err != nil {
		return time.Time{}, err
	}
	// The use is counted before admission, so that a token gives only bounded access to the hashers.
	if err := s.prover.CountUse(ctx, holder.PasswordUses, r.By.Live().User.ID); err != nil { // check: leave-bounded
		return time.Time{}, err
	}
	// check: leave-busy-free
	defer func() { s.prover.GiveBack(ctx, holder.PasswordUses, r.By.Live().User.ID, err) }()
	// The request is admitted before a try is counted, so a refusal as busy costs the person nothing.
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
	// The transaction does all or nothing. If its outcome is unknown, the answer says so (I11), and a repetition
	// shows it: if the deletion was requested, the token is refused.
	var row db.User
	err = s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		// The code is locked before the user, as in a login by code.
		if err := proven.Spend(ctx, q, s.config.Now()); err != nil { // check: leave-code-spent
			return err
		}
		if row, err = s.leaving.Request(ctx, q, r.By.Live().User); err != nil {
			return err
		}
		// The entry is in the same transaction, so that no act is without its entry.
		// check: leave-audited
		err = audit.AddOwn(ctx, q, row, audit.DeletionRequested, r.From.Network, s.config.Now())
		if err != nil {
			return err
		}
		return notice.AddByMail(ctx, q, row, notice.DeletionRequested, r.Locale, s.config.Now()) // check: leave-notice
	})
	// Another request has ended the session. It may have requested the deletion, too.
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

// PurgeDeleted deletes the users whose deletion is due. Call it from time to time.
func (s *Service) PurgeDeleted(ctx context.Context) error {
	_, err := s.leaving.Purge(ctx)
	return refusal.Of(err)
}
