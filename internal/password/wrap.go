package password

import (
	"context"
	"strings"

	"github.com/enroll-project/enroll/internal/password/foreign"
)

// wrapPrefix begins a wrapped hash: argon2id over the hash of another system that is too weak to be stored. After it
// come the function and the salt of the weak hash, and then the PHC string of argon2id.
const wrapPrefix = "$wrapped$"

// Weak reports whether a hash of another system is one that [Hasher.Wrap] must hash before it is stored.
func Weak(written string) bool {
	_, _, ok := foreign.ReadWeak(written)
	return ok
}

// Wrap returns the wrapped form of a weak hash, with a new salt. It costs what [Hasher.Hash] costs, and returns
// [ErrBadHash] if the hash is not weak. A thief of the database then has to compute argon2id for each guess. A thief
// that has the weak hash from the other system can still guess passwords by that hash.
func (h *Hasher) Wrap(ctx context.Context, written string) (stored string, err error) {
	weak, sum, ok := foreign.ReadWeak(written)
	if !ok {
		return "", ErrBadHash
	}
	outer, err := h.Hash(ctx, sum)
	if err != nil {
		return "", err
	}
	return wrapPrefix + weak.String() + outer, nil
}

// unwrap returns the PHC string of a wrapped hash, and the text that argon2id must hash to compare with it: the weak
// hash of the typed password. For any other hash it returns its arguments.
func unwrap(stored, typed string) (phc, hashed string, wrapped bool) {
	rest, ok := strings.CutPrefix(stored, wrapPrefix)
	if !ok {
		return stored, typed, false
	}
	inner, outer, _ := strings.Cut(rest, phcPrefix)
	// A malformed wrapped hash is returned as it is. The parser of PHC strings then refuses it.
	weak, ok := foreign.ParseWeak(inner)
	if !ok {
		return stored, typed, false
	}
	return phcPrefix + outer, weak.Of(typed), true // check: wrap-inner
}
