package foreign

import (
	"encoding/base64"
	"strconv"
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
	// String returns the form that is stored. It begins with a dollar sign, and is the only form that Parse accepts.
	String() string
}

// maxText bounds what is read, in bytes. The longest spelling within the bounds is shorter.
const maxText = 512

// Bounds of the parts of a hash, in bytes. A key of 16 bytes has 128 bits of security. Salts are shorter than a new
// hash may have them: the hash is replaced at the next login.
const (
	minSalt, maxSalt = 1, 64
	minKey, maxKey   = 16, 64
)

// Parse takes a stored hash apart, and returns nil if it is malformed, of no known format, or over a cap of its cost.
func Parse(stored string) Hash {
	// One spelling for each hash, so that a row has what an import has checked and nothing else.
	h := Read(stored)
	if h == nil || h.String() != stored { // check: foreign-spelling
		return nil
	}
	return h
}

// Read takes a hash apart as another system has written it. It accepts more spellings than Parse, and returns nil for
// the same reasons.
func Read(text string) Hash {
	if len(text) > maxText {
		return nil
	}
	// The beginning names the format.
	switch {
	case strings.HasPrefix(text, "$2"):
		return parseBcrypt(text)
	case strings.HasPrefix(text, "$pbkdf2$"), strings.HasPrefix(text, "$pbkdf2-"), strings.HasPrefix(text, "pbkdf2_"):
		return readPBKDF2(text)
	case strings.HasPrefix(text, "$scrypt$"), strings.HasPrefix(text, "$firebase-scrypt$"):
		return readScrypt(text)
	case strings.HasPrefix(text, "scrypt$"):
		return readDjangoScrypt(text)
	case strings.HasPrefix(text, "$firescrypt$"):
		return readFirescrypt(text)
	case strings.HasPrefix(text, "$5$"), strings.HasPrefix(text, "$6$"):
		return readSHACrypt(text)
	}
	return nil
}

// within reports whether a part has an allowed length.
func within(part []byte, shortest, longest int) bool {
	return shortest <= len(part) && len(part) <= longest
}

// number reads a positive number of at most nine digits. A leading zero would give it two spellings.
func number(text string) (n int, ok bool) {
	// Each character is compared, because package strconv accepts signs as well.
	if len(text) > 9 || text == "" || text[0] == '0' || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// decode reads base64 with or without padding, with either alphabet of RFC 4648. passlib writes a dot for a plus sign.
func decode(text string) ([]byte, bool) {
	// The decoder skips line breaks, which no system writes.
	if strings.ContainsAny(text, "\r\n") {
		return nil, false
	}
	text = strings.NewReplacer(".", "+", "-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
	// Strict refuses stray bits in the last character, which would be lost.
	part, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return part, err == nil
}
