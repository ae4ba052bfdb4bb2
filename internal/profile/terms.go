package profile

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/audit"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/terms"
)

// Acceptance is the request of a logged-in user to accept the terms.
type Acceptance struct {
	By      holder.Holder
	Version string         // that the person has accepted
	Locale  string         // of the request (BCP 47)
	From    network.Origin // of the client, for the entry of the audit log
}

// AcceptTerms stores that a user accepts the terms, and returns the user. If the user has accepted this version before,
// its time stays. Without terms nothing is stored, and nothing refused. There is no count of such requests for each
// user: only the first one for a version of the operator writes anything.
func (s *Profiles) AcceptTerms(ctx context.Context, a Acceptance) (holder.User, error) {
	if err := s.config.Terms.Check(a.Version); err != nil { // check: terms-accept-version
		return holder.User{}, refusal.OfTerms(err)
	}
	row := a.By.Live().User
	if !s.config.Terms.Due(row.TermsVersion) {
		return a.By.User(), nil
	}
	accepted := s.config.Terms.Accept(a.Locale, s.config.Now())
	err := s.run.InTx(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		row, err = acceptTerms(ctx, q, a, accepted)
		return err
	})
	return a.By.After(row), refusal.Of(err)
}

// acceptTerms stores an acceptance, and an entry of the audit log, in the transaction of q. It returns the row of the
// user afterwards.
func acceptTerms(ctx context.Context, q *db.Queries, a Acceptance, accepted terms.Acceptance) (db.User, error) {
	before := a.By.Live().User
	row, err := q.AcceptTerms(ctx, db.AcceptTermsParams{
		ID: before.ID, Version: accepted.Version, Language: accepted.Language, Now: accepted.At,
	})
	if err == nil {
		return row, audit.AddTerms(ctx, q, before, accepted, a.From.Network) // check: terms-accept-audited
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return row, err
	}
	// Another request of the user has accepted the version since the token was checked, or the user cannot use the
	// account any more.
	row, err = q.UserByID(ctx, db.UserByIDParams{SiteID: before.SiteID, ID: before.ID})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return row, &refusal.Error{Reason: refusal.TokenInvalid}
	case err == nil && holder.Barred(row) != nil:
		return row, &refusal.Error{Reason: refusal.AccountDisabled}
	}
	return row, err
}
