package notice

import (
	"context"
	"time"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/identifier"
	"github.com/enroll-project/enroll/internal/postgres"
)

// AddByMail writes a notice for the user's email if that is verified, in the transaction of q. An
// unverified address may be another person's. For a user without a verified email it writes nothing and
// returns nil. now is the time of the change; locale is the language of the message (BCP 47).
func AddByMail(
	ctx context.Context, q *db.Queries, row db.User, kind Kind, locale string, now time.Time,
) error {
	// The phone gets no notice here, because an SMS costs the site money. An SMS is sent only after a change of the
	// phone, because the holder of the old phone may have no email, and after a reset of the password by email.
	if row.EmailVerifiedAt == nil {
		return nil
	}
	// The column has the email as the user typed it, perhaps by the rules of an earlier release.
	address, ok := identifier.Mailbox(postgres.OrZero(row.Email))
	if !ok {
		return nil // no release has accepted such a text
	}
	return Add(ctx, q, row.ID, kind, address, locale, now)
}
