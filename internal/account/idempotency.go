package account

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/password"
	"github.com/enroll-project/enroll/internal/postgres"
)

const (
	keyLife = 24 * time.Hour // how long an answer is remembered
	// claimLife is how long an attempt holds its key that has crashed or could not
	// release it. No request waits that long, the COMMIT apart, which locks the
	// key's row. One that does loses its key to a repetition, and creates nothing.
	claimLife = 10 * time.Second

	keyFailures = 5 // wrong repetitions of a request; the key is worth nothing then
)

// keyError blames the key.
func keyError(reason Reason) *Error { return &Error{Reason: reason, Field: "Idempotency-Key"} }

// inProgress refuses a request whose key another attempt holds for so long at
// most. Most attempts end sooner.
func inProgress(hold time.Duration) error {
	e := keyError(IdempotencyInProgress)
	e.RetryAfter = max(hold, time.Second)
	return e
}

// claim is the hold on an idempotency key. The zero value stands for a
// request without one.
type claim struct {
	site  int64
	key   string
	id    []byte
	until time.Time // when another attempt may take the key over
}

// claimKey takes hold of the request's key before anything is spent. If a user
// has come of the same request already, it is returned instead (I5).
func (s *Service) claimKey(ctx context.Context, r Registration, job *password.Job) (claim, *User, error) {
	if r.IdempotencyKey == "" {
		return claim{}, nil, nil
	}
	c := claim{site: r.Site, key: r.IdempotencyKey, id: make([]byte, 16)}
	if _, err := io.ReadFull(s.config.Rand, c.id); err != nil {
		return claim{}, nil, fmt.Errorf("account: random claim: %w", err)
	}
	now, mac := s.config.Now(), s.requestMAC(r)
	c.until = now.Add(claimLife)
	var n int64
	err := s.alone(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		n, err = q.ClaimIdempotencyKey(ctx, db.ClaimIdempotencyKeyParams{
			SiteID: c.site, Key: c.key, RequestMac: mac, Claim: c.id,
			ClaimedUntil: c.until, Now: now, ExpiredBefore: now.Add(-keyLife),
		})
		return err
	})
	if err != nil || n == 1 {
		return c, nil, s.claimRefusal(ctx, c, err)
	}
	var row db.TryIdempotencyKeyRow
	err = s.alone(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		row, err = q.TryIdempotencyKey(ctx, db.TryIdempotencyKeyParams{
			SiteID: c.site, Key: c.key, RequestMac: mac, WithPassword: r.Password != "", Claim: c.id,
			ClaimedUntil: c.until, Now: now, MaxFailures: keyFailures,
		})
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return claim{}, nil, s.keyRefusal(ctx, c, now)
	case err != nil:
		return claim{}, nil, s.claimRefusal(ctx, c, err)
	case !row.Same:
		return claim{}, nil, keyError(IdempotencyKeyReused)
	case row.UserID == nil: // an attempt has crashed: this one goes on
		return c, nil, nil
	}
	user, err := s.replay(ctx, r, c, *row.UserID, job)
	return claim{}, user, err
}

// claimRefusal turns an error of a statement that takes the key into the answer
// it means. If the answer of the statement was lost, the key may be held, and
// nothing has come of it: it is given back.
func (s *Service) claimRefusal(ctx context.Context, c claim, err error) error {
	if !errors.Is(err, postgres.ErrOutcomeUnknown) {
		return refusalOf(err)
	}
	_ = s.settleReplay(ctx, c, true)
	return s.release(ctx, c, &Error{Reason: Unavailable, RetryAfter: 2 * time.Second, Err: err})
}

// keyRefusal says why there was nothing to compare with.
func (s *Service) keyRefusal(ctx context.Context, c claim, now time.Time) error {
	state, err := s.queries.IdempotencyKeyState(ctx, db.IdempotencyKeyStateParams{SiteID: c.site, Key: c.key})
	switch {
	case errors.Is(err, pgx.ErrNoRows): // it was released a moment ago
		return inProgress(0)
	case err != nil:
		return refusalOf(err)
	case state.Failures >= keyFailures:
		return keyError(IdempotencyKeyReused)
	}
	return inProgress(state.ClaimedUntil.Sub(now))
}

// replay returns the user that came of a request. The digest leaves the password
// out (I6), so that the password is verified as at a login: a client that knows the
// request and not the password is not let in. Each key bears keyFailures wrong
// ones, or it would be a way to guess passwords without a captcha and without the
// count of logins. A wrong one is not counted as a failed login too: whoever knows
// the key has five guesses in all, and cannot lock the holder out with them.
func (s *Service) replay(ctx context.Context, r Registration, c claim, id int64, job *password.Job) (*User, error) {
	row, right, err := s.verifyReplay(ctx, r, id, job)
	if r.Password != "" { // the key is held
		job.Cancel() // before the commit
		settled := s.settleReplay(ctx, c, right || err != nil)
		if err == nil && right {
			err = settled
		}
		if settled != nil {
			err = s.untilFree(c, err)
		}
	}
	switch {
	case err != nil:
		return nil, err
	case !right:
		return nil, keyError(IdempotencyKeyReused)
	}
	user := userOf(row)
	return &user, nil
}

// verifyReplay tells whether the password is that of the user, or whether there is
// none on either side.
func (s *Service) verifyReplay(ctx context.Context, r Registration, id int64, job *password.Job) (db.User, bool, error) {
	row, err := s.queries.UserByID(ctx, db.UserByIDParams{SiteID: r.Site, ID: id})
	switch {
	case errors.Is(err, pgx.ErrNoRows): // deleted a moment ago
		return row, false, nil
	case err != nil:
		return row, false, refusalOf(err)
	case row.PasswordHash == nil || r.Password == "":
		return row, row.PasswordHash == nil && r.Password == "", nil
	}
	typed, err := password.Normalize(r.Password)
	if err != nil {
		return row, false, nil
	}
	right, _, err := job.Verify(ctx, *row.PasswordHash, typed)
	return row, right, hashingRefusal(err)
}

// settleReplay ends the hold of a repetition, even if the caller has gone. A hold
// that has run out may be another one's by now, which then decides.
func (s *Service) settleReplay(ctx context.Context, c claim, giveBack bool) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	p := db.SettleReplayParams{SiteID: c.site, Key: c.key, Claim: c.id, Now: s.config.Now()}
	if giveBack {
		p.GivenBack = 1
	}
	n, err := s.queries.SettleReplay(ctx, p)
	if err == nil && n == 0 {
		return inProgress(claimLife)
	}
	return refusalOf(err)
}

// remember ties the user to the key, in the transaction that inserts it.
func (c claim) remember(ctx context.Context, q *db.Queries, user int64, now time.Time) error {
	if c.key == "" {
		return nil
	}
	n, err := q.RememberUser(ctx, db.RememberUserParams{SiteID: c.site, Key: c.key, Claim: c.id, UserID: user, Now: now})
	if err == nil && n == 0 {
		return inProgress(claimLife)
	}
	return err
}

// release gives the key back after a refusal, even if the caller has gone, and
// returns the refusal. The key is kept when the outcome is not known.
func (s *Service) release(ctx context.Context, c claim, err error) error {
	if c.key == "" {
		return err
	}
	if refused := (*Error)(nil); errors.As(err, &refused) && refused.Reason == OutcomeUnknown {
		return s.untilFree(c, err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	p := db.ReleaseIdempotencyKeyParams{SiteID: c.site, Key: c.key, Claim: c.id}
	if s.queries.ReleaseIdempotencyKey(ctx, p) != nil {
		return s.untilFree(c, err)
	}
	return err
}

// untilFree is a refusal while the key is still held. Where a repetition could
// help, it is in vain until the claim has run out.
func (s *Service) untilFree(c claim, err error) error {
	if refused := (*Error)(nil); errors.As(err, &refused) && refused.RetryAfter > 0 {
		refused.RetryAfter = max(refused.RetryAfter, c.until.Sub(s.config.Now()))
	}
	return err
}

// requestMAC is a keyed digest of a request: of each field of the registration that
// was given, with its name and behind its length, so that no two requests run into
// one and a new field is covered without a change here. A field that was not given
// leaves no trace, so that versions with and without a new field agree on requests
// that do not use it. Of the password only its presence counts (I6). The proof is
// left out, and so is the network: they ask for nothing, and a client that
// repeats may show a new captcha and may have moved.
//
// The label of the key names the version of this encoding. Digests of another
// version match none: the request is refused as another one, and nothing is told
// or created.
func (s *Service) requestMAC(r Registration) []byte {
	r.Proof, r.From = Proof{}, Origin{}
	if r.Password != "" {
		r.Password = "given"
	}
	h := hmac.New(sha256.New, s.requestKey)
	for field, value := range reflect.ValueOf(r).Fields() {
		if !value.IsZero() {
			part := fmt.Appendf(nil, "%s=%v", field.Name, value)
			h.Write(binary.AppendUvarint(nil, uint64(len(part))))
			h.Write(part)
		}
	}
	return h.Sum(nil)
}
