package foreign

import (
	"math"

	"golang.org/x/crypto/bcrypt"

	"github.com/enroll-project/enroll/internal/admission"
)

const (
	bcryptLength   = 60 // of a whole hash, in bytes
	bcryptMaxInput = 72 // bytes of a password that bcrypt reads
	minBcryptCost  = 4
	// maxBcryptCost takes about a second of one core. A stored hash with a higher cost is
	// refused as malformed.
	maxBcryptCost = 14
)

// bcryptHash is a hash by bcrypt.
type bcryptHash struct {
	text string
	cost int
}

// parseBcrypt accepts $2a$, $2b$ and $2y$, with a cost of 4 to 14. The three name the
// same function. The letters date from old versions with bugs.
func parseBcrypt(stored string) Hash {
	if len(stored) != bcryptLength || stored[0] != '$' || stored[1] != '2' || stored[3] != '$' || stored[6] != '$' {
		return nil
	}
	switch stored[2] {
	case 'a', 'b', 'y':
	default:
		return nil
	}
	if !isDigit(stored[4]) || !isDigit(stored[5]) {
		return nil
	}
	for i := 7; i < len(stored); i++ {
		if c := stored[i]; !isDigit(c) && !isLetter(c) && c != '.' && c != '/' {
			return nil
		}
	}
	cost := int(stored[4]-'0')*10 + int(stored[5]-'0')
	if cost < minBcryptCost || cost > maxBcryptCost { // check: bcrypt-cost
		return nil
	}
	return bcryptHash{text: stored, cost: cost}
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// String returns the hash itself.
func (h bcryptHash) String() string { return h.text }

// Matches reports whether the hash is that of the password. bcrypt reads the first
// 72 bytes only, and some of the programs that made such hashes accepted longer
// passwords. Since the whole password must be verified (ASVS 6.2.8), a longer one
// never matches, at the same cost. A user with a phone or a verified email can set
// a new password by a code.
func (h bcryptHash) Matches(password string) bool {
	head := password[:min(len(password), bcryptMaxInput)]
	err := bcrypt.CompareHashAndPassword([]byte(h.text), []byte(head))
	return err == nil && len(password) <= bcryptMaxInput // check: bcrypt-length
}

// Work is the size of one verification for admission. Admission measures the pace of
// bcrypt separately, because the CPU decides how much slower than argon2id it is
// (measured: 2.7 times without AVX-512, 10.6 times with it).
func (h bcryptHash) Work() admission.Work {
	return admission.Work{Algorithm: admission.Bcrypt, Units: math.Ldexp(1, h.cost)}
}
