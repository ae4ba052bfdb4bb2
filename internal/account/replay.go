package account

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/holder"
	"github.com/enroll-project/enroll/internal/idempotency"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/refusal"
	"github.com/enroll-project/enroll/internal/session"
)

// claimKey claims the key of a registration. If the same registration has inserted a user
// before, claimKey returns that user and no claim (I5).
func (s *Service) claimKey(
	ctx context.Context, r Registration, job *password.Job,
) (idempotency.Claim, *db.User, error) {
	if r.IdempotencyKey == "" {
		return idempotency.Claim{}, nil, nil
	}
	claim, earlier, err := s.keys.Claim(ctx, idempotency.Request{
		Site: r.Site, Key: r.IdempotencyKey, Fields: compared(r), WithPassword: r.Password != "",
	})
	if err != nil || earlier == 0 {
		return claim, nil, refusal.Of(refusal.OfKey(err))
	}
	user, err := s.replay(ctx, r, claim, earlier, job)
	return idempotency.Claim{}, user, err
}

// again answers a repetition of a registration that has inserted a user. A user that still waits gets the answer of the
// first request, because a refusal would say that the registration had failed. An approved one is logged in. One that
// an operator has rejected counts as deleted, and Again refuses it.
func (s *Service) again(
	ctx context.Context, row db.User, start session.Start, locale string,
) (holder.SignedIn, error) {
	if !row.Waiting || s.leaving.Due(row) { // check: rejected-replay
		return s.Again(ctx, row, start, locale)
	}
	user := holder.UserOf(row)
	// No session is stored, so no statement has read the group.
	group, err := s.Group(ctx, row.SiteID, row.GroupID)
	if unknown := (*refusal.Error)(nil); errors.As(err, &unknown) && unknown.Reason == refusal.GroupUnknown {
		return holder.SignedIn{User: user}, nil
	}
	user.Group = &group
	return holder.SignedIn{User: user}, err
}

// compared returns r with only the fields that a repetition under the same key must repeat. Of the
// password it keeps only whether there is one (I6). The proof, the network, the user agent, the
// cookie and the locale are left out: a client that repeats its request may have a new captcha, a new
// address, a new version, another cookie and another language.
func compared(r Registration) Registration {
	r.Proof, r.From, r.UserAgent, r.InviteHint, r.Locale = Proof{}, Origin{}, "", "", "" // check: digest-fields
	if r.Password != "" {
		r.Password = "given" // check: digest-password
	}
	return r
}

// replay returns the user that the request inserted before. The digest leaves the
// password out (I6), so replay verifies it like a login: a client that knows the request
// but not the password is refused. Package idempotency bounds the wrong passwords for a key,
// because a repetition spends no captcha and is not counted as a login. If it were counted, a
// client that knows the key could lock out the holder.
func (s *Service) replay(
	ctx context.Context, r Registration, c idempotency.Claim, id int64, job *password.Job,
) (*db.User, error) {
	row, right, err := s.verifyReplay(ctx, r, id, job)
	if r.Password != "" {
		// Let the next request hash during the commit.
		job.Cancel()
		settled := s.keys.Settle(ctx, c, right || err != nil, err != nil) // check: replay-guesses
		// A wrong password is refused below, even if the key could not be released.
		if err == nil && right {
			err = refusal.Of(refusal.OfKey(settled))
		}
		if settled != nil {
			err = untilFree(err, s.keys.Held(c))
		}
	}
	switch {
	case err != nil:
		return nil, err
	// A different request gets the same refusal: the client must not learn that only the password differs.
	case !right: // check: replay-password
		return nil, refusal.KeyReused()
	}
	return &row, nil
}

// verifyReplay reports whether the password is that of the user, or whether neither the
// request nor the user has one.
func (s *Service) verifyReplay(
	ctx context.Context, r Registration, id int64, job *password.Job,
) (db.User, bool, error) {
	row, err := s.queries.UserByID(ctx, db.UserByIDParams{SiteID: r.Site, ID: id})
	switch {
	case errors.Is(err, pgx.ErrNoRows): // deleted a moment ago
		return row, false, nil
	case err != nil:
		return row, false, refusal.Of(err)
	case row.PasswordHash == nil || r.Password == "":
		return row, row.PasswordHash == nil && r.Password == "", nil // check: replay-without-password
	}
	// A password that cannot be normalized cannot be the user's.
	typed, err := password.Normalize(r.Password)
	if err != nil {
		return row, false, nil
	}
	right, _, err := job.Verify(ctx, *row.PasswordHash, typed)
	return row, right, refusal.OfHashing(err)
}

// release releases the key after a refusal, and returns the refusal. If the outcome is
// unknown, it keeps the key: a repetition under it finds the user if there is one.
func (s *Service) release(ctx context.Context, c idempotency.Claim, err error) error {
	if refused := (*refusal.Error)(nil); errors.As(err, &refused) && refused.Reason == refusal.OutcomeUnknown {
		return untilFree(err, s.keys.Held(c))
	}
	return untilFree(err, s.keys.Release(ctx, c))
}

// untilFree raises the RetryAfter of a refusal, if it has one, to the time for which its key is still held:
// a repetition cannot succeed before the claim expires.
func untilFree(err error, held time.Duration) error {
	if refused := (*refusal.Error)(nil); errors.As(err, &refused) && refused.RetryAfter > 0 {
		refused.RetryAfter = max(refused.RetryAfter, held) // check: key-wait
	}
	return err
}
