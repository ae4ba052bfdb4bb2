package login

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
	"github.com/enroll-project/enroll/internal/terms"
)

// accepting returns the session of a user whose credentials are right, with the acceptance of the terms if the user
// has not accepted them before. It refuses the login if the request does not accept them either. A user that cannot log
// in is not asked: the login refuses it with another reason.
func (s *Logins) accepting(row db.User, l Request, start session.Start) (session.Start, error) {
	if holder.Barred(row) != nil || !s.config.Terms.Due(row.TermsVersion) { // check: terms-at-login
		return start, nil
	}
	// The reason is the same for a user that has accepted none: in both cases the client shows the terms and
	// repeats the login.
	if s.config.Terms.Check(l.AcceptedTerms) != nil { // check: terms-login-version
		return start, &refusal.Error{Reason: refusal.TermsOutdated, Field: "accepted_terms"}
	}
	return start.Accepting(s.config.Terms.Accept(l.Locale, s.config.Now())), nil
}

// store stores the session of a login. If the login accepts the terms, store also stores that, in the transaction of q,
// and sets the columns in row. Of two logins at once that accept the same version, the first one is stored.
func (s *Logins) store(
	ctx context.Context, q *db.Queries, row *db.User, at time.Time, start session.Start,
) (bool, error) {
	begun, err := s.sessions.LogIn(ctx, q, *row, at, start)
	accepted := start.Accepted()
	if err != nil || !begun || accepted == (terms.Acceptance{}) {
		return begun, err
	}
	// The statement of the session has locked the row, so the user is not disabled here.
	after, err := holder.AcceptTerms(ctx, q, *row, accepted, start.Network())
	if err != nil {
		return false, err // row stays as it was, because the transaction may be run again
	}
	row.TermsVersion, row.TermsAt, row.TermsLanguage = after.TermsVersion, after.TermsAt, after.TermsLanguage
	return true, nil
}
