package operator

import (
	"context"
	"errors"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
)

// approved is the act of an approval in the audit log.
const approved audit.Act = "user.approved"

// ErrNotWaiting reports an approval of a user that is disabled and does not wait.
var ErrNotWaiting = errors.New("this user is disabled and does not wait for approval")

// Approve admits a user that waits (ENROLL_SIGNUP=approval). Unlike Enable, it never admits a user that another
// operator has disabled: a program that approves all users of an old list must not undo that.
func (s *Service) Approve(ctx context.Context, a Act) (User, error) {
	return s.change(ctx, a, approved, "", func(ctx context.Context, q *db.Queries, row db.User) (db.User, error) {
		switch {
		case row.Status == statusActive:
			return row, errSame
		case !row.Waiting: // check: approve-waiting
			return row, ErrNotWaiting
		}
		// There is no session to end or to revive: a user that waits has none.
		return q.SetUserStatus(ctx, db.SetUserStatusParams{ID: row.ID, Status: statusActive, Now: s.now()})
	})
}
