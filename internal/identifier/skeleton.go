package identifier

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// MaxSkeleton bounds the Skeleton of a [UserName] in bytes.
const MaxSkeleton = 1024

// lookalike says what a code point looks like.
type lookalike struct {
	from rune
	to   string
}

// skeleton returns what a user name looks like: the same string for any two
// that the eye cannot tell apart. The package documentation says where it
// departs from UTS 39.
func skeleton(display string) string {
	if isASCII(display) {
		return strings.ToLower(display)
	}
	var b strings.Builder
	for _, r := range norm.NFD.String(display) {
		switch i, found := slices.BinarySearchFunc(lookalikes[:], r, byCodePoint); {
		case r < 0x80:
			b.WriteRune(unicode.ToLower(r))
		case found:
			b.WriteString(lookalikes[i].to)
		default:
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(withoutSoftDots(norm.NFD.String(b.String())))
}

func byCodePoint(l lookalike, r rune) int { return cmp.Compare(l.from, r) }

// withoutSoftDots removes a dot above from `i` and `j`, which have one already:
// the two are drawn alike.
func withoutSoftDots(s string) string {
	soft := false // the letter that the marks stand on is an i or a j
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\u0307' && soft:
			return -1
		case !unicode.Is(unicode.M, r):
			soft = r == 'i' || r == 'j'
		}
		return r
	}, s)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
