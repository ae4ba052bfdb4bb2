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
)

const (
	keyLife   = 24 * time.Hour   // how long an answer is remembered
	claimLife = 30 * time.Second // how long a crashed attempt holds its key; no request lives that long

	keyFailures = 5 // wrong repetitions of a request; the key is worth nothing then
)

// keyError blames the key.
func keyError(reason Reason) error { return &Error{Reason: reason, Field: "Idempotency-Key"} }

// claim is the hold on an idempotency key. The zero value stands for a
// request without one.
type claim struct {
	site int64
	key  string
	id   []byte
}

// claimKey takes hold of the request's key before anything is spent. If a user
// has come of the same request already, it is returned instead (I5).
func (s *Service) claimKey(ctx context.Context, r Registration, job *password.Job) (claim, *User, error) {
	if r.IdempotencyKey == "" {
		return claim{}, nil, nil
	}
	c := claim{site: r.Site, key: r.IdempotencyKey, id: make([]byte, 16)}
	if _, err := io.ReadFull(s.Rand, c.id); err != nil {
		return claim{}, nil, fmt.Errorf("account: random claim: %w", err)
	}
	now, mac := s.Now(), s.requestMAC(r)
	n, err := s.queries.ClaimIdempotencyKey(ctx, db.ClaimIdempotencyKeyParams{
		SiteID: c.site, Key: c.key, RequestMac: mac, Claim: c.id,
		ClaimedUntil: now.Add(claimLife), Now: now, ExpiredBefore: now.Add(-keyLife),
	})
	if err != nil || n == 1 {
		return c, nil, refusal(err)
	}
	row, err := s.queries.TryIdempotencyKey(ctx, db.TryIdempotencyKeyParams{
		SiteID: c.site, Key: c.key, RequestMac: mac, WithPassword: r.Password != "", Claim: c.id,
		ClaimedUntil: now.Add(claimLife), Now: now, MaxFailures: keyFailures,
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return claim{}, nil, s.keyRefusal(ctx, c)
	case err != nil:
		return claim{}, nil, refusal(err)
	case !row.Same:
		return claim{}, nil, keyError(IdempotencyKeyReused)
	case row.UserID == nil: // an attempt has crashed: this one goes on
		return c, nil, nil
	}
	user, err := s.replay(ctx, r, c, *row.UserID, job)
	return claim{}, user, err
}

// keyRefusal says why there was nothing to compare with.
func (s *Service) keyRefusal(ctx context.Context, c claim) error {
	failures, err := s.queries.IdempotencyKeyFailures(ctx, db.IdempotencyKeyFailuresParams{SiteID: c.site, Key: c.key})
	switch {
	case err == nil && failures >= keyFailures:
		return keyError(IdempotencyKeyReused)
	case err != nil && !errors.Is(err, pgx.ErrNoRows): // no row: it was released a moment ago
		return refusal(err)
	}
	return keyError(IdempotencyInProgress)
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
		if settled := s.settleReplay(ctx, c, right || err != nil); err == nil && right {
			err = settled
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
		return row, false, refusal(err)
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
	p := db.SettleReplayParams{SiteID: c.site, Key: c.key, Claim: c.id, Now: s.Now()}
	if giveBack {
		p.GivenBack = 1
	}
	n, err := s.queries.SettleReplay(ctx, p)
	if err == nil && n == 0 {
		return keyError(IdempotencyInProgress)
	}
	return refusal(err)
}

// remember ties the user to the key, in the transaction that inserts it.
func (c claim) remember(ctx context.Context, q *db.Queries, user int64, now time.Time) error {
	if c.key == "" {
		return nil
	}
	n, err := q.RememberUser(ctx, db.RememberUserParams{SiteID: c.site, Key: c.key, Claim: c.id, UserID: user, Now: now})
	if err == nil && n == 0 {
		return keyError(IdempotencyInProgress)
	}
	return err
}

// release gives the key back after a refusal, even if the caller has gone. It
// is kept when the outcome is not known; a failed release runs out by itself.
func (s *Service) release(ctx context.Context, c claim, err error) {
	var refused *Error
	if c.key == "" || errors.As(err, &refused) && refused.Reason == OutcomeUnknown {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	_ = s.queries.ReleaseIdempotencyKey(ctx, db.ReleaseIdempotencyKeyParams{SiteID: c.site, Key: c.key, Claim: c.id})
}

// requestMAC is a keyed digest of a request: of each field of the registration that
// was given, with its name and behind its length, so that no two requests run into
// one and a new field is covered without a change here. A field that was not given
// leaves no trace, so that versions with and without a new field agree on requests
// that do not use it. Of the password only its presence counts (I6). The proof is
// left out: a captcha proves a person, it asks for nothing, and a client that
// repeats may show a new one.
//
// The label of the key names the version of this encoding. Digests of another
// version match none: the request is refused as another one, and nothing is told
// or created.
func (s *Service) requestMAC(r Registration) []byte {
	r.Proof = Proof{}
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
