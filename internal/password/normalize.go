package password

import (
	"errors"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// maxBytes bounds the input of NFC, which costs time in proportion to it. 128 code
// points of 4 bytes are 512 bytes. The rest is for decomposed forms, which NFC
// shortens: of Hangul, whose forms are the longest, 113 syllables fit.
const maxBytes = 1024

// ErrInvalid reports a password that is not text: invalid UTF-8, or U+0000, at which
// implementations of bcrypt in C stop reading.
var ErrInvalid = errors.New("password: not valid text")

// Normalize returns the form of a typed password that is hashed: NFC, nothing
// else (NIST SP 800-63B-4 §3.1.1.2). A login calls it alone, without the policy, so
// that a password chosen under an older policy goes on working.
//
// It refuses with [ErrInvalid] what is not valid UTF-8 or holds U+0000, and with
// [ErrTooLong] more than 1,024 bytes as received or more than [MaxLength] code
// points after NFC. This package has never hashed such a password. A user that was
// imported with such a password has to set a new one.
func Normalize(password string) (string, error) {
	if len(password) > maxBytes { // check: password-whole
		return "", ErrTooLong
	}
	if !utf8.ValidString(password) || strings.IndexByte(password, 0) >= 0 { // check: password-nul
		return "", ErrInvalid
	}
	normal := norm.NFC.String(password) // check: password-nfc
	if utf8.RuneCountInString(normal) > MaxLength {
		return "", ErrTooLong
	}
	return normal, nil
}

// fold returns the form in which words are compared, full Unicode case folding
// of NFC text. It is used for comparing only, never for hashing.
func fold(word string) string {
	if isASCII(word) {
		return strings.ToLower(word)
	}
	// Folding can decompose (U+0130 gives i and a dot above), so NFC is applied twice. Each call makes
	// its own Caser, because the package does not document that one may be shared.
	return norm.NFC.String(cases.Fold().String(norm.NFC.String(word)))
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
