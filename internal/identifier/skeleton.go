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
	return norm.NFC.String(withoutSoftDots(norm.NFD.String(dashes(b.String()))))
}

// dashes replaces the mark of a long vowel by a hyphen if it stands between ASCII letters or
// digits. The mark may also stand for the Han digit 一, whose prototype it is (UTS 39).
func dashes(look string) string {
	if !strings.ContainsRune(look, longVowel) {
		return look
	}
	runes := []rune(look)
	for i, r := range runes {
		if r == longVowel && i > 0 && i < len(runes)-1 && isASCIIAlphanumeric(runes[i-1]) && isASCIIAlphanumeric(runes[i+1]) {
			runes[i] = '-'
		}
	}
	return string(runes)
}

// longVowel is the Katakana-Hiragana prolonged sound mark, U+30FC.
const longVowel = 'ー'

// looksSeveral reports whether a name has an ambiguous letter that may be taken for an
// ASCII letter or digit: if the name has an ASCII letter or digit, or if all of it looks
// like ASCII. Such a name looks like several names, and its skeleton can equal only one.
func looksSeveral(display, skeleton string) bool {
	return strings.ContainsAny(display, ambiguous) &&
		(isASCII(skeleton) || strings.ContainsFunc(display, isASCIIAlphanumeric))
}

func isASCIIAlphanumeric(r rune) bool { return r < 0x80 && isAlphanumeric(byte(r)) }

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
