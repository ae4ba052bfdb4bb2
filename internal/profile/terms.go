package profile

import (
	"context"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/network"
	"github.com/enroll-project/enroll/internal/refusal"
)

// Acceptance is the request of a logged-in user to accept the terms.
type Acceptance struct {
	By      holder.Holder
	Version string         // that the person has accepted
	Locale  string         // of the request (BCP 47)
	From    network.Origin // of the client, for the entry of the audit log
}

// AcceptTerms stores that a user accepts the terms, and returns the user. If the user has accepted this version before,
// its time stays. Without terms nothing is stored, and nothing refused.
//
// There is no count of such requests for each user. With one version of the operator, only the first request writes
// anything. While replicas with two versions run side by side, a user that alternates between the versions writes a
// row and an entry of the audit log with each request; the rate limit of its network bounds these.
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
		row, err = holder.AcceptTerms(ctx, q, a.By.Live().User, accepted, a.From.Network)
		return err
	})
	return a.By.After(row), refusal.Of(err)
}
