package identifier

import (
	"cmp"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/bidirule"
	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// Bounds of a user name, in code points of Display and of Key.
const (
	MinUserName = 2
	MaxUserName = 32
)

// maxUserNameInput bounds the input in bytes: 32 code points of four bytes, and twice
// as much because input in NFD is longer than in NFC.
const maxUserNameInput = 256

// maxMarks is the largest number of nonspacing marks after a letter in NFD (UTS 39,
// 5.4).
const maxMarks = 4

// Errors of ParseUserName. If a name breaks several rules, the error is that of one of them.
var (
	ErrUserNameTooShort     = errors.New("user name: fewer than 2 characters")
	ErrUserNameTooLong      = errors.New("user name: more than 32 characters")
	ErrUserNameCharacter    = errors.New("user name: a character that is not allowed there")
	ErrUserNameMixedScripts = errors.New("user name: more than one script or writing direction")
	ErrUserNameAllDigits    = errors.New("user name: no letter")
	ErrUserNameReserved     = errors.New("user name: reserved")
)

// UserName is a valid user name in its three forms, which the package documentation
// describes.
type UserName struct {
	// Display is the name as it is shown: at most 32 code points and 128 bytes.
	Display string
	// Key is the canonical form, unique per site: at most 32 code points and 128
	// bytes. ParseUserName(Key) has the same Key.
	Key string
	// Skeleton is equal for names that look alike, and unique per site: at most
	// [MaxSkeleton] bytes. It must not be shown.
	Skeleton string
}

// ParseUserName returns the forms of a user name, or one of the ErrUserName
// errors.
//
// A name has 2 to 32 letters and digits of one script, with single `_`, `.` or `-`
// between them. Han, Japanese, Korean and Bopomofo names may also have Latin letters
// (UTS 39 "highly restrictive"), except for the few characters that look like several
// of them. It has at least one letter. It is not a reserved word, is not made of words for
// offices such as "admin", does not contain a word of the lists titles and embedded
// (reserved.go), and does not look like such a name.
func ParseUserName(s string) (UserName, error) {
	name, base, err := userNameForms(s)
	if err != nil {
		return UserName{}, err
	}
	// The key is checked, too: the capital İ is not an ASCII letter, but the `i` in its key is.
	if looksSeveral(base, name.Skeleton) || looksSeveral(name.Key, skeleton(name.Key)) { // check: name-beside-latin
		return UserName{}, ErrUserNameMixedScripts
	}
	if isReserved(name, base) { // check: name-reserved
		return UserName{}, ErrUserNameReserved
	}
	return name, nil
}

// HeldUserName returns the forms of a user name that a user may have by earlier rules: a word that is reserved since,
// or letters that look like those of another script. It returns false for a text of a form that no rules have accepted.
func HeldUserName(s string) (UserName, bool) {
	name, _, err := userNameForms(s)
	return name, err == nil
}

// userNameForms returns the forms of a name that is well-formed, and its Display in the form of PRECIS.
func userNameForms(s string) (name UserName, base string, err error) {
	if len(s) > maxUserNameInput {
		return UserName{}, "", ErrUserNameTooLong
	}
	if s == "" {
		return UserName{}, "", ErrUserNameTooShort
	}
	display := shown(s)
	base, err = precis.UsernameCasePreserved.String(compared(display))
	if err != nil {
		return UserName{}, "", precisReason(compared(s), err)
	}
	switch n := utf8.RuneCountInString(display); {
	case n < MinUserName:
		return UserName{}, "", ErrUserNameTooShort
	case n > MaxUserName:
		return UserName{}, "", ErrUserNameTooLong
	}
	if err := checkUserName(base); err != nil {
		return UserName{}, "", err
	}
	key, err := userNameKey(base)
	if err != nil {
		return UserName{}, "", err
	}
	if key != base {
		if err := checkUserName(key); err != nil {
			return UserName{}, "", err
		}
	}
	return UserName{Display: display, Key: key, Skeleton: skeleton(base)}, base, nil // check: name-skeleton
}

// precisReason returns the error for a name that PRECIS refuses. PRECIS checks the
// writing direction first, so that many characters that are not permitted fail for
// their direction. The direction is reported only if there is no other error.
func precisReason(s string, err error) error {
	if !errors.Is(err, bidirule.ErrInvalid) {
		return ErrUserNameCharacter
	}
	return cmp.Or(checkUserName(norm.NFC.String(width.Fold.String(s))), ErrUserNameMixedScripts)
}

// userNameKey returns the Key of a name that PRECIS accepts in both cases.
func userNameKey(display string) (string, error) {
	if _, err := precis.UsernameCaseMapped.String(display); err != nil {
		return "", precisReason(display, err)
	}
	return nameKey(display), nil
}

// checkUserName checks the rules that PRECIS does not have, for a name in NFC.
func checkUserName(name string) error {
	switch n := utf8.RuneCountInString(name); {
	case n < MinUserName:
		return ErrUserNameTooShort
	case n > MaxUserName:
		return ErrUserNameTooLong
	}
	if !wellShaped(name) {
		return ErrUserNameCharacter
	}
	if strings.IndexFunc(name, isNameLetter) < 0 { // check: name-phone
		return ErrUserNameAllDigits
	}
	if !oneScript(name) { // check: name-scripts
		return ErrUserNameMixedScripts
	}
	return nil
}

// wellShaped reports whether name has permitted letters, marks and digits only,
// begins with a letter or digit, has single separators between them, and marks on
// letters only. Marks on digits or without a letter, and many on one letter, make a
// name unreadable.
func wellShaped(name string) bool {
	before := '.' // the beginning is treated as after a separator
	for _, r := range name {
		switch {
		case isSeparator(r):
			if isSeparator(before) {
				return false
			}
		case !isPermitted(r): // check: name-characters
			return false
		case unicode.Is(unicode.M, r):
			if !isNameLetter(before) && !unicode.Is(unicode.M, before) {
				return false
			}
		case isSeparator(before) && unicode.Is(unicode.Lm, r):
			return false // a modifier letter without a letter looks like a quotation mark or a dash
		}
		before = r
	}
	return !isSeparator(before) && !heaped(name) // check: name-marks
}

// heaped reports whether a letter has more than maxMarks marks, or the same one twice
// in a row (UTS 39, 5.4).
func heaped(name string) bool {
	marks, before := 0, rune(0)
	for _, r := range norm.NFD.String(name) {
		if !unicode.Is(unicode.Mn, r) {
			marks = 0
		} else if marks++; marks > maxMarks || r == before {
			return true
		}
		before = r
	}
	return false
}

func isSeparator(r rune) bool { return r == '_' || r == '.' || r == '-' }

// isNameLetter reports whether r is a letter. The Han zero counts as a letter,
// although its Unicode category is a number.
func isNameLetter(r rune) bool { return unicode.IsLetter(r) || r == '〇' }
