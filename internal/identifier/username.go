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

// maxUserNameInput bounds, in bytes, what is looked at at all: 32 code points
// of four bytes, twice over for input that is not in NFC.
const maxUserNameInput = 256

// maxMarks is how many nonspacing marks may follow one letter in NFD (UTS 39,
// 5.4).
const maxMarks = 4

// Why a user name is refused. A name that breaks several rules is refused for
// one of them.
var (
	ErrUserNameTooShort     = errors.New("user name: fewer than 2 characters")
	ErrUserNameTooLong      = errors.New("user name: more than 32 characters")
	ErrUserNameCharacter    = errors.New("user name: a character that is not allowed there")
	ErrUserNameMixedScripts = errors.New("user name: more than one script or writing direction")
	ErrUserNameAllDigits    = errors.New("user name: no letter")
	ErrUserNameReserved     = errors.New("user name: reserved")
)

// UserName is a name that a person may have. The package documentation says
// what each form is for.
type UserName struct {
	// Display is the name as chosen, for people to see: at most 32 code points
	// and 128 bytes.
	Display string
	// Key is the canonical form, unique per site: at most 32 code points and
	// 128 bytes. ParseUserName(Key) has the same Key.
	Key string
	// Skeleton is what Display looks like, unique per site; it is not for
	// people to see. At most [MaxSkeleton] bytes.
	Skeleton string
}

// ParseUserName returns the forms of a user name, or one of the ErrUserName
// errors.
//
// A name has 2 to 32 letters and digits of one script, where Han, Japanese,
// Korean and Bopomofo names may have Latin letters too (UTS 39 "highly
// restrictive"), with single `_`, `.` or `-` between them. It has at least one
// letter, and is no reserved word, nor looks like one.
func ParseUserName(s string) (UserName, error) {
	if len(s) > maxUserNameInput {
		return UserName{}, ErrUserNameTooLong
	}
	if s == "" {
		return UserName{}, ErrUserNameTooShort
	}
	display, err := precis.UsernameCasePreserved.String(s)
	if err != nil {
		return UserName{}, precisReason(s, err)
	}
	if err := checkUserName(display); err != nil {
		return UserName{}, err
	}
	key, err := userNameKey(display)
	if err != nil {
		return UserName{}, err
	}
	if key != display {
		if err := checkUserName(key); err != nil {
			return UserName{}, err
		}
	}
	name := UserName{Display: display, Key: key, Skeleton: skeleton(display)}
	if isReserved(name) {
		return UserName{}, ErrUserNameReserved
	}
	return name, nil
}

// precisReason says why PRECIS refuses s. It looks at directions first, so that
// much of what has no place in a name at all fails for its direction; only what
// has no other fault is blamed on that.
func precisReason(s string, err error) error {
	if !errors.Is(err, bidirule.ErrInvalid) {
		return ErrUserNameCharacter
	}
	return cmp.Or(checkUserName(norm.NFC.String(width.Fold.String(s))), ErrUserNameMixedScripts)
}

// userNameKey folds what a person may type differently on another day. The
// package documentation gives the reasons.
func userNameKey(display string) (string, error) {
	key, err := precis.UsernameCaseMapped.String(display)
	if err != nil {
		return "", precisReason(display, err)
	}
	if !strings.ContainsAny(key, "ς\u0307") {
		return key, nil
	}
	key = strings.ReplaceAll(key, "ς", "σ")
	// A dot that is taken away may leave letter and mark to be composed.
	return norm.NFC.String(withoutSoftDots(key)), nil
}

// checkUserName checks what PRECIS leaves open, on a name that is in NFC.
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
	if strings.IndexFunc(name, isNameLetter) < 0 {
		return ErrUserNameAllDigits
	}
	if !oneScript(name) {
		return ErrUserNameMixedScripts
	}
	return nil
}

// wellShaped reports whether name is made of permitted letters, marks and
// digits, begins with a letter or digit, has separators only one by one between
// them, and marks only on letters: a mark on nothing, on a digit or in heaps
// hides what a name is.
func wellShaped(name string) bool {
	before := '.' // a name begins as if after a separator
	for _, r := range name {
		switch {
		case isSeparator(r):
			if isSeparator(before) {
				return false
			}
		case !isPermitted(r):
			return false
		case unicode.Is(unicode.M, r):
			if !isNameLetter(before) && !unicode.Is(unicode.M, before) {
				return false
			}
		case isSeparator(before) && unicode.Is(unicode.Lm, r):
			return false // a modifier letter modifies; alone it passes for a quotation mark or a dash
		}
		before = r
	}
	return !isSeparator(before) && !heaped(name)
}

// heaped reports whether a letter has more marks than any script needs, or the
// same one twice over (UTS 39, 5.4).
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

// isNameLetter reports whether r is a letter; the Han zero is one, though its
// category is that of a number.
func isNameLetter(r rune) bool { return unicode.IsLetter(r) || r == '〇' }
