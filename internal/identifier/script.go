package identifier

import (
	"slices"
	"unicode"
)

// scripts is a set of scripts and writing systems, one bit each; all bits are
// set for what stands in every script, such as ASCII digits.
type scripts uint64

// mixing are the writing systems that may have Latin letters among their own.
const mixing = scriptJapanese | scriptKorean | scriptHanBopomofo

// span is a run of permitted code points that are used in the same scripts.
type span struct {
	lo, hi rune
	used   scripts
}

// scriptsOf returns the scripts that r is used in, none if r is not permitted.
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

// isPermitted reports whether r is a letter, mark or digit that a user name may
// have.
func isPermitted(r rune) bool { return scriptsOf(r) != 0 }

// oneScript reports whether name is highly restrictive in the sense of UTS 39,
// 5.2, and has the digits of one decimal system (5.3). Other characters than
// permitted ones do not count.
func oneScript(name string) bool {
	all, rest := ^scripts(0), ^scripts(0) // what all letters share; what those share that are not Latin
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

// zeroOf returns the zero of the decimal system of digit r; the ten digits of a
// system are neighbours.
func zeroOf(r rune) rune {
	for unicode.IsDigit(r - 1) {
		r--
	}
	return r
}
