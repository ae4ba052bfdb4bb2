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

// lookalike is a code point and the text that it looks like.
type lookalike struct {
	from rune
	to   string
}

// skeleton returns the same string for names that look alike. The package
// documentation lists the differences to UTS 39.
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

// withoutSoftDots removes a combining dot above `i` and `j`. These letters have a dot
// of their own, so that both forms look the same.
func withoutSoftDots(s string) string {
	soft := false // the base letter of the marks is an i or a j
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
