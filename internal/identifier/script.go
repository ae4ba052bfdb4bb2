package identifier

import (
	"slices"
	"unicode"
)

// scripts is a set of scripts and writing systems, with one bit for each. All bits
// are set for characters of all scripts, such as ASCII digits.
type scripts uint64

// mixing are the writing systems whose names may also have Latin letters.
const mixing = scriptJapanese | scriptKorean | scriptHanBopomofo

// span is a range of permitted code points that are used in the same scripts.
type span struct {
	lo, hi rune
	used   scripts
}

// scriptsOf returns the scripts that r is used in, 0 if r is not permitted.
func scriptsOf(r rune) scripts {
	i, found := slices.BinarySearchFunc(spans[:], r, func(s span, r rune) int {
		switch {
		case s.hi < r:
			return -1
		case s.lo > r:
			return 1
		}
		return 0
	})
	if !found {
		return 0
	}
	return spans[i].used
}

// isPermitted reports whether r is a letter, mark or digit that may be in a user
// name.
func isPermitted(r rune) bool { return scriptsOf(r) != 0 }

// oneScript reports whether name is highly restrictive by UTS 39, 5.2, and has the
// digits of one decimal system only (5.3). It ignores characters that are not
// permitted.
func oneScript(name string) bool {
	// The scripts that all letters share, and those that all but the Latin ones share.
	all, rest := ^scripts(0), ^scripts(0)
	var zero rune
	for _, r := range name {
		used := scriptsOf(r)
		if used == 0 {
			continue
		}
		all &= used
		if used != scriptLatin {
			rest &= used
		}
		if unicode.IsDigit(r) {
			if zero != 0 && zeroOf(r) != zero {
				return false
			}
			zero = zeroOf(r)
		}
	}
	return all != 0 || rest&mixing != 0
}

// zeroOf returns the zero of the decimal system of digit r. The ten digits of a
// system have consecutive code points.
func zeroOf(r rune) rune {
	for unicode.IsDigit(r - 1) {
		r--
	}
	return r
}
