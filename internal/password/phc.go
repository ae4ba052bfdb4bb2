package password

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/enroll-project/enroll/internal/password/foreign"
)

// ErrBadHash reports a stored hash that is neither a well-formed PHC string of argon2id
// nor a hash of package foreign, or whose cost is over a cap. The stored data is wrong. This is
// found before any hash is computed.
var ErrBadHash = errors.New("password: stored hash is malformed or too costly")

// Bounds of the parts of a stored argon2id hash, in bytes. The reference implementation
// in C refuses salts shorter than 8, too. A key of 16 bytes has 128 bits of security.
const (
	minSaltLength, maxSaltLength = 8, 64
	minKeyLength, maxKeyLength   = 16, 64
)

const (
	phcPrefix = "$argon2id$v=19$" // version 0x13, the only one of RFC 9106
	// maxPHCLength bounds what is parsed. The longest hash within the caps has 205 bytes.
	maxPHCLength = 256
)

// phcEncoding is PHC's "B64": the standard alphabet without padding. Strict
// refuses stray trailing bits, so that each hash has one spelling.
var phcEncoding = base64.RawStdEncoding.Strict()

// record is a stored argon2id hash, taken apart.
type record struct {
	params    Params
	salt, key []byte
}

// String returns the PHC string. It is the inverse of parsePHC.
func (r record) String() string {
	return fmt.Sprintf("%sm=%d,t=%d,p=%d$%s$%s", phcPrefix,
		r.params.Memory, r.params.Passes, r.params.Threads,
		phcEncoding.EncodeToString(r.salt), phcEncoding.EncodeToString(r.key))
}

// parsePHC takes apart an argon2id hash in PHC format. It accepts exactly what
// String writes, with every number and length in its bounds.
func parsePHC(stored string) (record, error) {
	rest, ok := strings.CutPrefix(stored, phcPrefix)
	if !ok || len(stored) > maxPHCLength {
		return record{}, ErrBadHash
	}
	costs, rest, _ := strings.Cut(rest, "$")
	params, err := parseParams(costs)
	if err != nil {
		return record{}, err
	}
	salt64, key64, _ := strings.Cut(rest, "$")
	salt, err := decodePart(salt64, minSaltLength, maxSaltLength)
	if err != nil {
		return record{}, err
	}
	key, err := decodePart(key64, minKeyLength, maxKeyLength)
	if err != nil {
		return record{}, err
	}
	return record{params: params, salt: salt, key: key}, nil
}

// parseParams reads "m=19456,t=2,p=1": all three, in this order.
func parseParams(text string) (Params, error) {
	if strings.Count(text, ",") != 2 {
		return Params{}, ErrBadHash
	}
	var numbers [3]uint32
	for i, name := range [...]string{"m=", "t=", "p="} {
		field, rest, _ := strings.Cut(text, ",")
		digits, ok := strings.CutPrefix(field, name)
		// A leading zero would give a number two spellings. This also refuses 0, which no
		// parameter may be.
		if !ok || strings.HasPrefix(digits, "0") {
			return Params{}, ErrBadHash
		}
		number, err := strconv.ParseUint(digits, 10, 32)
		if err != nil {
			return Params{}, ErrBadHash
		}
		numbers[i], text = uint32(number), rest
	}
	if numbers[2] > maxThreads {
		return Params{}, ErrBadHash // before it is cut to 8 bits
	}
	params := Params{Memory: numbers[0], Passes: numbers[1], Threads: uint8(numbers[2])}
	if !params.allowed() {
		return Params{}, ErrBadHash
	}
	return params, nil
}

func decodePart(text string, shortest, longest int) ([]byte, error) {
	// The decoder skips line breaks, which would give one hash many spellings.
	if strings.ContainsAny(text, "\r\n") {
		return nil, ErrBadHash
	}
	part, err := phcEncoding.DecodeString(text)
	if err != nil || len(part) < shortest || len(part) > longest {
		return nil, ErrBadHash
	}
	return part, nil
}

// Stored returns the form in which a hash is stored that another system has written. ok is false if [Job.Verify] could
// not verify it: it is malformed, of an unknown format, over a cap, or [Weak]. An import calls Stored, so that no user
// gets a hash with which no login can succeed.
func Stored(written string) (stored string, ok bool) {
	phc, _, _ := unwrap(written, "")
	if _, err := parsePHC(phc); err == nil {
		return written, true
	}
	if hash := foreign.Read(written); hash != nil {
		return hash.String(), true
	}
	return "", false
}
