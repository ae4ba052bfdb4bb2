package holder

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/terms"
)

// AcceptTerms stores that a user accepts terms, and an entry of the audit log, in the transaction of q. before is the
// row that was read earlier, and network that of the client. AcceptTerms returns the row of the user afterwards. If the
// user has accepted this version since before was read, it changes nothing: the earlier time and language stay.
func AcceptTerms(
	ctx context.Context, q *db.Queries, before db.User, accepted terms.Acceptance, network string,
) (db.User, error) {
	row, err := q.AcceptTerms(ctx, db.AcceptTermsParams{
		ID: before.ID, Version: accepted.Version, Language: accepted.Language, Now: accepted.At,
	})
	if err == nil {
		return row, audit.AddTerms(ctx, q, before, accepted, network) // check: terms-audited
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return row, err
	}
	// Another request of the user has accepted the version, or the user cannot use the account any more.
	row, err = q.UserByID(ctx, db.UserByIDParams{SiteID: before.SiteID, ID: before.ID})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return row, &refusal.Error{Reason: refusal.TokenInvalid}
	case err == nil && Barred(row) != nil:
		return row, &refusal.Error{Reason: refusal.AccountDisabled}
	}
	return row, err
}
