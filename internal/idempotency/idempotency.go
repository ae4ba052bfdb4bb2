package idempotency

import (
	"context"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/enroll-project/enroll/gen/db"
	"github.com/enroll-project/enroll/internal/postgres"
)

const (
	// check: key-life
	keyLife = 24 * time.Hour // how long a request is remembered
	// claimLife is how long an attempt holds its key if it crashes or cannot release it.
	// A request takes less time, except for its COMMIT, during which the key's row is
	// locked. If a request takes longer before its COMMIT, a repetition takes the key
	// over, and the slow attempt creates nothing.
	claimLife = 10 * time.Second

	maxFailures = 5 // wrong repetitions of a request, after which the key is refused
	// maxReplays bounds the repetitions, of which maxFailures at most are wrong ones. A right one costs a look-up, a
	// session and a signature, and no captcha. A client that repeats with growing waits through an outage of a day needs
	// fewer.
	maxReplays = 20
)

// Config is what Keys needs. All fields must be set.
type Config struct {
	Pool *pgxpool.Pool
	// Secret is what the key of the digests of requests is derived from. If it changes,
	// repetitions of earlier requests are refused as different requests.
	Secret []byte
	Now    func() time.Time
	Rand   io.Reader // must be safe for concurrent use
}

// Keys remembers requests. It is safe for concurrent use; all its state is in PostgreSQL.
type Keys struct {
	pool    *pgxpool.Pool
	queries *db.Queries
	mac     []byte // the key of the digests
	now     func() time.Time
	rand    io.Reader
}

// New returns a Keys, or an error if a field of cfg is missing or Secret has less than 32 bytes.
func New(cfg Config) (*Keys, error) {
	if cfg.Pool == nil || cfg.Now == nil || cfg.Rand == nil || len(cfg.Secret) < 32 {
		return nil, errors.New("idempotency: a dependency is missing, or the secret has less than 32 bytes")
	}
	// The number in the label is the version of the encoding in digest. A repetition of a
	// request that was stored by another version is refused as a different request.
	mac, err := hkdf.Key(sha256.New, cfg.Secret, nil, "enroll remembered request v2", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("idempotency: derive key: %w", err)
	}
	return &Keys{
		pool: cfg.Pool, queries: db.New(postgres.NewStatements(cfg.Pool)), mac: mac, now: cfg.Now, rand: cfg.Rand,
	}, nil
}

// Why says why a request was refused.
type Why int

// The reasons of a Refusal.
const (
	Reused     Why = iota // the key is that of another request, or its failures are used up
	InProgress            // another attempt holds the key
	Lost                  // it is not known whether the key was claimed
	Exhausted             // the request was repeated too often
)

// Refusal is an answer to a client, not an internal error.
type Refusal struct {
	Why Why
	// RetryAfter is set for InProgress and Lost: the longest time that an attempt may still
	// hold the key. Most attempts end sooner. For Exhausted it is the rest of the key's life.
	RetryAfter time.Duration
	Err        error // the cause with Lost, for the log only
}

// Error names the reason, and neither the key nor the request.
func (r *Refusal) Error() string {
	return "idempotency: " + [...]string{"reused", "in progress", "lost", "exhausted"}[r.Why]
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// inProgress refuses a request whose key another attempt holds.
func inProgress(hold time.Duration) error {
	return &Refusal{Why: InProgress, RetryAfter: max(hold, time.Second)}
}

// Request is a request with a key.
type Request struct {
	Site int64
	Key  string
	// Fields is a struct of all that makes two requests the same. Its fields, and those of structs
	// embedded in it, are strings, integers, booleans or structs. Two different structs must also have
	// different texts (%v).
	Fields any
	// WithPassword says that the caller verifies a password before a repetition is answered.
	WithPassword bool
	// Trusted says that the caller has a service key, so that right repetitions have no bound.
	Trusted bool
}

// Claim is the hold of one attempt on a key. The zero value is for a request without a key.
type Claim struct {
	site  int64
	key   string
	id    []byte
	until time.Time // when another attempt may take the key over
}

// Given reports whether the request has a key.
func (c Claim) Given() bool { return c.key != "" }

// Claim claims the request's key before anything is spent. If the same request has inserted
// a user before, Claim returns the user's id (I5). In that case a request with a password
// holds the key until [Keys.Settle], and a request without one has claimed nothing.
func (k *Keys) Claim(ctx context.Context, r Request) (c Claim, user int64, err error) {
	// The random id distinguishes this attempt from one that takes the key over later.
	c = Claim{site: r.Site, key: r.Key, id: make([]byte, 16)}
	if _, err := io.ReadFull(k.rand, c.id); err != nil {
		return Claim{}, 0, fmt.Errorf("idempotency: random claim: %w", err)
	}
	now, mac := k.now(), k.digest(r.Fields)
	c.until = now.Add(claimLife)
	var n int64
	err = k.alone(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		n, err = q.ClaimIdempotencyKey(ctx, db.ClaimIdempotencyKeyParams{
			SiteID: c.site, Key: c.key, RequestMac: mac, Claim: c.id,
			ClaimedUntil: c.until, Now: now, ExpiredBefore: now.Add(-keyLife),
		})
		return err
	})
	// One row: the key was free. lost returns nil for no error.
	if err != nil || n == 1 {
		return c, 0, k.lost(ctx, c, err)
	}
	// The key has a request, which is compared in a second statement: the first one cannot
	// both insert a row and return an existing one.
	replays := int32(maxReplays)
	if r.Trusted {
		replays = math.MaxInt32
	}
	var row db.TryIdempotencyKeyRow
	err = k.alone(ctx, func(ctx context.Context, q *db.Queries) (err error) {
		row, err = q.TryIdempotencyKey(ctx, db.TryIdempotencyKeyParams{
			SiteID: c.site, Key: c.key, RequestMac: mac, Claim: c.id,
			WithPassword: r.WithPassword, // check: replay-counted
			ClaimedUntil: c.until, Now: now, MaxFailures: maxFailures,
			MaxReplays: replays, // check: replay-bounded
		})
		return err
	})
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Claim{}, 0, k.taken(ctx, c, now, replays)
	case err != nil:
		return Claim{}, 0, k.lost(ctx, c, err)
	case !row.Same: // check: key-compared
		return Claim{}, 0, &Refusal{Why: Reused}
	case row.UserID == nil: // an attempt has crashed: this one goes on
		return c, 0, nil
	}
	return c, *row.UserID, nil
}

// lost returns the refusal for an error of a statement that claims the key. If the
// statement's outcome is unknown, the key may be held, and it is released, because the
// attempt ends here.
func (k *Keys) lost(ctx context.Context, c Claim, err error) error {
	if !errors.Is(err, postgres.ErrOutcomeUnknown) {
		return err
	}
	// Either of two statements may have claimed the key. Both are undone, since each of these
	// calls is a no-op for the claim of the other statement.
	_ = k.Settle(ctx, c, true, true)
	held := k.Release(ctx, c) // check: lost-claim-released
	return &Refusal{Why: Lost, RetryAfter: max(held, 2*time.Second), Err: err}
}

// taken returns the refusal for a key that cannot be tried now: another attempt holds it,
// or its failures or replays are used up.
func (k *Keys) taken(ctx context.Context, c Claim, now time.Time, replays int32) error {
	state, err := k.queries.IdempotencyKeyState(ctx, db.IdempotencyKeyStateParams{SiteID: c.site, Key: c.key})
	switch {
	case errors.Is(err, pgx.ErrNoRows): // it was released a moment ago
		return inProgress(0)
	case err != nil:
		return err
	case state.Failures >= maxFailures:
		return &Refusal{Why: Reused}
	case state.Replays >= replays:
		return &Refusal{Why: Exhausted, RetryAfter: max(state.CreatedAt.Add(keyLife).Sub(now), time.Second)}
	}
	return inProgress(state.ClaimedUntil.Sub(now))
}

// Settle releases the key after a repetition with a password, even if the client has
// disconnected. giveBack says that the repetition is not a failure: its password was right, or
// could not be verified. unverified says the latter, in which case it is not a replay either.
// If the claim has expired, another attempt may hold the key, and the request is refused.
func (k *Keys) Settle(ctx context.Context, c Claim, giveBack, unverified bool) error {
	// Two seconds: if the database does not answer by then, the claim expires by itself.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	p := db.SettleReplayParams{SiteID: c.site, Key: c.key, Claim: c.id, Now: k.now()}
	if giveBack {
		p.GivenBack = 1
	}
	if unverified {
		p.ReplayGivenBack = 1
	}
	n, err := k.queries.SettleReplay(ctx, p)
	if err == nil && n == 0 {
		return inProgress(claimLife)
	}
	return err
}

// Remember stores the user's id with the key, in the transaction that inserts the user.
func (c Claim) Remember(ctx context.Context, q *db.Queries, user int64, now time.Time) error {
	if c.key == "" {
		return nil
	}
	// If there is no row, the claim has expired and another attempt has the key. The error
	// rolls the transaction back, and so the insertion of the user.
	n, err := q.RememberUser(ctx, db.RememberUserParams{SiteID: c.site, Key: c.key, Claim: c.id, UserID: user, Now: now})
	if err == nil && n == 0 {
		return inProgress(claimLife)
	}
	return err
}

// Release releases the key, even if the client has disconnected, so that a repetition can
// try anew. It returns how long the key stays held if that fails, and 0 if it is free.
func (k *Keys) Release(ctx context.Context, c Claim) (held time.Duration) {
	if c.key == "" {
		return 0
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	p := db.ReleaseIdempotencyKeyParams{SiteID: c.site, Key: c.key, Claim: c.id}
	if k.queries.ReleaseIdempotencyKey(ctx, p) != nil {
		return k.Held(c)
	}
	return 0
}

// Held returns how long the claim may still hold its key.
func (k *Keys) Held(c Claim) time.Duration {
	if c.key == "" {
		return 0
	}
	return max(c.until.Sub(k.now()), 0)
}

// digest returns a keyed digest of a request. It covers the name and the value of each field
// that is not zero, with their length in front, so that no two requests have the same input.
// It uses reflection, so that a new field is covered without a change here. Zero fields are
// left out, so that versions with and without a new field compute the same digest for a
// request that does not use it.
func (k *Keys) digest(fields any) []byte {
	// The fields are in the order of the struct. Moving one changes the digests, like a new label.
	h := hmac.New(sha256.New, k.mac) // check: digest-keyed
	all := reflect.ValueOf(fields)
	for _, field := range reflect.VisibleFields(all.Type()) {
		// The fields of an embedded struct follow it, each with its own length: printed as one value, they
		// could be mistaken for each other.
		value := all.FieldByIndex(field.Index)
		if !field.Anonymous && !value.IsZero() { // check: digest-embedded
			// With its length, so that a value cannot look like the next field.
			part := fmt.Appendf(nil, "%s=%v", field.Name, value)
			h.Write(binary.AppendUvarint(nil, uint64(len(part))))
			h.Write(part)
		}
	}
	return h.Sum(nil)
}

// Purge deletes keys that have expired: 1,000 at most. It returns their number. Replicas may
// purge at the same time.
func (k *Keys) Purge(ctx context.Context) (int64, error) {
	return k.queries.PurgeIdempotencyKeys(ctx, db.PurgeIdempotencyKeysParams{ExpiredBefore: k.now().Add(-keyLife)})
}

// alone runs a step that is one statement and a transaction by itself.
func (k *Keys) alone(ctx context.Context, step func(ctx context.Context, q *db.Queries) error) error {
	return postgres.Alone(ctx, k.pool, func(ctx context.Context, conn *pgxpool.Conn) error {
		return step(ctx, db.New(conn))
	})
}
