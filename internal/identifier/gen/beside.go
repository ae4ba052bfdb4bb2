package main

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// besideLatin are look-alikes that UTS 39 lacks, among the characters that may stand
// in one name with Latin letters. The first ones were found by comparing the pictures
// of all permitted Han, kana and Bopomofo characters with those of ASCII letters and
// digits, in two typefaces; the others have the same strokes with other proportions.
var besideLatin = map[rune]string{
	'丨': "l", '亅': "j", '乚': "l", '丁': "t", '卩': "p",
	'乂': "x", 'ㄨ': "x", 'メ': "x", '凵': "u", 'ㄩ': "u", '冂': "n", 'ㄇ': "n", '匚': "c", 'ㄈ': "c", '口': "o",
	'工': "i", 'ㄥ': "l", 'し': "l", 'ㄗ': "p", '十': "t", '乙': "z", 'ㄋ': "3", 'ㄧ': "ー",
}

// stroke is a Han stroke, which UTS 39 has as the prototype of the Hangul vowel
// hangulI. Only the stroke can stand beside Latin letters, and there it looks like
// an l. So in this program the vowel is its own prototype.
const (
	stroke  = "丨"
	hangulI = "ᅵ"
)

// prototype returns the prototype of r and whether it has one.
func prototype(r rune, prototypes map[rune][]rune) (string, bool) {
	if s, ok := besideLatin[r]; ok {
		return s, true
	}
	if unicode.Is(unicode.Cherokee, r) {
		r = unicode.ToUpper(r) // the small letters have the shapes of the capitals, and UTS 39 has few of them
	}
	p, ok := prototypes[r]
	return strings.ReplaceAll(string(p), stroke, hangulI), ok && string(p) != stroke
}

// ambiguousBesideLatin returns the letters that look like several ASCII letters or
// digits with different skeletons. The Han zero, for example, looks like an o and a 0.
// The letter's own skeleton can equal only one of theirs.
func ambiguousBesideLatin(letters []rune, prototypes map[rune][]rune) string {
	several := map[rune]bool{[]rune(stroke)[0]: true} // l, I and 1
	for look := range strings.SplitSeq(latinLooks(letters, prototypes), "\n") {
		r, ascii, _ := strings.Cut(look, " ")
		if len(ascii) > 1 {
			several[[]rune(r)[0]] = true
		}
	}
	return string(slices.Sorted(maps.Keys(several)))
}

// latinLooks returns a line for each letter that may stand beside Latin letters and is a
// look-alike of ASCII letters or digits by UTS 39: the letter, a space, and those letters
// and digits in lower case. It does not use resolve, so that a test can compare the tables
// with its result.
func latinLooks(letters []rune, prototypes map[rune][]rune) string {
	base := func(r rune) string {
		if p := prototypes[r]; p != nil {
			return string(p)
		}
		return string(r)
	}
	var lines []string
	for _, r := range letters {
		if r < 0x80 || !unicode.In(r, unicode.Latin, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo) {
			continue
		}
		var same []rune
		for _, c := range "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" {
			if base(c) == base(r) {
				same = append(same, unicode.ToLower(c))
			}
		}
		slices.Sort(same)
		if same = slices.Compact(same); len(same) > 0 {
			lines = append(lines, string(r)+" "+string(same))
		}
	}
	return strings.Join(lines, "\n")
}
