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
)

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
	row, err := s.queries.IdempotencyKey(ctx, db.IdempotencyKeyParams{SiteID: c.site, Key: c.key})
	switch {
	case errors.Is(err, pgx.ErrNoRows): // released a moment ago
		return claim{}, nil, &Error{Reason: IdempotencyInProgress, Field: keyField}
	case err != nil:
		return claim{}, nil, refusal(err)
	case !hmac.Equal(row.RequestMac, mac):
		return claim{}, nil, &Error{Reason: IdempotencyKeyReused, Field: keyField}
	case row.UserID == nil:
		return claim{}, nil, &Error{Reason: IdempotencyInProgress, Field: keyField}
	}
	user, err := s.replay(ctx, r, *row.UserID, job)
	return claim{}, user, err
}

const keyField = "Idempotency-Key"

// replay finds the user that came of a request. The digest leaves the password
// out (I6), so the password proves itself as at a login: who knows the
// request but not the password is not let in.
func (s *Service) replay(ctx context.Context, r Registration, id int64, job *password.Job) (*User, error) {
	row, err := s.queries.UserByID(ctx, db.UserByIDParams{SiteID: r.Site, ID: id})
	if err != nil {
		return nil, refusal(err)
	}
	if row.PasswordHash != nil {
		typed, err := password.Normalize(r.Password)
		if err != nil || job == nil { // no password was sent
			return nil, &Error{Reason: IdempotencyKeyReused, Field: keyField}
		}
		ok, _, err := job.Verify(ctx, *row.PasswordHash, typed)
		if err != nil {
			return nil, hashingRefusal(err)
		}
		if !ok {
			return nil, &Error{Reason: IdempotencyKeyReused, Field: keyField}
		}
	}
	user := userOf(row)
	return &user, nil
}

// remember ties the user to the key, in the transaction that inserts it.
func (c claim) remember(ctx context.Context, q *db.Queries, user int64) error {
	if c.key == "" {
		return nil
	}
	n, err := q.RememberUser(ctx, db.RememberUserParams{SiteID: c.site, Key: c.key, Claim: c.id, UserID: user})
	if err == nil && n == 0 {
		return &Error{Reason: IdempotencyInProgress, Field: keyField}
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
