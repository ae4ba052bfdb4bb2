package password

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/enroll-project/enroll/internal/admission"
	"github.com/enroll-project/enroll/internal/password/foreign"
)

// Job is one hash that was admitted and has not been computed. A request gets its Job
// before it spends a captcha or a code, so that a request that cannot be hashed in time
// spends nothing. An admitted request is hashed, unless its context ends or it waits
// far longer than was estimated (see [admission.Job.Run]).
//
// A Job is for one goroutine and one use: the first of its methods uses it up. Each
// Job ends with [Job.Cancel], used or not.
type Job struct {
	hasher *Hasher
	job    *admission.Job
}

// Admit admits a hash of the configured cost, or returns a
// [*admission.BusyError] at once. It returns the context's error, wrapped, if the
// context has ended.
func (h *Hasher) Admit(ctx context.Context, class admission.Class) (*Job, error) {
	job, err := h.limiter.Admit(ctx, class, h.params.work())
	if err != nil {
		return nil, err
	}
	return &Job{hasher: h, job: job}, nil
}

// Cancel releases the place of an unused job, so that others need not wait for it. It
// is a no-op for a nil Job and for one that was used.
func (j *Job) Cancel() {
	if j != nil {
		j.job.Cancel()
	}
}

// Hash is [Hasher.Hash] for a request that was admitted.
func (j *Job) Hash(ctx context.Context, normalized string) (phc string, err error) {
	fresh := record{params: j.hasher.params, salt: make([]byte, saltLength)}
	if _, err := io.ReadFull(j.hasher.rand, fresh.salt); err != nil { // check: hash-salt
		return "", fmt.Errorf("password: salt: %w", err)
	}
	fresh.key, err = j.compute(ctx, normalized, fresh.salt, fresh.params, keyLength)
	if err != nil {
		return "", err
	}
	return fresh.String(), nil
}

// Verify reports whether a stored hash is that of a password. If it is, stale
// reports that [Job.Hash] would make another kind of hash: the stored one has
// another cost, another length of salt or key, or is of another system (package
// foreign) or wrapped. The caller should then hash the password again and store that.
//
// A bcrypt hash matches no password of more than 72 bytes, because bcrypt ignores the
// rest. For a malformed hash and for one whose cost is over a cap Verify returns
// [ErrBadHash] and computes nothing.
func (j *Job) Verify(ctx context.Context, phc, normalized string) (ok, stale bool, err error) {
	if old := foreign.Parse(phc); old != nil {
		err = j.job.Run(ctx, old.Work(), func(int) { ok = old.Matches(normalized) })
		return ok, ok, err
	}
	phc, hashed, wrapped := unwrap(phc, normalized)
	stored, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	key, err := j.compute(ctx, hashed, stored.salt, stored.params, len(stored.key))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(key, stored.key) == 1 // check: hash-compared
	current := stored.params == j.hasher.params && len(stored.salt) == saltLength && len(stored.key) == keyLength &&
		!wrapped // check: wrap-stale
	return ok, ok && !current, nil // check: hash-stale
}

// VerifyDummy costs what [Job.Verify] costs for a current hash, and matches
// nothing. A login calls it if the user is unknown or has no password, so that the
// time of the answer does not show which names have accounts (ASVS 6.3.8).
func (j *Job) VerifyDummy(ctx context.Context, normalized string) error {
	_, err := j.compute(ctx, normalized, make([]byte, saltLength), j.hasher.params, keyLength) // check: dummy-cost
	return err
}

// compute runs argon2id on a slot. The slot's number selects its memory.
func (j *Job) compute(
	ctx context.Context, password string, salt []byte, params Params, length int,
) (key []byte, err error) {
	err = j.job.Run(ctx, params.work(), func(slot int) {
		key = j.hasher.derive(slot, []byte(password), salt, params, uint32(length))
	})
	return key, err
}
