package password

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"

	"github.com/enroll-project/enroll/internal/admission"
)

// Seat is the promise that one password will be hashed, soon. It is asked for
// before anything is spent on a request, so that a request that cannot be hashed
// for in time costs nothing, and one that was admitted is not refused any more
// (unless hashing becomes slower meanwhile).
//
// A seat is for one goroutine and one use: the first of its methods uses it up.
// Each seat is given up by [Seat.Leave], used or not.
type Seat struct {
	hasher  *Hasher
	promise *admission.Promise
}

// Admit promises a hash of the configured cost for a class, or returns a
// [*admission.BusyError] at once. It returns the context's error, wrapped, if that has
// ended.
func (h *Hasher) Admit(ctx context.Context, class admission.Class) (*Seat, error) {
	p, err := h.gate.Admit(ctx, class, h.params.effort())
	if err != nil {
		return nil, err
	}
	return &Seat{hasher: h, promise: p}, nil
}

// Leave gives an unused seat to somebody else. It does nothing for a nil seat
// and for one that was used.
func (s *Seat) Leave() {
	if s != nil {
		s.hasher.gate.Withdraw(s.promise)
	}
}

// Hash is [Hasher.Hash] for whoever has a seat.
func (s *Seat) Hash(ctx context.Context, normalized string) (phc string, err error) {
	fresh := record{params: s.hasher.params, salt: make([]byte, saltLength)}
	if _, err := io.ReadFull(s.hasher.rand, fresh.salt); err != nil {
		return "", fmt.Errorf("password: salt: %w", err)
	}
	fresh.key, err = s.compute(ctx, normalized, fresh.salt, fresh.params, keyLength)
	if err != nil {
		return "", err
	}
	return fresh.String(), nil
}

// Verify tells whether a stored hash is that of a password. If it is, stale
// tells that the hash was not made as [Seat.Hash] makes it now (other cost, or
// bcrypt, of which $2a$, $2b$ and $2y$ up to cost 14 are known), so that the
// caller should hash the password again and store that.
//
// A bcrypt hash matches no password of more than 72 bytes, because bcrypt does not
// look at the rest. A malformed hash and one that asks for too much work give
// [ErrBadHash], and nothing is computed.
func (s *Seat) Verify(ctx context.Context, phc, normalized string) (ok, stale bool, err error) {
	if old, err := parseBcrypt(phc); err == nil {
		ok, err = s.verifyBcrypt(ctx, old, normalized)
		return ok, ok, err
	}
	stored, err := parsePHC(phc)
	if err != nil {
		return false, false, err
	}
	key, err := s.compute(ctx, normalized, stored.salt, stored.params, len(stored.key))
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(key, stored.key) == 1
	current := stored.params == s.hasher.params && len(stored.salt) == saltLength && len(stored.key) == keyLength
	return ok, ok && !current, nil
}

func (s *Seat) verifyBcrypt(ctx context.Context, stored bcryptHash, normalized string) (ok bool, err error) {
	err = s.hasher.gate.Run(ctx, s.promise, stored.effort(), func(int) { ok = stored.matches(normalized) })
	return ok, err
}

// VerifyNobody costs what [Seat.Verify] costs for a current hash, and matches
// nothing. A login calls it where there is no such user, or the user has no
// password, so that the time it takes does not tell (ASVS 6.3.8).
func (s *Seat) VerifyNobody(ctx context.Context, normalized string) error {
	_, err := s.compute(ctx, normalized, make([]byte, saltLength), s.hasher.params, keyLength)
	return err
}

func (s *Seat) compute(ctx context.Context, password string, salt []byte, params Params, length int) (key []byte, err error) {
	err = s.hasher.gate.Run(ctx, s.promise, params.effort(), func(slot int) {
		key = s.hasher.derive(slot, []byte(password), salt, params, uint32(length))
	})
	return key, err
}
