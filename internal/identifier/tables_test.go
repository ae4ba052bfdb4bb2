package identifier

import (
	"slices"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TestTablesAreInOrder: a binary search needs sorted tables.
func TestTablesAreInOrder(t *testing.T) {
	t.Parallel()
	for i, s := range spans {
		if s.lo > s.hi || s.used == 0 || i > 0 && s.lo <= spans[i-1].hi {
			t.Errorf("span %d: %04X to %04X, scripts %x", i, s.lo, s.hi, s.used)
		}
	}
	if !slices.IsSortedFunc(lookalikes[:], func(a, b lookalike) int { return byCodePoint(a, b.from) }) {
		t.Error("lookalikes are out of order")
	}
}

// TestSkeletonOfEveryPermittedCharacter shows that the skeleton of a character is its
// own skeleton, and that 32 of them fit into MaxSkeleton.
func TestSkeletonOfEveryPermittedCharacter(t *testing.T) {
	t.Parallel()
	for _, s := range spans {
		for r := s.lo; r <= s.hi; r++ {
			look := skeleton(string(r))
			if look == "" || len(look) > MaxSkeleton/MaxUserName || skeleton(look) != look || !norm.NFC.IsNormalString(look) {
				t.Errorf("%04X looks like %+q", r, look)
			}
			if !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '〇' {
				t.Errorf("%04X is no letter, mark or digit", r)
			}
		}
	}
}

// TestScriptsOfLetters compares the table with scripts by Unicode for some characters.
func TestScriptsOfLetters(t *testing.T) {
	t.Parallel()
	for r, want := range map[rune]scripts{
		'a': scriptLatin, 'é': scriptLatin, 'я': scriptCyrillic, 'ω': scriptGreek,
		'李': scriptHan | scriptJapanese | scriptKorean | scriptHanBopomofo,
		'か': scriptHiragana | scriptJapanese, 'ー': scriptHiragana | scriptKatakana | scriptJapanese,
		'글': scriptHangul | scriptKorean,
		'ㄅ': scriptBopomofo | scriptHanBopomofo, '7': ^scripts(0), '\u0301': ^scripts(0), '١': scriptArabic | scriptThaana,
		'@': 0, '_': 0, '\u200d': 0, 'ſ': 0, 'Ａ': 0, '😀': 0, 0: 0, unicode.MaxRune: 0, '\u0345': scriptGreek,
	} {
		if got := scriptsOf(r); got != want {
			t.Errorf("scripts of %q = %x, want %x", r, got, want)
		}
	}
}
