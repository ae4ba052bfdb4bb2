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
	// check: key-life
	keyLife = 24 * time.Hour // how long a registration is remembered
	// claimLife is how long an attempt holds its key if it crashes or cannot release it.
	// A request takes less time, except for its COMMIT, which locks the key's row. If it
	// takes longer nevertheless, a repetition takes the key over, and this attempt
	// creates nothing.
	claimLife = 10 * time.Second

	keyFailures = 5 // wrong repetitions of a request, after which the key is refused
)

// keyError is a refusal about the header Idempotency-Key.
func keyError(reason Reason) *Error { return &Error{Reason: reason, Field: "Idempotency-Key"} }

// inProgress refuses a request whose key another attempt holds. hold is the longest time
// that it may still hold it; most attempts end sooner.
func inProgress(hold time.Duration) error {
	e := keyError(IdempotencyInProgress)
	e.RetryAfter = max(hold, time.Second)
	return e
}

// claim is the hold of one attempt on an idempotency key. The zero value is for a request
// without a key.
type claim struct {
	site  int64
	key   string
	id    []byte
	until time.Time // when another attempt may take the key over
}

// claimKey claims the request's key before anything is spent. If the same request has
// inserted a user before, claimKey returns that user and claims nothing (I5).
func (s *Service) claimKey(ctx context.Context, r Registration, job *password.Job) (claim, *db.User, error) {
	if r.IdempotencyKey == "" {
		return claim{}, nil, nil
	}
	// The random id tells this attempt from another one that takes the key over later.
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
	// One row: the key was free. claimRefusal returns nil for no error.
	if err != nil || n == 1 {
		return c, nil, s.claimRefusal(ctx, c, err)
	}
	// The key has a request. Compare, in a statement of its own, because the first one
	// cannot both insert a row and return another.
	var row db.TryIdempotencyKeyRow
	err = s.alone(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		row, err = q.TryIdempotencyKey(ctx, db.TryIdempotencyKeyParams{
			// check: key-with-password
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
	case !row.Same: // check: key-same
		return claim{}, nil, keyError(IdempotencyKeyReused)
	case row.UserID == nil: // an attempt has crashed: this one goes on
		return c, nil, nil
	}
	user, err := s.replay(ctx, r, c, *row.UserID, job)
	return claim{}, user, err
}

// claimRefusal returns the refusal for an error of a statement that claims the key. If
// the statement's outcome is unknown, the key may be held, and it is released, because
// the attempt ends here.
func (s *Service) claimRefusal(ctx context.Context, c claim, err error) error {
	if !errors.Is(err, postgres.ErrOutcomeUnknown) {
		return refusalOf(err)
	}
	// Which of the two statements was lost is not looked at: each release is a no-op for
	// the other case.
	_ = s.settleReplay(ctx, c, true)
	return s.release(ctx, c, &Error{Reason: Unavailable, RetryAfter: 2 * time.Second, Err: err}) // check: key-released
}

// keyRefusal returns the refusal for a key that cannot be tried now: another attempt
// holds it, or its failures are used up.
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

// replay returns the user that the request inserted before. The digest leaves the
// password out (I6), so replay verifies it like a login: a client that knows the request
// but not the password is refused. The number of wrong passwords for a key is bounded by
// keyFailures, because this way needs no captcha and is not counted as a login. It is
// not counted as one so that a client that knows the key cannot lock out the holder.
func (s *Service) replay(ctx context.Context, r Registration, c claim, id int64, job *password.Job) (*db.User, error) {
	row, right, err := s.verifyReplay(ctx, r, id, job)
	if r.Password != "" { // then TryIdempotencyKey has claimed the key
		job.Cancel() // let the next request hash during the commit
		// check: key-guess
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
	case !right: // check: key-password
		return nil, keyError(IdempotencyKeyReused)
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
		return row, false, refusalOf(err)
	case row.PasswordHash == nil || r.Password == "":
		return row, row.PasswordHash == nil && r.Password == "", nil // check: digest-no-password
	}
	// A password that cannot be normalized cannot be the user's.
	typed, err := password.Normalize(r.Password)
	if err != nil {
		return row, false, nil
	}
	right, _, err := job.Verify(ctx, *row.PasswordHash, typed)
	return row, right, hashingRefusal(err)
}

// settleReplay releases the key after a repetition, even if the client has disconnected.
// If the claim has expired, another attempt may hold the key, and the request is refused.
func (s *Service) settleReplay(ctx context.Context, c claim, giveBack bool) error {
	// Two seconds: if the database does not answer by then, the claim expires by itself.
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

// remember stores the user's id with the key, in the transaction that inserts the user.
func (c claim) remember(ctx context.Context, q *db.Queries, user int64, now time.Time) error {
	if c.key == "" {
		return nil
	}
	// No row: the claim has expired and another attempt has the key. The error rolls the
	// user back.
	n, err := q.RememberUser(ctx, db.RememberUserParams{SiteID: c.site, Key: c.key, Claim: c.id, UserID: user, Now: now})
	if err == nil && n == 0 {
		return inProgress(claimLife)
	}
	return err
}

// release releases the key after a refusal, even if the client has disconnected, and
// returns the refusal. If the outcome is unknown, it keeps the key: a repetition under
// it finds the user if there is one.
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

// untilFree adjusts a refusal whose key could not be released: a repetition cannot
// succeed before the claim expires.
func (s *Service) untilFree(c claim, err error) error {
	if refused := (*Error)(nil); errors.As(err, &refused) && refused.RetryAfter > 0 {
		refused.RetryAfter = max(refused.RetryAfter, c.until.Sub(s.config.Now())) // check: key-wait
	}
	return err
}

// requestMAC returns a keyed digest of a request. It covers the name and the value of
// each field that was given, with their length in front, so that no two requests have
// the same input. It uses reflection, so that a new field is covered without a change
// here. Fields that were not given are left out, so that versions with and without a
// new field agree on requests that do not use it. Of the password only its presence is
// covered (I6). The proof, the network and the program are left out: a client that repeats its
// request may have a new captcha, a new address and a new version.
//
// The label of the key has the version of this encoding. With a digest of another version
// the request is refused as another one, and nothing is created.
func (s *Service) requestMAC(r Registration) []byte {
	r.Proof, r.From, r.UserAgent = Proof{}, Origin{}, "" // check: digest-fields
	if r.Password != "" {
		r.Password = "given" // check: digest-password
	}
	// Fields in the order of the struct. Moving one changes all digests, like a new label.
	h := hmac.New(sha256.New, s.requestKey) // check: digest-keyed
	for field, value := range reflect.ValueOf(r).Fields() {
		if !value.IsZero() {
			// With its length, so that a value cannot look like the next field.
			part := fmt.Appendf(nil, "%s=%v", field.Name, value)
			h.Write(binary.AppendUvarint(nil, uint64(len(part))))
			h.Write(part)
		}
	}
	return h.Sum(nil)
}
