package holder

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
	"github.com/enroll-project/enroll/internal/refusal"
)

// The scopes of the budgets that a user has for operations with a token, which need no captcha.
const (
	// avatarScope counts uploads. Each costs up to two seconds of a processor. A person that tries several
	// pictures in a row stays below it.
	avatarScope = "avatar_user"
	// passwordScope counts attempts to change the password or to delete the account. Each costs hashes, and
	// a mail if it succeeds. The window is only an hour, because a thief of the token can use up the count
	// and so block the holder. Both operations share one count, so that the second one gives a thief no more tries.
	passwordScope = "password_user"
	// changeScope counts requests that change an identifier, also those that fail: the answer that an email
	// or a user name is taken reveals that another user has it.
	changeScope = "change_user"
	// exportScope counts exports. Each reads seven tables.
	exportScope = "export_user"
)

// Budget bounds how often one user may use one operation, or several that share the budget.
type Budget struct {
	scope   string
	window  time.Duration
	allowed int32
	refused refusal.Reason
}

// The budgets. Each has its scope, its window, the number of uses in a window, and the reason with which further uses
// are refused.
var (
	// AvatarUploads bounds uploads of pictures, by day.
	AvatarUploads = Budget{avatarScope, 24 * time.Hour, 20, refusal.AvatarTooMany}
	// PasswordUses bounds attempts to change the password or to delete the account, by hour.
	PasswordUses = Budget{passwordScope, time.Hour, 10, refusal.RateLimited}
	// IdentifierChanges bounds requests that change an identifier, by day.
	IdentifierChanges = Budget{changeScope, 24 * time.Hour, 10, refusal.RateLimited}
	// Exports bounds exports, by day.
	Exports = Budget{exportScope, 24 * time.Hour, 10, refusal.RateLimited}
)

// CountUse counts a use. If the bound is reached, it returns the refusal with the time to wait.
func (s *Prover) CountUse(ctx context.Context, b Budget, user int64) error {
	// The key is the id and not a keyed hash of it: the id is not a secret, and an operator can reset the count.
	now, key := s.now(), strconv.FormatInt(user, 10)
	err := s.run.Alone(ctx, func(ctx context.Context, q *db.Queries) error {
		_, err := q.CountUse(ctx, db.CountUseParams{
			Scope: b.scope, Key: key, EndsAt: now.Add(b.window), Cost: 1, Allowed: b.allowed, Now: now,
		})
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		// The end of the window tells the client how long to wait.
		ends, err := s.queries.BudgetEnd(ctx, db.BudgetEndParams{Scope: b.scope, Key: key, Now: now})
		if err != nil {
			return refusal.Of(err)
		}
		return &refusal.Error{Reason: b.refused, RetryAfter: max(ends.Sub(now), time.Second)}
	case errors.Is(err, postgres.ErrOutcomeUnknown): // only the outcome of the count is unknown
		return &refusal.Error{Reason: refusal.Unavailable, RetryAfter: 2 * time.Second, Err: postgres.Safe(err)}
	case err != nil:
		return refusal.Of(err)
	}
	return nil
}

// GiveBack undoes a count of CountUse if the operation has failed because the hashers were busy: nothing was
// computed, and strangers who keep them busy must not use up what the holder needs (I10). It is a no-op for other
// errors.
func (s *Prover) GiveBack(ctx context.Context, b Budget, user int64, failed error) {
	if refused := (*refusal.Error)(nil); errors.As(failed, &refused) && refused.Reason == refusal.Busy {
		s.UncountUse(ctx, b, user)
	}
}

// UncountUse undoes a count of CountUse. If that fails, the user has one use less in the window, and
// the error is ignored.
func (s *Prover) UncountUse(ctx context.Context, b Budget, user int64) {
	now := s.now()
	_ = s.queries.RefundBudgets(ctx, db.RefundBudgetsParams{
		Scopes: []string{b.scope}, Keys: []string{strconv.FormatInt(user, 10)}, Now: now,
		Ends: []time.Time{now.Add(b.window)}, Costs: []int64{0},
	})
}
