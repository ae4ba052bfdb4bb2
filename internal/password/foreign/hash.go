package foreign

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/enroll-project/enroll/internal/admission"
)

// Hash is a stored hash, parsed. Its methods do not change it, so goroutines may share it.
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

// Bounds of the parts of a hash, in bytes. A shorter key than 16 bytes could be matched by chance or by search. A salt
// may be shorter than that of a new hash, because other systems have such salts, and the next login replaces the hash.
const (
	minSalt, maxSalt = 1, 64
	minKey, maxKey   = 16, 64
)

// Parse parses a stored hash, and returns nil if it is malformed, of no known format, or over a cap of its cost.
func Parse(stored string) Hash {
	// Only the spelling that String writes is accepted. An import stores that one, so any other text in a row was put
	// there by something else.
	h := Read(stored)
	if h == nil || h.String() != stored { // check: foreign-spelling
		return nil
	}
	return h
}

// Read parses a hash as another system has written it. It accepts more spellings than Parse, and returns nil for the
// same reasons.
func Read(text string) Hash {
	if len(text) > maxText {
		return nil
	}
	text = cryptName(text)
	// No prefix begins with another one, so the order of the cases does not matter.
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
	case strings.HasPrefix(text, "$fbscrypt$"):
		return readFbscrypt(text)
	case strings.HasPrefix(text, "$5$"), strings.HasPrefix(text, "$6$"):
		return readSHACrypt(text)
	}
	return nil
}

// cryptName returns a hash of crypt(3) with the name that crypt(3) has for its function. Kratos writes other names.
func cryptName(text string) string {
	// Any other text stays as it is.
	for _, name := range [][2]string{{"$md5-crypt$", "$1$"}, {"$sha256-crypt$", "$5$"}, {"$sha512-crypt$", "$6$"}} {
		if rest, found := strings.CutPrefix(text, name[0]); found {
			return name[1] + rest
		}
	}
	return text
}

// within reports whether a part has an allowed length.
func within(part []byte, shortest, longest int) bool {
	return shortest <= len(part) && len(part) <= longest
}

// number reads a positive number of at most nine digits, which fits into 32 bits. It refuses a leading zero, so that
// each number has one spelling.
func number(text string) (n int, ok bool) {
	// The characters are checked here, because strconv.Atoi also accepts a sign.
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
	// Strict refuses a last character with bits that are not part of a byte: they would be lost in String.
	part, err := base64.RawStdEncoding.Strict().DecodeString(text)
	return part, err == nil
}
