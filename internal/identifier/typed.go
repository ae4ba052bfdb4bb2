package identifier

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"
)

// The joiners of Unicode. Persian and the scripts of India and Sri Lanka need them to
// spell words; by themselves they are invisible.
const (
	nonJoiner = '\u200c'
	joiner    = '\u200d'
)

// The Mongolian vowel separator and the selectors of variant letters choose the form of
// the letter before them.
const mongolianForms = "\u180b\u180c\u180d\u180f\u180e"

// letterPairsTyped replaces letters that keyboards type as one character. PRECIS refuses
// them, because Unicode gives them a compatibility decomposition: the Thai and Lao vowel
// am, two Lao letters and the Armenian ew. The replacement is the mapping of UTS 46.
var letterPairsTyped = strings.NewReplacer("ำ", "ํา", "ຳ", "ໍາ", "ໜ", "ຫນ", "ໝ", "ຫມ", "և", "եւ")

// shown returns the Display of a user name that was typed: NFC without full-width and half-width
// variants, as in PRECIS. Unlike PRECIS it keeps joiners and the letters of letterPairsTyped.
func shown(typed string) string { return norm.NFC.String(width.Fold.String(typed)) }

// compared returns the text that stands for a Display in PRECIS, in Key and in
// Skeleton. It has letters without compatibility decomposition, a nikhahit and a tone
// mark in one order (tonesFirst), and neither punctuation nor joiners where spelling
// needs them. Those elsewhere stay, so that the name is refused.
func compared(display string) string {
	if isASCII(display) {
		return display
	}
	return norm.NFC.String(withoutJoiners(withoutPunctuation(tonesFirst(letterPairsTyped.Replace(display)))))
}

// tonesFirst swaps a nikhahit and the tone mark after it if a vowel aa follows. People
// type both orders. They look alike, and normalization does not make them equal.
func tonesFirst(s string) string {
	runes := []rune(s)
	for i := 0; i+2 < len(runes); i++ {
		nikhahit, tone, aa := runes[i], runes[i+1], runes[i+2]
		thai := nikhahit == 'ํ' && '่' <= tone && tone <= '๋' && aa == 'า'
		lao := nikhahit == 'ໍ' && '່' <= tone && tone <= '໋' && aa == 'າ'
		if thai || lao {
			runes[i], runes[i+1] = tone, nikhahit
		}
	}
	return string(runes)
}

// punctuation has the marks that spelling needs within the names of some languages: the
// Catalan dot, geresh and gershayim of Hebrew, the Tibetan tsheg in both forms, and the
// Katakana dot.
const punctuation = "·׳״་༌・"

// withoutPunctuation removes the marks of punctuation where they spell a name. The two
// spellings of a name, with a mark and without it, are one name: the marks are small, and
// many keyboards do not have them.
func withoutPunctuation(s string) string {
	if !strings.ContainsAny(s, punctuation) {
		return s
	}
	runes := []rune(s)
	kept := make([]rune, 0, len(runes))
	for i, r := range runes {
		before, after := rune(0), rune(0)
		if i > 0 {
			before = runes[i-1]
		}
		if i+1 < len(runes) {
			after = runes[i+1]
		}
		if !spells(before, r, after) { // check: name-punctuation
			kept = append(kept, r)
		}
	}
	return string(kept)
}

// spells reports whether r is a mark of punctuation that spelling needs between two
// characters; 0 stands for no character. The rules are those of RFC 5892, A.3 and A.5 to
// A.7, but a gershayim stands within a word and a Katakana dot next to a Japanese letter.
// The RFC allows the tsheg anywhere (section 2.6) and this function only after a Tibetan
// letter: a name has one between two syllables, and often one at the end. U+0F0C is the same
// mark without a line break, which UTS 46 maps to it.
func spells(before, r, after rune) bool {
	switch r {
	case '·':
		return (before == 'l' || before == 'L') && (after == 'l' || after == 'L')
	case '׳':
		return isWritten(before, unicode.Hebrew)
	case '״':
		return isWritten(before, unicode.Hebrew) && isWritten(after, unicode.Hebrew)
	case '་', '༌':
		return isWritten(before, unicode.Tibetan)
	case '・':
		between := unicode.In(before, unicode.L, unicode.M) && unicode.IsLetter(after)
		return between && (isJapanese(before) || isJapanese(after))
	}
	return false
}

// isWritten reports whether r is a letter, or a mark on one, of a script.
func isWritten(r rune, script *unicode.RangeTable) bool {
	return unicode.Is(script, r) && unicode.In(r, unicode.L, unicode.M)
}

// isJapanese reports whether r is of a script of Japanese. The mark of a long vowel belongs
// to two of them, so Unicode gives it none.
func isJapanese(r rune) bool {
	return r == longVowel || unicode.In(r, unicode.Hiragana, unicode.Katakana, unicode.Han)
}

// withoutJoiners removes joiners after a virama (RFC 5892, A.1 and A.2), a non-joiner
// between two Arabic letters, a joiner between a Bengali ra and its virama, and the
// mongolianForms after Mongolian letters. The RFC allows the second only after a letter
// that joins, and has neither the third nor the fourth. People type all of them. A release
// of x/text refuses a joiner after a virama at the end of a name.
func withoutJoiners(s string) string {
	if !strings.ContainsFunc(s, isJoiner) {
		return s
	}
	runes := []rune(s)
	kept := make([]rune, 0, len(runes))
	base := rune(0) // the letter before, without its marks
	for i, r := range runes {
		if isJoiner(r) && i > 0 {
			after := rune(0)
			if i+1 < len(runes) {
				after = runes[i+1]
			}
			if joins(base, runes[i-1], r, after) { // check: name-joiner
				continue
			}
		}
		if unicode.IsLetter(r) {
			base = r
		} else if !unicode.Is(unicode.M, r) {
			base = 0
		}
		kept = append(kept, r)
	}
	return string(kept)
}

// joins reports whether r is a joiner that spelling needs after the letter base, with
// before and after as its neighbors.
func joins(base, before, r, after rune) bool {
	switch r {
	case nonJoiner:
		return isVirama(before) || unicode.Is(unicode.Arabic, base) && unicode.Is(unicode.Arabic, after)
	case joiner:
		return isVirama(before) || before == 'র' && after == '্'
	case '\u180e':
		return unicode.Is(unicode.Mongolian, before) && unicode.IsLetter(after)
	}
	return unicode.Is(unicode.Mongolian, before) && unicode.IsLetter(before)
}

func isJoiner(r rune) bool {
	return r == joiner || r == nonJoiner || strings.ContainsRune(mongolianForms, r)
}

// isVirama reports whether r is a mark that kills a vowel: canonical combining class 9.
func isVirama(r rune) bool { return norm.NFC.PropertiesString(string(r)).CCC() == 9 }
