package foreign

import (
	"strings"

	"github.com/enroll-project/enroll/internal/admission"
)

// Hash is a stored hash, taken apart. It is not changed after that.
type Hash interface {
	// Matches reports whether the hash is that of the password. It takes the time of one hash, about a second of one
	// core at the most.
	Matches(password string) bool
	// Work is the size of one call of Matches, for admission.
	Work() admission.Work
}

// Parse takes a stored hash apart, and returns nil if it is malformed, of no known format, or over a cap of its cost.
func Parse(stored string) Hash {
	// The beginning names the format.
	if strings.HasPrefix(stored, "$2") {
		return parseBcrypt(stored)
	}
	return nil
}
