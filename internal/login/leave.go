package login

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/notice"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/terms"
)

// begin stores the session of a login, as one statement, or as a transaction if a deletion is pending or the login
// accepts the terms.
// It returns false if the user was disabled, or all its sessions were ended, since the row was read, or if
// the deletion is due.
func (s *Logins) begin(
	ctx context.Context, row *db.User, at time.Time, start session.Start, locale string,
) (begun bool, err error) {
	// The usual login stays one round trip. The transaction is for the notice, the acceptance and the entries of the
	// audit log.
	run := s.run.Alone
	if row.DeleteAt != nil || start.Accepted() != (terms.Acceptance{}) {
		run = s.run.InTx
	}
	// A transaction that begins no session has changed nothing: it has only locked a row.
	err = run(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		begun, err = s.beginOrKeep(ctx, q, row, at, start, locale)
		return err
	})
	return begun, err
}

// beginOrKeep stores the session of a login in the transaction of q, and returns false as begin does. If a
// deletion is pending, the login cancels it and writes a notice. row.DeleteAt is nil afterwards if another
// login has canceled the deletion.
func (s *Logins) beginOrKeep(
	ctx context.Context, q *db.Queries, row *db.User, at time.Time, start session.Start, locale string,
) (bool, error) {
	if row.DeleteAt == nil {
		return s.store(ctx, q, row, at, start)
	}
	if s.leaving.Due(*row) {
		return false, nil
	}
	// The row is locked first, so that of two logins at once only one finds the deletion pending and
	// sends the notice. The statement that stores the session cancels the deletion.
	pending, err := s.leaving.LockPending(ctx, q, row.ID)
	if err != nil {
		return false, err
	}
	begun, err := s.store(ctx, q, row, at, start)
	if err != nil || !begun {
		return false, err
	}
	// Another login has canceled the deletion and has written the notice.
	if !pending {
		row.DeleteAt = nil
		return true, nil
	}
	// Only this login has canceled the deletion. The entry names its network, which may be a thief's.
	// check: leave-kept-audited
	err = audit.AddOwn(ctx, q, *row, audit.DeletionCanceled, start.Network(), s.config.Now())
	if err != nil {
		return false, err
	}
	// check: leave-kept-notice
	return true, notice.AddByMail(ctx, q, *row, notice.DeletionCanceled, locale, s.config.Now())
}

// kept reports whether a successful login with this row has canceled a deletion. If so, it counts the
// cancellation and starts to send the notice.
func (s *Logins) kept(ctx context.Context, row db.User) bool {
	if row.DeleteAt == nil {
		return false
	}
	s.leaving.Kept()
	s.notices.SendSoon(ctx)
	return true
}
